"""`selection`: the allocator and the verifier on plain files, for studies and second opinions."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.cutoffs import awarded_cents, cutoffs, laureates_of
from services.funding.domain.selection.explanation import NotInThisWave, explain
from services.funding.domain.selection.french import OUTCOMES, euros, marks, zone_name
from services.funding.domain.selection.simulation import Comparison, simulate
from services.funding.domain.selection.values import Result, Violation, WaveInputs
from services.funding.domain.selection.verification import verify
from services.funding.tools.selection.files import (
    FileInvalid,
    read_inputs,
    read_policy,
    read_result,
    result_as_dict,
)
from services.funding.tools.selection.report import WaveSheet, render_report
from shared.french import number

BAD_FILE = 2
SHOWN = 20  # violations printed for people: one fault often breaks every rank below it
PLAIN_WIDTH = 160  # of a table that goes to a file or a pipe

app = typer.Typer(
    name="selection",
    no_args_is_help=True,
    help="Rank a plain file, and check a ranking again.",
)
console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
T = TypeVar("T")

WAVE_FILE = "The wave: policy, quotas_left, envelope_left_cents, candidatures."
InPath = Annotated[Path, typer.Argument(help=WAVE_FILE)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone.")]


@app.command("solve")
def solve(inputs_file: InPath, as_json: AsJson = False) -> None:
    """Rank a wave and say who is funded, who waits, who is declined, and why."""
    inputs = _read(lambda: read_inputs(inputs_file))
    result = allocate(inputs)
    if as_json:
        _print_json(result_as_dict(result))
    else:
        _print_result(inputs, result)


@app.command("verify")
def verify_file(
    inputs_file: InPath,
    result_file: Annotated[
        Path, typer.Argument(help="The list to check, as `solve --json` prints it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check every property of a list again; exit 1 and name those that do not hold."""
    inputs = _read(lambda: read_inputs(inputs_file))
    result = _read(lambda: read_result(result_file, inputs))
    violations = verify(inputs, result)
    if as_json:
        _print_json(
            {"valid": not violations, "violations": [asdict(violation) for violation in violations]}
        )
    else:
        print_violations(result, violations)
    raise typer.Exit(1 if violations else 0)


@app.command("why")
def why(inputs_file: InPath, dossier_id: str, as_json: AsJson = False) -> None:
    """Explain the outcome of one dossier, in French or in JSON."""
    inputs = _read(lambda: read_inputs(inputs_file))
    try:
        explanation = explain(inputs, allocate(inputs), dossier_id)
    except NotInThisWave:
        _fail(f"{inputs_file}: no candidature is called {dossier_id}", 1)
    if as_json:
        _print_json(explanation.as_dict())
    else:
        console.print(explanation.text(), markup=False, highlight=False, soft_wrap=True)


@app.command("simulate")
def simulate_file(
    inputs_file: InPath,
    policy: Annotated[Path, typer.Option(help="Another policy, as `policy` in the wave's file.")],
    as_json: AsJson = False,
) -> None:
    """Compare with another policy: who enters, who leaves, what it costs."""
    inputs = _read(lambda: read_inputs(inputs_file))
    other = _read(lambda: read_policy(policy))
    try:
        comparison = simulate(inputs, other)
    except KeyError as error:
        _fail(f"{policy}: the candidatures have no mark for {error.args[0]}", BAD_FILE)
    if as_json:
        _print_json(comparison.as_dict())
    else:
        print_comparison(comparison)


@app.command("report")
def report(
    inputs_file: InPath,
    out: Annotated[Path, typer.Option(help="The HTML file to write: one file, printable.")],
    title: Annotated[str, typer.Option(help="The title of the page.")] = "Sélection",
) -> None:
    """Write the list, its cut-offs and the use of quotas and envelope as one HTML page."""
    inputs = _read(lambda: read_inputs(inputs_file))
    sheet = WaveSheet(wave=inputs_file.stem, inputs=inputs, result=allocate(inputs))
    html = render_report(title, [sheet])
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        _fail(f"{out}: {error.strerror}", BAD_FILE)
    console.print(f"{out}", markup=False, highlight=False, soft_wrap=True)


def _read(reading: Callable[[], T]) -> T:
    try:
        return reading()
    except FileInvalid as error:
        _fail(str(error), BAD_FILE)


def _fail(line: str, code: int) -> NoReturn:
    typer.echo(" ".join(line.split()), err=True)
    raise typer.Exit(code)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _print_result(inputs: WaveInputs, result: Result) -> None:
    table = Table(
        "rang",
        "dossier",
        "note",
        "décision",
        "zone",
        "montant",
        "motif",
        title="Sélection",
    )
    for entry in result.ranking:
        table.add_row(
            str(entry.rank),
            escape(entry.id),
            marks(entry.score),
            OUTCOMES[entry.outcome],
            escape(zone_name(entry.zone)),
            euros(sum(entry.awarded_cents)) if entry.awarded_cents else "—",
            escape("\n".join(reason.message for reason in entry.reasons)),
        )
    console.print(table)
    for cutoff in cutoffs(inputs, result):
        limit = "" if cutoff.places is None else f" sur {number(cutoff.places, 'place', 'places')}"
        console.print(f"{zone_name(cutoff.zone)} : {cutoff.laureates}{limit}", highlight=False)
    spent = f"{euros(awarded_cents(result))} sur {euros(inputs.envelope_left_cents)}"
    console.print(
        f"{number(len(laureates_of(result.ranking)), 'lauréate', 'lauréates')}, {spent}",
        highlight=False,
    )
    console.print(f"digest {result.digest}", highlight=False, soft_wrap=True)


def print_violations(result: Result, violations: list[Violation]) -> None:
    if not violations:
        console.print(
            f"valid: {len(result.ranking)} candidatures, every property holds",
            highlight=False,
        )
    for violation in violations[:SHOWN]:
        named = ", ".join(violation.dossiers) or "the whole list"
        line = f"{violation.property}: {named}: {violation.detail}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(violations) > SHOWN:
        console.print(
            f"and {len(violations) - SHOWN} more: --json shows them all",
            highlight=False,
        )


def print_comparison(comparison: Comparison) -> None:
    table = Table("mouvement", "dossier", "rang avant", "rang après", "avant", "après")
    moves = (
        ("entre", comparison.enters),
        ("sort", comparison.leaves),
        ("montant", comparison.amounts),
    )
    for move, changes in moves:
        for change in changes:
            table.add_row(
                move,
                escape(change.id),
                str(change.rank_before),
                str(change.rank_after),
                euros(change.before_cents),
                euros(change.after_cents),
            )
    console.print(table)
    laureates = f"{comparison.laureates_before} → {comparison.laureates_after}"
    costs = f"{euros(comparison.before_cents)} → {euros(comparison.after_cents)}"
    more = euros(comparison.cost_cents)
    console.print(f"lauréates : {laureates} ; coût : {costs} ({more})", highlight=False)
