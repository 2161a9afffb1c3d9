"""A whole platform for one test: streams on a real nats-server, services in this process, every identity.

    async def test_something(platform: Platform) -> None:
        async with platform.running("intake"):
            candidature_id, body = submission()
            await platform.publish("holders", CandidatureSubmitted, candidature_id, body, at=OPEN_DAY)
            registered = await platform.fact(CandidatureRegistered, candidature_id)  # waits until it is there
            assert registered.data["wave"] == "2020-4"
            answer = await platform.ask("intake", "dossier", candidature_id=candidature_id)

Nothing here sleeps for a fixed time: `until` asks again until the condition holds or its deadline is over;
less and less often, since an answer costs.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import PubAck, StreamConfig, StreamInfo
from nats.js.errors import ServerError

from deploy.loading import part_of
from deploy.provisioning.bus import provision
from deploy.provisioning.losses import HEAR_LESS
from shared.contract.event import Event, OutsideEvent
from shared.contract.subjects import ask_subject, said_subject
from shared.contract.topology import all_durables, all_streams
from shared.kit.bus.configs import stream_config
from shared.kit.bus.connection import connect
from shared.kit.bus.drift import differences
from shared.kit.bus.log_places import messages_from
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.front_ends import front_ends_of
from shared.kit.people.roots import ROOT_STREAM, Roots
from shared.kit.service import Service
from shared.kit.settings import Settings
from shared.programme import load_programme
from tests.databases import lay
from tests.people import founders, roots, signed
from tests.servers import Bus
from tests.stored import stream_holding

T = TypeVar("T")
Build = Callable[[Settings], Service]
PATIENCE_SECONDS = 60.0  # for what hangs: a busy machine is no failure
POLL_SECONDS = 0.005
POLL_SECONDS_MAX = 0.05
POLL_GROWTH = 1.25
READ_AT_ONCE = 512
CONNECT_ATTEMPTS = 20  # a server that is busy answers late; a wrong key is told at once


@dataclass(frozen=True)
class Stored:
    """One message as it lies in a stream. `data` is its JSON, or its raw bytes where it is not JSON."""

    sequence: int
    subject: str
    headers: dict[str, str]
    data: Any

    @property
    def dossier(self) -> str:
        return self.subject.rpartition(".")[2]


@dataclass
class Platform:
    """`settings` are those of a service; `home` is this test's empty folder, with the identities' keys."""

    bus: Bus
    settings: Settings
    _clients: dict[str, Client] = field(default_factory=dict)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _read: dict[str, dict[int, Stored]] = field(default_factory=dict)
    _running: list[Service] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def programme(self) -> str:
        return _programme_id(self.settings.programme_file)

    @property
    def roots(self) -> Roots:
        return roots(self.programme, self.settings.rehearsal)

    async def connect(self, identity: str) -> Client:
        """One connection for each identity, closed at the end of the test."""
        async with self._connecting:  # an account takes so many connections and no more
            if identity not in self._clients:
                self._clients[identity] = await connect(self.settings, identity, CONNECT_ATTEMPTS)
        return self._clients[identity]

    async def publish(
        self,
        identity: str,
        event: type[Event] | str,
        dossier: str = "",
        body: Any = None,
        *,
        at: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> PubAck:
        """Publishes as this identity.

        `event` is a class, or a whole subject; `body` is sent as it is when it is bytes.

        `at` is the rehearsal's time, ISO 8601 with a zone. An officer's or reviewer's act is signed by whom
        it names, unless `headers` has a signature.
        """
        subject = (
            event if isinstance(event, str) else f"{self.programme}.{event.event_type()}.{dossier}"
        )
        told = {REHEARSAL_HEADER: at} if at else {}
        if not isinstance(event, str):
            told |= signed(event, subject, as_bytes(body), body, self.roots.platform)
        if not isinstance(event, str) and not issubclass(event, OutsideEvent):
            told |= {"ce-type": event.event_type(), "ce-source": f"/{self.programme}/{identity}"}
        client = await self.connect(identity)
        return await client.jetstream().publish(
            subject,
            as_bytes(body),
            timeout=PATIENCE_SECONDS,
            headers=(told | (headers or {})) or None,
        )

    async def ask(self, service: str, question: str, **body: Any) -> dict[str, Any]:
        """An officer's question to a service."""
        return await self.ask_as("officers", service, question, **body)

    async def ask_as(
        self, identity: str, service: str, question: str, **body: Any
    ) -> dict[str, Any]:
        client = await self.connect(identity)
        subject = ask_subject(self.programme, service, question)
        reply = await client.request(subject, as_bytes(body), timeout=PATIENCE_SECONDS)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    @asynccontextmanager
    async def running(self, *services: str | Build) -> AsyncIterator[list[Service]]:
        """Runs services in this process, by name or `build`, then stops them, with nothing left open."""
        started: list[tuple[Service, asyncio.Task[int]]] = []
        try:
            for name in services:
                if isinstance(name, str):
                    lay(self.settings.database_url(name), name)
                service = build_of(name)(self.settings)
                task = asyncio.create_task(service.run())
                started.append((service, task))
                await self._until_ready(service, task)
                self._running.append(service)
            yield [service for service, _ in started]
        finally:
            for service, _ in started:
                service.app.exit()
            await asyncio.gather(*(task for _, task in started), return_exceptions=True)
            for service, _ in started:
                service.consumer.work.close()
                if service in self._running:
                    self._running.remove(service)

    async def _until_ready(self, service: Service, task: "asyncio.Task[int]") -> None:
        async def ready() -> bool:
            if task.done():
                raise task.exception() or AssertionError(
                    f"{service.name} ended with {task.result()} before it served"
                )
            try:
                return bool((await self.ask(service.name, "ready")).get("ready"))
            except NatsError:
                return False

        await until(ready, f"{service.name} serves")

    async def facts(self, event: type[Event] | str, dossier: str | None = None) -> list[Stored]:
        """Every fact a stream holds now, of this class (or this stream's name), of one dossier if given."""
        stream = event if isinstance(event, str) else stream_holding(event)
        of_class = "" if isinstance(event, str) else f".{event.event_type()}."
        return [
            stored
            for stored in await self.stored(stream)
            if of_class in f".{said_subject(stored.subject)}" and dossier in (None, stored.dossier)
        ]

    async def stored(self, stream: str) -> list[Stored]:
        """What was read before is read again only where something was taken out of its middle.

        What a service here has decided was said before: an answer may tell of a decision that is on its way.
        """
        for service in self._running:
            await _all_said(service)
        client = await self.connect("provisioner")
        info = await client.jetstream().stream_info(stream)
        first, last = max(1, info.state.first_seq), info.state.last_seq
        known = self._read.setdefault(f"{stream} {info.created}", {})
        if info.state.messages != last - first + 1:
            known.clear()
        end = max(known, default=first - 1)
        while end < last and (
            messages := await messages_from(client, stream, end + 1, READ_AT_ONCE)
        ):
            for message in messages:
                end = message.sequence
                known[end] = Stored(end, message.subject, message.headers, as_data(message.body))
        return [stored for sequence, stored in known.items() if first <= sequence <= last]

    async def fact(
        self, event: type[Event] | str, dossier: str | None = None, count: int = 1
    ) -> Stored:
        """Waits until the stream holds at least `count` such facts; the last of them."""

        async def found() -> Stored | None:
            facts = await self.facts(event, dossier)
            return facts[-1] if len(facts) >= count else None

        return await until(
            found, f"{count} {event if isinstance(event, str) else event.__name__} of {dossier}"
        )

    async def dead_letters(self, count: int = 0) -> list[Stored]:
        """The dead letters, once there are at least `count` of them."""

        async def found() -> list[Stored] | None:
            letters = await self.stored("DEAD_LETTERS")
            return letters if len(letters) >= count else None

        return await until(found, f"{count} dead letters")

    async def idle(self, service: str) -> None:
        """Waits until a service has acked everything it hears."""

        async def done() -> bool:
            answer = await self.ask(service, "ready")
            return bool(answer["ready"]) and not any(answer["consumers"].values())

        await until(done, f"{service} has nothing left to do")

    async def provision(self, rehearsal: bool = True) -> None:
        """Empty streams and consumers as the topology says; what never held anything is as good as new."""
        js = (await self.connect("provisioner")).jetstream()
        known = front_ends_of(self.home)
        allowed = {f"{HEAR_LESS}:{durable.name}" for durable in all_durables(known)}
        there = {str(info.config.name): info for info in await js.streams_info()}
        consumers = Counter(durable.stream for durable in all_durables(known))
        for stream in all_streams(known):
            config = stream_config(stream, self.programme, rehearsal)
            if stream.name in there and not _as_new(
                there[stream.name], config, consumers[stream.name]
            ):
                await js.delete_stream(stream.name)

        async def provisioned() -> bool:
            try:
                await provision(
                    js,
                    self.programme,
                    rehearsal,
                    founders=founders(),
                    allowed=allowed,
                    front_ends=known,
                )
            # The server is still removing the files of the stream that was there.
            except ServerError:
                return False
            return True

        await until(provisioned, "the streams are provisioned")

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()


