"""The least score that would have been enough, for one dossier or for all that were not accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.funding.domain.selection.amounts import bounded_award
from services.funding.domain.selection.matching import Group, group_of
from services.funding.domain.selection.values import Candidate, WaveInputs
from services.funding.domain.selection.walk import (
    Room,
    decide,
    grounds_to_decline,
    obstacles,
    payable,
    ranked_order,
    room_of,
    sort_key,
)
from shared.contract.values import Outcome


class Wanted(NamedTuple):
    """What a dossier needs room for: a place in one of its zones, and its yearly amounts."""

    group: Group
    full_cents: tuple[int, ...]


def score_needed(inputs: WaveInputs, candidate: Candidate) -> int | None:
    """The least score at which the dossier is accepted, all else equal; None where no score is enough."""
    wanted = _wanted(inputs, candidate)
    if wanted is None:
        return None
    others = tuple(other for other in inputs.candidatures if other.id != candidate.id)
    in_order = ranked_order(others, inputs.policy)
    above = _most_above(inputs, in_order, {wanted}).get(wanted)
    return _score_at(candidate, in_order, above, inputs)


def scores_needed(inputs: WaveInputs) -> dict[str, int | None]:
    """The same for every dossier that waits or is declined, by id.

    Who is not accepted takes no room from the others, so one walk tells for all of them. Only one that ends
    the list for want of money does: it is asked about alone.
    """
    in_order = ranked_order(inputs.candidatures, inputs.policy)
    out = _not_accepted(inputs, in_order)
    wanted = {candidate.id: _wanted(inputs, candidate) for candidate in out.candidates}
    kept_out = _most_above(inputs, in_order, {one for one in wanted.values() if one is not None})
    needed: dict[str, int | None] = {}
    for candidate in out.candidates:
        own = wanted[candidate.id]
        if own is None:
            needed[candidate.id] = None
        # Under another score it would not have ended the list there: those below it would have gone on.
        elif candidate.id in out.ended_the_list:
            needed[candidate.id] = score_needed(inputs, candidate)
        else:
            needed[candidate.id] = _score_at(candidate, in_order, kept_out.get(own), inputs)
    return needed


class NotAccepted(NamedTuple):
    candidates: list[Candidate]
    ended_the_list: set[str]


def _not_accepted(inputs: WaveInputs, in_order: Sequence[Candidate]) -> NotAccepted:
    room = room_of(inputs)
    found = NotAccepted([], set())
    for rank, candidate in enumerate(in_order, 1):
        ruling = decide(room, rank, candidate)
        if ruling.outcome is not Outcome.LAUREATE:
            found.candidates.append(candidate)
        if room.stopped_at_rank == rank:
            found.ended_the_list.add(candidate.id)
    return found


def _wanted(inputs: WaveInputs, candidate: Candidate) -> Wanted | None:
    """None for a dossier that no score saves: a criterion below its minimum, a request below the floor."""
    policy = inputs.policy
    full = bounded_award(candidate.requested_cents, policy)
    # The total is what is asked for; the marks of single criteria stay as they are.
    passing = replace(candidate, score=max(candidate.score, policy.pass_mark))
    if grounds_to_decline(passing, policy, sum(full)):
        return None
    return Wanted(group_of(candidate.zones), full)


def _most_above(
    inputs: WaveInputs, in_order: Sequence[Candidate], wanted: set[Wanted]
) -> Mapping[Wanted, int]:
    """How many may stand above and still leave room, for each that is kept out somewhere."""
    room = room_of(inputs)
    waiting = set(wanted)
    kept_out: dict[Wanted, int] = {}
    # The lower it stands, the less room is left: the first rank without room tells.
    for above, other in enumerate((*in_order, None)):
        for one in [one for one in waiting if _is_kept_out(room, one, above + 1)]:
            kept_out[one] = above
            waiting.discard(one)
        if other is None or not waiting:
            break
        decide(room, above + 1, other)
    return kept_out


def _is_kept_out(room: Room, wanted: Wanted, rank: int) -> bool:
    fits_money = payable(room, wanted.full_cents) is not None
    return bool(obstacles(room, wanted.group, rank, sum(wanted.full_cents), fits_money))


def _score_at(
    candidate: Candidate,
    in_order: Sequence[Candidate],
    above: int | None,
    inputs: WaveInputs,
) -> int | None:
    """The least score that stands with `above` others before it; None where it fits nowhere."""
    # Kept out nowhere: to pass is enough.
    if above is None:
        return inputs.policy.pass_mark
    # Kept out even at the top: no score makes room.
    if above == 0:
        return None
    return _score_before(candidate, in_order[above - 1], inputs)


def _score_before(candidate: Candidate, other: Candidate, inputs: WaveInputs) -> int:
    """The least score that ranks `candidate` before `other`: the very same where it wins the tie-break."""
    level = replace(candidate, score=other.score)
    wins_the_tie = sort_key(level, inputs.policy) < sort_key(other, inputs.policy)
    score = other.score if wins_the_tie else other.score + 1
    return max(inputs.policy.pass_mark, score)
