"""Questions that read a dossier: who asks is proven, the reading leaves a line, the answer is sealed.

The line is committed with what was read, before the answer leaves: nobody reads without it.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

from shared.contract.asked import SignedAsked
from shared.contract.decision import Decision
from shared.contract.identity import lower_uuid
from shared.contract.reading import DossierRead, Reader
from shared.contract.subjects import ask_subject
from shared.contract.values import Reason
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER, Arrival, nanoseconds_of
from shared.kit.errors import ReadingRefused
from shared.kit.people.acts import UNNAMED
from shared.kit.people.readings import READ, REPEATED, has_line, noted, reader_of, require_fresh
from shared.kit.people.signatures import names_itself
from shared.kit.questions import NO_TIME, Came, Questions, Reply, refused
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States

A = TypeVar("A", bound=SignedAsked)
Read = Callable[[States, A, Reader], Reply]
KeyOf = Callable[[States, A], str | None]
ReadsOn = Callable[[A], bool]
Fill = Callable[[Reply], Awaitable[Reply]]
log = structlog.get_logger()

NO_ANSWER_KEY = Reason(
    code="answer-key-invalid",
    message="answer_key n'est pas une clé X25519 : rien ne peut lui être scellé.",
)


@dataclass(frozen=True, slots=True)
class Readable(Generic[A]):
    """`name` is the question's, with its service. `says` is the line's fact; None where no dossier is opened.

    `key_of` tells the key of the dossier that is asked for, where its holder may read. A question that
    `reads_on` asks for more of what was begun. `fill` adds what lies in no database, once the line is left.
    """

    name: str
    read: Read[A]
    says: type[DossierRead] | None
    key_of: KeyOf[A]
    reads_on: ReadsOn[A]
    fill: Fill


async def _as_it_is(answer: Reply) -> Reply:
    return answer


class SignedQuestions:
    def __init__(
        self, questions: Questions, consumer: Consumer, programme: str, service: str
    ) -> None:
        self._questions = questions
        self._consumer = consumer
        self._programme = programme
        self._service = service

    def reads(
        self,
        name: str,
        kind: type[A],
        says: type[DossierRead] | None = None,
        key_of: KeyOf[A] = lambda _states, _asked: None,
        reads_on: ReadsOn[A] = lambda _asked: False,
        fill: Fill = _as_it_is,
    ) -> Callable[[Read[A]], Read[A]]:
        """Declares the function under this as what one question reads; it and `fill` raise ReadingRefused."""

        def declare(read: Read[A]) -> Read[A]:
            readable = Readable(f"{self._service}.{name}", read, says, key_of, reads_on, fill)

            async def answer(asked: A, came: Came) -> Reply:
                return await self._answer(readable, asked, came)

            self._questions.hear(name, kind, answer)
            return read

        return declare

    async def _answer(self, readable: Readable[A], asked: A, came: Came) -> Reply:
        told = await self._consumer.clock.of_broker(self._consumer.connection)
        if told is None:
            return refused(NO_TIME)
        try:
            require_fresh(asked.asked_at, told)
            at = self._arrival(readable.name, came, told)
            found = await readable.fill(await self._found(readable, asked, at))
            return sealed(found, asked.answer_key)
        except ReadingRefused as refusal:
            log.warning("reading refused", reasons=refusal.reason.code, front_end=came.asker)
            return refused(refusal.reason)

    async def _found(self, readable: Readable[A], asked: A, at: Arrival) -> Reply:
        """Whoever may not ask is refused by a look alone: no flood of theirs takes the writer's turn."""
        reader, looked = await self._consumer.read(
            lambda states: _look(states, readable, asked, at)
        )
        says = readable.says
        if says is None or reader.is_holder:
            return looked
        dossier = looked["candidature_id"]
        if readable.reads_on(asked) and await self._consumer.read(
            lambda states: has_line(states, dossier, reader, at.now)
        ):
            return looked
        found: list[Reply] = []

        def decide(states: States, _at: Arrival) -> Decision:
            reader, answer = _look(states, readable, asked, at)
            found.append(answer)
            return noted(_line(says, reader, answer, at.now), at.event_id)

        await self._consumer.announce(at.event_id, at.now, decide)
        # The inbox knew the question: it was answered once, and nothing was decided now.
        if not found:
            raise ReadingRefused(REPEATED)
        return found[-1]

    def _arrival(self, question: str, came: Came, told: datetime) -> Arrival:
        """The question as an act of the person who signed it, at the broker's time. Raises ReadingRefused."""
        question_id = came.headers.get(ACT_HEADER)
        if not names_itself(question_id):
            raise ReadingRefused(UNNAMED)
        return Arrival(
            event_id=f"{READ}{lower_uuid(question_id)}",
            now=self._consumer.clock.seen() or told,
            stream="",
            sequence=0,
            subject=ask_subject(self._programme, *question.split(".")),
            correlation_id="",
            front_end=came.asker,
            signature=came.headers.get(SIGNATURE_HEADER),
            body=came.body,
            act_id=question_id,
            stamped_ns=nanoseconds_of(told),
            platform=self._consumer.platform,
        )


def _look(states: States, readable: Readable[A], asked: A, at: Arrival) -> tuple[Reader, Reply]:
    reader = reader_of(states, readable.name, asked, readable.key_of(states, asked), at)
    return reader, readable.read(states, asked, reader)


def _line(says: type[DossierRead], reader: Reader, answer: Reply, now: datetime) -> DossierRead:
    assert reader.role
    return says(
        candidature_id=answer["candidature_id"],
        reader_id=reader.reader_id,
        role=reader.role,
        read_at=now,
        version=answer.get("version"),
    )


def noted_again(told: Retold) -> Callable[[States, Arrival], Decision]:
    """The line as the log tells it, for a database that is built anew."""
    (fact,) = (fact for fact in told.facts if isinstance(fact, DossierRead))
    return lambda _states, _at: noted(fact, told.name)


def sealed(answer: dict[str, Any], answer_key: str) -> Reply:
    """`{"sealed"}`: a NaCl sealed box of the answer's JSON, in base64. Raises ReadingRefused."""
    try:
        box = SealedBox(PublicKey(base64.b64decode(answer_key)))
        closed = box.encrypt(json.dumps(answer, ensure_ascii=False).encode())
    except (CryptoError, ValueError):
        raise ReadingRefused(NO_ANSWER_KEY) from None
    return {"sealed": base64.b64encode(closed).decode()}
