"""`fabriques reports`: the yearly reports of the grants, those that are late, and one financial table."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import (
    euros,
    on_one_line,
    print_json,
    print_line,
    print_table,
    set_in,
)
from shared.contract.backoffice import ReportAccepted, ReportReturned

app = typer.Typer(no_args_is_help=True)
PAGE = 250
COLUMNS = ("receipt", "year", "due on", "state", "version", "late")
SHOWN = ("receipt_number", "year", "due_on", "state", "version", "overdue")
UNSENT = {"activity": "", "financial_table": [], "indicators": {}, "returned_because": ""}
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
def show(
    receipt: Receipt, year: Year, person: As = "", role: InRole = None, as_json: AsJson = False
) -> None:
    """Read one report: its text, its financial table with variances in euros and in percent, its figures.

    It is read by a person, and leaves a line: `fabriques readings` lists them.
    """
    found = with_bus(lambda bus: _read(bus, receipt, year, Officer(person, role)))
    if as_json:
        print_json(found)
        return
    print_line(f"{receipt}, year {year}: {found['state']}, version {found['version']}.")
    if found["returned_because"]:
        print_line(f"Sent back: {on_one_line(found['returned_because'])}")
    print_line(set_in(found["activity"]))
    columns = ("line", "planned", "spent", "variance", "variance %")
    print_table(columns, (_line(line) for line in found["financial_table"]))
    if found["indicators"]:
        print_table(("indicator", "count"), found["indicators"].items())


@app.command()
def accept(
    receipt: Receipt,
    year: Year,
    version: Version,
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Accept exactly the version that was read."""
    _act(ReportAccepted, Read(receipt, year, version), Officer(person, role), reason, at, as_json)


@app.command("send-back")
def send_back(
    receipt: Receipt,
    year: Year,
    version: Version,
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Send the version that was read back to its holder, with the reason."""
    _act(ReportReturned, Read(receipt, year, version), Officer(person, role), reason, at, as_json)


@dataclass(frozen=True, slots=True)
class Read:
    """What the officer read, and decides on."""

    receipt: str
    year: int
    version: int


def _act(
    kind: type[ReportAccepted | ReportReturned],
    read: Read,
    officer: Officer,
    reason: str,
    at: str | None,
    as_json: bool,
) -> None:
    async def work(bus: Bus) -> dict[str, Any]:
        seen = await _one(bus, read.receipt, read.year)
        fields = {
            "candidature_id": seen["candidature_id"],
            "year": read.year,
            "version": read.version,
        }
        await bus.act(officer_act(kind, officer, reason, **fields), officer, at)
        return await _one(bus, read.receipt, read.year)

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        print_line(f"{read.receipt}, year {read.year}, version {read.version}: {found['state']}.")


async def _one(bus: Bus, receipt: str, year: int) -> dict[str, Any]:
    of_dossier = await bus.ask("funding", "reports", receipt_number=receipt)
    for report in of_dossier["reports"]:
        if report["year"] == year:
            return dict(report)
    raise CommandFailed(
        f"no report of {receipt} is expected for year {year}: see `fabriques reports list`"
    )


async def _read(bus: Bus, receipt: str, year: int, officer: Officer) -> dict[str, Any]:
    """What is expected of that year, with what its holder wrote."""
    due = await _one(bus, receipt, year)
    named = {"candidature_id": due["candidature_id"]}
    told = await read_signed(bus, "funding.file-reports", officer, **named)
    sent = [report for report in told["reports"] if report["year"] == year]
    return {**due, **(sent[0] if sent else UNSENT)}


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    cents = [euros(line[name]) for name in ("planned_cents", "spent_cents", "variance_cents")]
    percent = "-" if line["variance_percent"] is None else line["variance_percent"]
    return (line["label"], *cents, percent)


def _asked(overdue: bool) -> dict[str, Any]:
    """Every page, by due day."""

    async def work(bus: Bus) -> dict[str, Any]:
        pages = [
            page async for page in bus.pages("funding", "reports", overdue=overdue, limit=PAGE)
        ]
        return {
            "as_of": pages[0]["as_of"],
            "overdue": sum(page["overdue"] for page in pages),
            "reports": [report for page in pages for report in page["reports"]],
        }

    found = with_bus(work)
    found["reports"].sort(key=lambda report: (report["due_on"], report["receipt_number"]))
    return found


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_table(COLUMNS, ([report[name] for name in SHOWN] for report in found["reports"]))
    print_line(f"{found['overdue']} overdue on {found['as_of']}.")
