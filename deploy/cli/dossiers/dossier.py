"""`fabriques dossier`: the texts and the budget of a dossier, and who read it. Reading it leaves a line."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.attachment import read_attachment
from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, InRole, Officer
from deploy.cli.terminal.printing import (
    euros,
    on_one_line,
    print_json,
    print_line,
    print_pairs,
    print_table,
    set_in,
)
from deploy.local.home.durable import write_durably

app = typer.Typer()
Named = Annotated[
    str, typer.Argument(metavar="ID", help="The dossier's id, or its receipt number.")
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where the file goes.")
]


@app.command()
def dossier(
    candidature_id: Named,
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version of it.")] = None,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="What the reviewers said, too.")
    ] = False,
    reports: Annotated[bool, typer.Option("--reports", help="Its yearly reports, too.")] = False,
    attachment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Save this file of the dossier, and tell nothing else."),
    ] = None,
    out: Out = None,
    person: As = "",
    role: InRole = None,
    as_json: AsJson = False,
) -> None:
    """Read a dossier, as far as who signs may: officers, and reviewers those they were asked to read.

    Each reading leaves a line: `fabriques readings` lists them.
    """
    officer = Officer(person, role)
    if attachment:
        return _save(candidature_id, attachment, officer, out, as_json)
    if out:
        raise CommandFailed("-o is for a file of the dossier: name it with --attachment")

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
        return print_json(found)
    return _tell(found)


def _save(name: str, attachment: str, officer: Officer, out: Path | None, as_json: bool) -> None:
    """Under its own name, unless another is given: it has no folder in it."""

    async def work(bus: Bus) -> dict[str, Any]:
        return await read_attachment(bus, await bus.with_id(name), attachment, officer)

    told = with_bus(work)
    path = out or Path(told["name"])
    write_durably(path, told.pop("content"), mode=0o600)
    if as_json:
        return print_json({"file": str(path), **told})
    return print_line(f"{path}: {told['kind']}, {told['media_type']}, {told['size_bytes']} bytes")


def _tell(found: dict[str, Any]) -> None:
    _tell_file(found["file"])
    for review in found.get("reviews", {}).get("reviews", ()):
        _tell_review(review)
    for report in found.get("reports", {}).get("reports", ()):
        _tell_report(report)


def _tell_file(file: dict[str, Any]) -> None:
    versions = ", ".join(map(str, file["versions"]))
    print_line(
        f"{file['receipt_number']} · version {file['version']} of {versions} · {file['received_at']}"
    )
    print_pairs(file["holder"], "Holder")
    print_pairs(file["place"], "Place")
    for name, text in file["project"].items():
        if isinstance(text, str):
            print_line(f"— {name}\n{set_in(text)}\n")
    for name in ("support_needs", "support_offers"):
        if words := file["project"].get(name):
            print_line(f"— {name}\n{set_in(', '.join(words))}\n")
    for attached in file["attachments"]:
        what = f"{attached['kind']}, {attached['media_type']}, {attached['size_bytes']} bytes"
        print_line(f"Attached: {on_one_line(attached['name'])} ({what})")
    print_line(f"Requested: {' + '.join(map(euros, file['budget']['requested_cents']))}")


def _tell_review(review: dict[str, Any]) -> None:
    marks = " · ".join(f"{name} {mark}" for name, mark in review["marks"].items())
    recused = " (recused: it does not count)" if review["recused"] else ""
    print_line(
        f"Review of {review['reviewer_id']}{recused}: {marks}\n{set_in(review['comment'])}\n"
    )


def _tell_report(report: dict[str, Any]) -> None:
    print_line(f"Report of year {report['year']}: {report['state']}, version {report['version']}")
    print_line(f"{set_in(report['activity'])}\n")
    lines = report["financial_table"]
    rows = [
        (line["label"], euros(line["planned_cents"]), euros(line["spent_cents"])) for line in lines
    ]
    print_table(("line", "#planned", "#spent"), rows)
