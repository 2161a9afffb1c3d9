"""The rules of eligibility: a file, the answer on its territory, an officer's answer. Reviews have their own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from shared.contract.backoffice import TerritoryDecided
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import EligibilityChecked, InstructionRequested
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import Reason, Zone
from shared.value import value


@value
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


@value
class Review:
    """One reviewer on one file. `marks` are the latest, given on `grid`; `history` those they replaced, oldest first.

    `assigned_by` is an officer, or the draw. `remind_on` is empty once there is nothing left to remind of.
    """

    candidature_id: str
    reviewer_id: str
    assigned_at: datetime
    assigned_by: str
    due_on: date
    remind_on: date | None = None
    recused: bool = False
    marks: Mapping[str, int] | None = None
    grid: str = ""
    comment: str = ""
    sequence: int = 0
    history: tuple[Any, ...] = ()


@value
class Reviewer:
    """`ties` are the holders, by SIREN or SIRET, whose files this reviewer may not read."""

    reviewer_id: str
    department: str | None
    ties: tuple[str, ...]


@value
class Round:
    """The reviews of one wave: they open when it is closed, and count no more once it is published."""

    wave: str
    closed_at: datetime | None = None
    published_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is not None and self.published_at is None


@value
class Draw:
    """One drawing of reviewers: with the files, the reviews and the ties of the log, it can be drawn again.

    `reviewers` are those who could be drawn, `loads` what they had to read already, `missing` the files that still
    lack reviewers, and how many.
    """

    wave: str
    cause_id: str
    drawn_at: datetime
    seed: str
    files: int
    reviewers: tuple[Any, ...]
    loads: Mapping[str, int]
    missing: Mapping[str, int]


@value
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
    revision = file.revision if file else 0
    if file and file.decided and same_place(file, event):
        changed = replace(_file_of(event, file, file.status, file.zones, revision + 1), decided=file.decided)
        return Decision("unchanged-place", facts=(checked(changed, (), file.decided),), changes=(changed,))
    if answer.instruct:
        return _instruct(_file_of(event, file, "instruction", answer.zones, revision + bool(answer.zones)), answer)
    status = "eligible" if answer.zones else "ineligible"
    found = _file_of(event, file, status, answer.zones, revision + 1)
    return Decision(status, answer.reasons, (checked(found, answer.reasons, answer.evidence),), (found,))


def _instruct(file: File, answer: TerritoryAnswer) -> Decision:
    """An officer decides. Meanwhile the zones that are certain make the file eligible for them."""
    request = InstructionRequested(candidature_id=file.candidature_id, wave=file.wave, reasons=answer.reasons)
    certain = (checked(file, answer.reasons, answer.evidence),) if answer.zones else ()
    return Decision("instruction-requested", answer.reasons, (request, *certain), (file,))


def _file_of(
    event: CandidatureRegistered, before: File | None, status: str, zones: tuple[str, ...], revision: int
) -> File:
    """The file as this version fills it in: each answer on its zones is a revision."""
    return File(
        candidature_id=event.candidature_id,
        wave=event.wave,
        version=event.version,
        status=status,
        zones=zones,
        siret=event.siret,
        commune_code=event.commune_code,
        latitude=event.latitude,
        longitude=event.longitude,
        declared_qpv=event.declared_qpv,
        revision=revision,
        score_revision=before.score_revision if before else 0,
        score=before.score if before else None,
    )


def same_place(a: File, b: File | CandidatureRegistered) -> bool:
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
    zones = tuple(zone.value for zone in event.zones)
    if (file.decided, file.zones) == (decided, zones):
        return nothing("duplicate")
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
