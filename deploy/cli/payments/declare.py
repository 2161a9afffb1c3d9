"""`fabriques payments declare`: the bank's letter on a payment it leaves in doubt, as two people read it."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import print_json, print_line
from shared.contract.backoffice import Fate, PaymentDeclared

app = typer.Typer()
FATES: dict[str, Fate] = {"paid": "paid", "dead": "dead"}


@app.command()
def declare(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Such as FABT-2020-4-00012-T1-A1.")],
    fate: Annotated[str, typer.Option(help="`paid`, or `dead`: certainly never to be paid.")],
    reference: Annotated[
        str, typer.Option(help="What the bank's letter is called: its number, its day.")
    ],
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Declare what the bank wrote of a payment in doubt: the same by authorising officer and accountant.

    Until both did, the tranche is not paid again.
    """
    if fate not in FATES:
        raise CommandFailed(f"{fate} is none of {', '.join(FATES)}")
    officer = Officer(person, role)
    said = {"order_id": order, "fate": FATES[fate], "reference": reference}

    async def work(bus: Bus) -> dict[str, Any]:
        [verdict] = await bus.act(
            officer_act(PaymentDeclared, officer, reason, **said), officer, at
        )
        return {**said, "result": verdict.result}

    found = with_bus(work)
    if as_json:
        print_json(found)
    elif found["result"] == "declared-by-one":
        print_line(
            f"{order}: noted. It counts once the other of authorising officer and accountant says the same."
        )
    else:
        print_line(f"{order}: {found['result']}.")
