"""`why`: the outcome of one dossier, with the figures that made it and what would have changed it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from services.funding.domain.selection.amounts import bounded_award
from services.funding.domain.selection.cutoffs import Cutoff, cutoffs
from services.funding.domain.selection.matching import group_of
from services.funding.domain.selection.values import Candidate, Ranked, Reason, Result, WaveInputs
from services.funding.domain.selection.walk import (
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
from services.funding.domain.selection.wording import OUTCOMES, criterion_name, euros, marks, zone_name, zone_names
from shared.contract.values import Outcome


class NotInThisWave(LookupError):
    """The dossier is not in the list that is asked about."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`score_needed` is the least score that would have been accepted, all else equal; None where no score would.

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
    reasons: tuple[Reason, ...]
    cutoffs: tuple[Cutoff, ...]
    score_needed: int | None
    points_missing: int | None
    tie: str | None
    changes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"outcome": self.outcome.value, "text": self.text()}

    def text(self) -> str:
        """The same, in French, one sentence a line."""
        lines = [
            f"Dossier {self.id} : {OUTCOMES[self.outcome]}, rang {self.rank} sur {self.ranked}, "
            f"note {marks(self.score)}, {zone_names(self.zones)}."
        ]
        lines += [f"Motif : {reason.message}" for reason in self.reasons]
        lines += [f"Seuil : {_cutoff_sentence(cutoff)}" for cutoff in self.cutoffs if cutoff.zone in self.zones]
        lines += [f"Départage : {self.tie}"] if self.tie else []
        return "\n".join([*lines, *(f"Ce qui aurait changé la décision : {change}" for change in self.changes)])


def explain(inputs: WaveInputs, result: Result, dossier_id: str) -> Explanation:
    """Raises NotInThisWave for an unknown id. `result` is the stored one: nothing is decided again."""
    entry = next((entry for entry in result.ranking if entry.id == dossier_id), None)
    candidate = next((candidate for candidate in inputs.candidatures if candidate.id == dossier_id), None)
    if entry is None or candidate is None:
        raise NotInThisWave(dossier_id)
    needed = None if entry.outcome is Outcome.LAUREATE else score_needed(inputs, candidate)
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
        tie=_tie(candidate, inputs, result),
        changes=tuple(_changes(entry, needed)),
    )


def score_needed(inputs: WaveInputs, candidate: Candidate) -> int | None:
    """The least score at which the dossier is accepted, its other figures unchanged; None where no score is enough.

    Walks the list of the others once: the lower the dossier stands, the less room is left, so the last place that
    still has room for it is the one to reach.
    """
    policy = inputs.policy
    full = bounded_award(candidate.requested_cents, policy)
    if grounds_to_decline(replace(candidate, score=max(candidate.score, policy.pass_mark)), policy, sum(full)):
        return None
    others = ranked_order(tuple(other for other in inputs.candidatures if other.id != candidate.id), policy)
    room, group = room_of(inputs), group_of(candidate.zones)
    for rank, other in enumerate(others, 1):
        if _kept_out(room, group, rank, full):
            return None if rank == 1 else _score_before(candidate, others[rank - 2], inputs)
        decide(room, rank, other)
    if _kept_out(room, group, len(others) + 1, full):
        return _score_before(candidate, others[-1], inputs) if others else None
    return policy.pass_mark


def _kept_out(room: Room, group: tuple[str, ...], rank: int, full: tuple[int, ...]) -> bool:
    return bool(obstacles(room, group, rank, sum(full), fits_money=payable(room, full) is not None))


def _score_before(candidate: Candidate, other: Candidate, inputs: WaveInputs) -> int:
    """The least score that ranks `candidate` before `other`."""
    level = replace(candidate, score=other.score)
    before = sort_key(level, inputs.policy) < sort_key(other, inputs.policy)
    return max(inputs.policy.pass_mark, other.score if before else other.score + 1)


def _tie(candidate: Candidate, inputs: WaveInputs, result: Result) -> str | None:
    """Where a waiting dossier has the very score of the last laureate above it: the key that told them apart."""
    by_rank = {entry.id: entry for entry in result.ranking}
    mine = by_rank[candidate.id]
    above = [e for e in result.ranking if e.outcome is Outcome.LAUREATE and e.rank < mine.rank]
    if mine.outcome is not Outcome.WAITLISTED or not above or above[-1].score != mine.score:
        return None
    other = next(c for c in inputs.candidatures if c.id == above[-1].id)
    for key in inputs.policy.tie_break:
        own, theirs = key_value(candidate, key), key_value(other, key)
        if own != theirs and key == "receipt_sequence":
            return f"à égalité avec le rang {above[-1].rank}, reçu avant (n° {theirs} contre {own})."
        if own != theirs:
            name = criterion_name(key)
            return f"note égale au rang {above[-1].rank}, critère « {name} » {marks(own)} contre {marks(theirs)}."
    return None


def _changes(entry: Ranked, needed: int | None) -> list[str]:
    """Each figure that, alone or together, kept the dossier out."""
    if entry.outcome is Outcome.LAUREATE:
        return []
    changes = []
    if needed is not None and needed > entry.score:
        changes.append(f"une note d'au moins {marks(needed)}, soit {marks(needed - entry.score)} de plus.")
    for reason in entry.reasons:
        if reason.code != "below-pass-mark" or needed is None:
            changes += _change(reason)
    return changes


def _change(reason: Reason) -> list[str]:
    """What would have lifted this one reason."""
    threshold, value = reason.threshold or 0, reason.value or 0
    match reason.code:
        case "below-pass-mark":
            return [f"{marks(threshold - value)} de plus à la note totale."]
        case "below-criterion-pass-mark":
            criterion = criterion_name(reason.rule.split(".")[1])
            return [f"{marks(threshold - value)} de plus au critère « {criterion} »."]
        case "request-below-floor":
            return [f"une demande finançable d'au moins {euros(threshold)}."]
        case "quota-full":
            return [f"une place de plus en zone {zone_names(reason.rule.removeprefix('quotas.').split('+'))}."]
        case "laureates-max":
            return [f"un nombre maximal de lauréates supérieur à {threshold}."]
        case "money-short":
            return [f"{euros(value - threshold)} de plus dans l'enveloppe à ce rang."]
        case "list-stopped":
            return [f"une enveloppe suffisante pour le dossier de rang {threshold}, où la liste s'arrête."]
    return []


def _cutoff_sentence(cutoff: Cutoff) -> str:
    seats = f"zone « {zone_name(cutoff.zone)} », {cutoff.laureates} lauréates pour {cutoff.places} places"
    if cutoff.score is None:
        return f"{seats}."
    return f"{seats}, la dernière au rang {cutoff.rank} avec {marks(cutoff.score)}."
