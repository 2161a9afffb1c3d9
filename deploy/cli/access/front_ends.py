"""`fabriques front-ends`: who may speak to the platform from outside, each in an account of its own."""

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from deploy.cli.access.newcomer import FAILED, play_round
from deploy.cli.connection.whereabouts import home, running_platform
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table
from deploy.local.home.plan import PlatformNotStarted
from deploy.local.installation import front_ends
from deploy.local.server.account_reload import ReloadFailed
from shared.contract.front_ends import FRONT_END_BYTES_MAX, HOLDERS, FrontEnd
from shared.kit.errors import PlatformDrift
from shared.kit.front_ends import FrontEndsInvalid, front_ends_of
from shared.kit.settings import Settings

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")]
MEGABYTE = 1024**2


@app.command("list")
def list_front_ends(as_json: AsJson = False) -> None:
    """Which front-ends are registered, whom each serves, and what each may take of the disk."""
    known = _known(home())
    if as_json:
        return print_json([asdict(front_end) for front_end in known])
    rows = [_row(front_end) for front_end in known]
    print_table(("=name", "for", "receipts", "#MB a stream", "state"), rows)
    return None


@app.command()
def add(
    name: Name,
    kind: Annotated[
        str,
        typer.Option("--kind", help="Whom it serves: holders, reviewers, officers, association."),
    ] = HOLDERS,
    megabytes: Annotated[
        int,
        typer.Option(
            min=1, help="What each of its streams may take of the disk; officers share one."
        ),
    ] = FRONT_END_BYTES_MAX // MEGABYTE,
    as_json: AsJson = False,
) -> None:
    """Register a front-end while the platform runs: its key is made, account opened, streams heard."""
    settings = running_platform()
    added = _done(settings, front_ends.add(settings, name, kind, megabytes * MEGABYTE))
    if as_json:
        return print_json({**asdict(added), "key": str(settings.key_file(name))})
    print_line(f"{name} speaks for {added.kind} from now on. Its key: {settings.key_file(name)}")
    print_line(f"Give it that file alone, and let it try: fabriques front-ends check {name}")
    return None


@app.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """From now on its key opens nothing. Its dossiers stay, and wait for an officer to move them."""
    settings = running_platform()
    _done(settings, front_ends.revoke(settings, name))
    if as_json:
        return print_json({"name": name, "revoked": True})
    print_line(f"{name} is shut out, and its key is gone. What it said stays and is decided.")
    return None


@app.command()
def check(name: Name, as_json: AsJson = False) -> None:
    """Play a newcomer's round with its key: each question, a refused file, and what must be forbidden."""
    settings = running_platform()
    speaking = {
        front_end.name: front_end for front_end in _known(settings.home) if not front_end.revoked
    }
    if name not in speaking:
        raise CommandFailed(
            f"no front-end {name} speaks here: `fabriques front-ends list` names them all"
        )
    steps = _done(settings, play_round(settings, speaking[name]))
    if as_json:
        print_json([asdict(step) for step in steps])
    else:
        print_table(
            ("=step", "came out", "=what came"),
            [(step.name, step.result, step.told) for step in steps],
        )
    if any(step.result == FAILED for step in steps):
        raise typer.Exit(1)


def _known(folder: Path) -> tuple[FrontEnd, ...]:
    try:
        return front_ends_of(folder)
    except FrontEndsInvalid as error:
        raise CommandFailed(str(error)) from None


def _done(settings: Settings, work: Awaitable[T]) -> T:
    """Raises CommandFailed with what stands in the way."""

    async def run() -> T:
        return await work

    try:
        with bus_failures(settings.nats_url):
            return asyncio.run(run())
    except (FrontEndsInvalid, ReloadFailed, PlatformNotStarted, PlatformDrift) as error:
        raise CommandFailed(str(error)) from None


def _row(front_end: FrontEnd) -> tuple[object, ...]:
    state = "revoked" if front_end.revoked else "speaks"
    return (
        front_end.name,
        front_end.kind,
        front_end.code or "-",
        front_end.bytes_max // MEGABYTE,
        state,
    )
