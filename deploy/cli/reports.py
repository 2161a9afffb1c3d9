"""`fabriques reports`: the yearly reports of the grants, those that are late, and one financial table."""

from typing import Annotated, Any

import typer

from deploy.cli.bus import Bus, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.printing import euros, print_json, print_line, print_table
from shared.contract.backoffice import ReportAccepted, ReportReturned

app = typer.Typer(no_args_is_help=True)
PAGE = 250
COLUMNS = ("receipt", "year", "due on", "state", "version", "late", "sent back because")
Receipt = Annotated[str, typer.Argument(help="The receipt number of the dossier.")]
Year = Annotated[int, typer.Argument(help="The year of the grant, from 1.")]
Version = Annotated[int, typer.Option(help="The version that was read, as `show` tells it.")]


@app.command("list")
def list_reports(as_json: AsJson = False) -> None:
    """Every report that is expected, by due day."""
    _show(_asked(overdue=False), as_json)


@app.command()
def overdue(as_json: AsJson = False) -> None:
    """The reports that are missing or sent back, and late."""
    _show(_asked(overdue=True), as_json)


@app.command()
def show(receipt: Receipt, year: Year, as_json: AsJson = False) -> None:
    """The financial table of one report, with its variances in euros and in percent."""
    found = with_bus(lambda bus: _one(bus, receipt, year))
    if as_json:
        return print_json(found)
    print_line(f"{receipt}, year {year}: {found['state']}, version {found['version']}.")
    columns = ("line", "planned", "spent", "variance", "variance %")
    return print_table(columns, (_line(line) for line in found["financial_table"]))


@app.command()
def accept(
    receipt: Receipt, year: Year, version: Version, reason: Why, person: As = "", role: InRole = None,
    at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Accept exactly the version that was read."""
    _act(ReportAccepted, (receipt, year, version), Officer(person, role), reason, at, as_json)


@app.command("send-back")
def send_back(
    receipt: Receipt, year: Year, version: Version, reason: Why, person: As = "", role: InRole = None,
    at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send the version that was read back to its holder, with the reason."""
    _act(ReportReturned, (receipt, year, version), Officer(person, role), reason, at, as_json)


def _act(
    kind: type[ReportAccepted | ReportReturned],
    read: tuple[str, int, int],
    officer: Officer,
    reason: str,
    at: str | None,
    as_json: bool,
) -> None:
    receipt, year, version = read

    async def work(bus: Bus) -> dict[str, Any]:
        key = (await _one(bus, receipt, year))["candidature_id"]
        fact = officer_act(kind, officer, reason, candidature_id=key, year=year, version=version)
        await bus.act(fact, officer, at)
        return await _one(bus, receipt, year)

    found = with_bus(work)
    print_json(found) if as_json else print_line(
        f"{receipt}, year {year}, version {version}: {found['state']}."
    )


async def _one(bus: Bus, receipt: str, year: int) -> dict[str, Any]:
    of_dossier = (await bus.ask("funding", "reports", receipt_number=receipt))["reports"]
    found = next((report for report in of_dossier if report["year"] == year), None)
    if found is None:
        raise CommandFailed(
            f"no report of {receipt} is expected for year {year}: see `fabriques reports list`"
        )
    return dict(found)


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    cents = (euros(line[name]) for name in ("planned_cents", "spent_cents", "variance_cents"))
    return (line["label"], *cents, line["variance_percent"] if line["variance_percent"] is not None else "-")


def _asked(overdue: bool) -> dict[str, Any]:
    """Every page, by due day."""

    async def work(bus: Bus) -> list[dict[str, Any]]:
        pages = [await bus.ask("funding", "reports", overdue=overdue, limit=PAGE)]
        while pages[-1]["next"]:
            pages.append(
                await bus.ask("funding", "reports", overdue=overdue, after=pages[-1]["next"], limit=PAGE)
            )
        return pages

    pages = with_bus(work)
    found = [report for page in pages for report in page["reports"]]
    found.sort(key=lambda report: (report["due_on"], report["receipt_number"]))
    return {"as_of": pages[0]["as_of"], "overdue": sum(page["overdue"] for page in pages), "reports": found}


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return print_json(found)
    names = ("receipt_number", "year", "due_on", "state", "version", "overdue", "returned_because")
    print_table(COLUMNS, ([report[name] for name in names] for report in found["reports"]))
    return print_line(f"{found['overdue']} overdue on {found['as_of']}.")
