"""The allocator: walks the ranking once and accepts whoever still fits quotas, money and number of laureates.

Seats in quotas can be moved until the end of the walk, so the accepted set is the highest in rank order that exists.
Time n log n and memory n in the number of candidatures.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.funding.domain.selection import reasons
from services.funding.domain.selection.digest import inputs_bytes, policy_bytes, result_bytes, sha256
from services.funding.domain.selection.matching import Seating, final_zones
from services.funding.domain.selection.values import (
    Candidate,
    Free,
    Policy,
    Promotion,
    Ranked,
    Result,
    Waiting,
    WaveInputs,
    ZoneCode,
)
from services.funding.domain.selection.walk import Decision, Room, decide, key_value, ranked_order, room_of
from shared.contract.values import Outcome


def allocate(inputs: WaveInputs) -> Result:
    """The list of a wave: every candidature once, in rank order, with its outcome and reasons.

    Raises KeyError for a candidature without a mark that the policy names.
    """
    ordered = ranked_order(inputs.candidatures, inputs.policy)
    room = room_of(inputs)
    decisions = [decide(room, rank, candidate) for rank, candidate in enumerate(ordered, 1)]
    zones = zones_at_the_end(ordered, decisions, inputs)
    return sealed(
        inputs,
        tuple(
            entry(rank, candidate, decision, zones.get(rank), inputs.policy)
            for rank, (candidate, decision) in enumerate(zip(ordered, decisions, strict=True), 1)
        ),
    )


def zones_at_the_end(ordered: list[Candidate], decisions: list[Decision], inputs: WaveInputs) -> dict[int, ZoneCode]:
    """The quota of each laureate, by rank."""
    laureates = [rank for rank, made in enumerate(decisions, 1) if made.outcome is Outcome.LAUREATE]
    return dict(
        zip(laureates, final_zones([ordered[rank - 1].zones for rank in laureates], inputs.quotas_left), strict=True)
    )


def entry(rank: int, candidate: Candidate, made: Decision, zone: ZoneCode | None, policy: Policy) -> Ranked:
    why = made.reasons
    if zone is not None:
        why = (reasons.accepted(rank, zone, sum(made.awarded_cents)), *why)
    tie_break = tuple(key_value(candidate, key) for key in policy.tie_break)
    return Ranked(candidate.id, rank, candidate.score, tie_break, made.outcome, zone, made.awarded_cents, why)


def sealed(inputs: WaveInputs, ranking: tuple[Ranked, ...]) -> Result:
    """The ranking under its three digests."""
    of_inputs, of_policy = sha256(inputs_bytes(inputs)), sha256(policy_bytes(inputs.policy))
    return Result(ranking, of_inputs, of_policy, sha256(result_bytes(ranking, of_inputs, of_policy)))


def promote(reserve: Iterable[Waiting], free: Free, policy: Policy) -> Promotion | None:
    """The next of the waitlist, in published rank, that fits what is free now; None where nobody fits.

    One at a time. Its zone is chosen with those who could follow in mind, so that a place in the only zone of the
    next one is not taken by a dossier that could sit elsewhere. Ranks are those stored: nothing is ranked again.
    """
    room = Room(policy, Seating(free.quotas), free.envelope_cents, free.laureates)
    called = [
        (waiting, made)
        for waiting in sorted(reserve, key=lambda waiting: waiting.rank)
        if (made := decide(room, waiting.rank, waiting.candidate)).outcome is Outcome.LAUREATE
    ]
    if not called:
        return None
    (waiting, made), zone = called[0], final_zones([w.candidate.zones for w, _ in called], free.quotas)[0]
    why = (reasons.promoted(waiting.rank, zone, sum(made.awarded_cents)), *made.reasons)
    return Promotion(waiting.candidate.id, waiting.rank, zone, made.awarded_cents, why)


def under(inputs: WaveInputs, policy: Policy) -> WaveInputs:
    """The same wave, under another policy."""
    return replace(inputs, policy=policy)
