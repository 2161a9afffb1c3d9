"""What a decision does to the score of its file: known, known anew, or taken back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.eligibility.domain.reviews.means import Score, aggregate
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.sentences import PENDING
from services.eligibility.domain.states import File, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import CandidatureScored, GivenReview, ScoreWithdrawn
from shared.contract.event import Event


def scored(result: str, panel: Panel, changes: tuple[Any, ...] = (), facts: tuple[Event, ...] = ()) -> Decision:
    """The decision with what follows for the score. `panel` is as the decision leaves it."""
    file = panel.file
    if file.status != "eligible":
        return Decision(result, facts=facts, changes=changes)
    score = complete_score(panel)
    if score:
        counted = replace(file, score_revision=file.score_revision + 1, score=score.total)
        return Decision("scored", facts=(*facts, _scored_fact(panel, counted, score)), changes=(*changes, counted))
    if file.score is None:
        return Decision(result, facts=facts, changes=changes)
    uncounted = replace(file, score_revision=file.score_revision + 1, score=None)
    return Decision(result, (PENDING,), (*facts, _withdrawn_fact(uncounted)), (*changes, uncounted))


def with_score(panel: Panel, decision: Decision) -> Decision:
    """The same decision, with the score where an answer on the territory was all that it waited for."""
    follows = scored(decision.result, panel.after(decision), decision.changes, decision.facts)
    return replace(decision, facts=follows.facts, changes=follows.changes)


def complete_score(panel: Panel) -> Score | None:
    """The score once every reviewer who was not recused has marked, and enough of them agree."""
    given = panel.given
    if panel.lacking or len(given) < len(panel.live):
        return None
    return aggregate(given)


def _scored_fact(panel: Panel, file: File, score: Score) -> CandidatureScored:
    return CandidatureScored(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.score_revision,
        grid=panel.programme.reviews.grid,
        score=score.total,
        criteria=dict(score.criteria),
        reviewers=score.reviewers,
        reviews=_given_reviews(panel.reviews),
    )


def _given_reviews(reviews: Sequence[Review]) -> tuple[GivenReview, ...]:
    """All that were given, so that anybody can count again; the recused ones marked as such."""
    return tuple(
        GivenReview(reviewer_id=review.reviewer_id, marks=dict(review.marks), recused=review.recused)
        for review in reviews
        if review.marks
    )


def _withdrawn_fact(file: File) -> ScoreWithdrawn:
    return ScoreWithdrawn(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.score_revision,
        reasons=(PENDING,),
    )
