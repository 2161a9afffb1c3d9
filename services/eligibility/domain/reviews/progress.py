"""How far the reviews of a wave are: what each reviewer has to read, and which files lack somebody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.reviews.reading import state_of
from services.eligibility.domain.states import Review

STATES = ("asked", "late", "given", "recused")


def progress(panels: Sequence[Panel], today: date, names: Mapping[str, str]) -> dict[str, Any]:
    """By reviewer: how many reviews are in each state; the late ones; the files without enough reviewers.

    `names` are what reviewers are called here: no order of what is told follows from any other name.
    """
    read = [panel for panel in panels if panel.file.status == "eligible"]
    reviews = [review for panel in read for review in panel.reviews]
    states: dict[str, Counter[str]] = {}
    for review in reviews:
        states.setdefault(review.reviewer_id, Counter())[state_of(review, today)] += 1
    return {
        "files": len(read),
        "scored": sum(panel.file.score is not None for panel in read),
        "lacking": [panel.file.candidature_id for panel in read if panel.lacking],
        "reviewers": sorted(
            (_row(names[one], counts) for one, counts in states.items()),
            key=itemgetter("reviewer_id"),
        ),
        "late": sorted(
            (
                _late(review, names[review.reviewer_id])
                for review in reviews
                if state_of(review, today) == "late"
            ),
            key=itemgetter("due_on", "candidature_id", "reviewer_id"),
        ),
    }


def _row(name: str, counts: Counter[str]) -> dict[str, Any]:
    return {"reviewer_id": name, **{state: counts[state] for state in STATES}}


def _late(review: Review, name: str) -> dict[str, Any]:
    return {
        "candidature_id": review.candidature_id,
        "reviewer_id": name,
        "due_on": review.due_on.isoformat(),
    }
