"""`fabriques replay SERVICE`: an older copy of a service's database, brought up to date from the log."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import nats.errors
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.audit import left_over, tell
from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line
from deploy.cli.whereabouts import home
from deploy.local.audit import AuditReport
from deploy.local.bring_up_to_date import replay_and_audit
from deploy.local.nats_server import ServerNotStarted
from deploy.local.plan import PlatformNotStarted
from deploy.local.replay import ServiceRuns, Telling
from shared.contract.topology import SERVICES
from shared.kit.consumer.replay import Tally
from shared.kit.errors import PlatformDrift
from shared.kit.storage.said_before import StoryDiffers

app = typer.Typer()
FAILURES = (
    ServiceRuns,
    StoryDiffers,
    PlatformDrift,
    PlatformNotStarted,
    ServerNotStarted,
    nats.errors.Error,
    OSError,
)


@app.command()
def replay(
    service: Annotated[
        str, typer.Argument(help="intake, eligibility, funding or notify: the one that is stopped.")
    ],
    as_json: AsJson = False,
) -> None:
    """Decide again what the log holds after an older copy of a database: nothing is said, paid or sent twice.

    The service is stopped meanwhile. What the log does not hold is said at the service's next start.
    """
    if service not in SERVICES:
        raise CommandFailed(f"{service} is none of {', '.join(SERVICES)}")
    try:
        with _progress(service) as telling:
            tally, report = asyncio.run(replay_and_audit(home(), service, telling))
    except FAILURES as failure:
        raise CommandFailed(str(failure) or type(failure).__name__) from None
    if as_json:
        print_json({"service": service, **asdict(tally), "audit": asdict(report)})
    else:
        _tell(service, tally, report)
    if tally.unexplained or left_over(report):
        raise typer.Exit(1)


def _tell(service: str, tally: Tally, report: AuditReport) -> None:
    print_line(
        f"{service}: {tally.events} events read, {tally.decided} decided again, {tally.known} known before, "
        f"{tally.said_before} facts were said, {tally.pending} are left to say at the next start."
    )
    if tally.unexplained:
        first = tally.unexplained[0]
        print_line(
            f"{len(tally.unexplained)} facts of the log were said by nothing that it holds, "
            f"such as {first.event_id} "
            f"at place {first.place} of {first.stream}: an event that was erased since, or another's words."
        )
    tell(report)


@contextmanager
def _progress(service: str) -> Iterator[Telling]:
    """On standard error, and only on a terminal: what scripts read stays as it is."""
    columns = (TextColumn(f"replaying {service}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), disable=not Console(stderr=True).is_terminal
    ) as bar:
        task = bar.add_task(service, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
