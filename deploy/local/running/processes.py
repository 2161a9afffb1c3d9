"""The processes of a local platform: the server and the services, started, watched, restarted and stopped."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats.errors
import structlog
from nats.aio.client import Client
from setproctitle import setproctitle
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from deploy.frozen import loading
from deploy.loading import load_services, part_of
from deploy.local.database.remembered_log import check_databases, check_known_stores
from deploy.local.home.beside import is_beside
from deploy.local.home.plan import SERVER, SUPERVISOR, PlatformNotStarted, log_file
from deploy.local.installation.provisioning import serve_as_should_be
from deploy.local.keys.people import read_founders
from deploy.local.keys.store_key import server_environment
from deploy.local.running.child_process import write_to
from deploy.local.running.log_files import BoundedLog
from deploy.local.running.vitals import Pulse
from deploy.local.server.nats_server import binary
from deploy.process import Process
from deploy.provisioning.bus import provision
from deploy.starting import cannot_serve
from shared.contract.front_ends import ASSOCIATION, OFFICERS, REVIEWERS
from shared.contract.subjects import ask_subject
from shared.kit.bus.connection import connect
from shared.kit.errors import NewerSchema
from shared.kit.logs.chain import configure_logs
from shared.kit.packages import package_of
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.programme import ProgrammeInvalid
from shared.reference.communes import load_communes

POLL_SECONDS = 0.01
BEAT_SECONDS = 1.0
LISTENS_SECONDS_MAX = 10.0
READY_SECONDS_MAX = 30.0
# A service with a backlog answers between batches; an absent one, at once.
ANSWER_SECONDS_MAX = 10.0


def present_services(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are part of this installation."""
    present = tuple(name for name in names if find_spec(f"{package_of(name)}.app"))
    for name in set(names) - set(present):
        structlog.get_logger().warning("service absent", process=name)
    return present


def import_services(names: tuple[str, ...]) -> None:
    """With the table of communes, which every process forked from here shares."""
    load_services(names)
    with loading():
        load_communes()


def serve_server(config: Path, lock: int) -> Callable[[], int]:
    """The server holds the folder's lock too: two of them on one store would spoil it."""

    def work() -> int:
        os.set_inheritable(lock, True)
        program = binary()
        environment = server_environment(config.parent.parent)
        os.execve(program, [program, "-c", str(config)], environment)  # noqa: S606

    return work


def serve_pages(settings: Settings, port: int, shown: bool) -> Callable[[], int]:
    """A front-end is no part of the platform. It serves each kind of people whose front-end speaks."""
    speaking = [one.name for one in settings.front_ends() if not one.revoked]
    told: dict[str, Any] = {"FABRIQUES_PORTAL_PORT": port}
    for kind in (REVIEWERS, OFFICERS, ASSOCIATION):
        if kind in speaking:
            told[f"FABRIQUES_PORTAL_{kind.upper()}"] = kind
    return _beside("deploy.portal", settings, shown, told)


def serve_metrics(settings: Settings, port: int, shown: bool) -> Callable[[], int]:
    return _beside("deploy.monitoring", settings, shown, {"FABRIQUES_MONITORING_PORT": port})


def _beside(
    module: str, settings: Settings, shown: bool, more: dict[str, Any]
) -> Callable[[], int]:
    """What stands beside the platform starts as anywhere else, told all by its environment."""

    def work() -> int:
        told = {
            "FABRIQUES_HOME": settings.home,
            "FABRIQUES_NATS_URL": settings.nats_url,
            "FABRIQUES_PROGRAMME_FILE": settings.programme_file,
            "FABRIQUES_LOG_FORMAT": (settings.log_format or "console") if shown else "json",
            **more,
        }
        if settings.http_certificate:
            told["FABRIQUES_HTTP_CERTIFICATE"] = settings.http_certificate
        environment = os.environ | {name: str(value) for name, value in told.items()}
        os.execve(sys.executable, [sys.executable, "-m", module], environment)  # noqa: S606

    return work


def serve_service(
    name: str, settings: Settings, pulse: Pulse, shown: bool = False
) -> Callable[[], int]:
    def work() -> int:
        speak(name, settings, shown)
        try:
            return asyncio.run(_beating(part_of(name, "app").build(settings), pulse))
        except Exception as error:
            return cannot_serve(error)

    return work


async def _beating(service: Process, pulse: Pulse) -> int:
    async def beat() -> None:
        while True:
            pulse.beat()
            await asyncio.sleep(BEAT_SECONDS)

    beats = asyncio.create_task(beat())
    try:
        return await service.run()
    finally:
        beats.cancel()


