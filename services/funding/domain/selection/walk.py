"""One step of the selection: what happens to the next in rank, given the room that is left above it."""

from dataclasses import dataclass
from typing import NamedTuple

from services.funding.domain.selection import reasons
from services.funding.domain.selection.amounts import bounded_award, cut_to
from services.funding.domain.selection.matching import Group, Seating, group_of
from services.funding.domain.selection.values import Candidate, Policy, Reason, WaveInputs
from shared.contract.values import Outcome
from shared.programme.model import ShortOfMoney


class Decision(NamedTuple):
    outcome: Outcome
    awarded_cents: tuple[int, ...]
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class Room:
    """What the dossiers walked so far have left over."""

    policy: Policy
    seating: Seating
    envelope_left_cents: int
    laureates_max: int | None
    laureates: int = 0
    stopped_at_rank: int | None = None


def room_of(inputs: WaveInputs) -> Room:
    policy = inputs.policy
    return Room(policy, Seating(inputs.quotas_left), inputs.envelope_left_cents, policy.laureates_max)


def sort_key(candidate: Candidate, policy: Policy) -> tuple[int | str, ...]:
    """Smallest first: best score, then the policy's keys, then the earliest receipt, then the id."""
    receipt = candidate.receipt_sequence
    keys = [receipt if key == "receipt_sequence" else -key_value(candidate, key) for key in policy.tie_break]
    return (-candidate.score, *keys, receipt, candidate.id)


def key_value(candidate: Candidate, key: str) -> int:
    """Raises KeyError for a criterion the candidature has no mark for."""
    if key == "score":
        return candidate.score
    return candidate.receipt_sequence if key == "receipt_sequence" else candidate.criteria[key]


def ranked_order(candidatures: tuple[Candidate, ...], policy: Policy) -> list[Candidate]:
    return sorted(candidatures, key=lambda candidate: sort_key(candidate, policy))


def grounds_to_decline(candidate: Candidate, policy: Policy, full_cents: int) -> list[Reason]:
    """Every mark below its threshold, and a request that cannot reach the floor: more money would change nothing."""
    found = [reasons.below_pass_mark(candidate, policy)] if candidate.score < policy.pass_mark else []
    for criterion, threshold in sorted(policy.criterion_pass_marks.items()):
        if candidate.criteria[criterion] < threshold:
            found.append(reasons.below_criterion_pass_mark(criterion, threshold, candidate.criteria[criterion]))
    if full_cents < policy.floor_cents:
        found.append(reasons.request_below_floor(full_cents, policy))
    return found


def payable(room: Room, full: tuple[int, ...]) -> tuple[int, ...] | None:
    """The yearly amounts the envelope can still pay; None where it cannot."""
    left = room.envelope_left_cents
    if sum(full) <= left:
        return full
    part = room.policy.when_short_of_money is ShortOfMoney.PART_FUND
    return cut_to(full, left) if part and left >= max(1, room.policy.floor_cents) else None


def obstacles(room: Room, group: Group, rank: int, full_cents: int, fits_money: bool) -> list[Reason]:
    """Everything that keeps the dossier out here."""
    found = []
    if room.laureates_max is not None and room.laureates >= room.laureates_max:
        found.append(reasons.laureates_max(room.laureates_max))
    if (full_zones := room.seating.obstacle(group)) is not None:
        found.append(reasons.quota_full(full_zones, sum(room.seating.places.get(zone, 0) for zone in full_zones)))
    if not fits_money:
        found.append(reasons.money_short(room.envelope_left_cents, full_cents))
    if room.stopped_at_rank is not None:
        found.append(reasons.list_stopped(room.stopped_at_rank, rank))
    return found


def decide(room: Room, rank: int, candidate: Candidate) -> Decision:
    """Accepts, waits or declines the next in rank; the room shrinks when it is accepted."""
    full = bounded_award(candidate.requested_cents, room.policy)
    if grounds := grounds_to_decline(candidate, room.policy, sum(full)):
        return Decision(Outcome.DECLINED, (), tuple(grounds))
    awarded, group = payable(room, full), group_of(candidate.zones)
    found = obstacles(room, group, rank, sum(full), fits_money=awarded is not None)
    if awarded is None or found:
        if [reason.code for reason in found] == ["money-short"]:
            stop_where_the_policy_says(room, rank)
        return Decision(Outcome.WAITLISTED, (), tuple(found))
    take(room, group, sum(awarded))
    return Decision(Outcome.LAUREATE, awarded, tuple(remarks(candidate, full, awarded)))


def stop_where_the_policy_says(room: Room, rank: int) -> None:
    """Only a dossier that everything but money would let in ends the list."""
    if room.policy.when_short_of_money is ShortOfMoney.STOP:
        room.stopped_at_rank = rank


def take(room: Room, group: Group, amount_cents: int) -> None:
    room.seating.seat(group)
    room.envelope_left_cents -= amount_cents
    room.laureates += 1


def remarks(candidate: Candidate, full: tuple[int, ...], awarded: tuple[int, ...]) -> list[Reason]:
    """Why a laureate gets less than was asked."""
    found = []
    if sum(full) < sum(candidate.requested_cents):
        found.append(reasons.amount_capped(sum(candidate.requested_cents), sum(full)))
    if sum(awarded) < sum(full):
        found.append(reasons.part_funded(sum(full), sum(awarded)))
    return found
