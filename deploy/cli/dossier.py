"""`fabriques dossier`: the texts and the budget of a dossier, and who read it. Reading it leaves a line."""

from typing import Annotated, Any

import typer

from deploy.cli.bus import Bus, with_bus
from deploy.cli.options import As, AsJson, InRole, Officer
from deploy.cli.printing import euros, print_json, print_line, print_pairs, print_table
from deploy.cli.reading import read_signed

app = typer.Typer()
Named = Annotated[str, typer.Argument(metavar="ID", help="The dossier's id, or its receipt number.")]


@app.command()
def dossier(
    candidature_id: Named,
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version of it.")] = None,
    reviews: Annotated[bool, typer.Option("--reviews", help="What the reviewers said, too.")] = False,
    reports: Annotated[bool, typer.Option("--reports", help="Its yearly reports, too.")] = False,
    person: As = "",
    role: InRole = None,
    as_json: AsJson = False,
) -> None:
    """Read a dossier, as far as who signs may: officers, and reviewers those they were asked to read.

    Each reading leaves a line: `fabriques readings` lists them.
    """
    officer = Officer(person, role)

    async def work(bus: Bus) -> dict[str, Any]:
        named = {"candidature_id": await bus.with_id(candidature_id)}
        found = {"file": await read_signed(bus, "intake.file", officer, **named, version=version)}
        if reviews:
            found["reviews"] = await read_signed(bus, "eligibility.file-reviews", officer, **named)
        if reports:
            found["reports"] = await read_signed(bus, "funding.file-reports", officer, **named)
        return found

    found = with_bus(work)
    if as_json:
        print_json(found)
        return
    _tell_file(found["file"])
    for review in found.get("reviews", {}).get("reviews", ()):
        _tell_review(review)
    for report in found.get("reports", {}).get("reports", ()):
        _tell_report(report)


def _tell_file(file: dict[str, Any]) -> None:
    versions = ", ".join(map(str, file["versions"]))
    print_line(f"{file['receipt_number']} · version {file['version']} of {versions} · {file['received_at']}")
    print_pairs(file["holder"], "Holder")
    print_pairs(file["place"], "Place")
    for name, text in file["project"].items():
        if isinstance(text, str):
            print_line(f"— {name}\n{text}\n")
    if needs := file["project"].get("support_needs"):
        print_line(f"— support_needs\n{', '.join(needs)}\n")
    print_line(f"Requested: {' + '.join(map(euros, file['budget']['requested_cents']))}")


def _tell_review(review: dict[str, Any]) -> None:
    marks = " · ".join(f"{name} {mark}" for name, mark in review["marks"].items())
    recused = " (recused: it does not count)" if review["recused"] else ""
    print_line(f"Review of {review['reviewer_id']}{recused}: {marks}\n{review['comment']}\n")


def _tell_report(report: dict[str, Any]) -> None:
    print_line(f"Report of year {report['year']}: {report['state']}, version {report['version']}")
    print_line(f"{report['activity']}\n")
    lines = report["financial_table"]
    rows = [(line["label"], euros(line["planned_cents"]), euros(line["spent_cents"])) for line in lines]
    print_table(("line", "#planned", "#spent"), rows)
