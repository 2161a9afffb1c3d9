"""The verifier's control: faults seeded in the allocator, each of which it must reject wherever it shows."""

from collections import Counter
from dataclasses import replace

import pytest

from services.funding.domain.selection.allocation import allocate, sealed
from services.funding.domain.selection.values import Ranked, Result, WaveInputs
from services.funding.domain.selection.verification import PROPERTIES, verify
from shared.contract.values import Outcome
from tests.rules.selection.mutants import MUTANTS
from tests.rules.selection.random_waves import FOUR_ZONES, LONG, TWO_ZONES, random_wave

# Every fault shows in each of these ranges.
SEEDS = range(1000, 1400) if LONG else range(1120, 1160)


def spent_to_the_cent(inputs: WaveInputs, spare_cents: int) -> WaveInputs:
    """The same wave with an envelope that its first laureates use up exactly, but for `spare_cents`."""
    laureates = [entry for entry in allocate(inputs).ranking if entry.outcome is Outcome.LAUREATE]
    total = sum(sum(entry.awarded_cents) for entry in laureates)
    return replace(inputs, envelope_left_cents=max(0, total + spare_cents))


@pytest.fixture(scope="module")
def waves():
    drawn = [
        random_wave(seed, 6 + seed % 30, FOUR_ZONES if seed % 3 == 0 else TWO_ZONES)
        for seed in SEEDS
    ]
    tight = [
        spent_to_the_cent(wave, spare) for wave in drawn[: len(drawn) // 2] for spare in (0, -1)
    ]
    return [(wave, allocate(wave)) for wave in drawn + tight]


@pytest.mark.parametrize(
    ("mutant", "broken"), MUTANTS.items(), ids=lambda value: getattr(value, "__qualname__", value)
)
def test_given_a_fault_in_the_allocator_when_a_result_differs_then_the_verifier_rejects_it(
    mutant, broken, waves, monkeypatch
):
    with monkeypatch.context() as patch:
        mutant(patch)
        results = [allocate_or_none(wave) for wave, _ in waves]
    differing = [
        (wave, result)
        for (wave, right), result in zip(waves, results, strict=True)
        if result is not None and not as_good(result, right, wave)
    ]
    found = [verify(wave, result) for wave, result in differing]

    assert differing, "the fault never showed: it proves nothing"
    assert all(found), (
        f"{sum(not violations for violations in found)} of {len(found)} wrong results were accepted"
    )
    assert broken in {violation.property for violations in found for violation in violations}


def as_good(result: Result, right: Result, wave: WaveInputs) -> bool:
    """Another seating of the same laureates in their own zones, within the quotas, is not a fault."""
    if result == right:
        return True
    zones = {candidate.id: candidate.zones for candidate in wave.candidatures}
    seated = Counter(entry.zone for entry in result.ranking if entry.zone is not None)
    return (
        [bare(entry) for entry in result.ranking] == [bare(entry) for entry in right.ranking]
        and all(entry.zone is None or entry.zone in zones[entry.id] for entry in result.ranking)
        and all(count <= wave.quotas_left[zone] for zone, count in seated.items())
        and result.inputs_digest == right.inputs_digest
        and sealed(wave, result.ranking) == result
    )


def bare(entry: Ranked) -> Ranked:
    return replace(
        entry, zone=None, reasons=tuple(replace(reason, message="") for reason in entry.reasons)
    )


def allocate_or_none(wave: WaveInputs):
    """A fault that ends in an exception publishes nothing: it needs no verifier."""
    try:
        return allocate(wave)
    except (ValueError, TypeError):
        return None


def test_given_the_honest_allocator_then_the_same_waves_pass(waves):
    assert [verify(wave, result) for wave, result in waves if verify(wave, result)] == []


def test_every_property_but_those_of_reviews_is_broken_by_some_fault(waves, monkeypatch):
    broken = set(MUTANTS.values()) | {"fairness", "scores"}  # these two have their own tests

    assert broken == set(PROPERTIES)
