"""A service's questions about its dead letters: decide the event again, or note that nothing is left to do.

A request names a letter and its author, nothing else. The event is read from the log, never from the request.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import time_ns
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from shared.contract.asked import DiscardAsked, RedriveAsked
from shared.contract.notify import EventDeadLettered, EventDiscarded
from shared.contract.topology import DEAD_LETTERS, Durable
from shared.kit.bus.log_places import last_message, message_at
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.operator_acts import discarded
from shared.kit.delivery import Delivery, Logged
from shared.kit.errors import Temporary
from shared.kit.handled import ATTEMPTS_MAX, DEAD_LETTERED

Answer = dict[str, Any]
R = TypeVar("R", bound=RedriveAsked)


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """A dead letter of this service, and the id of the event it is about."""

    fact: EventDeadLettered
    event_id: str


def _this_moment_ns() -> int:
    """In whole microseconds: so much of it stands in the act's fact, from which it is taken again."""
    return time_ns() // 1_000 * 1_000


class Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DeadLetters:
    """`durables` are this service's own, by name: letters of no other are touched."""

    def __init__(
        self,
        programme: str,
        consumer: Consumer,
        connected: Callable[[], Awaitable[Client]],
        durables: Mapping[str, Durable],
    ) -> None:
        self._programme = programme
        self._consumer = consumer
        self._connected = connected
        self._durables = durables

    async def redrive(self, asked: RedriveAsked) -> Answer:
        """`{"letter_id", "by"}` → what came of deciding the letter's event again."""
        return await self._answered(asked, self._redriven)

    async def discard(self, asked: DiscardAsked) -> Answer:
        """`{"letter_id", "by", "reason"}` → the letter is closed; letter and event stay in the log."""
        return await self._answered(asked, self._discarded)

    async def _answered(self, asked: R, act: Callable[[R, OwnLetter], Awaitable[Answer]]) -> Answer:
        try:
            return await act(asked, await self._letter(asked.letter_id))
        except Refused as refusal:
            return {"error": refusal.code, "message": str(refusal)}
        except (NatsError, TimeoutError, Temporary):
            return {
                "error": "away",
                "message": "Le journal ou la base ne répond pas : la lettre reste, réessayez.",
            }

    async def _letter(self, letter_id: str) -> OwnLetter:
        """Raises Refused for a letter that is not there, or is not this service's own."""
        subject = f"{self._programme}.{EventDeadLettered.event_type()}.{letter_id}"
        found = await last_message(await self._connected(), DEAD_LETTERS, subject)
        if found is None:
            raise Refused("letter-unknown", f"Aucune lettre {letter_id} dans le journal.")
        try:
            fact = EventDeadLettered.model_validate_json(found.body)
        except ValidationError:
            raise Refused(
                "letter-unreadable", f"La lettre {letter_id} n'est pas lisible."
            ) from None
        durable = self._durables.get(fact.consumer)
        is_own = durable is not None and durable.stream == fact.stream
        # The subject names the letter, the body what it is about: a forged body must not lead elsewhere.
        if not is_own or f"{fact.consumer}-{fact.sequence}" != letter_id:
            raise Refused("letter-of-another", f"La lettre {letter_id} n'est pas de ce service.")
        return OwnLetter(fact, found.headers.get("ce-causationid", ""))

    async def _redriven(self, asked: RedriveAsked, letter: OwnLetter) -> Answer:
        """The event stays a letter where it still fails, comes too early, or finds somebody away."""
        fact = letter.fact
        event = await self._event(fact)
        delivery = Delivery.again(
            event, fact.stream, fact.consumer, ATTEMPTS_MAX, asked.by, _this_moment_ns()
        )
        handled = await self._consumer.redrive(delivery)
        if handled.verdict == "heard-before":
            raise Refused(
                "already-decided", f"L'événement de la lettre {asked.letter_id} est déjà décidé."
            )
        decision = handled.decision
        return {
            "letter_id": asked.letter_id,
            "result": decision.result,
            "closed": handled.verdict == "decided" and decision.result != DEAD_LETTERED,
            "reasons": [reason.model_dump() for reason in decision.reasons],
            "cause": handled.cause or handled.waits_for or None,
        }

    async def _event(self, fact: EventDeadLettered) -> Logged:
        event = await message_at(await self._connected(), fact.stream, fact.sequence)
        if event is None:
            raise Refused(
                "event-gone",
                "L'événement n'est plus dans le journal : la lettre peut seulement être classée.",
            )
        return event

    async def _discarded(self, asked: DiscardAsked, letter: OwnLetter) -> Answer:
        fact = EventDiscarded(letter_id=asked.letter_id, by=asked.by, reason=asked.reason)
        if not await self._consumer.keep_act(letter.event_id, discarded(fact, _this_moment_ns())):
            raise Refused(
                "already-decided", f"L'événement de la lettre {asked.letter_id} est déjà décidé."
            )
        return {"letter_id": asked.letter_id, "result": "discarded", "closed": True}
