"""The datasets that answer under one rule, ready for use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.eligibility.datasets.catalogue import Catalogue
from services.eligibility.datasets.parsed import CommuneRow, Perimeter
from services.eligibility.datasets.perimeter_index import PerimeterIndex
from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.dataset import QPV, Dataset, DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts, Rule, UrbanFacts


@dataclass(frozen=True, slots=True)
class Held:
    """All that is imported. Rows and perimeters by the serial of their dataset."""

    datasets: Sequence[Dataset]
    communes: Mapping[int, list[CommuneRow]]
    perimeters: Mapping[int, list[Perimeter]]

    def rows(self, dataset: Dataset | None) -> list[CommuneRow]:
        if dataset is None:
            return []
        return self.communes[dataset.serial]


@dataclass(frozen=True, slots=True)
class View:
    """`levels` by commune code; the version that covers each of `departments`, or `owners` a perimeter."""

    catalogue: Catalogue
    perimeters: PerimeterIndex
    urban: DatasetRef | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    departments: Mapping[str, DatasetRef] = field(default_factory=dict)
    consulted: tuple[DatasetRef, ...] = ()
    owners: Mapping[str, DatasetRef] = field(default_factory=dict)
    commune_qpvs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def urban_facts(self, given: str | None, commune: CommuneFacts | None) -> UrbanFacts:
        """The levels of the first code under which an older or newer file holds the commune."""
        if commune is None:
            return UrbanFacts(self.urban)
        for codes in self.catalogue.codes_to_look_up(given or commune.code, commune):
            levels = frozenset(self.levels[code] for code in codes if code in self.levels)
            if levels:
                return UrbanFacts(self.urban, levels)
        return UrbanFacts(self.urban)

    def qpvs_of(self, commune: CommuneFacts | None) -> tuple[str, ...]:
        if commune is None:
            return ()
        return self.commune_qpvs.get(commune.code, ())


def view_under(rule: Rule, held: Held, catalogue: Catalogue) -> View:
    urban = selection.urban_dataset(held.datasets, rule)
    departments = selection.qpv_departments(held.datasets, rule)
    perimeters_held = [dataset for dataset in held.datasets if dataset.kind == QPV]
    generation = [
        dataset for dataset in perimeters_held if dataset.generation == rule.qpv_generation
    ]
    kept = _kept_perimeters(held, generation, departments)
    perimeters = [perimeter for perimeter, _ in kept.values()]
    listed = held.rows(selection.qpv_list(held.datasets, rule))
    return View(
        catalogue,
        PerimeterIndex(perimeters),
        urban=urban.ref if urban else None,
        levels={row.code: row.level for row in held.rows(urban) if row.level is not None},
        departments={department: dataset.ref for department, dataset in departments.items()},
        consulted=tuple(dataset.ref for dataset in generation),
        owners={code: ref for code, (_, ref) in kept.items()},
        commune_qpvs=_qpvs_by_commune(catalogue, perimeters, listed),
    )


def _kept_perimeters(
    held: Held, datasets: Sequence[Dataset], departments: Mapping[str, Dataset]
) -> dict[str, tuple[Perimeter, DatasetRef]]:
    """By QPV code. A version answers for the departments that no newer one covers."""
    kept = {}
    for dataset in datasets:
        for perimeter in held.perimeters[dataset.serial]:
            if departments.get(perimeter.department, dataset) is dataset:
                kept[perimeter.code] = (perimeter, dataset.ref)
    return kept


def _qpvs_by_commune(
    catalogue: Catalogue,
    perimeters: Sequence[Perimeter],
    listed: Sequence[CommuneRow],
) -> dict[str, tuple[str, ...]]:
    """A list by commune can say that a commune has a QPV, never that a place is in it or away from it."""
    named = [
        (commune, perimeter.code) for perimeter in perimeters for commune in perimeter.communes
    ]
    named += [(row.code, code) for row in listed for code in row.codes.split()]
    codes: dict[str, set[str]] = {}
    for given, code in named:
        commune = catalogue.commune(given)
        in_force = commune.code if commune else given
        codes.setdefault(in_force, set()).add(code)
    return {commune_code: tuple(sorted(found)) for commune_code, found in codes.items()}
