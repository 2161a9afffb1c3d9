"""From proposal to publication: different officers approve what they saw, the verifier has the last word."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.funding.domain.approvals import approval_of
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.states import Entry, Grant, Ranking, Remarks, WaveState
from services.funding.domain.waves.argument import NO_REMARKS, arguments
from services.funding.domain.waves.awards import Seat, award_fact, grant_of
from services.funding.domain.waves.places import reasons_of
from services.funding.domain.waves.proposal import Basis, violations_of
from services.funding.domain.waves.sentences import SAME_OFFICER
from shared.contract.backoffice import WaveApproved
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import (
    Argument,
    CandidatureDeclined,
    CandidatureWaitlisted,
    WavePublished,
    WaveVerificationFailed,
)
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected

VIOLATIONS_TOLD = 20  # a fault at the top often breaks every place below it


def approve(wave: WaveState, event: WaveApproved, at: Arrival) -> Decision:
    """One officer's word on the very list that was seen. `wave` has the approvals that still count.

    Raises Rejected for the digest of any other list.
    """
    if wave.state == "published":
        return nothing("already-published")
    if wave.state != "ranked" or wave.digest != event.digest:
        raise Rejected(
            "this is not the wave's current proposal: look at it again, then approve its digest"
        )
    # Two words of one person are one: the rule wants different officers.
    if any(approval["actor"] == event.actor.id for approval in wave.approvals):
        return nothing("duplicate", SAME_OFFICER)
    signed = replace(wave, approvals=(*wave.approvals, approval_of(event, at)))
    return Decision("approved", changes=(signed,))


def publish_if_it_holds(
    basis: Basis,
    rankings: Sequence[Ranking],
    held: Mapping[str, int],
    at: Arrival,
    remarks: Mapping[str, Remarks] = NO_REMARKS,
) -> Decision:
    """The last approval: a list that fails the verifier is not published, and the fact says why."""
    found = violations_of(basis, rankings, held)[:VIOLATIONS_TOLD]
    if found:
        fact = WaveVerificationFailed(wave=basis.wave.wave, digest=basis.wave.digest, reasons=found)
        return Decision("not-published", found, (fact,))
    return publish(basis, rankings, at, remarks)


def publish(
    basis: Basis,
    rankings: Sequence[Ranking],
    at: Arrival,
    remarks: Mapping[str, Remarks] = NO_REMARKS,
) -> Decision:
    """The one instant from which awards, letters and public status follow, for everybody."""
    wave = replace(basis.wave, state="published", published_at=at.now)
    entries = {entry.candidature_id: entry for entry in basis.entries}
    rests_on = arguments(wave, rankings, remarks)
    ledger = MovementBook(at.event_id, at.now)
    grants: list[Grant] = []
    facts: list[Event] = [WavePublished(wave=wave.wave, published_at=at.now, digest=wave.digest)]
    changes: list[Any] = [wave]
    # By rank: ledger, facts and letters follow the order of the list.
    for ranking in sorted(rankings, key=lambda place: place.rank):
        if ranking.outcome != "laureate":
            facts.append(_answer(ranking, rests_on[ranking.candidature_id]))
            continue
        grant = grant_of(entries[ranking.candidature_id], _seat(ranking), at, promoted=False)
        ledger.commit_award(grant)
        grants.append(grant)
        facts.append(award_fact(grant))
        changes += [grant, *schedule(basis.programme, grant)]
    for entry in basis.entries:
        if entry.eligible is False and not entry.withdrawn:
            facts.append(_out(entry))
    fund = committed(basis.fund, grants)
    return Decision("published", facts=tuple(facts), changes=(*changes, fund, *ledger.lines))


def _seat(ranking: Ranking) -> Seat:
    """Raises ValueError for a laureate without a zone: the verifier lets none through."""
    if ranking.zone is None:
        raise ValueError(f"{ranking.candidature_id} is a laureate of no zone")
    return Seat(ranking.rank, ranking.zone, ranking.awarded_cents)


def _answer(ranking: Ranking, argument: Argument) -> CandidatureWaitlisted | CandidatureDeclined:
    fact = CandidatureWaitlisted if ranking.outcome == "waitlisted" else CandidatureDeclined
    return fact(
        candidature_id=ranking.candidature_id,
        wave=ranking.wave,
        rank=ranking.rank,
        reasons=reasons_of(ranking),
        argument=argument,
    )


def _out(entry: Entry) -> CandidatureDeclined:
    """Who was not ranked (in no zone, or labelled already) is answered with the others."""
    return CandidatureDeclined(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        rank=None,
        reasons=tuple(Reason(**reason) for reason in entry.ineligible_because),
    )
