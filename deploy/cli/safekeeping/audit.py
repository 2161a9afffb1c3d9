"""`fabriques audit`: what every service decided and keeps, against what lies in the log."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.connection.whereabouts import running_platform
from deploy.cli.safekeeping.log_progress import progress, require_service, told_failures
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table
from deploy.local.audit.comparison import AuditReport, audit
from deploy.local.audit.export import ExportRefused, latest_checkpoint
from deploy.local.audit.export import export as export_log
from deploy.local.audit.replay import ReplayAudit, audit_replay
from deploy.local.audit.sides import Place
from deploy.local.log.sealing import NotSealed
from deploy.local.rebuilding.replay import Telling
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="The log against the services' records: by ids, row by row."
)
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
    """The log against the services' records: by ids, row by row."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.", show_default=False)],
    as_sealed: Annotated[
        bool,
        typer.Option(
            "--as-sealed", help="Only what the last checkpoint covers: the keeper signs no new one."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the log as the keeper seals it now, for whoever checks it with `fabriques-verify`.

    It holds personal data as the log does, bank details sealed: give it to nobody but an auditor.
    """
    settings = running_platform()
    with bus_failures(settings.nats_url):
        try:
            told = asyncio.run(export_log(settings, folder, as_sealed))
        except (ExportRefused, NotSealed) as refused:
            raise CommandFailed(str(refused)) from None
    if as_json:
        print_json(asdict(told))
        return
    print_line(
        f"{told.events} events and {told.checkpoints} checkpoints of {told.platform} in {folder}"
    )
    print_line(
        f"sealed by the keeper at {told.sealed_at or 'no time yet'}; check it: fabriques-verify {folder}"
    )


@app.command()
def checkpoint(
    file: Annotated[Path, typer.Argument(help="Where to write it.", show_default=False)],
) -> None:
    """Write the latest checkpoint, to be kept by somebody else: it holds digests alone, nobody's data."""
    settings = running_platform()
    with bus_failures(settings.nats_url):
        sealed = asyncio.run(latest_checkpoint(settings))
    if sealed is None:
        raise CommandFailed("the keeper has sealed nothing yet: it does once there is a fact")
    file.write_text(f"{sealed}\n", encoding="utf-8")
    print_line(
        f"the latest checkpoint is in {file}: give it to somebody who does not run this platform"
    )


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


@app.command()
def replay(
    services: Annotated[
        list[str] | None,
        typer.Argument(help="intake, eligibility, funding, notify: all of them without."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide everything again beside the services, and compare their records with that, row by row.

    Nothing is changed. Fails where a row is not what the log leads to: it is named with what it should be.
    """
    wanted = services or list(SERVICES)
    for service in wanted:
        require_service(service)
    settings = running_platform()
    with told_failures(), bus_failures(settings.nats_url), progress("deciding again") as telling:
        audits = asyncio.run(_replayed(settings, wanted, telling))
    if as_json:
        print_json([asdict(audit) for audit in audits])
    else:
        _tell_replayed(audits)
    if any(audit.differences for audit in audits):
        raise typer.Exit(1)


async def _replayed(settings: Settings, services: list[str], telling: Telling) -> list[ReplayAudit]:
    return [audit async for audit in audit_replay(settings, services, telling)]


def _tell_replayed(audits: list[ReplayAudit]) -> None:
    for one in audits:
        print_line(
            f"{one.service}: {one.events} events decided again, {one.rows} rows compared, "
            f"{len(one.differences)} that differ ({one.seconds} s)"
        )
    rows = [
        (
            found.service,
            found.table,
            found.key,
            found.what,
            found.column,
            found.kept,
            found.should_be,
        )
        for one in audits
        for found in one.differences
    ]
    if rows:
        columns = ("Service", "Table", "Row", "What", "Column", "It is", "It should be")
        print_table(columns, rows[:SHOWN_MAX])
    if len(rows) > SHOWN_MAX:
        print_line(f"and {len(rows) - SHOWN_MAX} more: --json lists them all")


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
