"""`fabriques timeline`: everything that happened to a dossier, in order, read from the log alone."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from nats.errors import Error as NatsError

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import (
    OneLine,
    Screen,
    console,
    in_words,
    named,
    print_line,
    print_lines,
    print_rows,
)
from deploy.cli.timeline.reading import candidature_of, read_dossier
from deploy.cli.timeline.telling import Row, erased_on, rows_of
from shared.contract.front_ends import OPERATORS
from shared.contract.identity import UUID

app = typer.Typer()
TRANCHE = re.compile(r"-T[1-9]$")
RECEIPT = re.compile(r"[A-Z0-9][A-Za-z0-9-]{2,34}")
DEPTH_SHOWN_MAX = 6
INDENT = 2
NARROWEST = 20
EXCEPTIONS = ("promoted", "short", "by_video", "cancelled")
WRONG = (
    "refused",
    "rejected",
    "returned",
    "withheld",
    "failed",
    "dead-lettered",
    "contested",
    "cancelled",
)


@app.command()
def timeline(
    dossier: Annotated[
        str,
        typer.Argument(
            metavar="ID|RECEIPT", help="The dossier's id, a tranche's, or a receipt number."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Everything that happened to a dossier across the services, by the broker's stamp: who, what, why.

    It is read from the log: no service needs to run. What follows from an event stands indented.
    Ids, codes, amounts, days and reasons are shown; names, addresses, accounts and free text never.
    Of somebody who was erased, that is told.
    """
    rows = with_bus(lambda bus: _rows(bus, dossier.strip()), OPERATORS)
    if as_json:
        print_rows(row.as_data() for row in rows)
        return
    out = console()
    print_lines(line for row in rows for line in _lines(row, out))
    _tell_end(rows)


async def _rows(bus: Bus, named_as: str) -> list[Row]:
    """Raises CommandFailed where the log does not know the dossier."""
    found = await read_dossier(bus, await _candidature(bus, named_as))
    rows = rows_of(found, bus.settings.rehearsal)
    if not rows:
        raise CommandFailed(
            f"the log holds nothing of dossier {named_as}: `fabriques find` looks for others"
        )
    return rows


async def _candidature(bus: Bus, named_as: str) -> str:
    """Raises CommandFailed for what is neither an id nor a receipt number that was given."""
    bare = TRANCHE.sub("", named_as)
    if UUID.fullmatch(bare):
        return bare.lower()
    if not RECEIPT.fullmatch(named_as):
        raise CommandFailed(f"{named_as} is neither the id of a dossier nor a receipt number")
    found = await _at_the_counter(bus, named_as) or await candidature_of(bus, named_as)
    if found is None:
        raise CommandFailed(
            f"the log knows no receipt {named_as}: `fabriques find` looks for others"
        )
    return found


async def _at_the_counter(bus: Bus, receipt: str) -> str | None:
    """Whose receipt it is: the counter knows it at once; None where it is down, or does not know."""
    try:
        found = await bus.ask_anyway("intake", "dossier", candidature_id=receipt)
    except NatsError:
        return None
    return str(found["candidature_id"]) if "candidature_id" in found else None


def _lines(row: Row, out: Screen) -> Iterator[OneLine]:
    """The text of an event keeps its indentation where it is folded."""
    indent = " " * (INDENT * min(row.depth, DEPTH_SHOWN_MAX))
    when = f"{row.at:%Y-%m-%d %H:%M}  "
    room = max(NARROWEST, out.width - len(when) - len(indent))
    for place, part in enumerate(_text(row).wrap(out, room)):
        part.rstrip()
        line = OneLine()
        line.append(when if place == 0 else " " * len(when), style="dim")
        line.append(indent)
        line.append(part)
        yield line


def _text(row: Row) -> OneLine:
    verb = row.fact.rpartition(".")[2]
    text = OneLine()
    text.append(row.words, style="bold red" if verb in WRONG else "bold")
    text.append(f"  {row.who}{f' ({row.role})' if row.role else ''}", style="cyan")
    for part in _parts(row):
        text.append(f" · {part}")
    for reason in row.reasons:
        text.append(f" · {reason['code']}", style="yellow")
    return text


def _parts(row: Row) -> list[str]:
    """What is told, in words: an exception that does not hold goes without saying."""
    told = [
        (name, value)
        for name, value in row.told.items()
        if value is not False or name not in EXCEPTIONS
    ]
    parts = [" ".join(named(name, value)) for name, value in told if name != "bank"]
    return parts + [_bank_line(line) for line in row.told.get("bank", ())]


def _bank_line(line: dict[str, Any]) -> str:
    """A bank's word on one order: `bank: settled, 50 000.00 €, …`."""
    return "bank: " + ", ".join(in_words(name, value) for name, value in line.items() if value)


def _tell_end(rows: list[Row]) -> None:
    streams = {row.stream for row in rows}
    print_line(
        f"{len(rows)} messages of {len(streams)} streams. `--json` tells ids, places and sentences."
    )
    if erased := erased_on(rows):
        print_line(
            f"Erased on {erased:%Y-%m-%d}: the holder's personal data is gone; what was decided stays."
        )
