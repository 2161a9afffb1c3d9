"""`fabriques provision`: what an installation is made of, as it is and as it should be, and made so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import nats.js.errors
import typer
from nats.aio.client import Client

from deploy.cli.connection.whereabouts import home, named_platform, refused_programme
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import NOTHING, print_json, print_line, print_table
from deploy.local.database.roles import provision_databases
from deploy.local.home.beside import is_beside
from deploy.local.home.plan import PlatformNotStarted, programme_copy
from deploy.local.home.programme_copy import tell_programme
from deploy.local.home.unfinished import require_restored
from deploy.local.installation.preparing import Hosts, prepare
from deploy.local.installation.provisioning import Plan, carry_out, look, serve_as_should_be
from deploy.local.keys.store_key import StoreKeyWrong
from deploy.local.log.store_server import running_at, server_of, settings_at
from deploy.local.server.account_reload import ReloadFailed, is_shut_out
from deploy.local.server.nats_server import ServerNotStarted
from deploy.provisioning.bus import require_allowed
from deploy.provisioning.losses import LOSSES
from deploy.provisioning.planned import CHANGED, KEPT, MADE, STRANGE, UNKNOWN, Planned, digest_of
from shared.contract.permissions import PROVISIONER
from shared.kit.bus.connection import connect
from shared.kit.errors import PlatformDrift
from shared.kit.front_ends import FrontEndsInvalid
from shared.kit.key_files import KeyFileInvalid
from shared.kit.settings import Settings, SettingsInvalid
from shared.programme import ProgrammeInvalid

T = TypeVar("T")
EXIT_CHANGES = 2
CONNECTIONS_TRIED = 30  # a container of the server starts beside this one
IN_WORDS = {
    KEPT: "as it should be",
    MADE: "is missing",
    CHANGED: "differs",
    STRANGE: "not ours, left alone",
    UNKNOWN: "not known",
}
REFUSALS = (
    PlatformNotStarted,
    PlatformDrift,
    ServerNotStarted,
    StoreKeyWrong,
    ReloadFailed,
    FrontEndsInvalid,
    KeyFileInvalid,
)
app = typer.Typer(no_args_is_help=True)
Replicas = Annotated[
    int | None,
    typer.Option(
        "--replicas", min=1, max=5, help="How many servers each stream lies on; by default as now."
    ),
]


@app.callback()
def provision() -> None:
    """What a platform is made of: shown as it is and as it should be, and made so."""


@app.command()
def keys(
    tls: Annotated[
        list[str] | None,
        typer.Option(
            "--tls", metavar="HOST", help="Make certificates too: the listeners' name; repeatable."
        ),
    ] = None,
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="HOST", help="A server of a cluster; repeatable."),
    ] = None,
    databases: Annotated[
        str,
        typer.Option(
            "--databases", metavar="HOST", help="PostgreSQL: draw a password for each role."
        ),
    ] = "",
) -> None:
    """Once, before the server starts: keys, its configuration, the programme's copy, in the data folder."""
    with _failures():
        settings = Settings()
        require_restored(settings.home)
        if is_beside(settings.home):
            raise CommandFailed(
                f"{settings.home} got its keys when it was added, and has no server of its own"
            )
        now = datetime.now(UTC)
        programme = prepare(settings, Hosts(tls or (), node or (), databases), now)
        print_line(tell_programme(programme, now))


@app.command()
def databases() -> None:
    """Make each service's role and database on PostgreSQL: what the URLs of the settings name."""
    with _failures():
        for line in provision_databases(Settings()) or ["The roles and databases are there."]:
            print_line(line)


