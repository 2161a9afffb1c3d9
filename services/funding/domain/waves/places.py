"""The places of a proposal: from the selection's values to stored states and facts, and back, bit for bit."""

from collections.abc import Iterable, Mapping, Sequence

from services.funding.domain.selection.values import (
    Candidate,
    Ground,
    Policy,
    Ranked,
    Result,
    Review,
    WaveInputs,
)
from services.funding.domain.selection.verification import verify
from services.funding.domain.states import Entry, Ranking, WaveState
from services.funding.domain.waves.words import KeptGround, KeptPolicy, KeptReason, KeptReview
from shared.contract.eligibility import GivenReview
from shared.contract.funding import CandidatureRanked
from shared.contract.values import Outcome, Reason, ShortOfMoney

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


def ranking_of(
    wave: WaveState, ranked: Ranked, entry: Entry, compared: Mapping[str, int]
) -> Ranking:
    """A place, with all that it came from: entries may change later, a published place does not.

    `compared` are its marks, and what else the tie-break looks at.
    """
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
        reasons=kept_grounds(ranked.reasons),
        receipt_sequence=entry.receipt_sequence,
        criteria=dict(compared),
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
        reasons=_grounds_of(ranking),
    )


def reasons_of(ranking: Ranking) -> tuple[Reason, ...]:
    return tuple(ground.published() for ground in _grounds_of(ranking))


def ranked_fact(ranking: Ranking) -> CandidatureRanked:
    return CandidatureRanked(
        candidature_id=ranking.candidature_id,
        wave=ranking.wave,
        rank=ranking.rank,
        score=ranking.score,
        tie_break=ranking.tie_break,
        outcome=Outcome(ranking.outcome),
        zone=ranking.zone,
        awarded_cents=ranking.awarded_cents,
        reasons=reasons_of(ranking),
    )


def result_of(wave: WaveState, rankings: Iterable[Ranking]) -> Result:
    """The stored list of the wave's latest proposal."""
    in_order = sorted(rankings, key=lambda place: place.rank)
    ranking = tuple(ranked_of(place) for place in in_order)
    return Result(ranking, wave.inputs_digest, wave.policy_digest, wave.digest)


def stored_inputs(wave: WaveState, rankings: Iterable[Ranking]) -> WaveInputs:
    """What the latest proposal was made from, as it was kept with it. Its digest tells whether it is intact.

    Raises ValueError for a wave that has no proposal.
    """
    return WaveInputs(
        policy=policy_of(wave),
        quotas_left=dict(wave.quotas_left or {}),
        envelope_left_cents=wave.envelope_left_cents,
        candidatures=tuple(_candidate_at(place) for place in rankings),
    )


def _candidate_at(place: Ranking) -> Candidate:
    return Candidate(
        id=place.candidature_id,
        receipt_sequence=place.receipt_sequence,
        score=place.score,
        criteria=dict(place.criteria),
        zones=place.zones,
        requested_cents=place.requested_cents,
    )


def policy_of(wave: WaveState) -> Policy:
    """The policy of the latest proposal. Raises ValueError for a wave that has none."""
    # The policy that was kept, not the programme's: a later change must not judge an older list.
    kept = wave.policy
    if kept is None:
        raise ValueError(f"wave {wave.wave} has no proposal")
    return Policy(
        pass_mark=kept["pass_mark"],
        criterion_pass_marks=kept["criterion_pass_marks"],
        laureates_max=kept["laureates_max"],
        when_short_of_money=ShortOfMoney(kept["when_short_of_money"]),
        tie_break=kept["tie_break"],
        floor_cents=kept["floor_cents"],
        ceiling_cents=kept["ceiling_cents"],
        yearly_cap_cents=kept["yearly_cap_cents"],
    )


def kept_policy(policy: Policy) -> KeptPolicy:
    return {
        "pass_mark": policy.pass_mark,
        "criterion_pass_marks": dict(policy.criterion_pass_marks),
        "laureates_max": policy.laureates_max,
        "when_short_of_money": policy.when_short_of_money.value,
        "tie_break": policy.tie_break,
        "floor_cents": policy.floor_cents,
        "ceiling_cents": policy.ceiling_cents,
        "yearly_cap_cents": policy.yearly_cap_cents,
    }


def kept_reason(reason: Reason) -> KeptReason:
    return {
        "code": reason.code,
        "field": reason.field,
        "message": reason.message,
    }


def kept_grounds(grounds: Iterable[Ground]) -> tuple[KeptGround, ...]:
    return tuple(_kept_ground(ground) for ground in grounds)


def _kept_ground(ground: Ground) -> KeptGround:
    return {
        "code": ground.code,
        "rule": ground.rule,
        "threshold": ground.threshold,
        "value": ground.value,
        "message": ground.message,
    }


def _grounds_of(ranking: Ranking) -> tuple[Ground, ...]:
    return tuple(Ground(**reason) for reason in ranking.reasons)


def kept_review(review: GivenReview) -> KeptReview:
    return {
        "reviewer_id": review.reviewer_id,
        "marks": dict(review.marks),
        "recused": review.recused,
    }


def reviews_in(places: Iterable[Entry] | Iterable[Ranking]) -> dict[str, list[Review]]:
    """The marks of the log by dossier, those of recused reviewers marked as such."""
    reviews = {}
    for place in places:
        reviews[place.candidature_id] = [Review(**review) for review in place.reviews]
    return reviews


def violations(
    inputs: WaveInputs,
    result: Result,
    reviews: Mapping[str, Sequence[Review]],
) -> tuple[Reason, ...]:
    """What the separate verifier finds: each property that does not hold, and the dossiers it fails on."""
    found = []
    for violation in verify(inputs, result, reviews):
        message = f"{violation.detail} ({_named(violation.dossiers)})"
        found.append(Reason(code=violation.property, message=message))
    return tuple(found)


def _named(dossiers: Sequence[str]) -> str:
    """The first few: a fault at the top often breaks every place below it."""
    if not dossiers:
        return "la liste"
    shown = ", ".join(dossiers[:DOSSIERS_NAMED])
    more = len(dossiers) - DOSSIERS_NAMED
    return f"{shown}, … {more}" if more > 0 else shown
