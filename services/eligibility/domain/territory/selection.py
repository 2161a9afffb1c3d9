"""Which dataset versions answer under a rule: the programme names them, or the day chooses.

None that is retired.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.eligibility.domain.territory.dataset import (
    CONTOURS,
    DENSITY,
    QPV,
    QPV_COMMUNES,
    URBAN_UNIT,
    Dataset,
)
from services.eligibility.domain.territory.facts import Rule
from shared.programme.model import Programme, Wave

URBAN_KIND = {"density": DENSITY, "urban-unit": URBAN_UNIT}


def rule_for(programme: Programme, wave: Wave) -> Rule:
    """The programme's rule on the last day of a wave.

    A rehearsal's moved days are moved back, as data keep theirs.
    """
    territory = programme.territory
    return Rule(
        urban=territory.urban_rule.value,
        near_metres=territory.near_metres,
        qpv_generation=territory.qpv_generation,
        density_dataset=territory.density_dataset,
        day=wave.closes_on - timedelta(days=programme.moved_days),
        zones=programme.zones,
    )


def effective(datasets: Sequence[Dataset], rule: Rule) -> Rule:
    """`best` is INSEE's density grid where an imported one applies, the nature of the EPCI until then."""
    if rule.urban != "best":
        return rule
    graded = replace(rule, urban="density")
    if urban_dataset(datasets, graded):
        return graded
    return replace(rule, urban="epci")


def urban_dataset(datasets: Sequence[Dataset], rule: Rule) -> Dataset | None:
    """The one that the programme names, by id or version; else the newest that is valid on the day."""
    kind = URBAN_KIND.get(rule.urban)
    if kind is None:
        return None
    held = in_use(datasets, kind)
    # A dataset that the programme names answers on any day: whoever wrote the call chose it.
    if rule.urban == "density" and rule.density_dataset:
        return _newest(
            [dataset for dataset in held if rule.density_dataset in (dataset.id, dataset.version)]
        )
    return _newest([dataset for dataset in held if dataset.is_valid_on(rule.day)])


def qpv_departments(datasets: Sequence[Dataset], rule: Rule) -> dict[str, Dataset]:
    """The newest version that covers each department: regional files add up, newer ones replace."""
    covering: dict[str, Dataset] = {}
    for dataset in sorted(in_use(datasets, QPV, rule.qpv_generation), key=_age):
        for department in dataset.coverage:
            covering[department] = dataset
    return covering


def qpv_list(datasets: Sequence[Dataset], rule: Rule) -> Dataset | None:
    return _newest(in_use(datasets, QPV_COMMUNES, rule.qpv_generation))


def contours(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Oldest first: files of a region or a department add up, newer ones replace their communes."""
    return sorted(in_use(datasets, CONTOURS), key=_age)


def newest(datasets: Sequence[Dataset], kind: str) -> Dataset | None:
    return _newest(in_use(datasets, kind))


def in_use(datasets: Sequence[Dataset], kind: str, generation: str | None = None) -> list[Dataset]:
    """Those of a kind that are not retired; of one generation of QPV where it is given."""
    held = [dataset for dataset in datasets if dataset.kind == kind and not dataset.retired_at]
    if generation is None:
        return held
    return [dataset for dataset in held if dataset.generation == generation]


def _newest(datasets: Sequence[Dataset]) -> Dataset | None:
    return max(datasets, key=_age, default=None)


def _age(dataset: Dataset) -> tuple[str, int]:
    """By the day of the data; without one, by that of the import."""
    return dataset.dated or dataset.imported_at[:10], dataset.serial
