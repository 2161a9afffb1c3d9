"""`fabriques programmes`: every programme of one server, each as it stands."""

import asyncio
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nats.js.errors
import typer

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.log_messages import logged_streams
from deploy.cli.connection.whereabouts import home
from deploy.cli.doctor.examination import AWAY
from deploy.cli.doctor.services import answer, judge_service
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_table
from deploy.local.home.beside import FOLDER, homes_beside, server_home
from deploy.local.home.plan import programme_copy, running_record
from deploy.local.log.store_server import settings_of
from shared.contract.front_ends import OPERATORS
from shared.contract.topology import PROCESSES
from shared.kit.bus.connection import connect, log_of
from shared.kit.settings import Settings
from shared.programme import Programme, ProgrammeInvalid, load_programme

MEGABYTE = 1024**2
RUNS = "runs"
STARTS = "starts"
STOPPED = "stopped"
FAILURES = (*AWAY, nats.js.errors.Error, CommandFailed)
app = typer.Typer()


@dataclass(frozen=True, slots=True)
class ProgrammeSeen:
    """One programme of a server. What nobody could ask is None; `ails` tells what is wrong, and is empty.

    `disk_bytes` is what its streams and its folder take.
    """

    id: str
    name: str
    home: str
    state: str
    disk_bytes: int
    streams: int | None = None
    events: int | None = None
    letters: int | None = None
    ails: str = ""


@app.command()
def programmes(as_json: AsJson = False) -> None:
    """Every programme of this server: its streams and events, what it takes of the disk, letters, health."""
    server = server_home(home())
    if not programme_copy(server).exists():
        raise CommandFailed(f"no platform was made in {server}: start one with `fabriques up`")
    seen = asyncio.run(programmes_of(server))
    if as_json:
        return print_json([asdict(one) for one in seen])
    columns = (
        "=id",
        "name",
        "=folder",
        "state",
        "#streams",
        "#events",
        "#MB",
        "#letters",
        "health",
    )
    print_table(columns, [_row(one) for one in seen])
    return None


async def programmes_of(server: Path) -> list[ProgrammeSeen]:
    """The server's own first. Never raises: what cannot be looked at is told as such."""
    return [await _seen(folder, server) for folder in (server, *homes_beside(server))]


async def _seen(folder: Path, server: Path) -> ProgrammeSeen:
    taken = await asyncio.to_thread(_folder_bytes, folder)
    try:
        programme = load_programme(programme_copy(folder))
    except (ProgrammeInvalid, OSError) as error:
        return ProgrammeSeen(folder.name, "", str(folder), STOPPED, taken, ails=str(error))
    seen = ProgrammeSeen(programme.id, programme.name, str(folder), _state(folder), taken)
    try:
        return await _asked(seen, programme, _settings(folder, server))
    except FAILURES as failure:
        return replace(seen, ails=str(failure) or type(failure).__name__)


def _state(folder: Path) -> str:
    record = running_record(folder)
    if record is None:
        return STOPPED
    return RUNS if record.ready else STARTS


async def _asked(seen: ProgrammeSeen, programme: Programme, settings: Settings) -> ProgrammeSeen:
    """What lies on the bus is told whether its services run or not. Raises NotConnected, nats errors."""
    client = await connect(settings, OPERATORS, attempts=0)
    try:
        bus = Bus(client, programme, settings)
        log = log_of(client)
        infos = [await log.stream_info(name) for name in await logged_streams(bus)]
        ready = await asyncio.gather(*(answer(bus, service, "ready") for service in PROCESSES))
        mail = await answer(bus, "notify", "summary")
    finally:
        await client.close()
    found = [
        one.what
        for name, said in zip(PROCESSES, ready, strict=True)
        for one in judge_service(name, said)
    ]
    return replace(
        seen,
        state=RUNS if not found else seen.state,
        disk_bytes=seen.disk_bytes + sum(info.state.bytes for info in infos),
        streams=len(infos),
        events=sum(info.state.messages for info in infos),
        letters=mail.get("notices"),
        ails="" if seen.state == STOPPED and len(found) == len(PROCESSES) else " · ".join(found),
    )


def _settings(folder: Path, server: Path) -> Settings:
    """Of a programme that does not run, the streams are on the server all the same."""
    if url := os.environ.get("FABRIQUES_NATS_URL"):
        return settings_of(folder, url)
    record = running_record(server)
    if record is None:
        raise CommandFailed("its server does not run")
    return settings_of(folder, record.nats_url)


def _folder_bytes(folder: Path) -> int:
    """Without the server's store and the other programmes, which are counted for themselves."""
    taken = 0
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in (FOLDER, "nats")]
        taken += sum(_size(Path(place) / name) for name in names)
    return taken


def _size(path: Path) -> int:
    """A file that is gone by now takes nothing."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _row(seen: ProgrammeSeen) -> tuple[object, ...]:
    health = seen.ails or ("good" if seen.state == RUNS else "-")
    taken = f"{seen.disk_bytes / MEGABYTE:.1f}"
    return (
        seen.id,
        seen.name,
        seen.home,
        seen.state,
        seen.streams,
        seen.events,
        taken,
        seen.letters,
        health,
    )
