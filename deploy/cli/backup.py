"""`fabriques backup DIR` and `fabriques restore DIR`: a platform in a folder, and back."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import nats.errors
import typer

from deploy.cli.audit import left_over, tell
from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line
from deploy.cli.whereabouts import home, named_platform
from deploy.local import backup as copies
from deploy.local.backup import BackupRefused, Copied
from deploy.local.nats_server import ServerNotStarted
from deploy.local.plan import PlatformNotStarted
from deploy.local.snapshots import SnapshotFailed

app = typer.Typer()
T = TypeVar("T")
Keys = Annotated[Path | None, typer.Option("--keys", help="The keys' folder, where it lies apart from DIR.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")]


@app.command()
def backup(folder: Folder, keys: Keys = None, as_json: AsJson = False) -> None:
    """Copy the streams, the databases and the programme to DIR, the keys apart. The platform may run meanwhile."""
    copied = _done(copies.back_up(home(), folder, keys, named_platform()))
    if as_json:
        print_json(asdict(copied))
    else:
        print_line(_told(copied) + f". Keep the keys ({keys or folder / 'keys'}) somewhere else than the data.")


@app.command()
def restore(folder: Folder, keys: Keys = None, as_json: AsJson = False) -> None:
    """Bring a backup back into an empty data folder, and compare log and records by ids."""
    if named_platform():
        raise CommandFailed(
            "a backup comes back into a folder of its own, not through FABRIQUES_NATS_URL: unset it, restore, "
            "then start the server and the services on that folder"
        )
    copied, report = _done(copies.restore(folder, home(), keys))
    if as_json:
        print_json({**asdict(copied), "audit": asdict(report)})
    else:
        print_line(_told(copied) + ". Start it with `fabriques up`.")
        tell(report)
    if left_over(report):
        raise typer.Exit(1)


def _told(copied: Copied) -> str:
    messages = sum(copied.streams.values())
    return (
        f"{copied.folder}: {messages} messages of {len(copied.streams)} streams, {len(copied.databases)} databases, "
        f"{copied.keys} keys, as of {copied.taken_at[:19]} UTC"
    )


def _done(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (BackupRefused, SnapshotFailed, PlatformNotStarted, ServerNotStarted, nats.errors.Error, OSError) as error:
        raise CommandFailed(str(error) or type(error).__name__) from None
