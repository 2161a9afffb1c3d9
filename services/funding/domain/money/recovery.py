"""Money asked back: intention, observations or delay, decision, then recovered, offset or waived."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.funding.domain.money import sentences
from services.funding.domain.money.ledger import MovementBook, freed
from services.funding.domain.money.words import OPEN_STATES
from services.funding.domain.states import Fund, Grant, Recovery, Tranche
from shared.contract.backoffice import RecoveryDecided, RecoveryIntended
from shared.contract.backoffice import RecoveryOffset as OffsetAct
from shared.contract.decision import Decision, nothing
from shared.contract.funding import RecoveryClosed, RecoveryOpened, RecoveryOrdered, TrancheOffset
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

OBSERVATIONS_MAX = 10  # of one request


def intend(
    past: Sequence[Recovery],
    event: RecoveryIntended,
    paid_cents: int,
    now: datetime,
) -> Decision:
    """One at a time, and never more than was paid. `paid_cents` is what the holder has of it still."""
    # Two at once could ask for the same cent twice.
    if past and past[-1].state != "closed":
        return nothing("duplicate")
    if event.amount_cents == 0 or event.amount_cents > paid_cents:
        return nothing("above-paid", sentences.above_paid(paid_cents))
    why = Reason(code="recovery-intended", message=event.reason)
    return _opened(past, event.candidature_id, event.amount_cents, event.answer_by, why, now)


def after_giving_up(
    programme: Programme,
    past: Sequence[Recovery],
    candidature_id: str,
    paid_cents: int,
    now: datetime,
) -> Decision | None:
    """What was paid to a holder who gives up is asked back, where the programme says so."""
    days = programme.payment.given_up_answer_days
    if not days or paid_cents <= 0:
        return None
    if past and past[-1].state != "closed":
        return None
    answer_by = programme.local_day(now) + timedelta(days=days)
    return _opened(past, candidature_id, paid_cents, answer_by, sentences.GIVEN_UP, now)


def _opened(
    past: Sequence[Recovery],
    candidature_id: str,
    amount_cents: int,
    answer_by: date,
    why: Reason,
    now: datetime,
) -> Decision:
    opened = Recovery(candidature_id, len(past) + 1, "intended", amount_cents, answer_by, now)
    fact = RecoveryOpened(
        candidature_id=candidature_id,
        number=opened.number,
        amount_cents=amount_cents,
        answer_by=answer_by,
        reasons=(why,),
    )
    return Decision("recovery-intended", facts=(fact,), changes=(opened,))


def answer(recovery: Recovery, observations: str, now: datetime) -> Decision:
    """The holder's observations are in, to be read: the officers need not wait for the end of the delay."""
    # Observations left over from an earlier request once ended the delay of the next one.
    if recovery.intended_at and now < recovery.intended_at:
        return nothing("answered-before", sentences.answered_before(recovery.number))
    if recovery.state != "intended":
        return nothing(f"already-{recovery.state}")
    said = recovery.observations or ()
    if observations in said:
        return nothing("answered-already")
    if len(said) >= OBSERVATIONS_MAX:
        return nothing("answered-enough", sentences.ANSWERED_ENOUGH)
    heard = replace(
        recovery, answered_at=recovery.answered_at or now, observations=(*said, observations)
    )
    return Decision("recovery-answered", changes=(heard,))


def decide(
    programme: Programme,
    recovery: Recovery,
    event: RecoveryDecided,
    now: datetime,
) -> Decision:
    """The holder has answered or had the time to; what is decided is never more than what was announced."""
    if recovery.state != "intended":
        return nothing("duplicate")
    if recovery.answered_at is None and programme.local_day(now) <= recovery.answer_by:
        return nothing("too-soon", sentences.TOO_SOON)
    if event.amount_cents > recovery.amount_cents:
        return nothing("above-intended", sentences.ABOVE_INTENDED)
    # Nothing is owed after all: what was announced is waived, so that sums still add up.
    if event.amount_cents == 0:
        dropped, facts = _progress(
            replace(recovery, state="ordered", waived_cents=recovery.amount_cents)
        )
        return Decision("recovery-dropped", facts=facts, changes=(dropped,))
    ordered = replace(recovery, state="ordered", amount_cents=event.amount_cents, decided_at=now)
    fact = RecoveryOrdered(
        candidature_id=event.candidature_id,
        amount_cents=event.amount_cents,
        reasons=(Reason(code="recovery-decided", message=event.reason),),
        observed=recovery.answered_at is not None,
    )
    return Decision("recovery-ordered", facts=(fact,), changes=(ordered,))


def receive(
    recovery: Recovery, grant: Grant, fund: Fund, cents: int, at: Arrival
) -> tuple[Decision, Fund]:
    """Money that came back returns to the envelope. Returns the fund as it leaves it."""
    if refusal := _refusal(recovery, cents):
        return refusal, fund
    movements = MovementBook(at.event_id, at.now)
    movements.recover(grant.candidature_id, cents)
    richer, facts = _progress(replace(recovery, recovered_cents=recovery.recovered_cents + cents))
    poorer = replace(grant, recovered_cents=grant.recovered_cents + cents)
    decision = Decision("recovered", facts=facts, changes=(richer, poorer, *movements.lines))
    return decision, freed(fund, None, cents)


def offset(
    recovery: Recovery,
    tranche: Tranche,
    fund: Fund,
    event: OffsetAct,
    at: Arrival,
) -> tuple[Decision, Fund]:
    """Kept back from a tranche that is not ordered: it pays less by as much, the envelope has it again."""
    cents = event.amount_cents
    if refusal := _refusal(recovery, cents):
        return refusal, fund
    # An order names its amount: what is ordered can no more be paid less.
    if tranche.state not in OPEN_STATES or cents > tranche.payable_cents:
        return nothing("no-room", sentences.no_room(tranche.number, tranche.state)), fund
    movements = MovementBook(at.event_id, at.now)
    movements.offset(tranche, cents)
    richer, closed = _progress(replace(recovery, offset_cents=recovery.offset_cents + cents))
    smaller = replace(tranche, offset_cents=tranche.offset_cents + cents)
    if not smaller.payable_cents:
        smaller = replace(smaller, state="offset", since=at.now, gates=(), retry_after=None)
    fact = TrancheOffset(
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        amount_cents=cents,
        left_cents=smaller.payable_cents,
    )
    decision = Decision(
        "offset",
        facts=(fact, *closed),
        changes=(richer, smaller, *movements.lines),
    )
    return decision, freed(fund, None, cents)


def waive(recovery: Recovery, cents: int) -> Decision:
    """The State gives up a part of what is owed: no money moves."""
    if refusal := _refusal(recovery, cents):
        return refusal
    less, facts = _progress(replace(recovery, waived_cents=recovery.waived_cents + cents))
    return Decision("waived", facts=facts, changes=(less,))


def _refusal(recovery: Recovery, cents: int) -> Decision | None:
    if recovery.state != "ordered":
        return nothing("not-expected", sentences.NOT_ORDERED)
    if not 0 < cents <= recovery.left_cents:
        return nothing("not-expected", sentences.above_left(recovery.left_cents))
    return None


def _progress(recovery: Recovery) -> tuple[Recovery, tuple[RecoveryClosed, ...]]:
    """The recovery, closed once nothing of it is left, with the fact that says so."""
    if recovery.left_cents:
        return recovery, ()
    fact = RecoveryClosed(
        candidature_id=recovery.candidature_id,
        recovered_cents=recovery.recovered_cents + recovery.offset_cents,
        waived_cents=recovery.waived_cents,
    )
    return replace(recovery, state="closed"), (fact,)
