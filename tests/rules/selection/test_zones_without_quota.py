"""A zone without a quota: the allocator, its verifier and the auditor's file say the same list."""

import random
from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from deploy.verify.fabriques_verify import ranked
from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.explanation import explain
from services.funding.domain.selection.values import WaveInputs
from services.funding.domain.selection.verification import verify
from tests.rules.selection.random_waves import FOUR_ZONES, many, random_wave
from tests.rules.selection.small_waves import codes, dossier, laureates, wave


def with_open_zones(inputs: WaveInputs, seed: int) -> WaveInputs:
    """Any number of its zones lose their quota."""
    zones = sorted(inputs.quotas_left)
    source = random.Random(seed)
    opened = dict.fromkeys(source.sample(zones, source.randint(1, len(zones))))
    return replace(inputs, quotas_left={**inputs.quotas_left, **opened})


@many(usual=40)
@given(st.integers(min_value=0, max_value=2**48), st.integers(0, 120), st.integers(1, 4))
def test_given_zones_without_quota_then_three_programs_agree_on_the_list(seed, size, zones):
    inputs = with_open_zones(random_wave(seed, size, FOUR_ZONES[:zones]), seed)
    result = allocate(inputs)

    assert verify(inputs, result) == []
    policy = asdict(inputs.policy)
    if policy["laureates_max"] is None:
        policy["laureates_max"] = size
    candidates = [asdict(candidate) for candidate in inputs.candidatures]
    again = list(ranked(policy, dict(inputs.quotas_left), inputs.envelope_left_cents, candidates))
    assert [(one["id"], one["outcome"]) for one in again] == [
        (entry.id, entry.outcome.value) for entry in result.ranking
    ]


def test_a_list_that_refuses_for_want_of_a_place_in_a_zone_without_quota_is_refused():
    """The control: the list of a quota of one is not that of a zone without."""
    inputs = wave(dossier("a", 1500, "qpv"), dossier("b", 1400, "qpv"), qpv=1)
    opened = replace(inputs, quotas_left={"qpv": None})

    assert laureates(allocate(opened)) == ["a", "b"]
    assert "highest-set" in {violation.property for violation in verify(opened, allocate(inputs))}


def test_why_tells_a_zone_without_quota_by_its_laureates_alone():
    inputs = replace(
        wave(dossier("a", 1500, "qpv"), dossier("b", 900, "qpv")), quotas_left={"qpv": None}
    )
    result = allocate(inputs)

    assert codes(result, "b") == ["below-pass-mark"]
    assert (
        "Seuil : zone « quartier prioritaire (QPV) ou proximité », 1\u00a0lauréate, la dernière"
        in explain(inputs, result, "b").text()
    )
