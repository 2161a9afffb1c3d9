"""Which dataset versions answer under a rule. Pure: the programme names them, or the day chooses."""

from collections.abc import Sequence
from datetime import date

from services.eligibility.datasets.parsed import DENSITY, QPV, QPV_COMMUNES, URBAN_UNIT
from services.eligibility.datasets.store import Dataset
from services.eligibility.domain.territory.answer import Rule
from shared.programme.model import Programme, Wave

URBAN_KIND = {"density": DENSITY, "urban-unit": URBAN_UNIT}


def rule_for(programme: Programme, wave: Wave) -> Rule:
    """The programme's rule on the last day of a wave. A rehearsal's moved days are moved back, as data keep theirs."""
    territory = programme.territory
    return Rule(
        urban=territory.urban_rule.value,
        near_metres=territory.near_metres,
        qpv_generation=territory.qpv_generation,
        density_dataset=territory.density_dataset,
        day=date.fromordinal(wave.closes_on.toordinal() - programme.moved_days),
    )


def valid_on(dataset: Dataset, day: date | None) -> bool:
    if dataset.retired_at:
        return False
    if day is None:
        return True
    iso = day.isoformat()
    return (not dataset.valid_from or dataset.valid_from <= iso) and (not dataset.valid_to or iso <= dataset.valid_to)


def urban_dataset(datasets: Sequence[Dataset], rule: Rule) -> Dataset | None:
    """The one that the programme names, by id or version; else the newest that is valid on the day."""
    kind = URBAN_KIND.get(rule.urban)
    held = [dataset for dataset in datasets if dataset.kind == kind and not dataset.retired_at]
    if rule.urban == "density" and rule.density_dataset:
        held = [dataset for dataset in held if rule.density_dataset in (dataset.id, dataset.version)]
    else:
        held = [dataset for dataset in held if valid_on(dataset, rule.day)]
    return max(held, key=_newest, default=None)


def qpv_departments(datasets: Sequence[Dataset], rule: Rule) -> dict[str, Dataset]:
    """For each department covered, the newest version that covers it: regional files add up, newer ones replace."""
    held = [d for d in datasets if d.kind == QPV and d.generation == rule.qpv_generation and not d.retired_at]
    return {department: dataset for dataset in sorted(held, key=_newest) for department in dataset.coverage}


def qpv_list(datasets: Sequence[Dataset], rule: Rule) -> Dataset | None:
    held = [d for d in datasets if d.kind == QPV_COMMUNES and d.generation == rule.qpv_generation and not d.retired_at]
    return max(held, key=_newest, default=None)


def newest(datasets: Sequence[Dataset], kind: str) -> Dataset | None:
    return max((d for d in datasets if d.kind == kind and not d.retired_at), key=_newest, default=None)


def _newest(dataset: Dataset) -> tuple[str, int]:
    return dataset.dated or dataset.imported_at[:10], dataset.serial
