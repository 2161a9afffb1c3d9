"""`fabriques reports`: the yearly reports of the grants, those that are late, and one financial table."""

from typing import Annotated, Any

import typer

from deploy.cli.bus import Bus, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import euros, print_json, print_line, print_table

app = typer.Typer(no_args_is_help=True)
COLUMNS = ("receipt", "year", "due on", "state", "late", "sent back because")


@app.command("list")
def list_reports(as_json: AsJson = False) -> None:
    """Every report that is expected, by due day."""
    _show(_asked(overdue=False), as_json)


@app.command()
def overdue(as_json: AsJson = False) -> None:
    """The reports that are missing or sent back, and late."""
    _show(_asked(overdue=True), as_json)


@app.command()
def show(
    receipt: Annotated[str, typer.Argument(help="The receipt number of the dossier.")],
    year: Annotated[int, typer.Argument(help="The year of the grant, from 1.")],
    as_json: AsJson = False,
) -> None:
    """The financial table of one report, with its variances in euros and in percent."""
    of_dossier = _asked(overdue=False, receipt_number=receipt)["reports"]
    found = next((report for report in of_dossier if report["year"] == year), None)
    if found is None:
        raise CommandFailed(f"no report of {receipt} is expected for year {year}: see `fabriques reports list`")
    if as_json:
        return print_json(found)
    columns = ("line", "planned", "spent", "variance", "variance %")
    return print_table(columns, (_line(line) for line in found["financial_table"]))


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    cents = (euros(line[name]) for name in ("planned_cents", "spent_cents", "variance_cents"))
    return (line["label"], *cents, line["variance_percent"] if line["variance_percent"] is not None else "-")


def _asked(overdue: bool, receipt_number: str = "") -> dict[str, Any]:
    async def work(bus: Bus) -> dict[str, Any]:
        return await bus.ask("funding", "reports", overdue=overdue, receipt_number=receipt_number)

    return with_bus(work)


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return print_json(found)
    names = ("receipt_number", "year", "due_on", "state", "overdue", "returned_because")
    print_table(COLUMNS, ([report[name] for name in names] for report in found["reports"]))
    return print_line(f"{found['overdue']} overdue on {found['as_of']}.")
