"""A person's data is gone: the marks stay, which explain the decision; what reviewers wrote goes.

A file without a score explains nothing any more: nobody is asked to read it from now on.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.eligibility.domain.states import File, ReplacedReview, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import FileForgotten


def erase(candidature_id: str, file: File | None, reviews: Sequence[Review]) -> Decision:
    fact = FileForgotten(candidature_id=candidature_id)
    return Decision(
        "erased",
        facts=(fact,),
        changes=(*_closed(file), *map(_without_words, reviews)),
        forgets=candidature_id,
    )


def _closed(file: File | None) -> tuple[File, ...]:
    if file is None or file.score is not None or file.status == "withdrawn":
        return ()
    return (replace(file, status="withdrawn"),)


def _without_words(review: Review) -> Review:
    history = tuple(
        ReplacedReview(**{**before, "comment": "", "comments": {}}) for before in review.history
    )
    return replace(review, comment="", comments={}, remind_on=None, history=history)
