"""What the commands that decide the log again share: how far they are, and their failures in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.printing import console
from deploy.local.home.plan import PlatformNotStarted
from deploy.local.rebuilding.rebuild import NotRebuilt
from deploy.local.rebuilding.replay import ServiceRuns, Telling
from deploy.local.server.nats_server import ServerNotStarted
from shared.contract.topology import SERVICES
from shared.kit.errors import NewerSchema, PlatformDrift
from shared.kit.storage.said_before import StoryDiffers
from shared.programme import ProgrammeInvalid

FAILURES = (
    ServiceRuns,
    StoryDiffers,
    NotRebuilt,
    NewerSchema,
    PlatformDrift,
    PlatformNotStarted,
    ProgrammeInvalid,
    ServerNotStarted,
    nats.errors.Error,
    OSError,
)


def require_service(service: str) -> None:
    """Raises CommandFailed."""
    if service not in SERVICES:
        raise CommandFailed(f"{service} is none of {', '.join(SERVICES)}")


@contextmanager
def told_failures() -> Iterator[None]:
    """Raises CommandFailed, in one line."""
    try:
        yield
    except FAILURES as failure:
        raise CommandFailed(str(failure) or type(failure).__name__) from None


@contextmanager
def progress(what: str) -> Iterator[Telling]:
    """On standard error, and only on a terminal: what scripts read stays as it is."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    out = console(stderr=True)
    with Progress(*columns, console=out, disable=not out.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
