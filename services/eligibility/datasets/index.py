"""What a running service holds: every dataset, immutable, replaced by another when the stamp changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from services.eligibility.datasets import store
from services.eligibility.datasets.catalogue import Catalogue
from services.eligibility.datasets.landmarks import Landmarks
from services.eligibility.datasets.parsed import Perimeter
from services.eligibility.datasets.view import Held, View, view_under
from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.dataset import (
    COMMUNES,
    CONTOURS,
    DENSITY,
    QPV,
    QPV_COMMUNES,
    URBAN_UNIT,
)
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
    Surroundings,
    Whereabouts,
    commune_of_perimeter,
    doubts,
    fault_of,
    may_be_meant,
    whereabouts,
)

ViewKey = tuple[str, str, str, date | None]
USED_KINDS = (DENSITY, URBAN_UNIT, COMMUNES, QPV_COMMUNES)
DRAWN_KINDS = (QPV, CONTOURS)


@dataclass(frozen=True, slots=True)
class _Place:
    """A site, the commune that its code leads to, what is around its point, and what is wrong with that."""

    site: Site
    commune: CommuneFacts | None
    around: Surroundings
    fault: Fault | None


class TerritoryIndex:
    """`TerritoryIndex.load(engine)`, then `classify` as often as wanted; `is_stale` costs one small query."""

    def __init__(self, stamp: store.Stamp, held: Held) -> None:
        self.stamp = stamp
        self.datasets = tuple(held.datasets)
        self._held = held
        communes = held.rows(selection.newest(held.datasets, COMMUNES))
        self.catalogue = Catalogue(communes)
        self.landmarks = _landmarks(self.catalogue, held)
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
                    d.serial: store.perimeters(connection, d.serial)
                    for d in datasets
                    if d.kind in DRAWN_KINDS
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
        places = [self._place(site) for site in sites]
        measures = _measured(view, places)
        answers = []
        for place, measure in zip(places, measures, strict=True):
            answers.append(classify(place.site, self._facts(view, rule, place, measure), rule))
        return answers

    def perimeters(self, rule: Rule) -> tuple[Perimeter, ...]:
        """Those that answer under the rule."""
        return self._view(rule).perimeters.perimeters

    def urban_communes(self, rule: Rule) -> frozenset[str]:
        """Codes of the communes that the imported levels put in a large urban centre, for a map."""
        rule = selection.effective(self.datasets, rule)
        levels = self._view(rule).levels
        return frozenset(code for code, level in levels.items() if rule.is_urban(level))

    def _place(self, site: Site) -> _Place:
        commune = self.catalogue.commune(site.commune_code) if site.commune_code else None
        around = self.landmarks.around(site, commune)
        return _Place(site, commune, around, fault_of(site, commune, around))

    def _facts(self, view: View, rule: Rule, place: _Place, measure: Measure) -> Facts:
        site = place.site
        commune = place.commune
        if commune is None and site.commune_code is None:
            commune = self._commune_around(view, measure)
        where = whereabouts(commune, place.fault, _neighbourhood(view, measure, place.around))
        mistake = None
        if site.commune_code:
            mistake = self.catalogue.code_mistake(site.commune_code, site.postal_code)
        others: tuple[Reading, ...] = ()
        if commune and mistake is None:
            others = self._doubts(view, rule, place, commune)
        return Facts(
            commune=commune,
            urban=view.urban_facts(site.commune_code, commune),
            qpv=_qpv_facts(view, place, commune, measure, where),
            communes_source=self.catalogue.source,
            hint=where.hint,
            mistake=mistake,
            doubts=others,
            located_by=place.around.source,
        )

    def _commune_around(self, view: View, measure: Measure) -> CommuneFacts | None:
        if not measure.inside:
            return None
        code = commune_of_perimeter(view.perimeters.perimeters[measure.inside[0]].communes)
        return self.catalogue.commune(code) if code else None

    def _doubts(
        self, view: View, rule: Rule, place: _Place, commune: CommuneFacts
    ) -> tuple[Reading, ...]:
        """The other communes that code, address and point may mean, where the answer would be another."""
        code = place.site.commune_code
        served = self.catalogue.at_postal_code(code) if code else []
        others = may_be_meant(place.site, commune, place.fault, place.around, served)
        given = self._reading(view, rule, commune, code)
        return doubts(given, [self._reading(view, rule, other, other.code) for other in others])

    def _reading(self, view: View, rule: Rule, commune: CommuneFacts, code: str | None) -> Reading:
        if not rule.asks_urban:
            return Reading(commune, None, rule.listed(commune), urban_asked=False)
        found = view.urban_facts(code, commune)
        urban, _ = large_urban_centre(commune, found, self.catalogue.source, rule)
        return Reading(commune, urban, rule.listed(commune))

    def _view(self, rule: Rule) -> View:
        key = (rule.urban, rule.density_dataset, rule.qpv_generation, rule.day)
        if key not in self._views:
            self._views[key] = view_under(rule, self._held, self.catalogue)
        return self._views[key]


def _landmarks(catalogue: Catalogue, held: Held) -> Landmarks:
    """Town halls' points are in the newest density grid."""
    grid = selection.newest(held.datasets, DENSITY)
    drawn = [
        (contour, dataset.ref)
        for dataset in selection.contours(held.datasets)
        for contour in held.perimeters[dataset.serial]
    ]
    return Landmarks(catalogue, held.rows(grid), grid.ref if grid else None, drawn)


def _measured(view: View, places: Sequence[_Place]) -> list[Measure]:
    """One measure a place; an empty one where the coordinates are at fault."""
    measures = [Measure() for _ in places]
    points = {}
    for position, place in enumerate(places):
        if place.fault is None and place.site.point:
            points[position] = place.site.point
    longitudes = [longitude for longitude, _ in points.values()]
    latitudes = [latitude for _, latitude in points.values()]
    for position, measure in zip(
        points, view.perimeters.measure(longitudes, latitudes), strict=True
    ):
        measures[position] = measure
    return measures


def _neighbourhood(view: View, measure: Measure, around: Surroundings) -> Neighbourhood:
    nearest = view.perimeters.nearest(measure)
    return Neighbourhood(
        around.likely,
        nearest.department if nearest else None,
        measure.distance_metres,
    )


def _qpv_facts(
    view: View,
    place: _Place,
    commune: CommuneFacts | None,
    measure: Measure,
    where: Whereabouts,
) -> QpvFacts:
    nearest = view.perimeters.nearest(measure)
    covering = view.departments.get(where.department or "")
    owner = view.owners.get(nearest.code) if nearest else None
    used = {ref.id: ref for ref in (covering, owner) if ref}
    return QpvFacts(
        inside=tuple(view.perimeters.perimeters[position].code for position in measure.inside),
        nearest=nearest.code if nearest else None,
        distance_metres=measure.distance_metres,
        covered=covering is not None,
        fault=place.fault,
        department=where.department,
        department_inferred=commune is None and where.department is not None,
        datasets=tuple(used.values()) if covering or measure.inside else view.consulted,
        declared_known=place.site.declared_qpv in view.owners,
        commune_qpvs=view.qpvs_of(commune),
    )
