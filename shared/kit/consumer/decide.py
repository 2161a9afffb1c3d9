"""Decides one event: reads it, finds its reaction, asks its rule, and knows what to do with a failure."""

from time import perf_counter

from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.notify import EventDeadLettered
from shared.contract.people import PersonRegistered
from shared.contract.subjects import is_from_outside, stream_of
from shared.contract.values import Reason
from shared.kit.answering import act_refused
from shared.kit.clock import Clock
from shared.kit.delivery import Delivery
from shared.kit.errors import ActRefused, Overlap, Rejected, Temporary, TooEarly, Unreadable
from shared.kit.handled import ATTEMPTS_MAX, DEAD_LETTERED, Handled
from shared.kit.logs.causes import cause_of
from shared.kit.people.acts import REFUSED, refusal_of
from shared.kit.reactions import Reaction, Reactions
from shared.kit.storage.database import has_ended
from shared.kit.storage.states import States
from shared.kit.strict_json import read_event

CAUSE_MAX = 500  # characters
DELAY_SECONDS_MAX = 30.0
LOOKS_AT_A_REVIEW = 3
PEOPLE_STREAM = stream_of(PersonRegistered.publisher)


def read(delivery: Delivery, reactions: Reactions, clock: Clock, platform: str) -> Handled:
    """Reads the event. What is wrong with it is kept in `failure`, and dealt with when it is decided."""
    handled = Handled(delivery, delivery.event_id, delivery.event_type, delivery.told_dossier)
    try:
        handled.arrival = delivery.arrival(clock, platform)
        event_class, handled.reaction = reactions.find(handled.fact)
        # A fact known by its subject alone believes neither headers nor body: they need no check.
        if handled.reaction.by_subject is None:
            delivery.require_origin()
        handled.fact = event_class.__name__
        handled.event = _event(delivery, event_class, handled.reaction)
    except (Rejected, Temporary) as failure:
        # Its frames hold this event, and with it the body.
        handled.failure = failure.with_traceback(None)
    return handled


def _event(delivery: Delivery, event_class: type[Event], reaction: Reaction) -> Event:
    if reaction.by_subject:
        return reaction.by_subject(delivery.dossier)
    event = read_event(event_class, delivery.data)
    # Rights are given by subject: a body about another dossier would slip past them.
    if event.dossier != delivery.dossier:
        raise Rejected("the subject and the body name different dossiers")
    return event


def decide(handled: Handled, states: States) -> Handled:
    """Decides one event: each family of failure has its verdict.

    Raises only what ends the transaction: with it goes what the events before decided. Beside others that is
    whatever fails: it is decided again in turn.
    """
    started = perf_counter()
    try:
        _decide(handled, states)
    except Rejected as failure:
        # What an answer raises again is the event's own.
        failure.__traceback__ = failure.__context__ = None
        dead_letter(handled, str(failure))
    except Overlap:
        raise
    except Exception as failure:  # the default family: retried, then dead-lettered
        # Beside others nobody is given the connection: that raises Overlap.
        if has_ended(states.connection):
            raise
        _failed(handled, cause_of(failure))
    handled.milliseconds = (perf_counter() - started) * 1000
    return handled


def _decide(handled: Handled, states: States) -> None:
    try:
        if handled.failure:
            _unreadable(handled, handled.failure, states)
            return
        assert handled.reaction and handled.event and handled.arrival
        # Before the rule is asked: no rule has to know who may do what.
        if handled.is_act and (refused := refusal_of(states, handled.event, handled.arrival)):
            _refused(handled, refused)
            return
        handled.settle(handled.reaction.decide(states, handled.event, handled.arrival))
    except TooEarly as early:
        handled.wait_for(early.waits_for)
    except ActRefused as refusal:
        handled.settle(Decision(REFUSED, (refusal.reason,), (_told(handled, refusal.reason),)))
    except Temporary as failure:
        handled.put_off(str(failure))


def _unreadable(handled: Handled, failure: Rejected | Temporary, states: States) -> None:
    if isinstance(failure, Temporary) and not _holds_others_up(handled.delivery):
        raise failure
    answer = handled.reaction.unreadable if handled.reaction else None
    # A wrong body has an answer. A forged origin gets none: nobody here knows who would read it.
    if answer and handled.arrival and isinstance(failure, Unreadable):
        handled.settle(answer(states, failure, handled.delivery.dossier, handled.arrival))
    else:
        dead_letter(handled, str(failure))


def _holds_others_up(delivery: Delivery) -> bool:
    """What the broker keeps bringing has a place at the consumer, and nobody outside may take them all."""
    brought = delivery.message is not None and delivery.attempt >= ATTEMPTS_MAX
    return brought and is_from_outside(delivery.subject)


def _refused(handled: Handled, refused: Decision) -> None:
    """A review may be read before the act that gave its author a new key: it is looked at again first."""
    if handled.delivery.stream != PEOPLE_STREAM and handled.delivery.attempt < LOOKS_AT_A_REVIEW:
        handled.put_off("refused, unless a newer key is read first")
    else:
        handled.settle(refused)


def _told(handled: Handled, reason: Reason) -> Event:
    """The answer to a refused act, for the front-end it came from."""
    assert handled.arrival
    return act_refused(handled.arrival, handled.dossier, handled.delivery.event_type, (reason,))


def _failed(handled: Handled, cause: str) -> None:
    if handled.delivery.attempt < ATTEMPTS_MAX:
        handled.put_off(cause, failed=True)
        return
    dead_letter(handled, cause)
    # An operator's retry is no sign of a bad deploy.
    handled.unexpected = not handled.delivery.redriven_ns


def dead_letter(handled: Handled, cause: str) -> None:
    delivery = handled.delivery
    fact = EventDeadLettered(
        letter_id=delivery.letter_id,
        consumer=delivery.consumer,
        stream=delivery.stream,
        sequence=delivery.sequence,
        subject=delivery.told_subject,
        cause=cause[:CAUSE_MAX],
        attempts=delivery.attempt,
    )
    handled.settle(Decision(DEAD_LETTERED, facts=(fact,)), cause)


def delay_seconds(attempt: int) -> float:
    """Grows with each attempt: an immediate retry is a hot loop."""
    return float(min(DELAY_SECONDS_MAX, 0.25 * 2 ** min(attempt, 10)))
