"""`fabriques payments`: payment runs, from their approval to the bank's answers."""

from collections import Counter
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.bus import Bus, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.printing import as_data, euros, named, print_json, print_line, print_pairs, print_table
from deploy.cli.whereabouts import data_of, home, kept_platform
from shared.contract.backoffice import BankStatementReceived, PaymentsApproved, PaymentsExportRequested

app = typer.Typer(no_args_is_help=True)
TOOL, ANSWERS = "services.funding.tools.payment_export", "services.funding.bank.answers"
VERSIONS = ("pain.001.001.03", "pain.001.001.09")
RunId = Annotated[str | None, typer.Option("--run", help="The payment run; by default the one that waits.")]


@app.command("list")
def list_runs(as_json: AsJson = False) -> None:
    """The payment run that waits for something, the orders no run holds yet, the bank's lines to look at."""
    found = with_bus(lambda bus: bus.ask("funding", "payments"))
    if as_json:
        return print_json(found)
    for name in ("run", "pending", "at_the_bank"):
        part = found.get(name)
        print_pairs(part or {"": "none"}, name.replace("_", " ").capitalize())
    _print_lines(found.get("anomalies") or [])
    return None


@app.command()
def approve(
    reason: Why, person: As = "", role: InRole = None, run: RunId = None, at: At = None, as_json: AsJson = False
) -> None:
    """Approve a run as it is seen now: the authorising officer first, which closes its list, then the accountant."""

    async def work(bus: Bus) -> dict[str, Any]:
        seen = await bus.ask("funding", "payments")
        approved = seen.get("run") or seen.get("pending") or {}
        if not approved.get("orders"):
            raise CommandFailed("there is nothing to pay: no order waits for approval")
        run_id = run or approved.get("run_id") or f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        fields = {"run_id": run_id} | {name: approved[name] for name in ("orders", "total_cents", "digest")}
        officer = Officer(person, role)
        [verdict] = await bus.act(officer_act(PaymentsApproved, officer, reason, **fields), officer, at)
        return {**fields, "result": verdict.result, "now": await bus.ask("funding", "payments")}

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        print_line(f"{found['run_id']}: {found['orders']} orders, {euros(found['total_cents'])}: {found['result']}.")


@app.command()
def export(
    person: As = "",
    role: InRole = None,
    reason: Why = "payment run",
    run: RunId = None,
    folder: Annotated[Path | None, typer.Option(help="Where the files go; <home>/payments by default.")] = None,
    version: Annotated[str | None, typer.Option(help="pain.001.001.03 or pain.001.001.09 (the default).")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Export an approved run, once, as ISO 20022 files for the bank; the same run gives the same bytes again."""
    if version not in (None, *VERSIONS):
        raise CommandFailed(f"{version} is none of {', '.join(VERSIONS)}")
    tool = import_module(TOOL)
    try:
        with data_of(kept_platform(), "funding") as settings, tool.opened(settings) as payments:
            wanted = payments.look(run, version)
            if not wanted.decided:
                fields = {"run_id": wanted.run_id, "digest": wanted.digest, "version": wanted.version}
                officer = Officer(person, role)
                request = officer_act(PaymentsExportRequested, officer, reason, **fields)
                with_bus(lambda bus: bus.act(request, officer, at))
            files = payments.write(wanted.run_id, folder or home() / "payments", version)
    except (tool.NothingToExport, ValueError) as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        return print_json([str(file) for file in files])
    if wanted.decided:
        print_line(f"{wanted.run_id} was exported before: the same bytes again, for the bank to have once.")
    return print_table(("written",), ((file,) for file in files))


@app.command("import")
def import_answers(
    files: Annotated[list[Path], typer.Argument(help="The bank's files: pain.002, camt.053, camt.054.")],
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
    bank, officer = import_module(ANSWERS), Officer(person, role)
    read = [(file, _read(bank, file)) for file in files]

    async def work(bus: Bus) -> list[dict[str, Any]]:
        return [await _taken_in(bus, file, answers) for file, answers in read]

    async def _taken_in(bus: Bus, file: Path, answers: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"file": str(file), "kind": answers.kind, "statement_id": answers.statement_id}
        transfers: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        for number, lines in bank.parts(answers):
            fields = {"statement_id": answers.statement_id, "kind": answers.kind, "part": number, "lines": lines}
            await bus.act(officer_act(BankStatementReceived, officer, reason, **fields), officer, at, again=True)
            came = await bus.ask("funding", "statement", statement_id=answers.statement_id, part=number)
            transfers += came["taken"]
            waiting += came["anomalies"]
        counted = Counter(transfer["status"] for transfer in transfers)
        told = Counter(line.status for line in answers.lines)
        return found | {
            "lines": dict(told),
            "orders": dict(counted),
            "to_examine": waiting,
            "transfers": transfers if each else [],
        }

    rows = with_bus(work)
    if as_json:
        print_json(rows)
    else:
        _print_taken_in(rows)
    if any(row["to_examine"] for row in rows):
        raise typer.Exit(1)


def _print_taken_in(rows: list[dict[str, Any]]) -> None:
    columns = ("file", "kind", "lines", "orders", "to_examine")
    print_table(columns, ([*(row[name] for name in columns[:-1]), len(row["to_examine"])] for row in rows))
    transfers = [transfer for row in rows for transfer in row["transfers"]]
    if transfers:
        names = ("order_id", "status", "amount_cents")
        print_table(names, ([named(name, transfer[name])[1] for name in names] for transfer in transfers))
    _print_lines([line for row in rows for line in row["to_examine"]])


def _print_lines(lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    names = ("statement_id", "part", "line", "end_to_end_id", "kind", "amount_cents", "detail")
    print_line("Lines of the bank that changed nothing: look at each, then `fabriques act bank-line.examined`.")
    print_table(names, ([named(name, line[name])[1] for name in names] for line in lines))


def _read(bank: Any, file: Path) -> Any:
    try:
        return bank.read_answers(file.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None
    except bank.BankFileInvalid as error:
        raise CommandFailed(*(f"{file}: {reason.message}" for reason in error.reasons)) from None


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Prove from the ledger that nothing is paid twice, nor above the award, the yearly cap or the envelope."""
    with data_of(kept_platform(), "funding") as settings:
        findings = import_module(TOOL).verify_payments(settings)
    if as_json:
        print_json({**as_data(findings), "verified": findings.verified})
    elif findings.verified:
        print_line(
            f"{findings.movements} entries, {euros(findings.paid_cents)} paid: nothing twice, nothing above a limit."
        )
    else:
        print_table(("what is off",), ((violation,) for violation in findings.violations))
    if not findings.verified:
        raise typer.Exit(1)
