"""Which files are due to be erased, and what the law keeps: asked by the timer, and by officers."""

from datetime import datetime
from typing import Any

from services.intake import store
from services.intake.domain.dossier import Dossier
from services.intake.domain.erasure import Keeping, keeping_of
from services.intake.domain.public_status import public_word
from shared.contract.front_ends import FrontEnd
from shared.kit.storage.states import States
from shared.programme import Programme

Kept = tuple[Dossier, Keeping]
FrontEnds = tuple[FrontEnd, ...]


def due_files(
    states: States, programme: Programme, front_ends: FrontEnds, by: datetime
) -> list[Kept]:
    """Those whose time is over by an instant, the one that was due first in front."""
    retention = programme.retention
    years = min(retention.refused_years, retention.accepted_years)
    before = programme.years_before(by, years)
    files = store.files_before(states, before) + store.never_kept_before(states, front_ends, before)
    kept = _kept(states, programme, files, by)
    due = [(file, keeping) for file, keeping in kept if keeping.due_at and keeping.due_at <= by]
    return sorted(due, key=lambda pair: (pair[1].due_at, pair[0].candidature_id))


def _kept(states: States, programme: Programme, files: list[Dossier], at: datetime) -> list[Kept]:
    contests = store.contests_of(states, [file.candidature_id for file in files])
    return [
        (file, keeping_of(file, contests.get(file.candidature_id), programme, at)) for file in files
    ]


def due(
    states: States,
    programme: Programme,
    front_ends: FrontEnds,
    by: datetime,
    limit: int,
) -> dict[str, Any]:
    """The list of officers: what the timer erases by then."""
    found = due_files(states, programme, front_ends, by)
    return {"files": [_told(*one) for one in found[:limit]], "more": len(found) > limit}


def of_one(
    states: States,
    programme: Programme,
    front_ends: FrontEnds,
    name: str,
    now: datetime,
) -> dict[str, Any]:
    """What would become of a request to erase this file now. Either of its names will do."""
    file = store.dossier_named(states, programme, name) or store.file_of(states, front_ends, name)
    if file is None:
        return {"files": [], "more": False}
    return {"files": [_told(*one) for one in _kept(states, programme, [file], now)], "more": False}


def _told(file: Dossier, keeping: Keeping) -> dict[str, Any]:
    return {
        "candidature_id": file.candidature_id,
        "receipt_number": file.receipt_number or None,
        "wave": file.wave or None,
        "status": public_word(file),
        "kind": keeping.kind,
        "due_at": keeping.due_at.isoformat() if keeping.due_at else None,
        "kept_because": keeping.why.message if keeping.why else None,
    }
