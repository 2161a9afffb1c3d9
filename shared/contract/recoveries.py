"""Money of a grant that is asked back: announced, decided, closed."""

from shared.contract.event import Event
from shared.contract.values import CandidatureId, Cents, Day, Number, Reasons


class RecoveryOpened(Event, says="funding.recovery.opened"):
    """`number` counts the times money of this grant was asked back: the holder's answer names it."""

    candidature_id: CandidatureId
    number: Number
    amount_cents: Cents
    answer_by: Day
    reasons: Reasons = ()


class RecoveryOrdered(Event, says="funding.recovery.ordered"):
    """What is to be given back: `reasons` are the officer's. `observed`: its holder had answered."""

    candidature_id: CandidatureId
    amount_cents: Cents
    reasons: Reasons = ()
    observed: bool = False


class RecoveryClosed(Event, says="funding.recovery.closed"):
    candidature_id: CandidatureId
    recovered_cents: Cents
    waived_cents: Cents
