"""Money asked back: intention, observations or delay, decision, then recovered or waived."""

from dataclasses import replace
from datetime import datetime

from services.funding.domain.ledger import MovementBook, freed
from services.funding.domain.states import Fund, Grant, Recovery
from shared.contract.backoffice import RecoveryDecided, RecoveryIntended
from shared.contract.decision import Decision, nothing
from shared.contract.funding import RecoveryClosed, RecoveryOpened, RecoveryOrdered
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme


def intend(recovery: Recovery | None, event: RecoveryIntended, paid_cents: int) -> Decision:
    if recovery and recovery.state != "closed":
        return nothing("duplicate")
    if event.amount_cents > paid_cents:
        return nothing("above-paid", Reason(code="above-paid", message="On ne reprend pas plus que ce qui a été payé."))
    opened = Recovery(event.candidature_id, "intended", event.amount_cents, event.answer_by)
    fact = RecoveryOpened(
        candidature_id=event.candidature_id, amount_cents=event.amount_cents, answer_by=event.answer_by
    )
    return Decision("recovery-intended", facts=(fact,), changes=(opened,))


def decide(programme: Programme, recovery: Recovery, event: RecoveryDecided, now: datetime) -> Decision:
    """The holder has had the time to answer; what is decided is never more than what was announced."""
    if recovery.state != "intended":
        return nothing("duplicate")
    if programme.local_day(now) <= recovery.answer_by:
        return nothing("too-soon", Reason(code="too-soon", message="Le délai de réponse court encore."))
    if event.amount_cents > recovery.amount_cents:
        return nothing("above-intended", Reason(code="above-intended", message="Le montant dépasse celui annoncé."))
    ordered = replace(recovery, state="ordered", amount_cents=event.amount_cents)
    fact = RecoveryOrdered(candidature_id=event.candidature_id, amount_cents=event.amount_cents)
    return Decision("recovery-ordered", facts=(fact,), changes=(ordered,))


def receive(recovery: Recovery, grant: Grant, fund: Fund, cents: int, at: Arrival) -> Decision:
    """Money that came back returns to the envelope."""
    left = recovery.amount_cents - recovery.recovered_cents - recovery.waived_cents
    if recovery.state != "ordered" or cents > left:
        return nothing("not-expected")
    book = MovementBook(at.event_id, at.now)
    book.recover(grant.candidature_id, cents)
    changed, facts = _progress(replace(recovery, recovered_cents=recovery.recovered_cents + cents))
    grant = replace(grant, recovered_cents=grant.recovered_cents + cents)
    return Decision("recovered", facts=facts, changes=(changed, grant, freed(fund, None, cents), *book.lines))


def waive(recovery: Recovery, cents: int) -> Decision:
    left = recovery.amount_cents - recovery.recovered_cents - recovery.waived_cents
    if recovery.state != "ordered" or cents > left:
        return nothing("not-expected")
    changed, facts = _progress(replace(recovery, waived_cents=recovery.waived_cents + cents))
    return Decision("waived", facts=facts, changes=(changed,))


def _progress(recovery: Recovery) -> tuple[Recovery, tuple[RecoveryClosed, ...]]:
    if recovery.recovered_cents + recovery.waived_cents < recovery.amount_cents:
        return recovery, ()
    fact = RecoveryClosed(
        candidature_id=recovery.candidature_id,
        recovered_cents=recovery.recovered_cents,
        waived_cents=recovery.waived_cents,
    )
    return replace(recovery, state="closed"), (fact,)
