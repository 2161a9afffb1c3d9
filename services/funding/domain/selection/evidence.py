"""For the verifier: the scores from the reviews of the log, and the digests from the very values."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.funding.domain.selection.values import Candidate, Policy, Ranked, Result, Review, Violation, WaveInputs


def check_scores(inputs: WaveInputs, reviews: Mapping[str, Sequence[Review]]) -> Iterator[Violation]:
    """Each criterion is the mean of the marks that count, in hundredths, half up; the score is their sum."""
    for candidate in inputs.candidatures:
        counted = [review.marks for review in reviews.get(candidate.id, ()) if not review.recused]
        if not counted:
            yield Violation("scores", (candidate.id,), "has a score, but no review that counts")
            continue
        if any(set(marks) != set(counted[0]) for marks in counted):
            yield Violation("scores", (candidate.id,), "its reviews do not mark the same criteria")
            continue
        means = {name: _mean_hundredths([marks[name] for marks in counted]) for name in counted[0]}
        if means != dict(candidate.criteria) or sum(means.values()) != candidate.score:
            detail = f"score {candidate.score} {dict(candidate.criteria)}, reviews say {sum(means.values())} {means}"
            yield Violation("scores", (candidate.id,), detail)


def _mean_hundredths(marks: Sequence[int]) -> int:
    whole, rest = divmod(100 * sum(marks), len(marks))
    return whole + (2 * rest >= len(marks))


def check_digests(inputs: WaveInputs, result: Result) -> Iterator[Violation]:
    """An altered list fails here, even where the alteration breaks no rule."""
    of_inputs, of_policy = _digest(_inputs(inputs)), _digest(_policy(inputs.policy))
    ranking = [_ranked(entry) for entry in result.ranking]
    of_result = _digest({"inputs_digest": of_inputs, "policy_digest": of_policy, "ranking": ranking})
    for name, stored, derived in (
        ("inputs", result.inputs_digest, of_inputs),
        ("policy", result.policy_digest, of_policy),
        ("result", result.digest, of_result),
    ):
        if stored != derived:
            yield Violation("digests", (), f"{name}: stored {stored or 'nothing'}, derived {derived}")


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _inputs(inputs: WaveInputs) -> dict[str, Any]:
    candidatures = sorted(map(_candidate, inputs.candidatures), key=lambda fields: str(fields["id"]))
    return {
        "candidatures": candidatures,
        "envelope_left_cents": inputs.envelope_left_cents,
        "quotas_left": {f"{zone}": places for zone, places in inputs.quotas_left.items()},
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    named = ("id", "receipt_sequence", "score", "requested_cents")
    zones = sorted({f"{zone}" for zone in candidate.zones})
    return {name: getattr(candidate, name) for name in named} | {"criteria": dict(candidate.criteria), "zones": zones}


def _policy(policy: Policy) -> dict[str, Any]:
    named = ("pass_mark", "laureates_max", "tie_break", "floor_cents", "ceiling_cents", "yearly_cap_cents")
    return {name: getattr(policy, name) for name in named} | {
        "criterion_pass_marks": dict(policy.criterion_pass_marks),
        "when_short_of_money": f"{policy.when_short_of_money}",
    }


def _ranked(entry: Ranked) -> dict[str, Any]:
    named = ("id", "rank", "score", "tie_break", "awarded_cents")
    return {name: getattr(entry, name) for name in named} | {
        "outcome": f"{entry.outcome}",
        "zone": f"{entry.zone}" if entry.zone else None,
        "reasons": [[reason.code, reason.rule] for reason in entry.reasons],
    }
