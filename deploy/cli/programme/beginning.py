"""A new programme file from a few answers: commented, right as it stands, and never over another file."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from deploy.cli.terminal.failures import CommandFailed
from deploy.local.home.programme_copy import toml_value
from shared.programme import Programme, ProgrammeInvalid
from shared.programme.loading import programme_in

BEGINNING = Path(__file__).with_name("beginning.toml")
RESERVE_DAYS = 365
CENTS = 100
DIGITS = re.compile(r"[0-9]{1,6}")
DAY = ["%Y-%m-%d"]
ZONES = {
    "outside-urban": {
        "name": "Hors grands centres",
        "where": "hors des grands centres urbains",
        "rule": "outside-urban",
    },
    "qpv": {
        "name": "Quartier prioritaire",
        "where": "dans un quartier prioritaire de la politique de la ville (QPV) ou à proximité immédiate",
        "rule": "near-qpv",
    },
    "france": {"name": "Toute la France", "where": "en France", "rule": "everywhere"},
}

Name = Annotated[str, typer.Option(prompt="Name of the call", help="As people read it.")]
Code = Annotated[str, typer.Option("--id", prompt="Its id", help="Small letters, digits, hyphens.")]
Prefix = Annotated[str, typer.Option(prompt="Prefix of its receipts", help="2 to 6 capitals.")]
Contact = Annotated[str, typer.Option(prompt="Address that answers", help="An e-mail address.")]
Envelope = Annotated[int, typer.Option(prompt="Envelope, in euros", min=1, max=10**10)]
Floor = Annotated[int, typer.Option(prompt="Smallest award, in euros", min=1, max=10**10)]
Ceiling = Annotated[int, typer.Option(prompt="Largest award, in euros", min=1, max=10**10)]
Years = Annotated[int, typer.Option(prompt="Years of an award", min=1, max=5)]
Places = Annotated[
    str, typer.Option(prompt="Places in each zone", help="Such as outside-urban=150,qpv=150.")
]
OpensOn = Annotated[datetime, typer.Option(prompt="First day of the first wave", formats=DAY)]
ClosesOn = Annotated[datetime, typer.Option(prompt="Last day of the first wave", formats=DAY)]


@dataclass(frozen=True, slots=True)
class Answers:
    """Money is in euros; `places` is `zone=number`, with commas between."""

    name: str
    code: str
    prefix: str
    contact: str
    envelope: int
    floor: int
    ceiling: int
    years: int
    places: str
    opens_on: date
    closes_on: date


def write(file: Path, answers: Answers) -> Programme:
    """Raises CommandFailed with every mistake of the answers, and for a file that is there."""
    text = text_of(answers)
    try:
        begun = programme_in(text, file)
    except ProgrammeInvalid as refused:
        raise CommandFailed(*(f"{one.place}: {one.told}" for one in refused.placed)) from None
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise CommandFailed(f"{file} is there already: name another file") from None
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None
    return begun


def text_of(answers: Answers) -> str:
    """Raises CommandFailed for places that are no numbers."""
    places = _places(answers.places)
    wave = f"{answers.opens_on.year}-1"
    values = {
        "code": answers.code,
        "name": answers.name,
        "prefix": answers.prefix,
        "contact": answers.contact,
        "envelope": answers.envelope * CENTS,
        "floor": answers.floor * CENTS,
        "ceiling": answers.ceiling * CENTS,
        "yearly": ceil(answers.ceiling / answers.years) * CENTS,
        "years": answers.years,
        "wave": wave,
        "opens_on": answers.opens_on,
        "closes_on": answers.closes_on,
        "reserve_ends_on": answers.closes_on + timedelta(days=RESERVE_DAYS),
        "places": sum(places.values()),
        "seed": f"{answers.code}-{answers.opens_on.year}",
    }
    quotas = "\n".join(f"{toml_value(zone)} = {number}" for zone, number in places.items())
    shown = {
        "zones": "\n\n".join(_zone(name) for name in places),
        "quotas": quotas,
        "title": " ".join(answers.name.split()),
        "title_prefix": " ".join(answers.prefix.split()),
        "wave_text": wave,
    }
    written = {name: toml_value(value) for name, value in values.items()}
    return Template(BEGINNING.read_text(encoding="utf-8")).substitute(written | shown)


def _zone(name: str) -> str:
    """Raises CommandFailed for a zone that no rule tells by itself."""
    if name not in ZONES:
        raise CommandFailed(
            f"{name}: a call begins with zones of {', '.join(ZONES)}; add others in its file"
        )
    parts = {"id": name} | ZONES[name]
    return "\n".join(
        ["[[zones]]", *(f"{key} = {toml_value(value)}" for key, value in parts.items())]
    )


def _places(text: str) -> dict[str, int]:
    found = {}
    for one in text.split(","):
        zone, _, number = one.partition("=")
        if not DIGITS.fullmatch(number.strip()):
            raise CommandFailed(f"{one.strip()}: places are told as ZONE=NUMBER, such as qpv=150")
        found[zone.strip()] = int(number)
    return found
