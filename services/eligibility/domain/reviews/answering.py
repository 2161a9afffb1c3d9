"""What a reviewer who was asked may do: give marks, give others, recuse themselves."""

from dataclasses import replace
from typing import Literal

from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.reviews.scoring import scored
from services.eligibility.domain.sentences import MARKS_STAND, comments_wanted
from services.eligibility.domain.states import Marks, ReplacedReview, Review
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import ReviewReleased
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.values import Reason
from shared.kit.errors import Rejected
from shared.programme import Programme

Because = Literal["recused", "conflict", "late"]  # why a reviewer reads a file no more


def require_grid(programme: Programme, marks: Marks) -> None:
    """Raises Rejected with every mistake, where the marks are not those of the programme's grid."""
    mistakes = mark_mistakes(programme, marks)
    if mistakes:
        raise Rejected(" · ".join(mistakes))


def mark_mistakes(programme: Programme, marks: Marks) -> list[str]:
    criteria = {criterion.id for criterion in programme.criteria}
    mistakes = [f"no mark for {name}" for name in sorted(criteria - set(marks))]
    # Counted, and not named: a name that its sender chose would reach logs and dead letters.
    unknown = set(marks) - criteria
    if unknown:
        mistakes.append(f"{len(unknown)} of the criteria are not in the grid")
    top = programme.reviews.mark_max
    too_high = [name for name in sorted(criteria & set(marks)) if marks[name] > top]
    return mistakes + [f"{name} is marked {marks[name]}, out of {top}" for name in too_high]


def comments_lacking(programme: Programme, event: ReviewSubmitted) -> Reason | None:
    """A low mark needs its reason: the holder may be told of it."""
    below = programme.reviews.comment_below
    low = [criterion for criterion in programme.criteria if event.marks[criterion.id] < below]
    lacking = [
        criterion.title for criterion in low if not event.comments.get(criterion.id, "").strip()
    ]
    return comments_wanted(below, lacking) if lacking else None


def take_review(
    panel: Panel, event: ReviewSubmitted, sequence: int, has_read: bool = False
) -> Decision:
    """Keeps the marks with their grid, and the history of those they replace; scores when complete.

    Who `has_read` the other reviews of the file gives no other marks; a comment may still be mended.
    """
    if panel.file.status == "withdrawn":
        return nothing("withdrawn")
    if panel.frozen:
        return nothing("wave-published")
    before = panel.review_of(event.reviewer_id)
    assert before
    if before.recused:
        return nothing("recused")
    # Two front-ends have two streams: the broker's time tells which of two versions is the later.
    if sequence <= before.sequence:
        return nothing("superseded")
    if (before.marks, before.comment, before.comments) == (
        event.marks,
        event.comment,
        event.comments,
    ):
        return nothing("duplicate")
    if has_read and before.marks and before.marks != event.marks:
        return nothing("refused", MARKS_STAND)
    if why := comments_lacking(panel.programme, event):
        return nothing("refused", why)
    after = replace(
        before,
        marks=dict(event.marks),
        grid=panel.programme.reviews.grid,
        comment=event.comment,
        comments=dict(event.comments),
        sequence=sequence,
        remind_on=None,
        history=_history(before),
    )
    return scored(panel, Decision("reviewed", changes=(after,)))


def _history(before: Review) -> tuple[ReplacedReview, ...]:
    if not before.marks:
        return before.history
    replaced = ReplacedReview(
        marks=before.marks,
        comment=before.comment,
        comments=before.comments,
        sequence=before.sequence,
        grid=before.grid,
    )
    return (*before.history, replaced)


def recuse(panel: Panel, reviewer_id: str, because: Because = "recused") -> Decision:
    """The review counts no more, whatever it said; the score it was part of is taken back."""
    if panel.frozen:
        return nothing("wave-published")
    before = panel.review_of(reviewer_id)
    assert before
    if before.recused:
        return nothing("duplicate")
    after = replace(before, recused=True, remind_on=None)
    released = ReviewReleased(
        candidature_id=panel.file.candidature_id,
        wave=panel.file.wave,
        reviewer_id=reviewer_id,
        because=because,
    )
    return scored(panel, Decision("recused", facts=(released,), changes=(after,)))
