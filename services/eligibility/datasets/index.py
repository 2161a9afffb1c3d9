"""What a running service holds: every dataset loaded, immutable, replaced by another when the stamp changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine

from services.eligibility.datasets import store
from services.eligibility.datasets.catalogue import Catalogue
from services.eligibility.datasets.parsed import (
    COMMUNES,
    DENSITY,
    QPV,
    QPV_COMMUNES,
    URBAN_UNIT,
    CommuneRow,
    Perimeter,
)
from services.eligibility.datasets.perimeter_index import PerimeterIndex
from services.eligibility.datasets.territories import is_swapped, territory_at, territory_of_department
from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.answer import (
    Answer,
    CommuneFacts,
    DatasetRef,
    Facts,
    Measure,
    QpvFacts,
    Reading,
    Rule,
    Site,
    UrbanFacts,
)
from services.eligibility.domain.territory.rules import classify, large_urban_centre

INFERRED_FROM_PERIMETER_METRES = 20_000.0
ViewKey = tuple[str, str, str, date | None]


@dataclass(frozen=True, slots=True)
class _View:
    """The datasets that answer under one rule, ready for use."""

    urban: DatasetRef | None
    levels: dict[str, int]
    departments: dict[str, DatasetRef]
    consulted: tuple[DatasetRef, ...]
    owners: dict[str, DatasetRef]
    perimeters: PerimeterIndex
    known_codes: frozenset[str]
    commune_qpvs: dict[str, tuple[str, ...]]


class TerritoryIndex:
    """`TerritoryIndex.load(engine)`, then `classify` as often as wanted; `is_stale(engine)` costs one small query."""

    def __init__(
        self,
        stamp: store.Stamp,
        datasets: Sequence[store.Dataset],
        communes: dict[int, list[CommuneRow]],
        perimeters: dict[int, list[Perimeter]],
    ) -> None:
        self.stamp, self.datasets = stamp, tuple(datasets)
        self._communes, self._perimeters = communes, perimeters
        cog = selection.newest(datasets, COMMUNES)
        located = selection.newest(datasets, DENSITY)
        self.catalogue = Catalogue(communes[cog.serial] if cog else [], communes[located.serial] if located else [])
        self._views: dict[ViewKey, _View] = {}

    @classmethod
    def load(cls, engine: Engine) -> "TerritoryIndex":
        with engine.begin() as connection:
            held = [dataset for dataset in store.datasets(connection) if not dataset.retired_at]
            used = (DENSITY, URBAN_UNIT, COMMUNES, QPV_COMMUNES)
            communes = {d.serial: store.commune_rows(connection, d.serial) for d in held if d.kind in used}
            perimeters = {d.serial: store.perimeters(connection, d.serial) for d in held if d.kind == QPV}
            return cls(store.stamp(connection), held, communes, perimeters)

    def is_stale(self, engine: Engine) -> bool:
        with engine.connect() as connection:
            return store.stamp(connection) != self.stamp

    def classify(self, site: Site, rule: Rule) -> Answer:
        return self.classify_many([site], rule)[0]

    def classify_many(self, sites: Sequence[Site], rule: Rule) -> list[Answer]:
        """Many places at once: 10 000 against 1 500 perimeters take under a second."""
        rule = self.effective(rule)
        view = self._view(rule)
        communes = [self.catalogue.commune(site.commune_code) if site.commune_code else None for site in sites]
        faults = [self._fault(site, commune) for site, commune in zip(sites, communes, strict=True)]
        measured = [i for i, fault in enumerate(faults) if fault is None]
        measures = [Measure() for _ in sites]
        found = view.perimeters.measure(
            [float(sites[i].longitude or 0.0) for i in measured], [float(sites[i].latitude or 0.0) for i in measured]
        )
        for i, measure in zip(measured, found, strict=True):
            measures[i] = measure
        rows = zip(sites, communes, faults, measures, strict=True)
        return [
            classify(site, self._facts(view, rule, site, commune, fault, m), rule) for site, commune, fault, m in rows
        ]

    def effective(self, rule: Rule) -> Rule:
        """`best` is INSEE's density grid where one is imported that applies, the nature of the EPCI until then."""
        if rule.urban != "best":
            return rule
        graded = replace(rule, urban="density")
        return graded if selection.urban_dataset(self.datasets, graded) else replace(rule, urban="epci")

    def perimeters(self, rule: Rule) -> tuple[Perimeter, ...]:
        """Those that answer under the rule."""
        return self._view(rule).perimeters.perimeters

    def urban_communes(self, rule: Rule) -> frozenset[str]:
        """Codes of the communes that the imported levels put in a large urban centre, for a map."""
        rule = self.effective(rule)
        levels = self._view(rule).levels
        if rule.urban == "density":
            return frozenset(code for code, level in levels.items() if level <= rule.density_level_max)
        return frozenset(code for code, level in levels.items() if level >= rule.urban_unit_class_min)

    def _fault(self, site: Site, commune: CommuneFacts | None) -> str | None:
        if site.latitude is None or site.longitude is None:
            return "missing"
        here = territory_at(site.longitude, site.latitude)
        if here is None:
            return "swapped" if is_swapped(site.longitude, site.latitude) else "outside-france"
        if commune is None:
            return None
        expected = territory_of_department(commune.department)
        if expected is not here or self.catalogue.contradicts(commune, site.longitude, site.latitude):
            return "contradict-commune"
        return None

    def _facts(
        self, view: _View, rule: Rule, site: Site, commune: CommuneFacts | None, fault: str | None, measure: Measure
    ) -> Facts:
        inside = [view.perimeters.perimeters[i] for i in measure.inside]
        nearest = None if measure.nearest is None else view.perimeters.perimeters[measure.nearest]
        if commune is None and site.commune_code is None and inside and len(inside[0].communes) == 1:
            commune = self.catalogue.commune(inside[0].communes[0])
        hint, department = self._whereabouts(site, commune, fault, measure, nearest)
        mistake = self.catalogue.code_mistake(site.commune_code, site.postal_code) if site.commune_code else None
        covering = view.departments.get(department or "")
        owner = view.owners.get(nearest.code) if nearest else None
        used = {ref.id: ref for ref in (covering, owner) if ref}
        qpv = QpvFacts(
            inside=tuple(perimeter.code for perimeter in inside),
            nearest=nearest.code if nearest else None,
            distance_metres=measure.distance_metres,
            covered=covering is not None,
            fault=fault,
            department=department,
            department_inferred=commune is None and department is not None,
            datasets=tuple(used.values()) if covering or inside else view.consulted,
            declared_known=site.declared_qpv in view.known_codes,
            commune_qpvs=view.commune_qpvs.get(commune.code, ()) if commune else (),
        )
        compared = commune is not None and site.typed and mistake is None and fault in (None, "missing")
        doubts = self._doubts(view, rule, site, commune) if commune and compared else ()
        return Facts(commune, self._urban(view, site, commune), qpv, self.catalogue.source, hint, mistake, doubts)

    def _doubts(self, view: _View, rule: Rule, site: Site, commune: CommuneFacts) -> tuple[Reading, ...]:
        """The other communes that code, address and point may mean, where the answer would be another.

        A postal code of the commune that is not the code itself confirms it; so does its town hall, when it is the
        nearest one.
        """
        others = (
            {} if site.commune_code is None else {c.code: c for c in self.catalogue.at_postal_code(site.commune_code)}
        )
        hall = self._commune_of_nearest_hall(site)
        if site.postal_code in commune.postal_codes and site.postal_code != site.commune_code:
            return ()
        if hall and hall.code == commune.code:
            return ()
        if hall:
            others[hall.code] = hall
        others.pop(commune.code, None)
        given = self._reading(view, rule, commune, site.commune_code)
        readings = [self._reading(view, rule, other) for other in others.values()]
        return tuple(reading for reading in readings if reading.urban is None or reading.urban != given.urban)

    def _reading(self, view: _View, rule: Rule, commune: CommuneFacts, given: str | None = None) -> Reading:
        found = self._urban(view, Site(given or commune.code), commune)
        return Reading(commune, large_urban_centre(commune, found, self.catalogue.source, rule)[0])

    def _commune_of_nearest_hall(self, site: Site) -> CommuneFacts | None:
        if site.latitude is None or site.longitude is None:
            return None
        hall = self.catalogue.nearest_town_hall(site.longitude, site.latitude)
        return self.catalogue.commune(hall.commune_code) if hall else None

    def _whereabouts(
        self,
        site: Site,
        commune: CommuneFacts | None,
        fault: str | None,
        measure: Measure,
        nearest: Perimeter | None,
    ) -> tuple[str | None, str | None]:
        """(nearest town hall's commune as a hint, department). Without a commune the department is inferred."""
        if commune is not None and fault != "contradict-commune":
            return None, commune.department
        found = self._commune_of_nearest_hall(site) if fault in (None, "contradict-commune") else None
        hint = f"{found.name} ({found.code})" if found else None
        if commune is not None:
            return hint, commune.department
        if found is not None:
            return hint, found.department
        if fault is not None:
            return None, None
        near = measure.distance_metres is not None and measure.distance_metres <= INFERRED_FROM_PERIMETER_METRES
        return None, nearest.department if nearest and near else None

    def _urban(self, view: _View, site: Site, commune: CommuneFacts | None) -> UrbanFacts:
        if commune is None:
            return UrbanFacts(view.urban)
        for codes in self.catalogue.codes_to_look_up(site.commune_code or commune.code, commune):
            levels = frozenset(view.levels[code] for code in codes if code in view.levels)
            if levels:
                return UrbanFacts(view.urban, levels)
        return UrbanFacts(view.urban)

    def _view(self, rule: Rule) -> _View:
        key = rule.urban, rule.density_dataset, rule.qpv_generation, rule.day
        if key not in self._views:
            self._views[key] = self._build_view(rule)
        return self._views[key]

    def _build_view(self, rule: Rule) -> _View:
        urban = selection.urban_dataset(self.datasets, rule)
        rows = self._communes[urban.serial] if urban else []
        departments = selection.qpv_departments(self.datasets, rule)
        kept: dict[str, tuple[Perimeter, DatasetRef]] = {}
        held = [d for d in self.datasets if d.kind == QPV and d.generation == rule.qpv_generation]
        for dataset in held:
            for perimeter in self._perimeters[dataset.serial]:
                if departments.get(perimeter.department, dataset) is dataset:
                    kept[perimeter.code] = perimeter, dataset.ref
        listed = selection.qpv_list(self.datasets, rule)
        chosen = [perimeter for perimeter, _ in kept.values()]
        return _View(
            urban=urban.ref if urban else None,
            levels={row.code: row.level for row in rows if row.level is not None},
            departments={department: dataset.ref for department, dataset in departments.items()},
            consulted=tuple(dataset.ref for dataset in held),
            owners={code: ref for code, (_, ref) in kept.items()},
            perimeters=PerimeterIndex(chosen),
            known_codes=frozenset(kept),
            commune_qpvs=self._qpvs_by_commune(chosen, self._communes[listed.serial] if listed else []),
        )

    def _qpvs_by_commune(self, perimeters: list[Perimeter], listed: list[CommuneRow]) -> dict[str, tuple[str, ...]]:
        """A list of codes by commune can say that a commune has a QPV, never that a place is in it or away from it."""
        codes: dict[str, set[str]] = {}
        named = [(commune, perimeter.code) for perimeter in perimeters for commune in perimeter.communes]
        for given, code in (*named, *((row.code, code) for row in listed for code in row.codes.split())):
            commune = self.catalogue.commune(given)
            codes.setdefault(commune.code if commune else given, set()).add(code)
        return {commune: tuple(sorted(found)) for commune, found in codes.items()}
