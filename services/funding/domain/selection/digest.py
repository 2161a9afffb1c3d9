"""Canonical bytes: the same inputs, policy or result give the same bytes and SHA-256 on any machine.

Sets are sorted, object keys are sorted, everything is ASCII, there is no float. The digest of a ranking
covers its decisions and the codes of its reasons, not the sentences: to mend a sentence breaks no old proof.
"""

import hashlib
import json
from typing import Any

from services.funding.domain.selection.values import Candidate, Policy, Ranked, WaveInputs


def canonical_bytes(value: Any) -> bytes:
    """Raises TypeError for anything JSON has no single form for."""
    text = json.dumps(
        value,
        ensure_ascii=True,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    return text.encode("ascii")


def policy_bytes(policy: Policy) -> bytes:
    return canonical_bytes(
        {
            "pass_mark": policy.pass_mark,
            "criterion_pass_marks": dict(policy.criterion_pass_marks),
            "laureates_max": policy.laureates_max,
            "when_short_of_money": policy.when_short_of_money.value,
            "tie_break": policy.tie_break,
            "floor_cents": policy.floor_cents,
            "ceiling_cents": policy.ceiling_cents,
            "yearly_cap_cents": policy.yearly_cap_cents,
        }
    )


def inputs_bytes(inputs: WaveInputs) -> bytes:
    """What the policy is applied to: candidatures by id, whatever order they came in."""
    return canonical_bytes(
        {
            "quotas_left": {str(zone): places for zone, places in inputs.quotas_left.items()},
            "envelope_left_cents": inputs.envelope_left_cents,
            "candidatures": [
                _candidate(c) for c in sorted(inputs.candidatures, key=lambda c: c.id)
            ],
        }
    )


def result_bytes(ranking: tuple[Ranked, ...], inputs_digest: str, policy_digest: str) -> bytes:
    return canonical_bytes(
        {
            "inputs_digest": inputs_digest,
            "policy_digest": policy_digest,
            "ranking": [_ranked(entry) for entry in ranking],
        }
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.id,
        "receipt_sequence": candidate.receipt_sequence,
        "score": candidate.score,
        "criteria": dict(candidate.criteria),
        "zones": sorted({str(zone) for zone in candidate.zones}),
        "requested_cents": candidate.requested_cents,
    }


def _ranked(entry: Ranked) -> dict[str, Any]:
    # Figures of reasons follow from inputs and policy, whose digests are covered.
    return {
        "id": entry.id,
        "rank": entry.rank,
        "score": entry.score,
        "tie_break": entry.tie_break,
        "outcome": entry.outcome.value,
        "zone": None if entry.zone is None else str(entry.zone),
        "awarded_cents": entry.awarded_cents,
        "reasons": [[reason.code, reason.rule] for reason in entry.reasons],
    }
