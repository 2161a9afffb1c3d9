"""A person's data is gone: the marks stay, which explain the decision; what reviewers wrote goes."""

from collections.abc import Sequence
from dataclasses import replace

from services.eligibility.domain.states import ReplacedReview, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import FileForgotten


def erase(candidature_id: str, reviews: Sequence[Review]) -> Decision:
    fact = FileForgotten(candidature_id=candidature_id)
    return Decision(
        "erased",
        facts=(fact,),
        changes=tuple(map(_without_words, reviews)),
        forgets=candidature_id,
    )


def _without_words(review: Review) -> Review:
    history = tuple(ReplacedReview(**{**before, "comment": "", "comments": {}}) for before in review.history)
    return replace(review, comment="", comments={}, history=history)
