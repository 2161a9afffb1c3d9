"""Every query of eligibility beside its handlers' own look-ups."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from services.eligibility.domain.files import File, Review, Reviewer, Round
from services.eligibility.domain.reviews.panel import Panel
from shared.kit.storage.states import States
from shared.programme import Programme


def waiting_for_an_officer(book: States) -> list[File]:
    return book.where(File, book.column(File, "status") == "instruction")


def round_of(book: States, wave: str) -> Round:
    return book.one(Round, wave) or Round(wave)


def files_of(book: States, wave: str) -> list[File]:
    return book.where(File, book.column(File, "wave") == wave)


def files_read_by(book: States, reviewer_id: str) -> list[File]:
    """The files a reviewer was asked to read and was not taken off."""
    column = book.column
    reviews = book.where(Review, column(Review, "reviewer_id") == reviewer_id, column(Review, "recused").is_(False))
    found = book.many(File, [(review.candidature_id,) for review in reviews])
    return sorted(found.values(), key=lambda file: file.candidature_id)


def reviewers(book: States) -> list[Reviewer]:
    return book.where(Reviewer)


def loads_of(book: States, wave: str) -> dict[str, int]:
    """How many files of a wave each reviewer has to read, or has read."""
    book.write()
    column = book.column
    of_wave = select(column(File, "candidature_id")).where(column(File, "wave") == wave)
    query = (
        select(column(Review, "reviewer_id"), func.count())
        .where(column(Review, "recused").is_(False), column(Review, "candidature_id").in_(of_wave))
        .group_by(column(Review, "reviewer_id"))
    )
    return {str(reviewer): int(count) for reviewer, count in book.connection.execute(query)}


def reminders_due(book: States, today: date) -> list[Review]:
    return book.where(Review, book.column(Review, "remind_on") <= today)


def reviews_of(book: States, programme: Programme, candidature_id: str) -> dict[str, Any]:
    """Who reviews a file and who has answered; never what they said, so that nobody is led by another."""
    file = book.one(File, candidature_id)
    if file is None:
        return {"error": "unknown", "message": "L'éligibilité ne connaît pas ce dossier."}
    panel = Panel(programme, file, book.of(Review, candidature_id))
    return {
        "reviewers": [review.reviewer_id for review in panel.live],
        "submitted": sorted(panel.given),
        "recused": [review.reviewer_id for review in panel.reviews if review.recused],
        "missing": panel.lacking + len(panel.live) - len(panel.given),
        "to_find": panel.lacking,
        "due_on": {review.reviewer_id: review.due_on.isoformat() for review in panel.live if not review.marks},
    }


def summary(book: States) -> dict[str, int]:
    files = book.where(File)
    return {
        "eligible": sum(bool(file.zones) for file in files),
        "ineligible": sum(file.status == "ineligible" for file in files),
        "in_instruction": sum(file.status == "instruction" for file in files),
        "scored": sum(file.score is not None for file in files),
    }
