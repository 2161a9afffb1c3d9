"""The allocator: walks the ranking once and accepts whoever still fits quotas, money and number of laureates.

Seats in quotas can be moved until the end of the walk: no accepted set higher in rank order exists.
Time n log n and memory n in the number of candidatures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.funding.domain.selection import grounds
from services.funding.domain.selection.digest import (
    inputs_bytes,
    policy_bytes,
    result_bytes,
    sha256,
)
from services.funding.domain.selection.matching import Seating, final_zones
from services.funding.domain.selection.values import (
    Candidate,
    Free,
    Policy,
    Promotion,
    Quotas,
    Ranked,
    Result,
    Waiting,
    WaveInputs,
    ZoneCode,
)
from services.funding.domain.selection.walk import (
    Room,
    Ruling,
    decide,
    key_value,
    ranked_order,
    room_of,
)
from shared.contract.values import Outcome


class Place(NamedTuple):
    """A candidature at its rank, and what the walk made of it."""

    rank: int
    candidate: Candidate
    made: Ruling


def allocate(inputs: WaveInputs) -> Result:
    """The list of a wave: every candidature once, in rank order, with its outcome and reasons.

    Raises KeyError for a candidature without a mark that the policy names.
    """
    ordered = ranked_order(inputs.candidatures, inputs.policy)
    room = room_of(inputs)
    places = []
    for rank, candidate in enumerate(ordered, start=1):
        places.append(Place(rank, candidate, decide(room, rank, candidate)))
    # Until the last laureate is known, a seat may still move: outcomes are fixed by the walk, zones after it.
    zones = zones_at_the_end(places, inputs.quotas_left)
    ranking = []
    for rank, candidate, made in places:
        ranking.append(entry(rank, candidate, made, zones.get(rank), inputs.policy))
    return sealed(inputs, tuple(ranking))


def zones_at_the_end(places: Sequence[Place], quotas: Quotas) -> dict[int, ZoneCode]:
    """The quota of each laureate, by rank. Who sits where is settled once all of them are known."""
    laureates = [place for place in places if place.made.outcome is Outcome.LAUREATE]
    zones = final_zones([place.candidate.zones for place in laureates], quotas)
    return {place.rank: zone for place, zone in zip(laureates, zones, strict=True)}


def entry(
    rank: int,
    candidate: Candidate,
    made: Ruling,
    zone: ZoneCode | None,
    policy: Policy,
) -> Ranked:
    reasons = made.reasons
    if zone is not None:
        reasons = (grounds.accepted(rank, zone, sum(made.awarded_cents)), *reasons)
    return Ranked(
        id=candidate.id,
        rank=rank,
        score=candidate.score,
        tie_break=tuple(key_value(candidate, key) for key in policy.tie_break),
        outcome=made.outcome,
        zone=zone,
        awarded_cents=made.awarded_cents,
        reasons=reasons,
    )


def sealed(inputs: WaveInputs, ranking: tuple[Ranked, ...]) -> Result:
    """The ranking under its three digests."""
    of_inputs = sha256(inputs_bytes(inputs))
    of_policy = sha256(policy_bytes(inputs.policy))
    of_result = sha256(result_bytes(ranking, of_inputs, of_policy))
    return Result(ranking, of_inputs, of_policy, of_result)


def promote(reserve: Iterable[Waiting], free: Free, policy: Policy) -> Promotion | None:
    """The next of the waitlist, in published rank, that fits what is free now; None where nobody fits.

    One at a time. Ranks are those stored: nothing is ranked again.
    """
    room = Room(policy, Seating(free.quotas), free.envelope_cents, free.laureates)
    places = []
    for waiting in sorted(reserve, key=lambda waiting: waiting.rank):
        made = decide(room, waiting.rank, waiting.candidate)
        places.append(Place(waiting.rank, waiting.candidate, made))
    zones = zones_at_the_end(places, free.quotas)
    # The walk goes on past the first that fits: its zone is chosen with those who could follow in mind.
    # It does not take the only zone of the next one while it could sit elsewhere.
    for place in places:
        if place.rank in zones:
            return _promotion(place, zones[place.rank])
    return None


def _promotion(place: Place, zone: ZoneCode) -> Promotion:
    awarded_cents = place.made.awarded_cents
    called = grounds.promoted(place.rank, zone, sum(awarded_cents))
    return Promotion(
        place.candidate.id,
        place.rank,
        zone,
        awarded_cents,
        (called, *place.made.reasons),
    )


def under(inputs: WaveInputs, policy: Policy) -> WaveInputs:
    """The same wave, under another policy."""
    return replace(inputs, policy=policy)
