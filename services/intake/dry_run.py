"""Know before filing: all that the counter would find in a file, and nothing is registered."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake import store
from services.intake.domain import filing as domain
from services.intake.domain.stated import Stated, stated_by, stated_in
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Reason
from shared.kit.errors import Unreadable
from shared.kit.storage.states import States
from shared.kit.strict_json import read_event
from shared.programme import Programme
from shared.reference.communes import Communes

SAME_PROJECT = Reason(code="same-project", message="Ce projet est déjà enregistré dans cette vague.")
NO_ID = "00000000-0000-0000-0000-000000000000"  # of a file that has none yet


def check(
    book: States, programme: Programme, communes: Communes, body: dict[str, Any], asker: str, now: datetime
) -> dict[str, Any]:
    """What `CandidatureSubmitted` with this body would be answered now. Its id may be left out.

    Who asks learns nothing of a dossier that another front-end brought.
    """
    event, stated, reasons = _read({"candidature_id": NO_ID, **body})
    counter = store.counter_for(book, programme, communes, stated, now)
    if counter.dossier and counter.dossier.front_end != asker:
        counter, stated = replace(counter, dossier=None), replace(stated, candidature_id=NO_ID)
    reasons += domain.mistakes(counter, stated, now)
    missing = domain.missing_pieces(programme, event) if event else ()
    would_be = "pieces-requested" if missing else "registered"
    if domain.is_claimed(counter, stated.candidature_id):
        would_be = "already-registered" if counter.claimed_by == asker else domain.CONTESTED
    deadline = domain.deadline_of(programme, counter.waves, counter.wave) if counter.wave else None
    return {
        "would_be": "refused" if reasons else would_be,
        "wave": counter.wave.id if counter.wave else None,
        "deadline": deadline.isoformat() if deadline else None,
        "reasons": [reason.model_dump() for reason in (*reasons, *_same_project(would_be))],
        "missing": list(missing),
    }


def _same_project(would_be: str) -> tuple[Reason, ...]:
    return (SAME_PROJECT,) if would_be in ("already-registered", domain.CONTESTED) else ()


def _read(body: dict[str, Any]) -> tuple[CandidatureSubmitted | None, Stated, list[Reason]]:
    try:
        event = read_event(CandidatureSubmitted, json.dumps(body).encode())
    except Unreadable as failure:
        return None, stated_in(body, str(body["candidature_id"])), list(failure.reasons)
    return event, stated_by(event), []
