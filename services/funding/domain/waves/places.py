"""The places of a proposal: from the selection's values to stored states and facts, and back, bit for bit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.funding.domain.selection.values import Candidate, Ground, Policy, Ranked, Result, Review, WaveInputs
from services.funding.domain.selection.verification import verify
from services.funding.domain.states import Entry, Ranking, WaveState
from shared.contract.funding import CandidatureRanked
from shared.contract.values import Outcome, Reason, Zone
from shared.programme.model import ShortOfMoney

DOSSIERS_NAMED = 5


def candidate_of(entry: Entry) -> Candidate:
    """An entry that competes, as the allocator reads it."""
    return Candidate(
        id=entry.candidature_id,
        receipt_sequence=entry.receipt_sequence,
        score=entry.score or 0,
        criteria=dict(entry.criteria or {}),
        zones=entry.zones,
        requested_cents=entry.requested_cents,
    )


def ranking_of(wave: WaveState, ranked: Ranked, entry: Entry) -> Ranking:
    """A place, with all that it came from: entries may change later, a published place does not."""
    return Ranking(
        candidature_id=ranked.id,
        wave=wave.wave,
        proposal=wave.proposal,
        rank=ranked.rank,
        score=ranked.score,
        tie_break=ranked.tie_break,
        outcome=ranked.outcome.value,
        zone=ranked.zone,
        awarded_cents=ranked.awarded_cents,
        reasons=tuple(asdict(reason) for reason in ranked.reasons),
        receipt_sequence=entry.receipt_sequence,
        criteria=dict(entry.criteria or {}),
        zones=entry.zones,
        requested_cents=entry.requested_cents,
        reviews=entry.reviews,
    )


def ranked_of(ranking: Ranking) -> Ranked:
    """The stored place, as the verifier reads it."""
    return Ranked(
        id=ranking.candidature_id,
        rank=ranking.rank,
        score=ranking.score,
        tie_break=ranking.tie_break,
        outcome=Outcome(ranking.outcome),
        zone=ranking.zone,
        awarded_cents=ranking.awarded_cents,
        reasons=tuple(Ground(**reason) for reason in ranking.reasons),
    )


def reasons_of(ranking: Ranking) -> tuple[Reason, ...]:
    return tuple(Ground(**reason).published() for reason in ranking.reasons)


def ranked_fact(ranking: Ranking) -> CandidatureRanked:
    return CandidatureRanked(
        candidature_id=ranking.candidature_id,
        wave=ranking.wave,
        rank=ranking.rank,
        score=ranking.score,
        tie_break=ranking.tie_break,
        outcome=Outcome(ranking.outcome),
        zone=Zone(ranking.zone) if ranking.zone else None,
        awarded_cents=ranking.awarded_cents,
        reasons=reasons_of(ranking),
    )


def result_of(wave: WaveState, rankings: Iterable[Ranking]) -> Result:
    """The stored list of the wave's latest proposal."""
    ranking = tuple(ranked_of(place) for place in sorted(rankings, key=lambda place: place.rank))
    return Result(ranking, wave.inputs_digest, wave.policy_digest, wave.digest)


def stored_inputs(wave: WaveState, rankings: Iterable[Ranking]) -> WaveInputs:
    """What the latest proposal was made from, as it was kept with it. Its digest tells whether it is intact."""
    candidates = tuple(
        Candidate(p.candidature_id, p.receipt_sequence, p.score, dict(p.criteria), p.zones, p.requested_cents)
        for p in rankings
    )
    return WaveInputs(policy_of(wave.policy or {}), dict(wave.quotas_left or {}), wave.envelope_left_cents, candidates)


def policy_of(stored: Mapping[str, Any]) -> Policy:
    return Policy(**{**stored, "when_short_of_money": ShortOfMoney(stored["when_short_of_money"])})


def policy_fields(policy: Policy) -> dict[str, Any]:
    fields = {name: getattr(policy, name) for name in Policy.__slots__}
    return fields | {
        "criterion_pass_marks": dict(policy.criterion_pass_marks),
        "when_short_of_money": policy.when_short_of_money.value,
    }


def reviews_in(places: Iterable[Entry] | Iterable[Ranking]) -> dict[str, list[Review]]:
    """The marks of the log by dossier, those of recused reviewers marked as such."""
    return {
        place.candidature_id: [Review(r["reviewer_id"], r["marks"], r["recused"]) for r in place.reviews]
        for place in places
    }


def violations(inputs: WaveInputs, result: Result, reviews: Mapping[str, Sequence[Review]]) -> tuple[Reason, ...]:
    """What the separate verifier finds: each property that does not hold, and the dossiers it fails on."""
    return tuple(
        Reason(code=found.property, message=f"{found.detail} ({_named(found.dossiers)})")
        for found in verify(inputs, result, reviews)
    )


def _named(dossiers: Sequence[str]) -> str:
    more = len(dossiers) - DOSSIERS_NAMED
    return ", ".join(dossiers[:DOSSIERS_NAMED]) + (f", … {more}" if more > 0 else "") if dossiers else "la liste"
