"""`why`: the outcome of one dossier, with the figures that made it and what would have changed it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from services.funding.domain.selection import sentences
from services.funding.domain.selection.cutoffs import Cutoff, cutoffs
from services.funding.domain.selection.french import OUTCOMES, marks, zone_names
from services.funding.domain.selection.matching import group_of
from services.funding.domain.selection.thresholds import score_needed
from services.funding.domain.selection.values import (
    NEW_DEPARTMENT,
    Candidate,
    Ground,
    Ranked,
    Result,
    WaveInputs,
)
from services.funding.domain.selection.walk import RECEIPT, key_value
from shared.contract.values import Outcome


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
        lines = [
            f"Dossier {self.id} : {place}, note {marks(self.score)}, {zone_names(self.zones)}."
        ]
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
    candidate = next(
        (candidate for candidate in inputs.candidatures if candidate.id == dossier_id), None
    )
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
    if key == NEW_DEPARTMENT:
        return sentences.tie_on_department(rank, is_new=own > theirs)
    return sentences.tie_on_criterion(rank, key, own, theirs)


def _changes(entry: Ranked, needed: int | None) -> Iterator[str]:
    """Each figure that, alone or together, kept the dossier out."""
    if entry.outcome is Outcome.LAUREATE:
        return
    if needed is not None and needed > entry.score:
        yield sentences.score_needed(needed, needed - entry.score)
    for reason in entry.reasons:
        # The score that was needed says more than the distance to the threshold.
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
