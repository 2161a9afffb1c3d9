"""Every ground an outcome can have, one function a code: the rule it applies, threshold against value."""

from collections.abc import Collection

from services.funding.domain.selection import sentences
from services.funding.domain.selection.values import Candidate, Ground, Policy


def below_pass_mark(candidate: Candidate, policy: Policy) -> Ground:
    return Ground(
        code="below-pass-mark",
        rule="selection.pass_mark",
        threshold=policy.pass_mark,
        value=candidate.score,
        message=sentences.below_pass_mark(candidate.score, policy.pass_mark),
    )


def below_criterion_pass_mark(criterion: str, threshold: int, value: int) -> Ground:
    return Ground(
        code="below-criterion-pass-mark",
        rule=f"criteria.{criterion}.pass_mark",
        threshold=threshold,
        value=value,
        message=sentences.below_criterion_pass_mark(criterion, threshold, value),
    )


def request_below_floor(amount_cents: int, policy: Policy) -> Ground:
    return Ground(
        code="request-below-floor",
        rule="award.floor_cents",
        threshold=policy.floor_cents,
        value=amount_cents,
        message=sentences.request_below_floor(amount_cents, policy.floor_cents),
    )


def quota_full(zones: Collection[str], places: int) -> Ground:
    """The dossier would be the first without a place: its value is one more than there are."""
    return Ground(
        code="quota-full",
        rule=f"quotas.{'+'.join(sorted(zones))}",
        threshold=places,
        value=places + 1,
        message=sentences.quota_full(zones, places),
    )


def laureates_max(limit: int) -> Ground:
    """The dossier would be the first above the limit."""
    return Ground(
        code="laureates-max",
        rule="selection.laureates_max",
        threshold=limit,
        value=limit + 1,
        message=sentences.laureates_max(limit),
    )


def money_short(left_cents: int, amount_cents: int) -> Ground:
    return Ground(
        code="money-short",
        rule="envelope_left_cents",
        threshold=left_cents,
        value=amount_cents,
        message=sentences.money_short(left_cents, amount_cents),
    )


def list_stopped(stopped_at_rank: int, rank: int) -> Ground:
    return Ground(
        code="list-stopped",
        rule="selection.when_short_of_money",
        threshold=stopped_at_rank,
        value=rank,
        message=sentences.list_stopped(stopped_at_rank),
    )


def accepted(rank: int, zone: str, amount_cents: int) -> Ground:
    return Ground(
        code="accepted",
        rule="selection.rank",
        threshold=None,
        value=rank,
        message=sentences.accepted(rank, zone, amount_cents),
    )


def promoted(rank: int, zone: str, amount_cents: int) -> Ground:
    return Ground(
        code="promoted",
        rule="selection.reserve",
        threshold=None,
        value=rank,
        message=sentences.promoted(rank, zone, amount_cents),
    )


def amount_capped(requested_cents: int, amount_cents: int) -> Ground:
    return Ground(
        code="amount-capped",
        rule="award.ceilings",
        threshold=amount_cents,
        value=requested_cents,
        message=sentences.amount_capped(requested_cents, amount_cents),
    )


def part_funded(amount_cents: int, awarded_cents: int) -> Ground:
    return Ground(
        code="part-funded",
        rule="selection.when_short_of_money",
        threshold=awarded_cents,
        value=amount_cents,
        message=sentences.part_funded(amount_cents, awarded_cents),
    )
