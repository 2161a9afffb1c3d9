"""`fabriques payments import`: what the bank answered, read here and decided by funding."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.payments.command import print_bank_lines
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import print_json, print_named, print_table
from shared.bank.answers import BankAnswers, parts, read_answers
from shared.bank.values import BankFileInvalid
from shared.contract.backoffice import BankStatementReceived

app = typer.Typer()
COLUMNS = ("file", "kind", "lines", "orders")
TRANSFER = ("order_id", "status", "amount_cents")


@app.command("import")
def import_answers(
    files: Annotated[
        list[Path], typer.Argument(help="The bank's files: pain.002, camt.053, camt.054.")
    ],
    person: As = "",
    role: InRole = None,
    reason: Why = "bank file",
    each: Annotated[bool, typer.Option("--each", help="Tell every transfer.")] = False,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Take in what the bank answered, and say what came of it. The same file again changes nothing.

    Exits with 1 when lines of these files wait for a person.
    """
    officer = Officer(person, role)
    read = [(file, _read(file)) for file in files]

    async def work(bus: Bus) -> list[dict[str, Any]]:
        return [await _taken_in(bus, file, answers, officer, reason, at) for file, answers in read]

    rows = with_bus(work)
    if not each:
        rows = [{**row, "transfers": []} for row in rows]
    if as_json:
        print_json(rows)
    else:
        _print(rows)
    if any(row["to_examine"] for row in rows):
        raise typer.Exit(1)


def _read(file: Path) -> BankAnswers:
    try:
        return read_answers(file.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None
    except BankFileInvalid as error:
        raise CommandFailed(*(f"{file}: {reason.message}" for reason in error.reasons)) from None


async def _taken_in(
    bus: Bus, file: Path, answers: BankAnswers, officer: Officer, reason: str, at: str | None
) -> dict[str, Any]:
    """What came of each part of a file: funding is told one, then asked."""
    transfers: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for number, lines in parts(answers):
        fields = {
            "statement_id": answers.statement_id,
            "kind": answers.kind,
            "part": number,
            "lines": lines,
        }
        await bus.act(
            officer_act(BankStatementReceived, officer, reason, **fields), officer, at, again=True
        )
        came = await bus.ask("funding", "statement", statement_id=answers.statement_id, part=number)
        transfers += came["taken"]
        waiting += came["anomalies"]
    return {
        "file": str(file),
        "kind": answers.kind,
        "statement_id": answers.statement_id,
        "lines": dict(Counter(line.status for line in answers.lines)),
        "orders": dict(Counter(transfer["status"] for transfer in transfers)),
        "to_examine": waiting,
        "transfers": transfers,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    counted = ([*(row[name] for name in COLUMNS), len(row["to_examine"])] for row in rows)
    print_table((*COLUMNS, "to_examine"), counted)
    transfers = [transfer for row in rows for transfer in row["transfers"]]
    if transfers:
        print_named(TRANSFER, transfers)
    print_bank_lines([line for row in rows for line in row["to_examine"]])
