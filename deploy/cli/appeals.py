"""`fabriques appeals`: those that wait for an answer, and who prepares it."""

from typing import Annotated, Any

import typer

from deploy.cli.bus import Bus, Verdict, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.printing import print_json, print_line, print_table
from shared.contract.backoffice import AppealAssigned, AppealDecided

app = typer.Typer(no_args_is_help=True)
COLUMNS = ("=receipt", "wave", "filed", "answer by", "late", "with")
SHOWN = ("receipt_number", "wave", "filed_at", "answer_by", "late", "officer_id")
Receipt = Annotated[str, typer.Argument(help="The receipt number of the dossier.")]


@app.command("list")
def list_appeals(as_json: AsJson = False) -> None:
    """The appeals that wait, the most urgent first: silence on their last day rejects them."""
    found = with_bus(lambda bus: bus.ask("funding", "appeals"))
    if as_json:
        print_json(found)
        return
    print_table(COLUMNS, ([one[name] for name in SHOWN] for one in found["appeals"]))
    late = sum(one["late"] for one in found["appeals"])
    print_line(f"{late} of {len(found['appeals'])} late on {found['as_of']}.")


@app.command()
def assign(
    receipt: Receipt,
    officer_id: Annotated[str, typer.Argument(metavar="OFFICER", help="Who prepares the answer.")],
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say who prepares the answer."""
    officer = Officer(person, role)

    async def work(bus: Bus) -> dict[str, Any]:
        key = (await _waiting(bus, receipt))["candidature_id"]
        event = officer_act(AppealAssigned, officer, reason, candidature_id=key, officer_id=officer_id)
        await bus.act(event, officer, at)
        return await _waiting(bus, receipt)

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        print_line(f"{receipt}: {found['officer_id']} prepares the answer, due on {found['answer_by']}.")


@app.command()
def decide(
    receipt: Receipt,
    upheld: Annotated[bool, typer.Option("--uphold/--reject", help="What the answer is.")],
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Answer an appeal: its holder gets a letter in every case."""
    officer = Officer(person, role)

    async def work(bus: Bus) -> list[Verdict]:
        key = (await _waiting(bus, receipt))["candidature_id"]
        event = officer_act(AppealDecided, officer, reason, candidature_id=key, upheld=upheld)
        return await bus.act(event, officer, at)

    verdicts = with_bus(work)
    if as_json:
        print_json({"receipt_number": receipt, "upheld": upheld, "verdicts": verdicts})
    else:
        print_line(f"{receipt} · {' · '.join(verdict.as_line() for verdict in verdicts)}")


async def _waiting(bus: Bus, receipt: str) -> dict[str, Any]:
    found = await bus.ask("funding", "appeals")
    for one in found["appeals"]:
        if one["receipt_number"] == receipt:
            return dict(one)
    raise CommandFailed(f"no appeal of {receipt} waits for an answer: see `fabriques appeals list`")
