"""Faults seeded into the allocator, one each: what a tired change could really do. All must be caught."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.funding.domain.selection import allocation, grounds, matching, walk
from services.funding.domain.selection.matching import Seating
from services.funding.domain.selection.values import Result, WaveInputs
from shared.contract.values import Outcome, ShortOfMoney

Patch = Callable[[Any], None]

honest = {
    name: getattr(walk, name)
    for name in (
        "sort_key",
        "grounds_to_decline",
        "payable",
        "obstacles",
        "bounded_award",
        "decide",
        "remarks",
        "take",
    )
}
honest_room_of = allocation.room_of
honest_entry = allocation.entry


def quota_off_by_one(patch):
    class Roomier(Seating):
        def __init__(self, quotas):
            super().__init__({zone: places + 1 for zone, places in quotas.items()})

    patch.setattr(walk, "Seating", Roomier)
    patch.setattr(matching, "Seating", Roomier)


def greedy_quota_choice(patch):
    """No one is ever moved: a dual-zone laureate keeps the seat it took first."""
    patch.setattr(Seating, "_moves_out_of", lambda self, zone: [])


def unstable_sort(patch):
    """Ties are left in the order of the input."""
    patch.setattr(
        allocation, "ranked_order", lambda found, policy: sorted(found, key=lambda c: -c.score)
    )


def latest_receipt_first(patch):
    def key(candidate, policy):
        return honest["sort_key"](
            replace(candidate, receipt_sequence=-candidate.receipt_sequence), policy
        )

    patch.setattr(walk, "sort_key", key)


def first_tie_break_key_forgotten(patch):
    def key(candidate, policy):
        return honest["sort_key"](candidate, replace(policy, tie_break=policy.tie_break[1:]))

    patch.setattr(walk, "sort_key", key)


def criteria_compared_as_text(patch):
    patch.setattr(
        walk,
        "key_value",
        lambda c, key: -sum(map(ord, str(c.criteria.get(key, c.receipt_sequence)))),
    )


def float_money(patch):
    """Thirds of euros added up as floats, then cut back to cents."""

    def bounded(requested, policy):
        due = honest["bounded_award"](requested, policy)
        return tuple(int(year / 100 * 1.1 / 1.1 * 100) for year in due)

    patch.setattr(walk, "bounded_award", bounded)


def float_shares(patch):
    """Rounds each share on its own: the years no longer add up to what was left."""
    patch.setattr(
        walk,
        "cut_to",
        lambda years, total: tuple(round(year * (total / sum(years))) for year in years),
    )


def pass_mark_strict(patch):
    def harsher(candidate, policy, full):
        return honest["grounds_to_decline"](
            candidate, replace(policy, pass_mark=policy.pass_mark + 1), full
        )

    patch.setattr(walk, "grounds_to_decline", harsher)


def criterion_pass_marks_forgotten(patch):
    def harsher(candidate, policy, full):
        return honest["grounds_to_decline"](
            candidate, replace(policy, criterion_pass_marks={}), full
        )

    patch.setattr(walk, "grounds_to_decline", harsher)


def first_ground_only(patch):
    patch.setattr(
        walk, "grounds_to_decline", lambda *given: honest["grounds_to_decline"](*given)[:1]
    )


def envelope_forgotten(patch):
    patch.setattr(walk, "payable", lambda room, full: full)


def envelope_overdrawn_by_a_cent(patch):
    def payable(room, full):
        return full if sum(full) == room.envelope_left_cents + 1 else honest["payable"](room, full)

    patch.setattr(walk, "payable", payable)


def last_cent_never_spent(patch):
    def payable(room, full):
        return None if sum(full) == room.envelope_left_cents else honest["payable"](room, full)

    patch.setattr(walk, "payable", payable)


def yearly_cap_forgotten(patch):
    def bounded(requested, policy):
        return honest["bounded_award"](requested, replace(policy, yearly_cap_cents=10**12))

    patch.setattr(walk, "bounded_award", bounded)


def ceiling_forgotten(patch):
    def bounded(requested, policy):
        return honest["bounded_award"](requested, replace(policy, ceiling_cents=10**12))

    patch.setattr(walk, "bounded_award", bounded)


def part_below_the_floor(patch):
    def payable(room, full):
        small = replace(room, policy=replace(room.policy, floor_cents=1))
        return honest["payable"](small, full)

    patch.setattr(walk, "payable", payable)


def raised_to_the_floor(patch):
    """Gives more than was asked."""

    def bounded(requested, policy):
        due = honest["bounded_award"](requested, policy)
        return (due[0] + max(0, policy.floor_cents - sum(due)), *due[1:])

    patch.setattr(walk, "bounded_award", bounded)


def one_laureate_too_many(patch):
    def room_of(inputs):
        room = honest_room_of(inputs)
        return replace(
            room, laureates_max=None if room.laureates_max is None else room.laureates_max + 1
        )

    patch.setattr(allocation, "room_of", room_of)


def money_policy_mistaken(taken_for: ShortOfMoney) -> Patch:
    def patcher(patch):
        def room_of(inputs):
            return honest_room_of(
                replace(inputs, policy=replace(inputs.policy, when_short_of_money=taken_for))
            )

        patch.setattr(allocation, "room_of", room_of)

    return patcher


def stop_on_any_obstacle(patch):
    def obstacles(room, group, rank, full, fits_money):
        found = honest["obstacles"](room, group, rank, full, fits_money=fits_money)
        if (
            found
            and room.policy.when_short_of_money is ShortOfMoney.STOP
            and room.stopped_at_rank is None
        ):
            room.stopped_at_rank = rank
        return found

    patch.setattr(walk, "obstacles", obstacles)


def refused_without_a_reason(patch):
    def decide(room, rank, candidate):
        made = honest["decide"](room, rank, candidate)
        return made._replace(reasons=()) if made.outcome is Outcome.WAITLISTED else made

    patch.setattr(allocation, "decide", decide)


def money_given_as_the_reason_of_a_full_quota(patch):
    patch.setattr(grounds, "quota_full", lambda zones, places: grounds.money_short(0, 1))


def part_funding_unsaid(patch):
    patch.setattr(
        walk, "remarks", lambda candidate, full, awarded: honest["remarks"](candidate, full, full)
    )


def money_not_taken_off(patch):
    patch.setattr(
        walk, "take", lambda room, group, amount: honest["take"](room, group, amount // 2)
    )


def zone_outside_its_own(patch):
    patch.setattr(
        allocation,
        "final_zones",
        lambda laureates, quotas: [max(quotas, key=quotas.__getitem__) for _ in laureates],
    )


def first_zone_whatever_its_quota(patch):
    patch.setattr(
        allocation,
        "final_zones",
        lambda laureates, quotas: [sorted(zones)[0] for zones in laureates],
    )


def last_dossier_lost(patch):
    patch.setattr(
        allocation, "ranked_order", lambda found, policy: walk.ranked_order(found, policy)[:-1]
    )


def dossier_twice(patch):
    def twice(found, policy):
        ordered = walk.ranked_order(found, policy)
        return ordered[:1] + ordered

    patch.setattr(allocation, "ranked_order", twice)


def ranks_from_zero(patch):
    patch.setattr(
        allocation, "entry", lambda rank, *given: replace(honest_entry(rank, *given), rank=rank - 1)
    )


def tie_break_not_stored(patch):
    patch.setattr(allocation, "entry", lambda *given: replace(honest_entry(*given), tie_break=()))


def top_of_the_list_passed_over(patch):
    """The mayor's friend: rank 1 waits, for a reason that is not."""

    def decide(room, rank, candidate):
        made = honest["decide"](room, rank, candidate)
        if rank > 1 or made.outcome is not Outcome.LAUREATE:
            return made
        return made._replace(
            outcome=Outcome.WAITLISTED, awarded_cents=(), reasons=(grounds.laureates_max(75),)
        )

    patch.setattr(allocation, "decide", decide)


