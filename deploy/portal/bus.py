"""How the pages speak on the bus: they say facts, hear the answers to them, and ask questions."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import PubAck
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NoStreamResponseError

from deploy.uploading import upload
from shared.contract.attachments import Attachment
from shared.contract.event import Event
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, ask_subject, subject_of
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.settings import Settings

ANSWER_SECONDS_MAX = 5.0
TRIES_MAX = 3
RETRY_SECONDS = 0.3
TRY_AGAIN_SECONDS = 5.0
log = structlog.get_logger()


class PlatformAway(Exception):
    """The platform does not answer now: whoever asked keeps what was typed, and tries again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, or news: `verb` is `registered`, `refused`, `decided`; `body` is as the contract says."""

    dossier: str
    verb: str
    body: dict[str, Any]

    @property
    def attempt(self) -> str:
        return str(self.body.get("attempt_id") or "")


def new_attempt() -> str:
    """What the answer to one sending is known by."""
    return str(uuid4())


class Bus:
    """One connection under one identity.

    What that of holders hears goes to `on_heard`, then to whoever waits for it; the others hear nothing.
    """

    def __init__(
        self, settings: Settings, identity: str, on_heard: Callable[[Heard], None] | None = None
    ) -> None:
        self._settings = settings
        self._identity = identity
        self.programme = settings.programme().id
        self._on_heard = on_heard
        self._client: Client | None = None
        self._awaited: dict[str, asyncio.Future[Heard]] = {}

    @property
    def is_there(self) -> bool:
        return self._client is not None and self._client.is_connected

    async def run(self) -> None:
        """Connects, and again after whatever happens, until it is cancelled."""
        try:
            while True:
                try:
                    await self._serve()
                except NotConnected as failure:
                    log.error("broker away", cause=str(failure))
                await asyncio.sleep(TRY_AGAIN_SECONDS)
        finally:
            if self._client:
                await self._client.close()

    async def _serve(self) -> None:
        self._client = await connect(self._settings, self._identity, attempts=-1)
        if self._on_heard:
            await self._client.subscribe(
                f"{self.programme}.intake.candidature.*.v1.*", cb=self._hear
            )
        while not self._client.is_closed:  # noqa: ASYNC110 - a key that is revoked closes it, and tells nobody
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _hear(self, message: Msg) -> None:
        tokens = message.subject.split(".")
        heard = Heard(tokens[-1], tokens[3], json.loads(message.data))
        assert self._on_heard
        self._on_heard(heard)
        waiting = self._awaited.get(heard.attempt)
        if waiting and not waiting.done():
            waiting.set_result(heard)

    def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise PlatformAway
        return self._client

    async def ask(self, service: str, question: str, **body: Any) -> dict[str, Any]:
        """The answer, which may be a refusal: `{"error", "message"}`. Raises PlatformAway."""
        return await self.ask_signed(service, question, json.dumps(body).encode(), {})

    async def answer(self, service: str, question: str, **body: Any) -> dict[str, Any]:
        """The same of what is always answered, or not yet. Raises PlatformAway for a refusal too."""
        told = await self.ask(service, question, **body)
        if "error" in told:
            raise PlatformAway
        return told

    async def known(self, service: str, question: str, **body: Any) -> dict[str, Any] | None:
        """The same of what may not be there: None for a refusal. Raises PlatformAway."""
        told = await self.ask(service, question, **body)
        return None if "error" in told else told

    async def pages(self, service: str, question: str, **body: Any) -> list[dict[str, Any]]:
        """Every page of a list that is answered page by page, in order. Raises PlatformAway."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = await self.answer(service, question, after=after, **body)
            found.append(page)
            after = page["next"]
            if after is None:
                return found

    async def lines(
        self, service: str, question: str, name: str, **body: Any
    ) -> list[dict[str, Any]]:
        """All that such pages hold under `name`, in order. Raises PlatformAway."""
        return [line for page in await self.pages(service, question, **body) for line in page[name]]

    async def ask_signed(
        self, service: str, question: str, body: bytes, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """As `ask`, of a question whose bytes somebody else wrote and signed."""
        subject = ask_subject(self.programme, service, question)
        try:
            reply = await self._connected().request(
                subject, body, timeout=ANSWER_SECONDS_MAX, headers=dict(headers) or None
            )
            return dict(json.loads(reply.data))
        except (NatsError, TimeoutError, ValueError, TypeError) as error:
            raise PlatformAway from error

    async def status(self, dossier: str) -> dict[str, Any] | None:
        """The latest public status of a dossier of ours; None before there is one. Raises PlatformAway."""
        subject = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.{dossier}"
        try:
            reply = await self._connected().request(subject, timeout=ANSWER_SECONDS_MAX)
        except (NatsError, TimeoutError) as error:
            raise PlatformAway from error
        if (reply.headers or {}).get("Status"):
            return None
        return dict(json.loads(reply.data))

    async def say(self, event: Event, wait_seconds: float, attempt: str) -> Heard | None:
        """Publishes a fact. Gives its answer where one comes in time. Raises PlatformAway: it may be kept.

        The same fact said again changes nothing, and is answered the same.
        """
        waiting: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._awaited[attempt] = waiting
        try:
            subject = subject_of(self.programme, event)
            await self.publish(subject, event.model_dump_json().encode(), {"Nats-Msg-Id": attempt})
            with suppress(TimeoutError):
                return await asyncio.wait_for(waiting, wait_seconds)
            return None
        finally:
            del self._awaited[attempt]

    async def upload(self, dossier: str, file: Attachment, content: bytes) -> None:
        """Into our own bucket. Raises NotUploaded where it takes no more, or PlatformAway."""
        try:
            await upload(self._connected(), dossier, file, content)
        except (NatsError, TimeoutError) as error:
            raise PlatformAway from error

    async def publish(self, subject: str, body: bytes, headers: Mapping[str, str]) -> PubAck:
        """Returns once the broker keeps it. Raises PlatformAway: it may be kept."""
        for tried in range(1, TRIES_MAX + 1):
            try:
                return (
                    await self._connected()
                    .jetstream()
                    .publish(subject, body, headers=dict(headers))
                )
            except NoStreamResponseError as error:
                if tried == TRIES_MAX:
                    raise PlatformAway from error
                await asyncio.sleep(RETRY_SECONDS)
            except (NatsError, JetStreamError, TimeoutError) as error:
                raise PlatformAway from error
        raise PlatformAway
