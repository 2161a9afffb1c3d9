"""Who is asked to read a file: by an officer or by the draw; reminded when the day is near, and once late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.eligibility.domain.reviews.answering import recuse
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.reviews.scoring import scored
from services.eligibility.domain.sentences import NO_LONGER_READ, NOT_LATE
from services.eligibility.domain.states import File, Review
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import ReviewReminded, ReviewRequested


def ask_review(
    panel: Panel, reviewer_id: str, assigned_by: str, now: datetime
) -> tuple[Review, ReviewRequested]:
    """A new review, with the days it is due and reminded of."""
    rules = panel.programme.reviews
    due_on = panel.programme.local_day(now) + timedelta(days=rules.due_days)
    remind_on = due_on - timedelta(days=rules.remind_days)
    review = Review(
        panel.file.candidature_id,
        reviewer_id,
        now,
        assigned_by,
        due_on,
        remind_on,
    )
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
    if over := _reading_is_over(panel):
        return over
    before = panel.review_of(reviewer_id)
    if before and before.recused:
        return nothing("recused")
    if before:
        return nothing("duplicate")
    review, fact = ask_review(panel, reviewer_id, officer, now)
    return scored(panel, Decision("assigned", facts=(fact,), changes=(review,)))


def reassign(
    panel: Panel, late_id: str, to: str | None, officer: str, now: datetime, is_gone: bool = False
) -> Decision:
    """A review that is late, or whose reviewer `is_gone`, is taken from them.

    Whom it goes to is named, or drawn with what follows.
    """
    before = panel.review_of(late_id)
    today = panel.programme.local_day(now)
    if before is None or not before.awaited or (before.due_on >= today and not is_gone):
        return nothing("refused", NOT_LATE)
    if over := _reading_is_over(panel):
        return over
    # Marks that come after all count no more: somebody else has the place.
    taken = recuse(panel, late_id, "late")
    if to is None:
        return replace(taken, result="reassigned")
    given = assign(panel.after(taken), to, officer, now)
    return replace(taken.followed_by(given), result="reassigned")


def _reading_is_over(panel: Panel) -> Decision | None:
    """Why nobody is asked to read the file any more; None while it is read."""
    if panel.frozen:
        return nothing("wave-published")
    if why := NO_LONGER_READ.get(panel.file.status):
        return nothing("refused", why)
    return None


def remind(due: Sequence[tuple[Review, Panel]], today: date) -> Decision:
    """Who has not answered is reminded, and once more when it is late; of a file nobody reads, nobody is."""
    # One that is told to nobody moves on as well: the timer would find it again at each look.
    changes = tuple(_reminded(review, panel, today) for review, panel in due)
    facts = tuple(
        _reminder(review, panel.file) for review, panel in due if not _reading_is_over(panel)
    )
    return Decision("reminded", facts=facts, changes=changes)


def _reminded(review: Review, panel: Panel, today: date) -> Review:
    is_last = panel.frozen or today > review.due_on
    return replace(review, remind_on=None if is_last else review.due_on + timedelta(days=1))


def _reminder(review: Review, file: File) -> ReviewReminded:
    return ReviewReminded(
        candidature_id=file.candidature_id,
        wave=file.wave,
        reviewer_id=review.reviewer_id,
        due_on=review.due_on,
    )
