"""`fabriques import`: what was decided and paid before the platform, as facts that two people say."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.acts.file import Outcome, Ready, outcome_of, tell_outcomes, watched
from deploy.cli.acts.lines import Line, read_lines
from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.connection.signing import Signer, signer_of
from deploy.cli.laureates.opening_lines import Balance, balance, laureates_in
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why
from deploy.cli.terminal.printing import print_json, print_line, print_pairs
from shared.contract.backoffice import LaureateImported
from shared.contract.laureates import Laureate, laureate_id
from shared.contract.people import MAY
from shared.reference.communes import load_communes

app = typer.Typer(no_args_is_help=True)
FACT = "laureate.imported"
PAGE = 250


@app.callback()
def opening() -> None:
    """What exists before the platform starts: labels, with what was paid of them."""


@app.command()
def laureates(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", help="A line a label: see docs/opening-balance.md."),
    ],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check every line, show what would change, say nothing."),
    ] = False,
    person: As = "",
    role: InRole = None,
    reason: Why = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say the labels of before the platform: they hold once a director and the accountant said the same file.

    Every mistake is told before anything is said. A file that is said again says nothing twice.
    """
    lines = read_lines(file, FACT, "")
    if not reason and not dry_run:
        raise CommandFailed("say why with --reason: it is kept with each label")

    async def work(bus: Bus) -> tuple[Balance, list[Outcome]]:
        found = _checked(bus, lines)
        known = await _known(bus)
        prefix = bus.programme.receipt_prefix
        new = [one for one in found.values() if one.receipt(prefix) not in known]
        change = balance(bus.programme, await bus.ask("funding", "summary"), new)
        if change.overdrawn:
            raise CommandFailed(*change.overdrawn)
        if dry_run:
            return change, []
        signer = signer_of(
            await bus.ask("funding", "people"),
            bus.settings.home,
            MAY[LaureateImported],
            Officer(person, role),
        )
        ready = [_act(bus, line, found[line.number], signer, reason) for line in lines]
        outcomes = [
            await outcome_of(bus, one, at, dry_run=False) for one in watched(ready, dry_run=False)
        ]
        return change, outcomes

    _tell(*with_bus(work), as_json)


def _checked(bus: Bus, lines: list[Line]) -> dict[int, Laureate]:
    """Raises CommandFailed with every mistake of every line."""
    today = bus.programme.local_day(datetime.now(UTC))
    read = laureates_in(lines, bus.programme, load_communes(), today)
    if read.mistakes:
        raise CommandFailed(*read.mistakes)
    return dict(read.laureates)


async def _known(bus: Bus) -> set[str]:
    """The receipts of the laureates that the platform has already."""
    known: set[str] = set()
    async for page in bus.pages("funding", "laureates", limit=PAGE):
        known |= {laureate["receipt_number"] for laureate in page["laureates"]}
    return known


def _act(bus: Bus, line: Line, laureate: Laureate, signer: Signer, reason: str) -> Ready:
    receipt = laureate.receipt(bus.programme.receipt_prefix)
    act = LaureateImported(
        candidature_id=laureate_id(bus.programme.id, receipt),
        actor=signer.actor,
        reason=reason,
        laureate=laureate,
    )
    return Ready(Line(line.number, FACT, {"candidature_id": receipt}), act, signer)


def _tell(change: Balance, outcomes: list[Outcome], as_json: bool) -> None:
    """The dry run has no outcomes. Raises CommandFailed where a line changed nothing."""
    if outcomes:
        tell_outcomes(outcomes, as_json)
        return
    if as_json:
        print_json(asdict(change))
        return
    print_pairs(asdict(change), "The platform with these labels")
    print_line("Nothing is said: leave --dry-run out, once as a director, once as the accountant.")
