"""The front-ends of a rehearsal: one of each kind, each under its own identity on the bus.

Nothing here trusts a connection: a publish is repeated under the same id until the broker confirms it, a
question is asked until it is answered, and what takes too long ends with a sentence on what was awaited.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from nacl.signing import SigningKey
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError
from pydantic_core import from_json

from deploy.asking import SignedQuestion
from deploy.rehearsal.clock import SeasonClock
from shared.contract.accounts import LOG_PREFIX
from shared.contract.event import Event
from shared.contract.front_ends import OPERATORS
from shared.contract.permissions import inbox_of
from shared.contract.subjects import ask_subject, filter_of, stream_of
from shared.contract.topology import STREAMS, Durable, all_durables
from shared.contract.values import Actor, Role
from shared.kit.bus.client import BusClient
from shared.kit.bus.connection import connect, log_of
from shared.kit.bus.publisher import Publisher, PublishFailed
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.outgoing import Outgoing
from shared.kit.people.signatures import signed_headers
from shared.kit.settings import Settings

T = TypeVar("T")
KeyOf = Callable[[str], SigningKey]
SPEAKING = ("holders", "reviewers", "officers", "association")
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.02
POLL_SECONDS_MAX = 0.1  # a longer pause is time that a season loses at each step
RETRY_SECONDS = 0.2
ANSWER_SECONDS = 5.0


class RehearsalStuck(RuntimeError):
    """Something that had to happen did not; the message says what, and what was seen last."""


class QuestionRefused(RuntimeError):
    """A service refused a question: `{"error", "message"}`."""


@dataclass(frozen=True)
class Saying:
    """One event somebody writes. `body` is JSON; a signing key signs it as its holder's front-end does.

    An officer's or a reviewer's act is signed by `signed_by`.

    `amends` marks a new version of a file that is registered: it is not one more submission.
    """

    identity: str
    event: type[Event]
    dossier: str
    body: dict[str, Any]
    signing_key: SigningKey | None = field(default=None, repr=False)
    amends: bool = False
    signed_by: str = ""


class Clients:
    def __init__(
        self, settings: Settings, programme: str, clock: SeasonClock, key_of: KeyOf
    ) -> None:
        self._settings = settings
        self._programme = programme
        self.clock = clock
        self._key_of = key_of
        self._platform = ""
        self._connections: dict[str, BusClient] = {}
        self._publishers: dict[str, Publisher] = {}
        self._durables = tuple(all_durables())
        self._said = 0

    async def open(self) -> None:
        for identity in (*SPEAKING, OPERATORS):
            self._connections[identity] = await connect(self._settings, identity, attempts=-1)
        for identity in SPEAKING:
            connection = self._connections[identity]
            self._publishers[identity] = Publisher(
                connection, f"{inbox_of(identity)}.said", atomic=False
            )
            await self._publishers[identity].start()
        self._platform = (await self.ask("intake", "calendar"))["platform"]

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def say(self, sayings: Sequence[Saying]) -> None:
        """Publishes in this order, each a moment after the one before; the broker then has them all."""
        for identity, run in groupby(sayings, key=lambda saying: saying.identity):
            await self._publish(identity, [self._outgoing(saying) for saying in run])

    async def ask(self, service: str, question: str, **body: Any) -> dict[str, Any]:
        """Raises QuestionRefused, and RehearsalStuck where nobody answers for long."""
        subject = ask_subject(self._programme, service, question)
        data = json.dumps(body).encode()
        deadline = _deadline()
        while True:
            try:
                answer = await self._connections["officers"].request(
                    subject, data, timeout=ANSWER_SECONDS
                )
                break
            except (NatsError, ConnectionError, TimeoutError) as error:
                if time.monotonic() > deadline:
                    raise RehearsalStuck(
                        f"{service} does not answer `{question}`: {error!r}"
                    ) from error
                await asyncio.sleep(RETRY_SECONDS)
        said: dict[str, Any] = json.loads(answer.data)
        if "error" in said:
            raise QuestionRefused(
                f"{service} refused `{question}`: {said['error']} · {said.get('message')}"
            )
        return said

    async def read_as(self, person: str, role: Role, question: str, **said: Any) -> dict[str, Any]:
        """What this person reads, such as `eligibility.my-reviews`. Raises QuestionRefused."""
        actor = Actor(id=person, role=role)

        async def read() -> dict[str, Any] | None:
            asked = SignedQuestion(
                self._programme, self._platform, question, self._key_of(person), actor, said
            )
            try:
                reply = await self._connections["officers"].request(
                    asked.subject, asked.body, timeout=ANSWER_SECONDS, headers=asked.headers
                )
            except (NatsError, ConnectionError, TimeoutError):
                return None
            return asked.opened(reply.data)

        answer = await self.until(f"{person} reads {question}", read)
        if "error" in answer:
            raise QuestionRefused(f"{question} was refused to {person}: {answer['error']}")
        return answer

    async def ask_or_none(self, service: str, question: str, **body: Any) -> dict[str, Any] | None:
        """None where the service refuses the question, because it does not know what is asked about."""
        try:
            return await self.ask(service, question, **body)
        except QuestionRefused:
            return None

    async def until(self, what: str, check: Callable[[], Awaitable[T | None]]) -> T:
        """Asks again until the answer is true. Raises RehearsalStuck."""
        deadline = _deadline()
        pause = POLL_SECONDS
        while not (found := await check()):
            if time.monotonic() > deadline:
                raise RehearsalStuck(f"awaited in vain for {PATIENCE_SECONDS:.0f} s: {what}")
            await asyncio.sleep(pause)
            pause = min(POLL_SECONDS_MAX, pause * 1.3)
        return found

    async def last_fact(self, event: type[Event], dossier: str) -> dict[str, Any] | None:
        """The last such fact of a dossier in the log, as operators may read it; None where there is none."""
        subject = f"{self._programme}.{event.event_type()}.{dossier}"

        async def found() -> tuple[dict[str, Any] | None]:
            try:
                message = await self._log.get_last_msg(stream_of(event.publisher), subject)
            except NotFoundError:
                return (None,)
            return (dict(json.loads(message.data or b"{}")),)

        return (await self.until(f"the log tells of {subject}", lambda: self._patiently(found)))[0]

    async def tally_of(self, event: type[Event]) -> dict[str, int]:
        """How often such a fact was said, by dossier, as the broker counts it."""
        subjects = filter_of(self._programme, event)

        async def counted() -> tuple[dict[str, int]]:
            info = await self._log.stream_info(stream_of(event.publisher), subjects_filter=subjects)
            return (
                {
                    name.rpartition(".")[2]: times
                    for name, times in (info.state.subjects or {}).items()
                },
            )

        return (
            await self.until(f"the broker counts {subjects}", lambda: self._patiently(counted))
        )[0]

    async def quiet(self) -> None:
        """Returns once everything that was said has been heard, and all that follows from it.

        No durable has anything left to do while no stream grows: a service acks after its own facts are out.
        """
        behind: dict[Durable, int] = {}

        async def nothing_moves() -> bool:
            # Who was behind is asked first: mostly that is answer enough.
            if behind and await self._fall_behind(behind, [*behind]):
                return False
            before = await self._length_of_log()
            if await self._fall_behind(behind, self._durables):
                return False
            return before == await self._length_of_log()

        try:
            await self.until(
                "every service has heard everything", lambda: self._patiently(nothing_moves)
            )
        except RehearsalStuck as stuck:
            told = [f"{durable.name} has {count} to go" for durable, count in behind.items()]
            raise RehearsalStuck(
                f"{stuck} ({', '.join(told) or 'the broker does not answer'})"
            ) from stuck

    async def _fall_behind(self, behind: dict[Durable, int], asked: Sequence[Durable]) -> bool:
        """Asks these what waits at them, all at once: `behind` then holds those that have something to do."""
        behind.clear()
        found = await asyncio.gather(*map(self._waiting_at, asked))
        behind.update(
            {durable: count for durable, count in zip(asked, found, strict=True) if count}
        )
        return bool(behind)

    async def _waiting_at(self, durable: Durable) -> int:
        info = await self._told(f"CONSUMER.INFO.{durable.stream}.{durable.name}")
        return int(info["num_pending"]) + int(info["num_ack_pending"])

    async def count(self, stream: str) -> int:
        """How many messages a stream holds."""

        async def messages() -> tuple[int]:
            return ((await self._log.stream_info(stream)).state.messages,)

        return (
            await self.until(f"the broker tells of {stream}", lambda: self._patiently(messages))
        )[0]

    async def _length_of_log(self) -> int:
        found = await asyncio.gather(
            *(self._told(f"STREAM.INFO.{stream.name}") for stream in STREAMS)
        )
        return sum(info["state"]["last_seq"] for info in found)

    async def _told(self, about: str) -> dict[str, Any]:
        """As the broker says it: nats-py would make values of all that it tells, forty times a look.

        Raises nats errors.
        """
        subject = f"{LOG_PREFIX}.{about}"
        answer = await self._connections[OPERATORS].request(subject, b"", timeout=ANSWER_SECONDS)
        told: dict[str, Any] = from_json(answer.data)
        if "error" in told:
            raise APIError.from_error(told["error"])
        return told

    @property
    def _log(self) -> JetStreamContext:
        return log_of(self._connections[OPERATORS])

    @staticmethod
    async def _patiently(look: Callable[[], Awaitable[T]]) -> T | None:
        """None while the broker is away."""
        try:
            return await look()
        except (NatsError, ConnectionError, TimeoutError):
            return None

    def _outgoing(self, saying: Saying) -> Outgoing:
        self._said += 1
        subject = f"{self._programme}.{saying.event.event_type()}.{saying.dossier}"
        body = json.dumps(saying.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {REHEARSAL_HEADER: self.clock.tick().isoformat()}
        message_id = f"rehearsal-{self._said:06d}"
        act_id = str(UUID(int=self._said))
        key = self._key_of(saying.signed_by) if saying.signed_by else saying.signing_key
        if key:
            headers |= signed_headers(key, self._platform, subject, act_id, body)
        return Outgoing(stream_of(saying.event.publisher), subject, message_id, body, headers)

    async def _publish(self, identity: str, outgoing: Sequence[Outgoing]) -> None:
        """Again under the same ids until all are confirmed: what the broker has already, it drops."""
        deadline = _deadline()
        while True:
            try:
                await self._publishers[identity].publish(outgoing)
                return
            except PublishFailed as failure:
                if time.monotonic() > deadline:
                    told = f"the broker does not take what {identity} say: {failure}"
                    raise RehearsalStuck(told) from failure
                await asyncio.sleep(RETRY_SECONDS)


def _deadline() -> float:
    return time.monotonic() + PATIENCE_SECONDS
