"""The rules of eligibility: the territory answer of a file, an officer's answer, reviews, and the score. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.eligibility.reviews.scoring import Score, aggregate, needs_another_review
from shared.contract.backoffice import TerritoryDecided
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import CandidatureScored, EligibilityChecked, InstructionRequested
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import Reason, Zone
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class File:
    """One candidature under examination. `status`: instruction, eligible, ineligible, withdrawn.

    `revision` counts the answers given, `score_revision` the scores. `decided` is an officer's answer, with what it
    answered on: it stands as long as the place and its claim do not change.
    """

    candidature_id: str
    wave: str
    version: int
    status: str
    siret: str
    commune_code: str
    latitude: float
    longitude: float
    declared_qpv: str | None
    revision: int = 0
    zones: tuple[str, ...] = ()
    decided: Mapping[str, Any] | None = None
    score_revision: int = 0
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewer on one file. `marks` are the latest, `history` those they replaced, oldest first."""

    candidature_id: str
    reviewer_id: str
    assigned_at: datetime
    recused: bool = False
    marks: Mapping[str, int] | None = None
    comment: str = ""
    sequence: int = 0
    history: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewer:
    reviewer_id: str
    department: str | None
    ties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TerritoryAnswer:
    """What the territory rules say of a place. `instruct`: data cannot tell, an officer must."""

    zones: tuple[Zone, ...]
    instruct: bool
    reasons: tuple[Reason, ...]
    evidence: Mapping[str, Any]


def decide_eligibility(file: File | None, event: CandidatureRegistered, answer: TerritoryAnswer) -> Decision:
    """A registered file, new or changed → eligible or not in each zone, and an officer asked where data cannot tell."""
    if file and event.version <= file.version:
        return nothing("superseded")
    if file and file.status == "withdrawn":
        return nothing("withdrawn")
    current = _file_of(event, file)
    if file and file.decided and same_place(file, current):
        changed = replace(
            current, status=file.status, zones=file.zones, revision=file.revision + 1, decided=file.decided
        )
        return Decision("unchanged-place", facts=(checked(changed, (), file.decided),), changes=(changed,))
    if answer.instruct:
        return _instruct(current, answer)
    current = replace(
        current,
        status="eligible" if answer.zones else "ineligible",
        zones=answer.zones,
        revision=current.revision + 1,
    )
    return Decision(current.status, answer.reasons, (checked(current, answer.reasons, answer.evidence),), (current,))


def _instruct(file: File, answer: TerritoryAnswer) -> Decision:
    """An officer decides. Meanwhile the zones that are certain make the file eligible for them."""
    request = InstructionRequested(candidature_id=file.candidature_id, wave=file.wave, reasons=answer.reasons)
    if not answer.zones:
        waiting = replace(file, status="instruction", zones=())
        return Decision("instruction-requested", answer.reasons, (request,), (waiting,))
    known = replace(file, status="instruction", zones=answer.zones, revision=file.revision + 1)
    return Decision(
        "instruction-requested", answer.reasons, (request, checked(known, answer.reasons, answer.evidence)), (known,)
    )


def _file_of(event: CandidatureRegistered, before: File | None) -> File:
    return File(
        candidature_id=event.candidature_id,
        wave=event.wave,
        version=event.version,
        status="new",
        siret=event.siret,
        commune_code=event.commune_code,
        latitude=event.latitude,
        longitude=event.longitude,
        declared_qpv=event.declared_qpv,
        revision=before.revision if before else 0,
        score_revision=before.score_revision if before else 0,
        score=before.score if before else None,
    )


def same_place(a: File, b: File) -> bool:
    return (a.commune_code, a.latitude, a.longitude, a.declared_qpv) == (
        b.commune_code, b.latitude, b.longitude, b.declared_qpv,
    )  # fmt: skip


def checked(file: File, reasons: tuple[Reason, ...], evidence: Mapping[str, Any]) -> EligibilityChecked:
    return EligibilityChecked(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.revision,
        file_version=file.version,
        eligible=bool(file.zones),
        zones=tuple(Zone(zone) for zone in file.zones),
        reasons=reasons,
        evidence=dict(evidence),
    )


