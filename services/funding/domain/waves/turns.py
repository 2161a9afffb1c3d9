"""What becomes of a published place, one row each time: nothing that was published is overwritten."""

from services.funding.domain.selection.values import Promotion
from services.funding.domain.states import Grant, Ranking, Turn
from services.funding.domain.waves.places import kept_grounds, kept_reason
from services.funding.domain.waves.words import OutcomeWord, TurnKind
from shared.contract.values import Reason
from shared.kit.delivery import Arrival


def turn_of(
    ranking: Ranking,
    at: Arrival,
    kind: TurnKind,
    reason: Reason,
    outcome: OutcomeWord,
) -> Turn:
    """`outcome` holds from now on."""
    return Turn(
        candidature_id=ranking.candidature_id,
        cause_id=at.event_id,
        at=at.now,
        kind=kind,
        before=ranking.current,
        outcome=outcome,
        reasons=(kept_reason(reason),),
    )


def promoted_turn(ranking: Ranking, promotion: Promotion, at: Arrival) -> Turn:
    """Called from the reserve, to this zone and these amounts."""
    return Turn(
        candidature_id=ranking.candidature_id,
        cause_id=at.event_id,
        at=at.now,
        kind="promoted",
        before=ranking.current,
        outcome="laureate",
        zone=promotion.zone,
        awarded_cents=promotion.awarded_cents,
        reasons=kept_grounds(promotion.reasons),
    )


def cancelled_turn(grant: Grant, reason: Reason, at: Arrival) -> Turn:
    """A laureate that is one no more."""
    return Turn(
        candidature_id=grant.candidature_id,
        cause_id=at.event_id,
        at=at.now,
        kind="cancelled",
        before="laureate",
        outcome="declined",
        reasons=(kept_reason(reason),),
    )
