"""What is asked of the command, as it is read: a place, a rule; or one clear line of what is wrong."""

from pathlib import Path
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from services.eligibility.datasets.in_use import Place, site_of
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.dataset import QPV
from services.eligibility.domain.territory.facts import Rule, Site
from shared.programme import Programme, ProgrammeInvalid, load_programme

EXPECTED = {
    "commune_code": "--commune is an INSEE code, such as 03310",
    "address": "--address is one line of at most 200 characters",
    "latitude": "--lat is in degrees, from -90 to 90",
    "longitude": "--lon is in degrees, from -180 to 180",
    "declared_qpv": "--declared-qpv is the code of a QPV, such as QP003001",
}


def fail(*reasons: str) -> NoReturn:
    for reason in reasons:
        typer.echo(f"fabriques: {reason}", err=True)
    raise typer.Exit(1)


def stated_site(**stated: Any) -> Site:
    """Read as a filed place is: codes in capitals, coordinates in their bounds."""
    try:
        return site_of(Place(**stated))
    except ValidationError as error:
        fail(*(EXPECTED[str(mistake["loc"][0])] for mistake in error.errors()))


def chosen_rule(index: TerritoryIndex, programme: Path | None, wave: str | None) -> Rule:
    """The programme's; without any, the best data imported, 300 m, and the generation of QPV in use."""
    if programme is None:
        return Rule(
            urban="best",
            near_metres=300,
            qpv_generation=_generation_in_use(index),
        )
    loaded = read_programme(programme)
    chosen = loaded.wave(wave) if wave else loaded.waves[-1]
    if chosen is None:
        fail(f"the programme has no wave {wave}: it has {', '.join(w.id for w in loaded.waves)}")
    return selection.rule_for(loaded, chosen)


def read_programme(file: Path) -> Programme:
    try:
        return load_programme(file)
    except ProgrammeInvalid as error:
        fail(*(f"{file}: {mistake}" for mistake in error.mistakes))


def _generation_in_use(index: TerritoryIndex) -> str:
    """That of these waves, unless the later one alone was imported."""
    generations = {dataset.generation for dataset in index.datasets if dataset.kind == QPV}
    return "2024" if generations == {"2024"} else "2014"
