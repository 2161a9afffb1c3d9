"""`fabriques payments verify`: funding's own tool reads the ledger, the orders and the log of facts."""

import typer

from deploy.cli.connection.whereabouts import data_of, kept_platform
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import as_data, euros, print_json, print_line, print_table
from services.funding.tools.payment_proof import verify_payments

app = typer.Typer()


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Prove from the ledger that nothing is paid twice, or above the award, the cap or the envelope."""
    with data_of(kept_platform(), "funding") as settings:
        findings = verify_payments(settings)
    if as_json:
        print_json({**as_data(findings), "verified": findings.verified})
    elif findings.verified:
        paid = euros(findings.paid_cents)
        print_line(
            f"{findings.movements} entries, {paid} paid: nothing twice, nothing above a limit."
        )
    else:
        print_table(("what is off",), ((violation,) for violation in findings.violations))
    if not findings.verified:
        raise typer.Exit(1)
