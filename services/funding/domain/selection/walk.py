"""One step of the selection: what happens to the next in rank, given the room that is left above it."""

from dataclasses import dataclass
from typing import NamedTuple

from services.funding.domain.selection import grounds
from services.funding.domain.selection.amounts import bounded_award, cut_to
from services.funding.domain.selection.matching import Group, Seating, group_of
from services.funding.domain.selection.values import Candidate, Ground, Policy, WaveInputs
from shared.contract.values import Outcome, ShortOfMoney

RECEIPT = "receipt_sequence"


class Ruling(NamedTuple):
    """What becomes of one dossier at its rank. Amounts are yearly, and only a laureate has any."""

    outcome: Outcome
    awarded_cents: tuple[int, ...]
    reasons: tuple[Ground, ...]


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
    return Room(
        policy,
        Seating(inputs.quotas_left),
        inputs.envelope_left_cents,
        policy.laureates_max,
    )


def sort_key(candidate: Candidate, policy: Policy) -> tuple[int | str, ...]:
    """Smallest first: best score, then the policy's keys, then the earliest receipt, then the id."""
    keys = [_smallest_first(candidate, key) for key in policy.tie_break]
    # Receipt and id decide last, whatever the policy says: no two dossiers are level, no lot is ever drawn.
    return (-candidate.score, *keys, candidate.receipt_sequence, candidate.id)


def _smallest_first(candidate: Candidate, key: str) -> int:
    """A high mark comes first, and so does an early receipt."""
    value = key_value(candidate, key)
    return value if key == RECEIPT else -value


def key_value(candidate: Candidate, key: str) -> int:
    """Raises KeyError for a criterion the candidature has no mark for."""
    if key == "score":
        return candidate.score
    if key == RECEIPT:
        return candidate.receipt_sequence
    return candidate.criteria[key]


def ranked_order(candidatures: tuple[Candidate, ...], policy: Policy) -> list[Candidate]:
    return sorted(candidatures, key=lambda candidate: sort_key(candidate, policy))


def grounds_to_decline(candidate: Candidate, policy: Policy, full_cents: int) -> list[Ground]:
    """Every mark below its threshold, and a request that cannot reach the floor, whatever the money."""
    found = []
    if candidate.score < policy.pass_mark:
        found.append(grounds.below_pass_mark(candidate, policy))
    # Sorted: the digest of a list covers the order of its reasons.
    for criterion, threshold in sorted(policy.criterion_pass_marks.items()):
        mark = candidate.criteria[criterion]
        if mark < threshold:
            found.append(grounds.below_criterion_pass_mark(criterion, threshold, mark))
    if full_cents < policy.floor_cents:
        found.append(grounds.request_below_floor(full_cents, policy))
    return found


def payable(room: Room, full: tuple[int, ...]) -> tuple[int, ...] | None:
    """The yearly amounts the envelope can still pay; None where it cannot."""
    left_cents = room.envelope_left_cents
    if sum(full) <= left_cents:
        return full
    part_funds = room.policy.when_short_of_money is ShortOfMoney.PART_FUND
    # A part below the floor is no award: the programme holds that less does not carry a project.
    if part_funds and left_cents >= max(1, room.policy.floor_cents):
        return cut_to(full, left_cents)
    return None


def obstacles(
    room: Room, group: Group, rank: int, full_cents: int, fits_money: bool
) -> list[Ground]:
    """Everything that keeps the dossier out here."""
    found = []
    # All of them are told, not the first alone: who waits learns everything that would have to change.
    if room.laureates_max is not None and room.laureates >= room.laureates_max:
        found.append(grounds.laureates_max(room.laureates_max))
    full_zones = room.seating.obstacle(group)
    if full_zones is not None:
        places = sum(room.seating.places.get(zone, 0) for zone in full_zones)
        found.append(grounds.quota_full(full_zones, places))
    if not fits_money:
        found.append(grounds.money_short(room.envelope_left_cents, full_cents))
    if room.stopped_at_rank is not None:
        found.append(grounds.list_stopped(room.stopped_at_rank, rank))
    return found


def decide(room: Room, rank: int, candidate: Candidate) -> Ruling:
    """Accepts, waits or declines the next in rank; the room shrinks when it is accepted."""
    full = bounded_award(candidate.requested_cents, room.policy)
    fails = grounds_to_decline(candidate, room.policy, sum(full))
    # What fails on its own waits for no room, and takes none from those below.
    if fails:
        return Ruling(Outcome.DECLINED, (), tuple(fails))
    awarded = payable(room, full)
    group = group_of(candidate.zones)
    found = obstacles(room, group, rank, sum(full), fits_money=awarded is not None)
    if awarded is None or found:
        stop_where_the_policy_says(room, rank, found)
        return Ruling(Outcome.WAITLISTED, (), tuple(found))
    take(room, group, sum(awarded))
    return Ruling(Outcome.LAUREATE, awarded, tuple(remarks(candidate, full, awarded)))


def stop_where_the_policy_says(room: Room, rank: int, found: list[Ground]) -> None:
    """Only a dossier that everything but money would let in ends the list."""
    # A full quota, or the number of laureates, says nothing of the money: those below may be of another zone.
    money_alone = [ground.code for ground in found] == ["money-short"]
    if money_alone and room.policy.when_short_of_money is ShortOfMoney.STOP:
        room.stopped_at_rank = rank


def take(room: Room, group: Group, amount_cents: int) -> None:
    room.seating.seat(group)
    room.envelope_left_cents -= amount_cents
    room.laureates += 1


def remarks(candidate: Candidate, full: tuple[int, ...], awarded: tuple[int, ...]) -> list[Ground]:
    """Why a laureate gets less than was asked."""
    requested_cents = sum(candidate.requested_cents)
    full_cents = sum(full)
    awarded_cents = sum(awarded)
    found = []
    if full_cents < requested_cents:
        found.append(grounds.amount_capped(requested_cents, full_cents))
    if awarded_cents < full_cents:
        found.append(grounds.part_funded(full_cents, awarded_cents))
    return found
