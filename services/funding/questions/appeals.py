"""What funding answers of the appeals that wait."""

from datetime import date
from typing import Any

from services.funding.domain.states import Appeal, Entry
from shared.kit.storage.states import States


def appeals(states: States, today: date) -> dict[str, Any]:
    """Those that wait for an answer, the most urgent first. Silence on `answer_by` rejects them."""
    waiting = states.where(Appeal, states.column(Appeal, "state") == "filed")
    entries = states.many(Entry, [(appeal.candidature_id,) for appeal in waiting])
    told = [_told(appeal, entries[(appeal.candidature_id,)], today) for appeal in waiting]
    return {
        "as_of": today.isoformat(),
        "appeals": sorted(told, key=lambda one: str(one["answer_by"])),
    }


def _told(appeal: Appeal, entry: Entry, today: date) -> dict[str, Any]:
    return {
        "candidature_id": appeal.candidature_id,
        "receipt_number": entry.receipt_number,
        "wave": entry.wave,
        "filed_at": appeal.filed_at.isoformat(),
        "answer_by": appeal.answer_by.isoformat(),
        "late": today > appeal.answer_by,
        "officer_id": appeal.officer_id or None,
    }
