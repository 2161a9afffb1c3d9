"""What of the reviews may be read, by whom: nobody is led by another before their own is given."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.eligibility.domain.states import File, Review
from shared.contract.reading import Reader
from shared.contract.values import Reason, Role
from shared.kit.errors import ReadingRefused


def require_given(reviews: Sequence[Review], reader: Reader) -> None:
    """A reviewer reads the others' once their own is given and counts. Raises ReadingRefused.

    Whoever has a review to give is a reviewer here, in whatever other role they sign.
    """
    own = next((review for review in reviews if review.reviewer_id == reader.reader_id), None)
    asked = own is not None and not own.recused
    if reader.role == Role.REVIEWER and not asked:
        raise ReadingRefused(NOT_ASKED)
    if own and asked and not own.marks:
        raise ReadingRefused(OWN_FIRST)


def read_reviews(file: File, reviews: Sequence[Review]) -> dict[str, Any]:
    """What was given, the recused ones too, told as such."""
    return {
        "candidature_id": file.candidature_id,
        "wave": file.wave,
        "score": file.score,
        "reviews": [_said(review) for review in reviews if review.marks],
    }


def own_reviews(
    files: dict[str, File], reviews: Sequence[Review], today: date
) -> list[dict[str, Any]]:
    """One reviewer's, by the day they are due; those of files that were taken back are left out."""
    wanted = [review for review in reviews if files[review.candidature_id].status != "withdrawn"]
    wanted.sort(key=lambda review: (review.due_on, review.candidature_id))
    return [
        {
            "candidature_id": review.candidature_id,
            "wave": files[review.candidature_id].wave,
            "assigned_at": review.assigned_at.isoformat(),
            "due_on": review.due_on.isoformat(),
            "state": state_of(review, today),
            **_said(review),
        }
        for review in wanted
    ]


def state_of(review: Review, today: date) -> str:
    """In one word, for whoever has to do something about it."""
    if review.recused:
        return "recused"
    if review.marks:
        return "given"
    return "late" if review.due_on < today else "asked"


def _said(review: Review) -> dict[str, Any]:
    return {
        "reviewer_id": review.reviewer_id,
        "recused": review.recused,
        "grid": review.grid,
        "marks": dict(review.marks or {}),
        "comment": review.comment,
        "comments": dict(review.comments),
    }


UNKNOWN = Reason(code="unknown", message="L'éligibilité ne connaît pas ce dossier.")
NOT_ASKED = Reason(
    code="not-asked-to-review", message="Ce dossier n'est pas de ceux que vous avez à lire."
)
OWN_FIRST = Reason(
    code="own-review-first", message="Les autres évaluations se lisent une fois la vôtre rendue."
)
