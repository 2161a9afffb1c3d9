"""`why`: the outcome of one dossier, with the figures that made it and what would have changed it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.funding.domain.selection import sentences
from services.funding.domain.selection.amounts import bounded_award
from services.funding.domain.selection.cutoffs import Cutoff, cutoffs
from services.funding.domain.selection.french import OUTCOMES, marks, zone_names
from services.funding.domain.selection.matching import Group, group_of
from services.funding.domain.selection.values import Candidate, Ground, Ranked, Result, WaveInputs
from services.funding.domain.selection.walk import (
    RECEIPT,
    Room,
    decide,
    grounds_to_decline,
    key_value,
    obstacles,
    payable,
    ranked_order,
    room_of,
    sort_key,
)
from shared.contract.values import Outcome

Years = tuple[int, ...]


class NotInThisWave(LookupError):
    """The dossier is not in the list that is asked about."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`score_needed` is the least score that would have been accepted; None where no score would.

    `points_missing` is counted from the dossier's own score. Scores are in hundredths of a mark.
    """

    id: str
    outcome: Outcome
    rank: int
    ranked: int
    score: int
    zones: tuple[str, ...]
    zone: str | None
    awarded_cents: tuple[int, ...]
    reasons: tuple[Ground, ...]
    cutoffs: tuple[Cutoff, ...]
    score_needed: int | None
    points_missing: int | None
    tie: str | None
    changes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, with `text`."""
        return asdict(self) | {"outcome": self.outcome.value, "text": self.text()}

    def text(self) -> str:
        """The same, in French, one sentence a line."""
        place = f"{OUTCOMES[self.outcome]}, rang {self.rank} sur {self.ranked}"
        lines = [f"Dossier {self.id} : {place}, note {marks(self.score)}, {zone_names(self.zones)}."]
        lines += [f"Motif : {reason.message}" for reason in self.reasons]
        own = [cutoff for cutoff in self.cutoffs if cutoff.zone in self.zones]
        lines += [f"Seuil : {_cutoff_sentence(cutoff)}" for cutoff in own]
        if self.tie:
            lines.append(f"Départage : {self.tie}")
        lines += [f"Ce qui aurait changé la décision : {change}" for change in self.changes]
        return "\n".join(lines)


def _cutoff_sentence(cutoff: Cutoff) -> str:
    used = sentences.zone_used(cutoff.zone, cutoff.laureates, cutoff.places)
    if cutoff.score is None:
        return f"{used}."
    return f"{used}, {sentences.last_laureate(cutoff.rank, cutoff.score)}."


def explain(inputs: WaveInputs, result: Result, dossier_id: str) -> Explanation:
    """Raises NotInThisWave for an unknown id. `result` is the stored one: nothing is decided again."""
    entry = next((entry for entry in result.ranking if entry.id == dossier_id), None)
    candidate = next((candidate for candidate in inputs.candidatures if candidate.id == dossier_id), None)
    if entry is None or candidate is None:
        raise NotInThisWave(dossier_id)
    needed = None
    if entry.outcome is not Outcome.LAUREATE:
        needed = score_needed(inputs, candidate)
    return Explanation(
        id=entry.id,
        outcome=entry.outcome,
        rank=entry.rank,
        ranked=len(result.ranking),
        score=entry.score,
        zones=group_of(candidate.zones),
        zone=entry.zone,
        awarded_cents=entry.awarded_cents,
        reasons=entry.reasons,
        cutoffs=cutoffs(inputs, result),
        score_needed=needed,
        points_missing=None if needed is None else needed - entry.score,
        tie=_tie(entry, candidate, inputs, result),
        changes=tuple(_changes(entry, needed)),
    )


def score_needed(inputs: WaveInputs, candidate: Candidate) -> int | None:
    """The least score at which the dossier is accepted, all else equal; None where no score is enough."""
    policy = inputs.policy
    full = bounded_award(candidate.requested_cents, policy)
    passing = replace(candidate, score=max(candidate.score, policy.pass_mark))
    if grounds_to_decline(passing, policy, sum(full)):
        return None
    others = ranked_order(tuple(other for other in inputs.candidatures if other.id != candidate.id), policy)
    above = _most_above(inputs, others, group_of(candidate.zones), full)
    if above is None:
        return policy.pass_mark
    if above == 0:
        return None
    return _score_before(candidate, others[above - 1], inputs)


def _most_above(inputs: WaveInputs, others: list[Candidate], group: Group, full: Years) -> int | None:
    """How many of the others may stand above it and leave room for it; None where all of them may."""
    room = room_of(inputs)
    # One walk is enough: the lower it stands, the less room is left. The first rank without room tells.
    for above, other in enumerate(others):
        if _kept_out(room, group, above + 1, full):
            return above
        decide(room, above + 1, other)
    return len(others) if _kept_out(room, group, len(others) + 1, full) else None


def _kept_out(room: Room, group: Group, rank: int, full: Years) -> bool:
    fits_money = payable(room, full) is not None
    return bool(obstacles(room, group, rank, sum(full), fits_money))


def _score_before(candidate: Candidate, other: Candidate, inputs: WaveInputs) -> int:
    """The least score that ranks `candidate` before `other`: the very same where it wins the tie-break."""
    level = replace(candidate, score=other.score)
    wins_the_tie = sort_key(level, inputs.policy) < sort_key(other, inputs.policy)
    score = other.score if wins_the_tie else other.score + 1
    return max(inputs.policy.pass_mark, score)


def _tie(mine: Ranked, candidate: Candidate, inputs: WaveInputs, result: Result) -> str | None:
    """The key that put a waiting dossier below the last laureate above it, where both have one score."""
    above = [e for e in result.ranking if e.outcome is Outcome.LAUREATE and e.rank < mine.rank]
    if mine.outcome is not Outcome.WAITLISTED or not above:
        return None
    last = above[-1]
    if last.score != mine.score:
        return None
    other = next(found for found in inputs.candidatures if found.id == last.id)
    for key in inputs.policy.tie_break:
        own = key_value(candidate, key)
        theirs = key_value(other, key)
        if own != theirs:
            return _told_apart(last.rank, key, own, theirs)
    return None


def _told_apart(rank: int, key: str, own: int, theirs: int) -> str:
    if key == RECEIPT:
        return sentences.tie_on_receipt(rank, own, theirs)
    return sentences.tie_on_criterion(rank, key, own, theirs)


def _changes(entry: Ranked, needed: int | None) -> Iterator[str]:
    """Each figure that, alone or together, kept the dossier out."""
    if entry.outcome is Outcome.LAUREATE:
        return
    if needed is not None and needed > entry.score:
        yield sentences.score_needed(needed, needed - entry.score)
    for reason in entry.reasons:
        told_already = reason.code == "below-pass-mark" and needed is not None
        if not told_already:
            yield from _change(reason)


def _change(reason: Ground) -> Iterator[str]:
    """What would have lifted this one ground."""
    threshold = reason.threshold or 0
    value = reason.value or 0
    match reason.code:
        case "below-pass-mark":
            yield sentences.score_missing(threshold - value)
        case "below-criterion-pass-mark":
            yield sentences.criterion_missing(reason.rule.split(".")[1], threshold - value)
        case "request-below-floor":
            yield sentences.request_needed(threshold)
        case "quota-full":
            yield sentences.place_needed(reason.rule.removeprefix("quotas.").split("+"))
        case "laureates-max":
            yield sentences.laureates_needed(threshold)
        case "money-short":
            yield sentences.money_needed(value - threshold)
        case "list-stopped":
            yield sentences.stop_lifted(threshold)
