"""Random waves for the properties: each is a pure function of its seed, so a failure can be run again."""

import random
from itertools import combinations

from hypothesis import settings

from services.funding.domain.selection.values import Candidate, Policy, WaveInputs
from shared.contract.values import ShortOfMoney
from tests.profiles import LONG

CRITERIA = ("ambition", "anchoring", "governance", "business_model")
TWO_ZONES = ("outside-urban", "qpv")
FOUR_ZONES = ("island", "mountain", "outside-urban", "qpv")


def many(usual: int, long: int = 10_000) -> settings:
    """How many examples a property is tried on: few at every commit, all of them in the long profile."""
    return settings(max_examples=long if LONG else usual, derandomize=not LONG, database=None)


def random_policy(source: random.Random) -> Policy:
    floor = source.choice([1, 40, 7_500_000])
    return Policy(
        pass_mark=source.choice([0, 0, 500, 1000]),
        criterion_pass_marks={
            name: source.choice([0, 0, 0, 0, 0, 0, 100, 250]) for name in CRITERIA
        },
        laureates_max=source.choice(
            [None, None, source.randint(0, 8), source.randint(1, 80), 10_000]
        ),
        when_short_of_money=source.choice(list(ShortOfMoney)),
        tie_break=(*source.sample(CRITERIA, source.randint(0, 4)), "receipt_sequence"),
        floor_cents=floor,
        ceiling_cents=floor * 2,
        yearly_cap_cents=floor if floor < 100 else 5_000_000,
    )


def random_candidate(
    source: random.Random, number: int, policy: Policy, zones: list[tuple[str, ...]]
) -> Candidate:
    """Marks are few and coarse, so ties are common; requests reach past every cap and under the floor."""
    step = source.choice([50, 250])
    criteria = {name: source.randrange(0, 501, step) for name in CRITERIA}
    requested = tuple(
        source.randint(policy.yearly_cap_cents // 3, policy.yearly_cap_cents * 5 // 4)
        for _ in range(3)
    )
    return Candidate(
        id=f"c{number:04}",
        receipt_sequence=number * 7919 % 1009 if source.random() < 0.95 else 5,
        score=sum(criteria.values()),
        criteria=criteria,
        zones=source.choice(zones),
        requested_cents=requested,
    )


def random_wave(seed: int, size: int, zones: tuple[str, ...] = TWO_ZONES) -> WaveInputs:
    """`size` candidatures in any non-empty set of `zones`; quotas and envelope are often too small."""
    source = random.Random(seed)
    policy = random_policy(source)
    sets = [choice for count in range(1, len(zones) + 1) for choice in combinations(zones, count)]
    kinds = source.sample(sets, source.randint(1, len(sets)))
    candidatures = [random_candidate(source, number, policy, kinds) for number in range(size)]
    source.shuffle(candidatures)
    tightness = source.choice([0, 0.1, 0.3, 0.3, 0.6, 0.6, 2])
    return WaveInputs(
        policy=policy,
        quotas_left={zone: source.randint(0, max(1, int(size * tightness))) for zone in zones},
        envelope_left_cents=int(
            size * policy.ceiling_cents * source.choice([0, 0.1, 0.2, 0.4, 0.7, 1.5])
        ),
        candidatures=tuple(candidatures),
    )
