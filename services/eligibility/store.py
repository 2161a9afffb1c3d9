"""Every query of eligibility beside its handlers' own look-ups."""

from typing import Any

from services.eligibility.domain import File, Review
from shared.kit.book import Book


def waiting_for_an_officer(book: Book) -> list[File]:
    return book.where(File, book.column(File, "status") == "instruction")


def reviews_of(book: Book, candidature_id: str) -> dict[str, Any]:
    """Who reviews a file and who has answered; never what they said, so that nobody is led by another."""
    reviews = book.of(Review, candidature_id)
    return {
        "reviewers": [review.reviewer_id for review in reviews if not review.recused],
        "submitted": [review.reviewer_id for review in reviews if review.marks and not review.recused],
        "recused": [review.reviewer_id for review in reviews if review.recused],
    }


def summary(book: Book) -> dict[str, int]:
    files = book.where(File)
    return {
        "eligible": sum(bool(file.zones) for file in files),
        "ineligible": sum(file.status == "ineligible" for file in files),
        "in_instruction": sum(file.status == "instruction" for file in files),
        "scored": sum(file.score is not None for file in files),
    }
