"""What eligibility answers to officers and operators: plain JSON from committed states."""

from typing import Any

from services.eligibility import store
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.states import File, Review
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States
from shared.programme import Programme


def instructions(states: States, journal: Journal) -> dict[str, Any]:
    """The files that wait for an officer's answer, and why: all reasons, what the office lacks included."""
    files = store.waiting_for_an_officer(states)
    reasons = store.why_instructed(states, journal, [file.candidature_id for file in files])
    return {
        "waiting": [
            {
                "candidature_id": file.candidature_id,
                "wave": file.wave,
                "commune_code": file.commune_code,
                "declared_qpv": file.declared_qpv,
                "reasons": reasons.get(file.candidature_id, []),
            }
            for file in files
        ]
    }


def reviews(states: States, programme: Programme, candidature_id: str) -> dict[str, Any]:
    """Who reviews a file and who has answered; never what they said, so that nobody is led by another."""
    file = states.one(File, candidature_id)
    if file is None:
        return {"error": "unknown", "message": "L'éligibilité ne connaît pas ce dossier."}
    panel = Panel(programme, file, states.of(Review, candidature_id), store.round_of(states, file.wave))
    awaited = [review for review in panel.live if not review.marks]
    return {
        "reviewers": [review.reviewer_id for review in panel.live],
        "submitted": sorted(panel.given),
        "recused": [review.reviewer_id for review in panel.reviews if review.recused],
        "missing": panel.lacking + len(awaited),
        "to_find": panel.lacking,
        "due_on": {review.reviewer_id: review.due_on.isoformat() for review in awaited},
    }


def summary(states: States) -> dict[str, int]:
    """How many files are eligible, ineligible, in instruction, scored."""
    files = states.where(File)
    return {
        "eligible": sum(bool(file.zones) for file in files),
        "ineligible": sum(file.status == "ineligible" for file in files),
        "in_instruction": sum(file.status == "instruction" for file in files),
        "scored": sum(file.score is not None for file in files),
    }
