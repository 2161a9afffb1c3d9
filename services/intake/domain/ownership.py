"""Whose dossier it is: who may act on it, and how an officer moves it to another front-end."""

from dataclasses import replace

from services.intake.domain.dossier import Dossier
from services.intake.domain.public_status import status_of, status_without_dossier
from shared.contract.backoffice import CandidatureMoved
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureChangedHands


def is_retry(dossier: Dossier, file: CandidatureSubmitted, front_end: str) -> bool:
    """Whether its own front-end sends again what the counter has: then it needs no signature."""
    return front_end == dossier.front_end and dossier.content == file.model_dump_json()


def move(dossier: Dossier, act: CandidatureMoved) -> Decision:
    """The front-end it leaves reads that it has moved, and nothing more of it."""
    if (dossier.front_end, dossier.public_key) == (act.front_end, act.public_key):
        return nothing("duplicate")
    moved = replace(dossier, front_end=act.front_end, public_key=act.public_key)
    told = CandidatureChangedHands(
        candidature_id=dossier.candidature_id,
        front_end=act.front_end,
        public_key=act.public_key,
    )
    facts: tuple[Event, ...] = (told, status_of(moved))
    if dossier.front_end != act.front_end:
        left = status_without_dossier(
            dossier.front_end, dossier.candidature_id, "moved", since=None
        )
        facts = (*facts, left)
    return Decision("moved", facts=facts, changes=(moved,))
