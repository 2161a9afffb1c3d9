"""What a running service holds: every dataset, immutable, replaced by another when the stamp changes."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Engine

from services.eligibility.datasets import store
from services.eligibility.datasets.catalogue import Catalogue
from services.eligibility.datasets.parsed import Perimeter
from services.eligibility.datasets.view import Held, View, view_under
from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.dataset import COMMUNES, DENSITY, QPV, QPV_COMMUNES, URBAN_UNIT
from services.eligibility.domain.territory.facts import (
    CommuneFacts,
    Facts,
    Fault,
    Measure,
    QpvFacts,
    Reading,
    Rule,
    Site,
)
from services.eligibility.domain.territory.rules import classify, large_urban_centre
from services.eligibility.domain.territory.whereabouts import (
    Neighbourhood,
    Whereabouts,
    doubts,
    fault_of,
    is_confirmed,
    whereabouts,
)

ViewKey = tuple[str, str, str, date | None]
USED_KINDS = (DENSITY, URBAN_UNIT, COMMUNES, QPV_COMMUNES)


class TerritoryIndex:
    """`TerritoryIndex.load(engine)`, then `classify` as often as wanted; `is_stale` costs one small query."""

    def __init__(self, stamp: store.Stamp, held: Held) -> None:
        self.stamp = stamp
        self.datasets = tuple(held.datasets)
        self._held = held
        communes = held.rows(selection.newest(held.datasets, COMMUNES))
        located = held.rows(selection.newest(held.datasets, DENSITY))
        self.catalogue = Catalogue(communes, located)
        self._views: dict[ViewKey, View] = {}

    @classmethod
    def load(cls, engine: Engine) -> "TerritoryIndex":
        with engine.connect().execution_options(reads_only=True) as connection:
            datasets = [dataset for dataset in store.datasets(connection) if not dataset.retired_at]
            held = Held(
                datasets,
                communes={
                    d.serial: store.commune_rows(connection, d.serial)
                    for d in datasets
                    if d.kind in USED_KINDS
                },
                perimeters={
                    d.serial: store.perimeters(connection, d.serial) for d in datasets if d.kind == QPV
                },
            )
            return cls(store.stamp(connection), held)

    def is_stale(self, engine: Engine) -> bool:
        with engine.connect() as connection:
            return store.stamp(connection) != self.stamp

    def classify(self, site: Site, rule: Rule) -> Answer:
        return self.classify_many([site], rule)[0]

    def classify_many(self, sites: Sequence[Site], rule: Rule) -> list[Answer]:
        """Many places at once: 10 000 against 1 500 perimeters take under a second."""
        rule = selection.effective(self.datasets, rule)
        view = self._view(rule)
        communes = [self._commune_of(site) for site in sites]
        faults = [self._fault(site, commune) for site, commune in zip(sites, communes, strict=True)]
        measures = _measured(view, sites, faults)
        answers = []
        for site, commune, fault, measure in zip(sites, communes, faults, measures, strict=True):
            facts = self._facts(view, rule, site, commune, fault, measure)
            answers.append(classify(site, facts, rule))
        return answers

    def perimeters(self, rule: Rule) -> tuple[Perimeter, ...]:
        """Those that answer under the rule."""
        return self._view(rule).perimeters.perimeters

    def urban_communes(self, rule: Rule) -> frozenset[str]:
        """Codes of the communes that the imported levels put in a large urban centre, for a map."""
        rule = selection.effective(self.datasets, rule)
        return frozenset(code for code, level in self._view(rule).levels.items() if rule.is_urban(level))

    def _commune_of(self, site: Site) -> CommuneFacts | None:
        if not site.commune_code:
            return None
        return self.catalogue.commune(site.commune_code)

    def _fault(self, site: Site, commune: CommuneFacts | None) -> Fault | None:
        fault = fault_of(site, commune)
        if fault or commune is None or site.point is None:
            return fault
        if self.catalogue.contradicts(commune, *site.point):
            return "contradict-commune"
        return None

    def _facts(
        self,
        view: View,
        rule: Rule,
        site: Site,
        commune: CommuneFacts | None,
        fault: Fault | None,
        measure: Measure,
    ) -> Facts:
        if commune is None and site.commune_code is None:
            commune = self._commune_around(view, measure)
        hall = self._commune_of_nearest_hall(site)
        where = whereabouts(commune, fault, _neighbourhood(view, measure, hall))
        mistake = None
        if site.commune_code:
            mistake = self.catalogue.code_mistake(site.commune_code, site.postal_code)
        others: tuple[Reading, ...] = ()
        if commune and site.typed and mistake is None and fault in (None, "missing"):
            others = self._doubts(view, rule, site, commune, hall)
        return Facts(
            commune=commune,
            urban=view.urban_facts(site.commune_code, commune),
            qpv=_qpv_facts(view, site, commune, fault, measure, where),
            communes_source=self.catalogue.source,
            hint=where.hint,
            mistake=mistake,
            doubts=others,
        )

    def _commune_around(self, view: View, measure: Measure) -> CommuneFacts | None:
        """A place without a code in a QPV of one commune is in that commune."""
        if not measure.inside:
            return None
        communes = view.perimeters.perimeters[measure.inside[0]].communes
        if len(communes) != 1:
            return None
        return self.catalogue.commune(communes[0])

    def _doubts(
        self, view: View, rule: Rule, site: Site, commune: CommuneFacts, hall: CommuneFacts | None
    ) -> tuple[Reading, ...]:
        """The other communes that code, address and point may mean, where the answer would be another."""
        if is_confirmed(site, commune, hall):
            return ()
        others: dict[str, CommuneFacts] = {}
        if site.commune_code:
            others = {other.code: other for other in self.catalogue.at_postal_code(site.commune_code)}
        if hall:
            others[hall.code] = hall
        given = self._reading(view, rule, commune, site.commune_code)
        return doubts(given, [self._reading(view, rule, other, other.code) for other in others.values()])

    def _reading(self, view: View, rule: Rule, commune: CommuneFacts, code: str | None) -> Reading:
        found = view.urban_facts(code, commune)
        urban, _ = large_urban_centre(commune, found, self.catalogue.source, rule)
        return Reading(commune, urban)

    def _commune_of_nearest_hall(self, site: Site) -> CommuneFacts | None:
        if site.point is None:
            return None
        hall = self.catalogue.nearest_town_hall(*site.point)
        if hall is None:
            return None
        return self.catalogue.commune(hall.commune_code)

    def _view(self, rule: Rule) -> View:
        key = (rule.urban, rule.density_dataset, rule.qpv_generation, rule.day)
        if key not in self._views:
            self._views[key] = view_under(rule, self._held, self.catalogue)
        return self._views[key]


def _measured(view: View, sites: Sequence[Site], faults: Sequence[Fault | None]) -> list[Measure]:
    """One measure a site; an empty one where the coordinates are at fault."""
    measures = [Measure() for _ in sites]
    points = {}
    for place, (site, fault) in enumerate(zip(sites, faults, strict=True)):
        if fault is None and site.point:
            points[place] = site.point
    longitudes = [longitude for longitude, _ in points.values()]
    latitudes = [latitude for _, latitude in points.values()]
    for place, measure in zip(points, view.perimeters.measure(longitudes, latitudes), strict=True):
        measures[place] = measure
    return measures


def _neighbourhood(view: View, measure: Measure, hall: CommuneFacts | None) -> Neighbourhood:
    nearest = view.perimeters.nearest(measure)
    return Neighbourhood(hall, nearest.department if nearest else None, measure.distance_metres)


def _qpv_facts(
    view: View,
    site: Site,
    commune: CommuneFacts | None,
    fault: Fault | None,
    measure: Measure,
    where: Whereabouts,
) -> QpvFacts:
    nearest = view.perimeters.nearest(measure)
    covering = view.departments.get(where.department or "")
    owner = view.owners.get(nearest.code) if nearest else None
    used = {ref.id: ref for ref in (covering, owner) if ref}
    return QpvFacts(
        inside=tuple(view.perimeters.perimeters[place].code for place in measure.inside),
        nearest=nearest.code if nearest else None,
        distance_metres=measure.distance_metres,
        covered=covering is not None,
        fault=fault,
        department=where.department,
        department_inferred=commune is None and where.department is not None,
        datasets=tuple(used.values()) if covering or measure.inside else view.consulted,
        declared_known=site.declared_qpv in view.owners,
        commune_qpvs=view.qpvs_of(commune),
    )
