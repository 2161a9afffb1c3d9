"""For the verifier: the scores from the reviews of the log, and the digests from the very values.

Written apart from `digest.py` and from eligibility's scoring, so that a fault there is not repeated here.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.funding.domain.selection.values import (
    NEW_DEPARTMENT,
    Candidate,
    Policy,
    Ranked,
    Result,
    Review,
    Violation,
    WaveInputs,
)


def check_scores(
    inputs: WaveInputs, reviews: Mapping[str, Sequence[Review]]
) -> Iterator[Violation]:
    """Each criterion is the mean of the marks that count, in hundredths, half up; the score is their sum."""
    for candidate in inputs.candidatures:
        counted = [review.marks for review in reviews.get(candidate.id, ()) if not review.recused]
        detail = _score_fault(candidate, counted)
        if detail:
            yield Violation("scores", (candidate.id,), detail)


def _score_fault(candidate: Candidate, counted: Sequence[Mapping[str, int]]) -> str:
    """What is wrong with a score, given the marks that count; empty where it is theirs."""
    if not counted:
        return "has a score, but no review that counts"
    criteria = set(counted[0])
    if any(set(marks) != criteria for marks in counted):
        return "its reviews do not mark the same criteria"
    # Means are rounded one by one, then added: a mean of sums would round otherwise.
    means = {name: _mean_hundredths([marks[name] for marks in counted]) for name in counted[0]}
    total = sum(means.values())
    # No reviewer gives this key: earlier waves tell it.
    given = {name: mark for name, mark in candidate.criteria.items() if name != NEW_DEPARTMENT}
    if means == given and total == candidate.score:
        return ""
    return f"score {candidate.score} {given}, reviews say {total} {means}"


def _mean_hundredths(marks: Sequence[int]) -> int:
    """Half up, in whole numbers: a float would round some halves down."""
    whole, rest = divmod(100 * sum(marks), len(marks))
    half_or_more = 2 * rest >= len(marks)
    return whole + 1 if half_or_more else whole


def check_digests(inputs: WaveInputs, result: Result) -> Iterator[Violation]:
    """An altered list fails here, even where the alteration breaks no rule."""
    of_inputs = _digest(_inputs(inputs))
    of_policy = _digest(_policy(inputs.policy))
    ranking = [_ranked(entry) for entry in result.ranking]
    of_result = _digest(
        {
            "inputs_digest": of_inputs,
            "policy_digest": of_policy,
            "ranking": ranking,
        }
    )
    yield from _differs("inputs", result.inputs_digest, of_inputs)
    yield from _differs("policy", result.policy_digest, of_policy)
    yield from _differs("result", result.digest, of_result)


def _differs(name: str, stored: str, derived: str) -> Iterator[Violation]:
    if stored != derived:
        yield Violation(
            "digests",
            (),
            f"{name}: stored {stored or 'nothing'}, derived {derived}",
        )


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _inputs(inputs: WaveInputs) -> dict[str, Any]:
    by_id = sorted(inputs.candidatures, key=lambda candidate: candidate.id)
    return {
        "candidatures": [_candidate(candidate) for candidate in by_id],
        "envelope_left_cents": inputs.envelope_left_cents,
        "quotas_left": {f"{zone}": places for zone, places in inputs.quotas_left.items()},
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "criteria": dict(candidate.criteria),
        "id": candidate.id,
        "receipt_sequence": candidate.receipt_sequence,
        "requested_cents": candidate.requested_cents,
        "score": candidate.score,
        "zones": sorted({f"{zone}" for zone in candidate.zones}),
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "ceiling_cents": policy.ceiling_cents,
        "criterion_pass_marks": dict(policy.criterion_pass_marks),
        "floor_cents": policy.floor_cents,
        "laureates_max": policy.laureates_max,
        "pass_mark": policy.pass_mark,
        "tie_break": policy.tie_break,
        "when_short_of_money": f"{policy.when_short_of_money}",
        "yearly_cap_cents": policy.yearly_cap_cents,
    }


def _ranked(entry: Ranked) -> dict[str, Any]:
    return {
        "awarded_cents": entry.awarded_cents,
        "id": entry.id,
        "outcome": f"{entry.outcome}",
        "rank": entry.rank,
        "reasons": [[reason.code, reason.rule] for reason in entry.reasons],
        "score": entry.score,
        "tie_break": entry.tie_break,
        "zone": f"{entry.zone}" if entry.zone else None,
    }
