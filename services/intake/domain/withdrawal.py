"""A holder takes a file back, at any time: its project is free again."""

from dataclasses import replace
from datetime import datetime

from services.intake.domain.claims import freed
from services.intake.domain.dossier import Dossier
from services.intake.domain.public_status import status_of
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.intake import CandidatureWithdrawn


def withdraw(dossier: Dossier, now: datetime) -> Decision:
    if dossier.status == "withdrawn":
        return nothing("duplicate")
    gone = withdrawn(dossier, now)
    facts = (*told_to_the_others(dossier), status_of(gone))
    return Decision("withdrawn", facts=facts, changes=(gone, freed(dossier.project_key)))


def withdrawn(dossier: Dossier, now: datetime) -> Dossier:
    """No later word of another service brings it back."""
    return replace(dossier, status="withdrawn", outcome=None, outcome_at=None, since=now)


def told_to_the_others(dossier: Dossier) -> tuple[Event, ...]:
    """A file that was never complete is known to nobody else."""
    if dossier.version == 0:
        return ()
    return (CandidatureWithdrawn(candidature_id=dossier.candidature_id, wave=dossier.wave),)
