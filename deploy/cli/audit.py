"""`fabriques audit verify`: what every service decided, against what lies in the log."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from deploy.cli.failures import bus_failures
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line, print_table
from deploy.cli.whereabouts import running_platform
from deploy.local.audit import AuditReport, audit
from deploy.local.audit_sides import Place

app = typer.Typer(no_args_is_help=True, help="The log against the services' records, by ids.")
SHOWN_MAX = 50
WORDS = {
    "missing": "said, not in the log",
    "changed": "in the log, not as it was said",
    "vanished": "heard, gone from the log",
    "unheard": "acked, never heard",
    "twice": "decided twice",
    "unproven": "counted, and not signed so",
    "unsaid": "in the log, said by nobody",
    "forged": "refused: not signed so",
}


@app.callback()
def family() -> None:
    """The log against the services' records, by ids."""


@app.command()
def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Publish again, from the outboxes, what is missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare every fact said and every event heard with the log.

    Fails where something is wrong and not repaired.
    """
    settings = running_platform()
    with bus_failures(settings.nats_url):
        report = asyncio.run(audit(settings, repair))
    left = left_over(report)
    if as_json:
        print_json({**asdict(report), "sound": not left})
    else:
        tell(report)
    if left:
        raise typer.Exit(1)


def left_over(report: AuditReport) -> list[Place]:
    """What is wrong and was not repaired."""
    mended = {place.event_id for place in report.repaired}
    found = [
        *report.missing,
        *report.changed,
        *report.vanished,
        *report.unheard,
        *report.twice,
        *report.unproven,
        *report.unsaid,
    ]
    return [place for place in found if place.event_id not in mended]


def tell(report: AuditReport) -> None:
    counts = ", ".join(f"{len(getattr(report, name))} {name}" for name in WORDS)
    print_line(
        f"{report.facts} facts said, {report.heard} events heard, {report.acts} acts signed, "
        f"{report.messages} messages in the log: {counts}; "
        f"{report.pending} on their way, {len(report.repaired)} published again"
    )
    rows = [
        (words, place.service, place.stream, place.sequence, place.event_id, place.subject)
        for name, words in WORDS.items()
        for place in getattr(report, name)
    ]
    if rows:
        print_table(("What", "Service", "Stream", "#Place", "Event", "Subject"), rows[:SHOWN_MAX])
    if len(rows) > SHOWN_MAX:
        print_line(f"and {len(rows) - SHOWN_MAX} more: --json lists them all")