def decide_territory(file: File, event: TerritoryDecided, now: datetime) -> Decision:
    """An officer's answer replaces the data's, with its author and reason in the evidence."""
    if file.status == "withdrawn":
        return nothing("withdrawn")
    decided = {
        "rule": "officer",
        "actor": event.actor.id,
        "role": event.actor.role.value,
        "reason": event.reason,
        "decided_at": now.isoformat(),
        "qpv": event.qpv_code,
    }
    if file.decided == decided:
        return nothing("duplicate")
    zones = tuple(zone.value for zone in event.zones)
    answered = replace(
        file,
        status="eligible" if zones else "ineligible",
        zones=zones,
        revision=file.revision + 1,
        decided=decided,
    )
    message = "Un agent a examiné le territoire du dossier : " + (
        "il est éligible." if zones else "il n'est dans aucune des zones de l'appel."
    )
    reasons = (Reason(code="officer-decided", message=message),)
    return Decision(answered.status, reasons, (checked(answered, reasons, decided),), (answered,))


def assign(file: File, review: Review | None, reviewer_id: str, now: datetime) -> Decision:
    if review:
        return nothing("recused" if review.recused else "duplicate")
    return Decision("assigned", changes=(Review(file.candidature_id, reviewer_id, now),))


def mark_reasons(programme: Programme, marks: Mapping[str, int]) -> list[str]:
    """Every mistake in a reviewer's marks, against the programme's grid."""
    criteria = {criterion.id for criterion in programme.criteria}
    mistakes = [f"no mark for {name}" for name in sorted(criteria - set(marks))]
    mistakes += [f"the grid has no criterion {name}" for name in sorted(set(marks) - criteria)]
    top = programme.reviews.mark_max
    return mistakes + [f"{name} is marked {mark}, out of {top}" for name, mark in sorted(marks.items()) if mark > top]


def take_review(
    programme: Programme, file: File, reviews: list[Review], event: ReviewSubmitted, sequence: int
) -> Decision:
    """Keeps the marks, with the history of those they replace; scores the file when all are there."""
    before = next(review for review in reviews if review.reviewer_id == event.reviewer_id)
    if before.recused:
        return nothing("recused")
    if sequence <= before.sequence:
        return nothing("superseded")
    if before.marks == event.marks and before.comment == event.comment:
        return nothing("duplicate")
    past = ({"marks": before.marks, "comment": before.comment, "sequence": before.sequence},) if before.marks else ()
    after = replace(
        before,
        marks=dict(event.marks),
        comment=event.comment,
        sequence=sequence,
        history=(*before.history, *past),
    )
    return _scored("reviewed", programme, file, _with(reviews, after), (after,))


def recuse(programme: Programme, file: File, reviews: list[Review], reviewer_id: str) -> Decision:
    """The review counts no more, whatever it said; another reviewer is needed."""
    before = next(review for review in reviews if review.reviewer_id == reviewer_id)
    if before.recused:
        return nothing("duplicate")
    after = replace(before, recused=True)
    return _scored("recused", programme, file, _with(reviews, after), (after,))


def with_score(programme: Programme, reviews: list[Review], decision: Decision) -> Decision:
    """The same decision, followed by the score where the answer on the territory was all that it waited for."""
    file = next((change for change in decision.changes if isinstance(change, File)), None)
    if file is None:
        return decision
    scored = _scored(decision.result, programme, file, reviews, decision.changes)
    return replace(decision, facts=(*decision.facts, *scored.facts), changes=scored.changes)


def _with(reviews: list[Review], changed: Review) -> list[Review]:
    return [changed if review.reviewer_id == changed.reviewer_id else review for review in reviews]


def _scored(result: str, programme: Programme, file: File, reviews: list[Review], changes: tuple[Any, ...]) -> Decision:
    score = _complete_score(programme, reviews)
    if score is None or file.status != "eligible":
        return Decision(result, changes=changes)
    file = replace(file, score_revision=file.score_revision + 1, score=score.total)
    fact = CandidatureScored(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.score_revision,
        grid=programme.reviews.grid,
        score=score.total,
        criteria=dict(score.criteria),
        reviewers=score.reviewers,
    )
    return Decision("scored", facts=(fact,), changes=(*changes, file))


def _complete_score(programme: Programme, reviews: list[Review]) -> Score | None:
    """The score once every reviewer who was not recused has marked, and enough of them have."""
    counted = {review.reviewer_id: review.marks for review in reviews if not review.recused}
    marks = {reviewer: given for reviewer, given in counted.items() if given is not None}
    wanted = programme.reviews.reviewers_per_dossier
    if len(marks) < len(counted) or len(marks) < wanted:
        return None
    if len(marks) == wanted and needs_another_review(marks, programme.reviews.discrepancy_marks):
        return None
    return aggregate(marks)
