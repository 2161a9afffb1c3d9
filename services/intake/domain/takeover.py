"""A label of before the platform: its dossier without a file, and the label that no other file may have."""

from datetime import datetime

from services.intake.domain.claims import ProjectClaim, label_key, name_key, project_key
from services.intake.domain.dossier import Dossier
from services.intake.domain.public_status import status_of
from shared.contract.decision import Decision, nothing
from shared.contract.front_ends import OFFICERS
from shared.contract.funding import GrantTakenOver
from shared.contract.laureates import LaureateTaken


def take_over(
    known: Dossier | None, commune_code: str, fact: GrantTakenOver, at: datetime
) -> Decision:
    """It belongs to officers until they move it to its holder's front-end. `commune_code` is today's."""
    if known is not None:
        return nothing("duplicate")
    laureate = fact.laureate
    dossier = Dossier(
        candidature_id=fact.candidature_id,
        front_end=OFFICERS,
        status="registered",
        wave=laureate.wave,
        version=1,
        receipt_number=fact.receipt_number,
        receipt_place=laureate.reference,
        receipt_sequence=0,
        received_at=at,
        content_sequence=0,
        content="",
        project_key=project_key(laureate.siret or "", commune_code, laureate.wave),
        outcome="agreed" if laureate.agreed_on else "laureate",
        outcome_at=at,
        since=at,
        due_on=tuple(day.isoformat() for day in laureate.due_on),
    )
    label = ProjectClaim(
        _label_of(laureate, commune_code), dossier.candidature_id, dossier.receipt_number
    )
    return Decision("taken-over", facts=(status_of(dossier),), changes=(dossier, label))


def _label_of(laureate: LaureateTaken, commune_code: str) -> str:
    """By its SIRET; where nobody knows it, by its name."""
    if laureate.siret:
        return label_key(laureate.siret, commune_code)
    return name_key(laureate.place_name, commune_code)
