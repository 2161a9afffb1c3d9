"""`fabriques payments`: payment runs, from their approval to the bank's answers."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.families import Family, LazyGroup
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import euros, print_json, print_line, print_named, print_pairs
from shared.contract.backoffice import PaymentsApproved


class PaymentsFamily(LazyGroup):
    """What needs funding's own tools, or its reader of bank files, is loaded when it is called."""

    families = {
        "export": Family(
            "deploy.cli.payments.export",
            "Export an approved run, once, as ISO 20022 files; the same bytes again.",
        ),
        "import": Family(
            "deploy.cli.payments.bank_answers",
            "Take in what the bank answered, and say what came of it.",
        ),
        "declare": Family(
            "deploy.cli.payments.declare",
            "Declare what the bank wrote of a payment it leaves in doubt.",
        ),
        "verify": Family(
            "deploy.cli.payments.verify", "Prove from the ledger that nothing is paid twice."
        ),
    }


app = typer.Typer(cls=PaymentsFamily, no_args_is_help=True)
RunId = Annotated[
    str | None, typer.Option("--run", help="The payment run; by default the one that waits.")
]
IN_DOUBT = ("order_id", "amount_cents", "reason_code", "declared")
BANK_LINE = ("statement_id", "part", "line", "end_to_end_id", "kind", "amount_cents", "detail")


@app.command("list")
def list_runs(as_json: AsJson = False) -> None:
    """The payment run that waits for something, the orders no run holds yet, the bank's lines to look at."""
    found = with_bus(lambda bus: bus.ask("funding", "payments"))
    if as_json:
        print_json(found)
        return
    for name in ("run", "pending", "at_the_bank"):
        part = found.get(name)
        print_pairs(part or {"": "none"}, name.replace("_", " ").capitalize())
    if found["in_doubt"]:
        print_line(
            "The bank left these in doubt: its letter, once there, is told by `fabriques payments declare`."
        )
        print_named(IN_DOUBT, found["in_doubt"])
    print_bank_lines(found.get("anomalies") or [])


@app.command()
def approve(
    reason: Why,
    person: As = "",
    role: InRole = None,
    run: RunId = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Approve a run as it is seen: the authorising officer first, which closes it, then the accountant."""
    officer = Officer(person, role)

    async def work(bus: Bus) -> dict[str, Any]:
        fields = _run_as_seen(await bus.ask("funding", "payments"), run)
        [verdict] = await bus.act(
            officer_act(PaymentsApproved, officer, reason, **fields), officer, at
        )
        return {**fields, "result": verdict.result, "now": await bus.ask("funding", "payments")}

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        print_line(
            f"{found['run_id']}: {found['orders']} orders, {euros(found['total_cents'])}: {found['result']}."
        )


def _run_as_seen(seen: dict[str, Any], run: str | None) -> dict[str, Any]:
    """What an approval names. Raises CommandFailed where nothing waits."""
    waiting = seen.get("run") or seen.get("pending") or {}
    if not waiting.get("orders"):
        raise CommandFailed("there is nothing to pay: no order waits for approval")
    run_id = run or waiting.get("run_id") or f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    return {"run_id": run_id} | {
        name: waiting[name] for name in ("orders", "total_cents", "digest")
    }


def print_bank_lines(lines: list[dict[str, Any]]) -> None:
    if lines:
        print_line(
            "Lines of the bank that changed nothing: look at each, then `fabriques act bank-line.examined`."
        )
        print_named(BANK_LINE, lines)