@app.command()
def plan(
    replicas: Replicas = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show what is as it should be, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show streams, consumers, buckets, accounts and rights as they are and as they should be.

    Nothing is changed. Exit code 0: there is nothing to do; 2: there are changes.
    """
    rows = _done(lambda client, settings: look(client, settings, replicas)).rows()
    if as_json:
        print_json({"plan": digest_of(rows), "rows": [row.as_json() for row in rows]})
    else:
        _show([row for row in rows if every or row.state != KEPT])
        _tell_plan(rows, replicas)
    if any(row.is_change for row in rows):
        raise typer.Exit(EXIT_CHANGES)


@app.command()
def apply(
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="LOSS:NAME", help="Ask for this very loss; repeatable."),
    ] = None,
    only: Annotated[
        str,
        typer.Option(
            "--plan", metavar="PLAN", help="Do this plan, or nothing where it is another by now."
        ),
    ] = "",
    replicas: Replicas = None,
    as_json: AsJson = False,
) -> None:
    """Do what the plan shows; what may lose data is refused unless it is asked for by name."""
    allowed = frozenset(allow or ())
    _require_names(allowed)

    async def work(client: Client, settings: Settings) -> list[Planned]:
        found = await look(client, settings, replicas)
        rows = found.rows()
        if only and only != digest_of(rows):
            raise CommandFailed(
                f"the plan is {digest_of(rows)} by now, not {only}: look at it again"
            )
        require_allowed(rows, allowed)
        await _carried_out(client, settings, found)
        return rows

    rows = _done(work, makes=True)
    changes = [row for row in rows if row.is_change]
    if as_json:
        return print_json({"plan": digest_of(rows), "done": [row.as_json() for row in changes]})
    _show(changes)
    print_line(done_line(rows) if changes else all_is_well(rows))
    return None


async def _carried_out(client: Client, settings: Settings, found: Plan) -> None:
    """Raises CommandFailed where the server refuses something that no plan foresees."""
    try:
        await carry_out(client, settings, found)
    except nats.js.errors.APIError as error:
        raise CommandFailed(
            f"the bus refused: {error.description}",
            "what was done before it stays: `fabriques provision plan` shows what is left",
        ) from None


def _require_names(allowed: Iterable[str]) -> None:
    strange = [name for name in allowed if name.partition(":")[0] not in LOSSES or ":" not in name]
    if strange:
        raise typer.BadParameter(
            f"{strange[0]} is no loss: name one as {LOSSES[0]}:INTAKE; {', '.join(LOSSES)}"
        )


def _show(rows: list[Planned]) -> None:
    if rows:
        columns = ("=what", "=name", "state", "as it is", "as it should be")
        print_table(columns, [_line(row) for row in rows])


def _line(row: Planned) -> tuple[str, ...]:
    found = row.unknown or _fields(row.found)
    return row.kind, row.name, IN_WORDS[row.state], found, _fields(row.wanted)


def _fields(values: dict[str, Any]) -> str:
    told = {
        field: ", ".join(value) if isinstance(value, list) else value
        for field, value in values.items()
    }
    return "\n".join(f"{field}: {value}" for field, value in told.items() if value != "") or NOTHING


def _tell_plan(rows: list[Planned], replicas: int | None) -> None:
    changes = [row for row in rows if row.is_change]
    if not changes:
        return print_line(all_is_well(rows))
    for row in changes:
        for loss in row.needs:
            print_line(f"{row.kind} {row.name}: {loss.words}: this needs --allow {loss.name}")
        for words in row.never:
            print_line(
                f"{row.kind} {row.name}: {words}, which no server changes: it will be refused"
            )
    print_line(
        f"{len(changes)} changes, none made: `{apply_line(rows, replicas)}` makes them.{unseen(rows)}"
    )
    return None


def apply_line(rows: list[Planned], replicas: int | None) -> str:
    """The command that does this plan: with as many replicas, and each loss that it must be asked for."""
    words = ["fabriques provision apply --plan", digest_of(rows)]
    if replicas:
        words.append(f"--replicas {replicas}")
    words += [f"--allow {loss.name}" for row in rows if row.is_change for loss in row.needs]
    return " ".join(words)


def done_line(rows: list[Planned]) -> str:
    changes = [row for row in rows if row.is_change]
    if missed := unseen(rows):
        return f"{len(changes)} changes: what was looked at is as the topology says.{missed}"
    return f"{len(changes)} changes: the platform is as the topology says."


def unseen(rows: list[Planned]) -> str:
    """What nobody could look at, and why; empty where all was."""
    missed: dict[str, list[str]] = {}
    for row in rows:
        if row.unknown:
            missed.setdefault(row.unknown, []).append(f"{row.kind} {row.name}")
    return "".join(f" Not looked at: {', '.join(names)} ({why})." for why, names in missed.items())


def all_is_well(rows: list[Planned]) -> str:
    kept = [row.kind for row in rows if row.state == KEPT]
    counted = ", ".join(f"{kept.count(kind)} {kind}" for kind in dict.fromkeys(kept))
    return f"Nothing to do: {counted} are as they should be.{unseen(rows)}"


def _done(work: Callable[[Client, Settings], Awaitable[T]], makes: bool = False) -> T:
    async def run() -> T:
        async with _connected(makes) as (client, settings):
            return await work(client, settings)

    with _failures():
        return asyncio.run(run())


@contextmanager
def _failures() -> Iterator[None]:
    """Raises CommandFailed with what stands in the way."""
    try:
        with bus_failures(f"the server of {home()}"):
            yield
    except ProgrammeInvalid as error:
        raise refused_programme(error) from None
    except SettingsInvalid as error:
        raise CommandFailed(*error.reasons) from None
    except REFUSALS as error:
        raise CommandFailed(str(error)) from None


@asynccontextmanager
async def _connected(makes: bool) -> AsyncIterator[tuple[Client, Settings]]:
    """The server that is named or runs; else, for this while, one of our own on the folder's streams."""
    require_restored(home())
    if settings := named_platform() or running_at(home()):
        if makes and is_beside(home()) and await is_shut_out(settings, PROVISIONER):
            # Before that, its keys open nothing: there is no plan yet.
            await serve_as_should_be(settings)
        own = await connect(settings, PROVISIONER, attempts=CONNECTIONS_TRIED)
        try:
            yield own, settings
        finally:
            await own.close()
        return
    if not programme_copy(home()).exists():
        raise CommandFailed(
            f"no platform was made in {home()}: `fabriques provision keys`, or `fabriques up`"
        )
    async with server_of(home()) as client:
        yield client, settings_at(home(), client)
