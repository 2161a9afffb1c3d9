"""What is new for a reviewer, gathered by day: when the day is over, one fact tells it, for one letter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from services.eligibility.domain.sentences import NO_LONGER_READ
from services.eligibility.domain.states import File, News, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import (
    AssignedFile,
    ReleasedFile,
    ReviewerBriefed,
    ReviewReleased,
    ReviewReminded,
    ReviewRequested,
)
from shared.contract.event import Event
from shared.value import value

LINES_MAX = 200
WITHDRAWN = "withdrawn"


@value
class Item:
    """One thing that a reviewer has to be told. `because` is why a file was taken from them."""

    reviewer_id: str
    kind: Literal["asked", "given", "reminded", "released"]
    candidature_id: str
    because: str = ""


def said(facts: Iterable[Event]) -> Iterator[Item]:
    """What a decision's facts bring to reviewers."""
    for fact in facts:
        if isinstance(fact, ReviewRequested):
            yield Item(fact.reviewer_id, "asked", fact.candidature_id)
        elif isinstance(fact, ReviewReminded):
            yield Item(fact.reviewer_id, "reminded", fact.candidature_id)
        elif isinstance(fact, ReviewReleased):
            yield Item(fact.reviewer_id, "released", fact.candidature_id, fact.because)


def given(before: Review | None, after: Review) -> Iterator[Item]:
    """The first marks of a review; others that replace them are no news."""
    if after.marks and not after.recused and not (before and before.marks):
        yield Item(after.reviewer_id, "given", after.candidature_id)


def taken_back(reviews: Iterable[Review]) -> Iterator[Item]:
    """Who had still to read a file that its holder withdrew."""
    for review in reviews:
        if review.awaited:
            yield Item(review.reviewer_id, "released", review.candidature_id, WITHDRAWN)


def gathered(news: Mapping[str, News], items: Iterable[Item]) -> tuple[News, ...]:
    """`news` are the day's by reviewer, as they stood before these items."""
    kept = dict(news)
    for item in items:
        kept[item.reviewer_id] = _with(kept[item.reviewer_id], item)
    return tuple(kept.values())


def _with(news: News, item: Item) -> News:
    if item.kind == "released":
        return replace(news, released={**news.released, item.candidature_id: item.because})
    if item.kind == "asked":
        return replace(news, asked=news.asked + 1)
    if item.kind == "given":
        return replace(news, given=news.given + 1)
    return replace(news, reminded=news.reminded + 1)


def together(news: Iterable[News]) -> tuple[News, ...]:
    """Days that were over before anybody could be told, in order: they are told with the latest of them."""
    latest: dict[str, News] = {}
    for one in news:
        before = latest.get(one.reviewer_id)
        latest[one.reviewer_id] = _joined(before, one) if before else one
    return tuple(latest.values())


def _joined(before: News, after: News) -> News:
    return replace(
        after,
        asked=before.asked + after.asked,
        given=before.given + after.given,
        reminded=before.reminded + after.reminded,
        released={**before.released, **after.released},
    )


def brief(news: News, reviews: Sequence[Review], files: Mapping[str, File]) -> ReviewerBriefed:
    """`reviews` are all that this reviewer was ever asked for, `files` what they are about."""
    waiting = [review for review in reviews if _waits(review, files[review.candidature_id])]
    waiting.sort(key=lambda review: (review.due_on, review.candidature_id))
    return ReviewerBriefed(
        reviewer_id=news.reviewer_id,
        day=news.day,
        asked=news.asked,
        given=news.given,
        reminded=news.reminded,
        released=tuple(
            ReleasedFile(candidature_id=key, because=because)
            for key, because in sorted(news.released.items())[:LINES_MAX]
        ),
        left=len(waiting),
        to_read=tuple(
            _to_read(review, files[review.candidature_id]) for review in waiting[:LINES_MAX]
        ),
    )


def briefed(news: Sequence[News], facts: Sequence[Event]) -> Decision:
    return Decision(
        "briefed", facts=tuple(facts), changes=tuple(replace(one, told=True) for one in news)
    )


def _waits(review: Review, file: File) -> bool:
    """Nobody reads a file that was withdrawn, or found in no zone."""
    return review.awaited and file.status not in NO_LONGER_READ


def _to_read(review: Review, file: File) -> AssignedFile:
    return AssignedFile(
        candidature_id=review.candidature_id,
        commune_code=file.commune_code,
        due_on=review.due_on,
    )
