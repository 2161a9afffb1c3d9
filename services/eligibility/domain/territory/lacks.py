"""What a programme asks of the data and nobody has imported: told to operators, never to a candidate."""

from collections.abc import Iterator, Sequence

from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.dataset import DENSITY, QPV, Dataset
from services.eligibility.domain.territory.selection import URBAN_KIND
from shared.programme.checking import Mistake
from shared.programme.model import Programme
from shared.programme.zones import ZoneRule

NAMED = ("territory", "density_dataset")
RULE = ("territory", "urban_rule")
GENERATION = ("territory", "qpv_generation")
IMPORT = "`fabriques territory import FILE"


def unknown_name(datasets: Sequence[Dataset], programme: Programme) -> Mistake | None:
    """A programme that names one version must not be answered from another, nor from none."""
    name = programme.territory.density_dataset
    grids = selection.in_use(datasets, DENSITY)
    if not name or any(name in (grid.id, grid.version) for grid in grids):
        return None
    known = ", ".join(grid.version for grid in grids) or "none"
    return (
        NAMED,
        f"no density grid {name} is imported (known: {known}): {IMPORT} --version {name}` first",
    )


def lacking(datasets: Sequence[Dataset], programme: Programme) -> list[Mistake]:
    """All of it. Without what has no name the platform runs, and officers decide what data could tell."""
    found = [*_urban(datasets, programme), *_perimeters(datasets, programme)]
    unknown = unknown_name(datasets, programme)
    return [unknown, *found] if unknown else found


def _urban(datasets: Sequence[Dataset], programme: Programme) -> Iterator[Mistake]:
    kind = URBAN_KIND.get(programme.territory.urban_rule.value)
    if (
        kind is None
        or programme.territory.density_dataset
        or not programme.asks(ZoneRule.OUTSIDE_URBAN)
    ):
        return
    rules = {wave.id: selection.rule_for(programme, wave) for wave in programme.waves}
    untold = [
        wave for wave, rule in rules.items() if selection.urban_dataset(datasets, rule) is None
    ]
    if untold:
        waves = ", ".join(untold)
        yield RULE, f"no {kind} dataset is imported that is valid at the end of {waves}: {IMPORT}`"


def _perimeters(datasets: Sequence[Dataset], programme: Programme) -> Iterator[Mistake]:
    generation = programme.territory.qpv_generation
    if programme.asks(ZoneRule.NEAR_QPV) and not selection.in_use(datasets, QPV, generation):
        yield GENERATION, f"no perimeters of {generation} are imported: {IMPORT}`"