def chore(work: Callable[[], None], answer: Path) -> Callable[[], int]:
    """The work of a short-lived process. What it has to say about a failure is written to `answer`."""

    def run() -> int:
        answer.unlink(missing_ok=True)
        try:
            work()
        except (RuntimeError, OSError, nats.errors.Error, TimeoutError) as error:
            answer.write_text(str(error) or type(error).__name__, encoding="utf-8")
            return 1
        return 0

    return run


def provision_bus(settings: Settings, programme: str) -> None:
    """Waits for the server, then applies the topology. Raises PlatformDrift, OSError or nats errors."""

    async def work() -> None:
        if is_beside(settings.home):
            await serve_as_should_be(settings)
        client = await _patiently_connected(settings)
        try:
            founders = read_founders(settings.home)
            await check_known_stores(client, settings)
            await provision(
                client.jetstream(),
                programme,
                settings.rehearsal,
                founders=founders,
                front_ends=settings.front_ends(),
            )
            await check_databases(client, settings, programme)
        finally:
            await client.close()

    asyncio.run(work())


def migrate_databases(settings: Settings, names: tuple[str, ...]) -> None:
    """Migrates every database once, while services load; each would do it for itself, as in a container.

    Raises PlatformNotStarted, also for a dataset that the programme names and nobody has imported.
    """
    for name in names:
        engine = open_engine(settings.database_url(name))
        try:
            migrate(engine, name)
            if name == "eligibility":
                _require_datasets(settings, engine)
        except DBAPIError as error:
            raise PlatformNotStarted(
                f"the database of {name} cannot be used: {error.orig}"
            ) from None
        except (NewerSchema, ProgrammeInvalid) as error:
            raise PlatformNotStarted(str(error)) from None
        engine.dispose()


def _require_datasets(settings: Settings, engine: Engine) -> None:
    """Raises ProgrammeInvalid. Loaded here: commands that start nothing do not wait for it."""
    from services.eligibility.datasets.named import require_named  # noqa: PLC0415

    require_named(settings.programme_file, settings.programme(), engine)


def await_services(settings: Settings, programme: str, names: tuple[str, ...]) -> None:
    """Returns once each service has answered a real round trip.

    Raises TimeoutError naming those that did not.
    """

    async def work() -> None:
        client = await connect(settings, "officers")
        try:
            deadline = time.monotonic() + READY_SECONDS_MAX
            await asyncio.gather(
                *(_until_ready(client, programme, name, deadline) for name in names)
            )
        finally:
            await client.close()

    asyncio.run(work())


async def _until_ready(client: Client, programme: str, service: str, deadline: float) -> None:
    subject = ask_subject(programme, service, "ready")
    while time.monotonic() < deadline:
        try:
            answer = json.loads(
                (await client.request(subject, b"{}", timeout=ANSWER_SECONDS_MAX)).data
            )
            if answer.get("ready"):
                return
        except (nats.errors.Error, ValueError):
            pass
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError(
        f"{service} does not answer after {READY_SECONDS_MAX:.0f} s: its log says why"
    )


async def _patiently_connected(settings: Settings) -> Client:
    deadline = time.monotonic() + LISTENS_SECONDS_MAX
    server = urlsplit(settings.nats_url)
    while True:
        try:
            _, writer = await asyncio.open_connection(server.hostname, server.port)
            writer.close()
            return await connect(settings, "provisioner")
        except (OSError, nats.errors.Error) as error:
            if time.monotonic() > deadline:
                raise PlatformNotStarted(
                    f"nats-server does not answer after {LISTENS_SECONDS_MAX:.0f} s ({error!r}): "
                    f"see {log_file(settings.home, SERVER)}"
                ) from error
            await asyncio.sleep(POLL_SECONDS)


def speak_as_supervisor(settings: Settings, shown: bool) -> None:
    """The supervisor speaks as services do: lines on the terminal and in its log, or there alone."""
    if not shown:
        write_to(log_file(settings.home, SUPERVISOR))
    speak(SUPERVISOR, settings, shown)


def speak(name: str, settings: Settings, shown: bool) -> None:
    """A terminal scrolls away: what it shows is kept in a file too. A file has one layout, JSON."""
    setproctitle(f"fabriques {name}")
    if shown:
        kept = BoundedLog(log_file(settings.home, name))
        configure_logs(name, settings.log_format or "console", settings.log_level, kept)
    else:
        configure_logs(name, "json", settings.log_level)