def digest_of_another_list(patch):
    sealed = allocation.sealed

    def stale(inputs: WaveInputs, ranking) -> Result:
        return replace(sealed(inputs, ranking[1:]), ranking=ranking)

    patch.setattr(allocation, "sealed", stale)


# Each fault, with a property of which at least one broken wave must be reported.
MUTANTS: dict[Patch, str] = {
    quota_off_by_one: "quotas",
    greedy_quota_choice: "highest-set",
    unstable_sort: "rank-order",
    latest_receipt_first: "rank-order",
    first_tie_break_key_forgotten: "rank-order",
    criteria_compared_as_text: "rank-order",
    float_money: "amounts",
    float_shares: "amounts",
    pass_mark_strict: "pass-marks",
    criterion_pass_marks_forgotten: "pass-marks",
    first_ground_only: "reasons",
    envelope_forgotten: "envelope",
    envelope_overdrawn_by_a_cent: "envelope",
    last_cent_never_spent: "highest-set",
    yearly_cap_forgotten: "amounts",
    ceiling_forgotten: "amounts",
    part_below_the_floor: "amounts",
    raised_to_the_floor: "amounts",
    one_laureate_too_many: "laureates-max",
    money_policy_mistaken(ShortOfMoney.SKIP): "money-policy",
    money_policy_mistaken(ShortOfMoney.STOP): "highest-set",
    money_policy_mistaken(ShortOfMoney.PART_FUND): "envelope",
    stop_on_any_obstacle: "highest-set",
    refused_without_a_reason: "reasons",
    money_given_as_the_reason_of_a_full_quota: "reasons",
    part_funding_unsaid: "reasons",
    money_not_taken_off: "envelope",
    zone_outside_its_own: "zones",
    first_zone_whatever_its_quota: "quotas",
    last_dossier_lost: "completeness",
    dossier_twice: "completeness",
    ranks_from_zero: "rank-order",
    tie_break_not_stored: "tie-break",
    top_of_the_list_passed_over: "highest-set",
    digest_of_another_list: "digests",
}
