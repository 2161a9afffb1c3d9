"""What a decision does to the score of its file: known, known anew, or taken back."""

from collections.abc import Sequence
from dataclasses import replace

from services.eligibility.domain.reviews.means import Score, aggregate
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.sentences import PENDING
from services.eligibility.domain.states import File, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import CandidatureScored, GivenReview, ScoreWithdrawn
from shared.contract.event import Event


def scored(panel: Panel, decision: Decision) -> Decision:
    """A decision on a file's reviews, with what follows for the score: that is then its result."""
    current = panel.after(decision)
    file = current.file
    if file.status != "eligible":
        return decision
    score = complete_score(current)
    if score:
        # Said anew even where the total stays: the verifier counts again from the reviews in this fact.
        counted = replace(file, score_revision=file.score_revision + 1, score=score.total)
        fact = _scored_fact(current, counted, score)
        return replace(_with(decision, fact, counted), result="scored")
    # Nobody was told of a score yet: there is none to take back.
    if file.score is None:
        return decision
    uncounted = replace(file, score_revision=file.score_revision + 1, score=None)
    taken_back = _with(decision, _withdrawn_fact(uncounted), uncounted)
    return replace(taken_back, reasons=(*decision.reasons, PENDING))


def with_score(panel: Panel, decision: Decision) -> Decision:
    """A decision on the territory, with the score where the answer was all that it waited for."""
    return replace(
        scored(panel, decision),
        result=decision.result,
        reasons=decision.reasons,
    )


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
        GivenReview(
            reviewer_id=review.reviewer_id,
            marks=dict(review.marks),
            recused=review.recused,
        )
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


def _with(decision: Decision, fact: Event, file: File) -> Decision:
    return replace(
        decision,
        facts=(*decision.facts, fact),
        changes=(*decision.changes, file),
    )
