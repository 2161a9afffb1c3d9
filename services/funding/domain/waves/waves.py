"""A wave in funding: entries come in, the ranking is proposed, approved by different officers, published."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.funding.domain.approvals import approval_of
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.values import Policy, WaveInputs
from services.funding.domain.states import Entry, Fund, Grant, Ranking, WaveState
from services.funding.domain.waves.places import (
    candidate_of,
    policy_fields,
    ranked_fact,
    ranking_of,
    reasons_of,
    result_of,
    reviews_in,
    violations,
)
from shared.contract.backoffice import WaveApproved
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.funding import (
    CandidatureDeclined,
    CandidatureWaitlisted,
    GrantAwarded,
    WavePublished,
    WaveRanked,
    WaveVerificationFailed,
)
from shared.contract.values import Outcome, Reason, Zone
from shared.kit.delivery import Arrival
from shared.programme import Programme

VIOLATIONS_TOLD = 20


@dataclass(frozen=True, slots=True)
class Table:
    """All that a ranking looks at: the wave, its entries, and what earlier waves left."""

    programme: Programme
    wave: WaveState
    entries: Sequence[Entry]
    fund: Fund


def inputs_of(table: Table) -> WaveInputs:
    """What the allocator reads. The order of the entries means nothing to it."""
    return WaveInputs(
        Policy.from_programme(table.programme),
        free_places(table.programme, table.fund),
        table.fund.envelope_cents - table.fund.committed_cents,
        tuple(candidate_of(entry) for entry in table.entries if entry.competes),
    )


def free_places(programme: Programme, fund: Fund) -> dict[str, int]:
    """What is left of each quota."""
    return {zone.value: size - fund.places.get(zone.value, 0) for zone, size in programme.quotas.items()}


def propose(table: Table) -> Decision:
    """Ranks a complete wave. A new proposal replaces the earlier one, and the approvals it had."""
    inputs = inputs_of(table)
    result = allocate(inputs)
    wave = replace(
        table.wave,
        state="ranked",
        proposal=table.wave.proposal + 1,
        inputs_digest=result.inputs_digest,
        policy_digest=result.policy_digest,
        digest=result.digest,
        policy=policy_fields(inputs.policy),
        quotas_left=inputs.quotas_left,
        envelope_left_cents=inputs.envelope_left_cents,
        approvals=(),
    )
    entries = {entry.candidature_id: entry for entry in table.entries}
    rankings = tuple(ranking_of(wave, ranked, entries[ranked.id]) for ranked in result.ranking)
    facts = (*(ranked_fact(ranking) for ranking in rankings), wave_fact(wave, rankings))
    return Decision("ranked", facts=facts, changes=(wave, *rankings))


def wave_fact(wave: WaveState, rankings: Sequence[Ranking]) -> WaveRanked:
    def count(outcome: Outcome) -> int:
        return sum(ranking.outcome == outcome for ranking in rankings)

    return WaveRanked(
        wave=wave.wave,
        proposal=wave.proposal,
        laureates=count(Outcome.LAUREATE),
        waitlisted=count(Outcome.WAITLISTED),
        declined=count(Outcome.DECLINED),
        awarded_cents=sum(sum(ranking.awarded_cents) for ranking in rankings),
        inputs_digest=wave.inputs_digest,
        policy_digest=wave.policy_digest,
        digest=wave.digest,
    )


def violations_of(table: Table, rankings: Sequence[Ranking], held: Mapping[str, int]) -> tuple[Reason, ...]:
    """What the separate verifier finds against a stored proposal, from the log's entries, scores and reviews.

    `held` are the places of the grants there are, counted anew. Empty when it may be published.
    """
    competing = [entry for entry in table.entries if entry.competes]
    found = violations(inputs_of(table), result_of(table.wave, rankings), reviews_in(competing))
    return (*found, *places_beyond(table.programme, rankings, held))


def places_beyond(programme: Programme, rankings: Sequence[Ranking], held: Mapping[str, int]) -> Iterator[Reason]:
    """The zones that would have more funded places than their quota, whatever the fund's row says is left."""
    new = Counter(ranking.zone for ranking in rankings if ranking.outcome == Outcome.LAUREATE)
    for zone, quota in programme.quotas.items():
        if held.get(zone.value, 0) + new[zone.value] > quota:
            message = (
                f"{zone.value} : {held.get(zone.value, 0)} places financées et {new[zone.value]} de plus, sur {quota}"
            )
            yield Reason(code="funded-places", message=message)


