"""The document that a person gets: the page and the JSON are made of it."""

from datetime import UTC, datetime
from typing import Any

from deploy.cli.export.asking import Answers
from deploy.cli.export.collecting import Entry, sections_of
from deploy.cli.export.keeping import AFTER_ERASURE, keeping_of, kept_where, left_after, not_here
from deploy.cli.timeline.telling import ERASED
from deploy.portal.standings import standing
from shared.programme import Programme

SHOWN = ("candidature_id", "receipt_number", "wave")


def document_of(
    answers: Answers, entries: list[Entry], programme: Programme, by: str
) -> dict[str, Any]:
    """Plain data: `sections` hold what is kept, `where` tells where and until when."""
    keeping = keeping_of(answers.file, programme)
    dossier = {name: answers.file[name] for name in SHOWN if answers.file[name]}
    where = left_after(entries) if answers.is_erased else kept_where(entries, keeping["rule"])
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": by,
        "programme": {
            "name": programme.name,
            "service": programme.authority.service,
            "contact": programme.contact,
        },
        "dossier": {**dossier, "status": standing(answers.file["status"]).title},
        "erased": _erased(entries) if answers.is_erased else None,
        "keeping": {**keeping, "rule": AFTER_ERASURE} if answers.is_erased else keeping,
        "why": answers.why,
        "reviews": answers.reviews,
        "sections": sections_of(entries),
        "where": where,
        "not_here": not_here(programme),
    }


def _erased(entries: list[Entry]) -> dict[str, Any]:
    """When, and because of what: as the fact tells."""
    told = [entry for entry in entries if entry["fact"] == ERASED]
    return {
        "at": told[-1]["at"] if told else None,
        "because": told[-1]["data"]["because"] if told else None,
    }
