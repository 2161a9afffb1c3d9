"""The reviewers of one file and what they say: pure rules from an assignment to a score, and back again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.eligibility.domain.files import File, Review
from services.eligibility.domain.reviews.scoring import Score, aggregate, needs_another_review
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import CandidatureScored, GivenReview, ReviewRequested, ScoreWithdrawn
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.values import Reason
from shared.programme import Programme

PENDING = Reason(code="review-pending", message="Une relecture de plus est attendue avant que la note soit connue.")


@dataclass(frozen=True, slots=True)
class Panel:
    """A file with all its reviews, the recused ones included."""

    programme: Programme
    file: File
    reviews: Sequence[Review]

    @property
    def live(self) -> list[Review]:
        return [review for review in self.reviews if not review.recused]

    @property
    def given(self) -> dict[str, Mapping[str, int]]:
        return {review.reviewer_id: review.marks for review in self.live if review.marks}

    @property
    def extra(self) -> int:
        """One more review, where those the programme asks for are too far apart."""
        rules, given = self.programme.reviews, self.given
        apart = len(given) == rules.reviewers_per_dossier and needs_another_review(given, rules.discrepancy_marks)
        return int(apart)

    @property
    def lacking(self) -> int:
        """How many reviewers are still to be found."""
        return max(0, self.programme.reviews.reviewers_per_dossier + self.extra - len(self.live))

    def review_of(self, reviewer_id: str) -> Review | None:
        return next((review for review in self.reviews if review.reviewer_id == reviewer_id), None)

    def with_review(self, changed: Review) -> "Panel":
        others = [review for review in self.reviews if review.reviewer_id != changed.reviewer_id]
        return replace(self, reviews=sorted([*others, changed], key=lambda review: review.reviewer_id))


def mark_reasons(programme: Programme, marks: Mapping[str, int]) -> list[str]:
    """Every mistake in a reviewer's marks, against the programme's grid."""
    criteria = {criterion.id for criterion in programme.criteria}
    mistakes = [f"no mark for {name}" for name in sorted(criteria - set(marks))]
    if unknown := len(set(marks) - criteria):
        mistakes.append(f"{unknown} of the criteria are not in the grid")
    top = programme.reviews.mark_max
    too_high = [name for name in sorted(criteria & set(marks)) if marks[name] > top]
    return mistakes + [f"{name} is marked {marks[name]}, out of {top}" for name in too_high]


def ask_review(panel: Panel, reviewer_id: str, assigned_by: str, now: datetime) -> tuple[Review, ReviewRequested]:
    """A new review, with the days it is due and reminded of."""
    rules, today = panel.programme.reviews, panel.programme.local_day(now)
    due_on = today + timedelta(days=rules.due_days)
    remind_on = due_on - timedelta(days=rules.remind_days)
    review = Review(panel.file.candidature_id, reviewer_id, now, assigned_by, due_on, remind_on)
    fact = ReviewRequested(
        candidature_id=panel.file.candidature_id,
        wave=panel.file.wave,
        reviewer_id=reviewer_id,
        due_on=due_on,
        remind_on=remind_on,
    )
    return review, fact


def assign(panel: Panel, reviewer_id: str, officer: str, now: datetime) -> Decision:
    """An officer's assignment. It reopens a score that is complete: one more review is then awaited."""
    if before := panel.review_of(reviewer_id):
        return nothing("recused" if before.recused else "duplicate")
    review, fact = ask_review(panel, reviewer_id, officer, now)
    return scored("assigned", panel.with_review(review), (review,), (fact,))


def take_review(panel: Panel, event: ReviewSubmitted, sequence: int) -> Decision:
    """Keeps the marks and the grid they were given on, with the history of those they replace; scores when complete."""
    before = panel.review_of(event.reviewer_id)
    assert before
    if before.recused:
        return nothing("recused")
    if sequence <= before.sequence:
        return nothing("superseded")
    if before.marks == event.marks and before.comment == event.comment:
        return nothing("duplicate")
    kept = {"marks": before.marks, "comment": before.comment, "sequence": before.sequence, "grid": before.grid}
    after = replace(
        before,
        marks=dict(event.marks),
        grid=panel.programme.reviews.grid,
        comment=event.comment,
        sequence=sequence,
        remind_on=None,
        history=(*before.history, kept) if before.marks else before.history,
    )
    return scored("reviewed", panel.with_review(after), (after,))


def recuse(panel: Panel, reviewer_id: str) -> Decision:
    """The review counts no more, whatever it said; the score it was part of is taken back."""
    before = panel.review_of(reviewer_id)
    assert before
    if before.recused:
        return nothing("duplicate")
    after = replace(before, recused=True, remind_on=None)
    return scored("recused", panel.with_review(after), (after,))


def with_score(programme: Programme, reviews: Sequence[Review], decision: Decision) -> Decision:
    """The same decision, followed by the score where the answer on the territory was all that it waited for."""
    file = next((change for change in decision.changes if isinstance(change, File)), None)
    if file is None:
        return decision
    follows = scored(decision.result, Panel(programme, file, reviews), decision.changes, decision.facts)
    return replace(decision, facts=follows.facts, changes=follows.changes)


def scored(result: str, panel: Panel, changes: tuple[Any, ...] = (), facts: tuple[Any, ...] = ()) -> Decision:
    """The decision with what it does to the score: known, known anew, or taken back."""
    file = panel.file
    if file.status != "eligible":
        return Decision(result, facts=facts, changes=changes)
    score = complete_score(panel)
    if score is None:
        return _taken_back(result, file, changes, facts)
    file = replace(file, score_revision=file.score_revision + 1, score=score.total)
    fact = CandidatureScored(
        candidature_id=file.candidature_id,
        wave=file.wave,
        revision=file.score_revision,
        grid=panel.programme.reviews.grid,
        score=score.total,
        criteria=dict(score.criteria),
        reviewers=score.reviewers,
        reviews=tuple(
            GivenReview(reviewer_id=review.reviewer_id, marks=dict(review.marks), recused=review.recused)
            for review in panel.reviews
            if review.marks
        ),
    )
    return Decision("scored", facts=(*facts, fact), changes=(*changes, file))


def _taken_back(result: str, file: File, changes: tuple[Any, ...], facts: tuple[Any, ...]) -> Decision:
    if file.score is None:
        return Decision(result, facts=facts, changes=changes)
    file = replace(file, score_revision=file.score_revision + 1, score=None)
    fact = ScoreWithdrawn(
        candidature_id=file.candidature_id, wave=file.wave, revision=file.score_revision, reasons=(PENDING,)
    )
    return Decision(result, (PENDING,), (*facts, fact), (*changes, file))


def complete_score(panel: Panel) -> Score | None:
    """The score once every reviewer who was not recused has marked, and enough of them agree."""
    given = panel.given
    if panel.lacking or len(given) < len(panel.live):
        return None
    return aggregate(given)
