"""What holds of every wave, tried on random ones. The long profile tries ten thousand."""

import random
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.amounts import bounded_award, cut_to
from services.funding.domain.selection.values import Candidate, WaveInputs
from services.funding.domain.selection.verification import verify
from services.funding.domain.selection.walk import grounds_to_decline, ranked_order
from shared.contract.values import Outcome, ShortOfMoney
from tests.rules.selection.random_waves import FOUR_ZONES, TWO_ZONES, many, random_wave

seeds = st.integers(min_value=0, max_value=2**48)


def laureates(inputs: WaveInputs) -> list[str]:
    return [entry.id for entry in allocate(inputs).ranking if entry.outcome is Outcome.LAUREATE]


@many(usual=40)
@given(seeds, st.integers(min_value=0, max_value=500), st.sampled_from([TWO_ZONES, FOUR_ZONES]))
def test_given_any_wave_when_it_is_allocated_then_the_verifier_finds_nothing(seed, size, zones):
    inputs = random_wave(seed, size, zones)

    assert verify(inputs, allocate(inputs)) == []


@many(usual=30, long=1_000)
@given(seeds, st.integers(min_value=0, max_value=200))
def test_given_the_same_candidatures_in_another_order_then_the_result_is_the_same(seed, size):
    inputs = random_wave(seed, size)
    shuffled = list(inputs.candidatures)
    random.Random(seed + 1).shuffle(shuffled)
    other = replace(
        inputs,
        quotas_left=dict(reversed(inputs.quotas_left.items())),
        candidatures=tuple(replace(c, zones=c.zones[::-1]) for c in shuffled),
    )

    assert allocate(other) == allocate(inputs)


@many(usual=100)
@given(seeds, st.integers(min_value=0, max_value=10), st.sampled_from([TWO_ZONES, FOUR_ZONES[:3]]))
def test_given_a_small_wave_then_no_set_higher_in_rank_order_exists(seed, size, zones):
    inputs = random_wave(seed, size, zones)

    assert laureates(inputs) == highest_set_by_trying_all(inputs)


def highest_set_by_trying_all(inputs: WaveInputs) -> list[str]:
    """Tries every subset of those above the thresholds, highest in rank order first, until one is allowed."""
    policy = inputs.policy
    passing = [
        c
        for c in ranked_order(inputs.candidatures, policy)
        if not grounds_to_decline(c, policy, sum(bounded_award(c.requested_cents, policy)))
    ]
    for chosen in product((True, False), repeat=len(passing)):
        if allowed(inputs, passing, chosen):
            return [c.id for c, taken in zip(passing, chosen, strict=True) if taken]
    raise AssertionError("the empty set is always allowed")


def allowed(inputs: WaveInputs, passing: list[Candidate], chosen: tuple[bool, ...]) -> bool:
    taken = [c for c, is_taken in zip(passing, chosen, strict=True) if is_taken]
    limit = inputs.policy.laureates_max
    if (limit is not None and len(taken) > limit) or not seatable(taken, inputs):
        return False
    return spent(inputs, taken) is not None and not goes_on_after_the_stop(inputs, passing, chosen)


def seatable(taken: list[Candidate], inputs: WaveInputs) -> bool:
    """Tries the seatings one by one, zone counts only."""
    loads = {tuple(0 for _ in inputs.quotas_left)}
    zones = list(inputs.quotas_left)
    for candidate in taken:
        loads = {
            tuple(count + (zone == seat) for zone, count in zip(zones, load, strict=True))
            for load in loads
            for seat in candidate.zones
        }
    return any(
        all(n <= inputs.quotas_left[z] for z, n in zip(zones, load, strict=True)) for load in loads
    )


def spent(inputs: WaveInputs, taken: list[Candidate]) -> int | None:
    policy, left = inputs.policy, inputs.envelope_left_cents
    for candidate in taken:
        due = sum(bounded_award(candidate.requested_cents, policy))
        if (
            due > left
            and policy.when_short_of_money is ShortOfMoney.PART_FUND
            and left >= max(1, policy.floor_cents)
        ):
            due = left
        if due > left:
            return None
        left -= due
    return inputs.envelope_left_cents - left


def goes_on_after_the_stop(
    inputs: WaveInputs, passing: list[Candidate], chosen: tuple[bool, ...]
) -> bool:
    if inputs.policy.when_short_of_money is not ShortOfMoney.STOP:
        return False
    limit = inputs.policy.laureates_max
    for index, candidate in enumerate(passing):
        above = [c for c, taken in zip(passing[:index], chosen, strict=False) if taken]
        fits = seatable([*above, candidate], inputs) and (limit is None or len(above) < limit)
        if not chosen[index] and fits and spent(inputs, [*above, candidate]) is None:
            return any(chosen[index:])
    return False


@many(usual=100)
@given(
    st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=5),
    st.integers(0, 10**10),
)
def test_given_any_request_when_it_is_cut_then_the_total_is_exact_and_no_year_grows(years, total):
    cut = cut_to(tuple(years), total)

    assert sum(cut) == min(sum(years), total)
    assert all(0 <= after <= before for after, before in zip(cut, years, strict=True))
