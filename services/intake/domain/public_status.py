"""What a front-end may always read of its dossier: the latest word, since when, a line for each tranche."""

from datetime import date, datetime

from services.intake.domain.dossier import Dossier, PublicWord
from shared.contract.intake import DossierStatus, TrancheStatus
from shared.contract.values import Reason


def public_word(dossier: Dossier) -> PublicWord:
    """The other services' latest word, or else how the file stands at the counter."""
    if dossier.status == "erased":
        return dossier.status
    return dossier.outcome or dossier.status


def status_of(
    dossier: Dossier,
    reasons: tuple[Reason, ...] = (),
    word: PublicWord | None = None,
) -> DossierStatus:
    return DossierStatus(
        front_end=dossier.front_end,
        candidature_id=dossier.candidature_id,
        status=word or public_word(dossier),
        since=dossier.since or dossier.received_at,
        received_at=dossier.received_at,
        receipt_number=dossier.receipt_number or None,
        wave=dossier.wave or None,
        reasons=reasons,
        tranches=tuple(TrancheStatus.model_validate(line) for line in dossier.tranches),
        due_on=tuple(date.fromisoformat(day) for day in dossier.due_on or ()),
    )


def status_without_dossier(
    front_end: str,
    candidature_id: str,
    word: PublicWord,
    since: datetime | None,
    reasons: tuple[Reason, ...] = (),
) -> DossierStatus:
    """For a front-end that has no dossier under this id, or has it no more."""
    return DossierStatus(
        front_end=front_end,
        candidature_id=candidature_id,
        status=word,
        since=since,
        reasons=reasons,
    )