def signed(wave: WaveState, event: WaveApproved, at: Arrival) -> WaveState | None:
    """The wave with one more officer's approval; None for an officer who has approved it already."""
    if any(approval["actor"] == event.actor.id for approval in wave.approvals):
        return None
    return replace(wave, approvals=(*wave.approvals, approval_of(event, at)))


def publish_if_it_holds(table: Table, rankings: Sequence[Ranking], held: Mapping[str, int], at: Arrival) -> Decision:
    """The last approval: the verifier has the last word. A list that fails is not published, and says why."""
    if found := violations_of(table, rankings, held)[:VIOLATIONS_TOLD]:
        fact = WaveVerificationFailed(wave=table.wave.wave, digest=table.wave.digest, reasons=found)
        return Decision("not-published", found, (fact,))
    return publish(table, rankings, at)


def publish(table: Table, rankings: Sequence[Ranking], at: Arrival) -> Decision:
    """The one instant from which awards, letters and public status follow, for everybody."""
    wave = replace(table.wave, state="published", published_at=at.now)
    entries = {entry.candidature_id: entry for entry in table.entries}
    book = MovementBook(at.event_id, at.now)
    facts: list[Event] = [WavePublished(wave=wave.wave, published_at=at.now, digest=wave.digest)]
    changes: list[Any] = [wave]
    laureates = []
    for ranking in sorted(rankings, key=lambda place: place.rank):
        if ranking.outcome == Outcome.LAUREATE:
            grant = grant_of(entries[ranking.candidature_id], ranking, at, promoted=False)
            laureates.append(grant)
            book.commit_award(grant)
            facts.append(award_fact(grant))
            changes += [grant, *schedule(table.programme, grant)]
        else:
            facts.append(_answer(ranking))
    facts += [_out(entry) for entry in table.entries if entry.eligible is False and not entry.withdrawn]
    fund = committed(table.fund, laureates)
    return Decision("published", facts=tuple(facts), changes=(*changes, fund, *book.lines))


def grant_of(entry: Entry, ranking: Ranking, at: Arrival, promoted: bool) -> Grant:
    return Grant(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        receipt_number=entry.receipt_number,
        legal_name=entry.legal_name,
        siret=entry.siret,
        zone=ranking.zone or "",
        rank=ranking.rank,
        awarded_cents=ranking.awarded_cents,
        promoted=promoted,
        state="awarded",
        awarded_at=at.now,
        public_key=entry.public_key,
        front_end=entry.front_end,
    )


def award_fact(grant: Grant) -> GrantAwarded:
    return GrantAwarded(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        rank=grant.rank,
        zone=Zone(grant.zone),
        awarded_cents=grant.awarded_cents,
        promoted=grant.promoted,
        awarded_at=grant.awarded_at,
    )


def _answer(ranking: Ranking) -> CandidatureWaitlisted | CandidatureDeclined:
    fact = CandidatureWaitlisted if ranking.outcome == Outcome.WAITLISTED else CandidatureDeclined
    return fact(
        candidature_id=ranking.candidature_id, wave=ranking.wave, rank=ranking.rank, reasons=reasons_of(ranking)
    )


def _out(entry: Entry) -> CandidatureDeclined:
    reasons = tuple(Reason(**reason) for reason in entry.ineligible_because)
    return CandidatureDeclined(candidature_id=entry.candidature_id, wave=entry.wave, rank=None, reasons=reasons)


def counted(wave: WaveState, before: Entry, after: Entry) -> WaveState:
    """The wave's counts after one entry changed. A proposal does not outlive the completeness it was made on."""
    entries = wave.entries + after.registered - before.registered
    ready = wave.ready + after.ready - before.ready
    wave = replace(wave, entries=entries, ready=ready)
    if wave.state == "ranked" and not wave.complete:
        return replace(wave, state="closed", approvals=())
    return wave


def reopened(wave: WaveState) -> WaveState:
    """As it was before it closed. Its number of proposals goes on: what was ranked before is of none of them."""
    return replace(
        wave,
        state="open",
        registered=None,
        inputs_digest="",
        policy_digest="",
        digest="",
        policy=None,
        quotas_left=None,
        envelope_left_cents=0,
        approvals=(),
    )


def may_rank(programme: Programme, wave: WaveState, waves: Mapping[str, Any]) -> bool:
    """A wave is ranked on what earlier waves left: they must be published."""
    earlier = [w.id for w in programme.waves[: [w.id for w in programme.waves].index(wave.wave)]]
    published = all(waves[name].state == "published" for name in earlier)
    return published and wave.complete and wave.state in ("closed", "ranked")
