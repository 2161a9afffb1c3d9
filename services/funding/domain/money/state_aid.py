"""De minimis aids: what the holder declared over the regime's years, and the grant, against its ceiling."""

from dataclasses import replace
from datetime import date

from services.funding.domain.money import sentences
from services.funding.domain.money.words import KeptAid
from services.funding.domain.states import Grant, StateAid
from shared.contract.backoffice import StateAidDecided
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import StateAidDeclared
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme
from shared.programme.model import months_later


def declare(before: StateAid | None, event: StateAidDeclared, at: Arrival) -> Decision:
    """What is declared anew is looked at anew: an officer's answer was about the earlier declaration."""
    if before and at.order <= before.sequence:
        return nothing("superseded")
    aids = tuple(
        KeptAid(
            granted_on=aid.granted_on.isoformat(),
            granted_by=aid.granted_by,
            amount_cents=aid.amount_cents,
        )
        for aid in event.aids
    )
    if before and before.aids == aids:
        return nothing("duplicate")
    return Decision(
        "aids-declared",
        changes=(StateAid(event.candidature_id, at.order, at.now, aids),),
    )


def decide(aid: StateAid, event: StateAidDecided) -> Decision:
    # An officer may decide otherwise later, on the same declaration.
    if (aid.allowed, aid.regime) == (event.allowed, event.regime):
        return nothing("duplicate")
    decided = replace(
        aid,
        allowed=event.allowed,
        regime=event.regime,
        decided_by=event.actor.id,
    )
    return Decision("aids-allowed" if event.allowed else "aids-refused", changes=(decided,))


def counted_cents(programme: Programme, grant: Grant, aid: StateAid) -> int:
    """The declared aids of the regime's years before the award, and the grant."""
    awarded_on = programme.local_day(grant.awarded_at)
    since = months_later(awarded_on, -12 * programme.payment.de_minimis_years)
    counted = sum(grant.awarded_cents)
    for declared in aid.aids:
        # An aid of the very day the regime's years begin is out of them.
        if date.fromisoformat(declared["granted_on"]) > since:
            counted += declared["amount_cents"]
    return counted


def closed_by(programme: Programme, grant: Grant, aid: StateAid | None) -> Reason | None:
    """Why state aid holds a tranche; None where none was declared, it fits, or an officer allowed it.

    A call whose grants are no de minimis aid counts none against them.
    """
    if aid is None or aid.allowed or not programme.payment.de_minimis_regime:
        return None
    if aid.allowed is False:
        return sentences.STATE_AID_REFUSED
    counted = counted_cents(programme, grant, aid)
    ceiling = programme.payment.de_minimis_ceiling_cents
    if counted <= ceiling:
        return None
    return sentences.state_aid_above_ceiling(counted, ceiling)
