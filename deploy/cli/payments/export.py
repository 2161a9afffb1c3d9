"""`fabriques payments export`: the bank's files of an approved run, written by funding's own tool."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.connection.bus import with_bus
from deploy.cli.connection.whereabouts import data_of, home, kept_platform
from deploy.cli.payments.command import RunId
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import print_json, print_line, print_table
from services.funding.bank.pain001 import Version
from services.funding.tools.payment_export import NothingToExport, opened
from shared.contract.backoffice import PaymentsExportRequested

app = typer.Typer()
VERSIONS: dict[str, Version] = {
    "pain.001.001.03": "pain.001.001.03",
    "pain.001.001.09": "pain.001.001.09",
}


@app.command()
def export(
    person: As = "",
    role: InRole = None,
    reason: Why = "payment run",
    run: RunId = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the files go; <home>/payments by default.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="pain.001.001.03 or pain.001.001.09 (the default).")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Export an approved run, once, as ISO 20022 files; the same run gives the same bytes again."""
    chosen = _version(version)
    officer = Officer(person, role)
    try:
        with data_of(kept_platform(), "funding") as settings, opened(settings) as payments:
            wanted = payments.look(run, chosen)
            if not wanted.decided:
                fields = {
                    "run_id": wanted.run_id,
                    "digest": wanted.digest,
                    "version": wanted.version,
                }
                request = officer_act(PaymentsExportRequested, officer, reason, **fields)
                with_bus(lambda bus: bus.act(request, officer, at))
            files = payments.write(wanted.run_id, folder or home() / "payments", chosen)
    except (NothingToExport, ValueError) as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        print_json([str(file) for file in files])
        return
    if wanted.decided:
        print_line(
            f"{wanted.run_id} was exported before: the same bytes again, for the bank to have once."
        )
    print_table(("written",), ((file,) for file in files))


def _version(stated: str | None) -> Version | None:
    if stated is None or stated in VERSIONS:
        return VERSIONS.get(stated or "")
    raise CommandFailed(f"{stated} is none of {', '.join(VERSIONS)}")