async def _all_said(service: Service) -> None:
    """Behind both turns nothing is on its way: a batch holds one of them until the broker has its facts."""
    async with service.consumer._turn, service.consumer.relay.turn:
        return


def _as_new(found: StreamInfo, config: StreamConfig, consumers: int) -> bool:
    """Who founded the platform stands in one stream alone: that one is made anew each time."""
    untouched = found.state.last_seq == 0 and found.state.consumer_count == consumers
    return untouched and config.name != ROOT_STREAM and not differences(config, found.config)


@cache
def _programme_id(file: Path) -> str:
    """Of a file that is read once: every message that a test publishes asks for it."""
    return load_programme(file).id


def build_of(service: str | Build) -> Build:
    if callable(service):
        return service
    build: Build = part_of(service, "app").build
    return build


async def until(
    condition: Callable[[], Awaitable[T | None]], what: str, seconds: float = PATIENCE_SECONDS
) -> T:
    """Asks again while the answer is None or False; fails at the deadline, saying what was awaited."""
    deadline = time.monotonic() + seconds
    pause_seconds = POLL_SECONDS
    while (found := await condition()) is None or found is False:
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(POLL_SECONDS_MAX, pause_seconds * POLL_GROWTH)
    return found


def as_bytes(body: Any) -> bytes:
    return (
        body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    )


def as_data(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data
