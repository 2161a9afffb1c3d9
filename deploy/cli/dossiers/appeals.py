"""`fabriques appeals`: those that wait for an answer, and who prepares it."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, Verdict, with_bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.connection.signing import signer_of
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import indented, print_json, print_line, print_table
from shared.contract.backoffice import AppealAssigned, AppealDecided
from shared.contract.people import MAY

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
def show(receipt: Receipt, person: As = "", role: InRole = None, as_json: AsJson = False) -> None:
    """Read what the holder contests, and until when it is answered.

    It is read by a person, and leaves a line: `fabriques readings` lists them.
    """

    async def work(bus: Bus) -> dict[str, Any]:
        waiting = await _waiting(bus, receipt)
        return {**waiting, "grounds": await _grounds(bus, waiting, Officer(person, role))}

    found = with_bus(work)
    if as_json:
        print_json(found)
        return
    print_line(f"{receipt}: answer by {found['answer_by']}.")
    _print_grounds(found["grounds"])
    read = f"--grounds-read {len(found['grounds'])}"
    print_line(
        f'Answer it: fabriques appeals decide {receipt} --uphold (or --reject) {read} --reason "…"'
    )


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
        event = officer_act(
            AppealAssigned, officer, reason, candidature_id=key, officer_id=officer_id
        )
        await bus.act(event, officer, at)
        return await _waiting(bus, receipt)

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        print_line(
            f"{receipt}: {found['officer_id']} prepares the answer, due on {found['answer_by']}."
        )


@app.command()
def decide(
    receipt: Receipt,
    upheld: Annotated[bool, typer.Option("--uphold/--reject", help="What the answer is.")],
    reason: Why,
    read: Annotated[
        int,
        typer.Option("--grounds-read", metavar="N", min=1, help="How many grounds `show` told."),
    ],
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Answer an appeal on the grounds that `show` told: its holder gets a letter in every case.

    The reason stands in that letter where the appeal is rejected, or is a laureate's.
    """
    officer = Officer(person, role)

    async def work(bus: Bus) -> tuple[list[str], list[Verdict]]:
        waiting = await _waiting(bus, receipt)
        grounds = await _grounds(bus, waiting, await _who_decides(bus, officer))
        said = {"candidature_id": waiting["candidature_id"], "upheld": upheld}
        event = officer_act(AppealDecided, officer, reason, **said, grounds_read=read)
        return grounds, await bus.act(event, officer, at)

    grounds, verdicts = with_bus(work)
    if as_json:
        answer = {
            "receipt_number": receipt,
            "upheld": upheld,
            "grounds": grounds,
            "verdicts": verdicts,
        }
        print_json(answer)
        return
    _print_grounds(grounds)
    print_line(f"{receipt} · {' · '.join(verdict.as_line() for verdict in verdicts)}")


async def _who_decides(bus: Bus, officer: Officer) -> Officer:
    """Whoever answers an appeal is who read it. Raises CommandFailed."""
    known = await bus.ask("funding", "people")
    actor = signer_of(known, bus.settings.home, MAY[AppealDecided], officer).actor
    return Officer(actor.id, actor.role)


async def _grounds(bus: Bus, waiting: dict[str, Any], officer: Officer) -> list[str]:
    """All that the holder wrote, of earlier appeals too: that is what an answer counts."""
    key = waiting["candidature_id"]
    told = await read_signed(bus, "funding.file-reports", officer, candidature_id=key)
    return [ground for appeal in told["appeals"] for ground in appeal["grounds"]]


def _print_grounds(grounds: list[str]) -> None:
    for number, ground in enumerate(grounds, start=1):
        print_line(f"Ground {number} of {len(grounds)}: {indented(ground)}")


async def _waiting(bus: Bus, receipt: str) -> dict[str, Any]:
    found = await bus.ask("funding", "appeals")
    for one in found["appeals"]:
        if one["receipt_number"] == receipt:
            return dict(one)
    raise CommandFailed(f"no appeal of {receipt} waits for an answer: see `fabriques appeals list`")
