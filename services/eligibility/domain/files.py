"""The rules of one file: the answer on its territory, an officer's answer, a withdrawal.

What reviews decide of a file stands in `reviews`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.eligibility.domain.sentences import OFFICER_FOUND_A_ZONE, officer_found_no_zone
from services.eligibility.domain.states import File, FileStatus, OfficerAnswer, Review
from shared.contract.backoffice import TerritoryDecided
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import EligibilityChecked, InstructionRequested
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import Reason
from shared.kit.errors import Rejected
from shared.programme import Programme
from shared.value import value


@value
class TerritoryAnswer:
    """What the territory rules say of a place. `instruct`: data cannot tell, an officer must."""

    zones: tuple[str, ...]
    instruct: bool
    reasons: tuple[Reason, ...]
    evidence: Mapping[str, Any]


def decide_eligibility(
    file: File | None, event: CandidatureRegistered, answer: TerritoryAnswer
) -> Decision:
    """A registered file → eligible or not in each zone, and an officer asked where data cannot tell."""
    if file is None:
        return _answered(_first_version(event), answer)
    if event.version <= file.version:
        return nothing("superseded")
    if file.status == "withdrawn":
        return nothing("withdrawn")
    if file.decided and same_place(file, event):
        return _still_decided(file, file.decided, event)
    return _answered(_next_version(file, event), answer)


def decide_territory(file: File, event: TerritoryDecided, now: datetime) -> Decision:
    """An officer's answer replaces the data's, with its author and reason in the evidence."""
    if file.status == "withdrawn":
        return nothing("withdrawn")
    decided = OfficerAnswer(
        rule="officer",
        actor=event.actor.id,
        role=event.actor.role.value,
        reason=event.reason,
        decided_at=now.isoformat(),
        qpv=event.qpv_code,
    )
    zones = event.zones
    if file.decided == decided and file.zones == zones:
        return nothing("duplicate")
    answered = replace(
        file,
        status=_status_in(zones),
        zones=zones,
        revision=file.revision + 1,
        decided=decided,
    )
    reason = OFFICER_FOUND_A_ZONE if zones else officer_found_no_zone(event.reason)
    return Decision(
        answered.status,
        (reason,),
        (checked(answered, (reason,), decided),),
        (answered,),
    )


def require_zones(programme: Programme, zones: Sequence[str]) -> None:
    """Raises Rejected with every zone that the programme does not have."""
    known = [zone.id for zone in programme.zones]
    unknown = sorted(set(zones) - set(known))
    if unknown:
        raise Rejected(
            f"no zone is called {', '.join(unknown)}: the programme has {', '.join(known)}"
        )


def withdraw(file: File, reviews: Sequence[Review]) -> Decision:
    """Nobody is reminded any more of reading a file that its holder took back."""
    silenced = [replace(review, remind_on=None) for review in reviews if review.remind_on]
    return Decision("withdrawn", changes=(replace(file, status="withdrawn"), *silenced))


def same_place(a: File, b: File | CandidatureRegistered) -> bool:
    return (
        a.commune_code == b.commune_code
        and a.latitude == b.latitude
        and a.longitude == b.longitude
        and a.declared_qpv == b.declared_qpv
        and a.declared_zones == b.declared_zones
    )


def checked(
    file: File, reasons: tuple[Reason, ...], evidence: Mapping[str, Any]
) -> EligibilityChecked:
    return EligibilityChecked(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.revision,
        file_version=file.version,
        eligible=bool(file.zones),
        zones=file.zones,
        reasons=reasons,
        evidence=dict(evidence),
    )


def _answered(file: File, answer: TerritoryAnswer) -> Decision:
    """Each answer on the zones is a revision."""
    if answer.instruct:
        return _instruct(file, answer)
    status = _status_in(answer.zones)
    found = replace(file, status=status, zones=answer.zones, revision=file.revision + 1)
    return Decision(
        status,
        answer.reasons,
        (checked(found, answer.reasons, answer.evidence),),
        (found,),
    )


def _instruct(file: File, answer: TerritoryAnswer) -> Decision:
    """An officer decides. Meanwhile the zones that are certain make the file eligible for them."""
    request = InstructionRequested(
        candidature_id=file.candidature_id,
        wave=file.wave,
        reasons=answer.reasons,
    )
    if not answer.zones:
        return Decision("instruction-requested", answer.reasons, (request,), (file,))
    waiting = replace(file, zones=answer.zones, revision=file.revision + 1)
    certain = checked(waiting, answer.reasons, answer.evidence)
    return Decision("instruction-requested", answer.reasons, (request, certain), (waiting,))


def _still_decided(file: File, decided: OfficerAnswer, event: CandidatureRegistered) -> Decision:
    """Nobody is asked twice about one place."""
    changed = replace(
        _next_version(file, event),
        status=file.status,
        zones=file.zones,
        decided=decided,
        # Funding takes no answer whose revision it knows: that of a new version has to be a later one.
        revision=file.revision + 1,
    )
    return Decision(
        "unchanged-place",
        facts=(checked(changed, (), decided),),
        changes=(changed,),
    )


def _status_in(zones: Sequence[str]) -> FileStatus:
    if zones:
        return "eligible"
    return "ineligible"


def _first_version(event: CandidatureRegistered) -> File:
    """The file as it is filled in, without an answer on its zones yet."""
    return File(
        candidature_id=event.candidature_id,
        wave=event.wave,
        version=event.version,
        status="instruction",
        siret=event.siret,
        commune_code=event.commune_code,
        latitude=event.latitude,
        longitude=event.longitude,
        declared_qpv=event.declared_qpv,
        declared_zones=event.declared_zones,
    )


def _next_version(file: File, event: CandidatureRegistered) -> File:
    """What was counted and scored stays with the file; its answer is to be found again."""
    return replace(
        _first_version(event),
        revision=file.revision,
        score_revision=file.score_revision,
        score=file.score,
    )
