"""What a day brings a reviewer: gathered from what is decided, told once the day is over, once for ever."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.eligibility.domain.reviews.briefing import (
    Item,
    brief,
    briefed,
    gathered,
    given,
    said,
    taken_back,
    together,
)
from services.eligibility.domain.states import File, News, Review
from shared.contract.eligibility import (
    AssignedFile,
    ReleasedFile,
    ReviewReleased,
    ReviewReminded,
    ReviewRequested,
)
from tests.rules.eligibility.given import DUE_ON, WAVE, asked, dossier, file

DAY = date(2021, 1, 4)
NEWS = News("anna", DAY)
ABOUT = {"candidature_id": dossier(), "wave": WAVE, "reviewer_id": "anna"}


def told(news: News, reviews: Sequence[Review], *files: File) -> tuple[int, list[tuple[str, date]]]:
    """How many are left, and which."""
    fact = brief(news, reviews, {one.candidature_id: one for one in files or (file(),)})
    return fact.left, [(one.candidature_id, one.due_on) for one in fact.to_read]


def test_given_what_is_said_of_reviews_then_each_is_news_for_its_reviewer() -> None:
    facts = [
        ReviewRequested(**ABOUT, due_on=DUE_ON, remind_on=DUE_ON),
        ReviewReminded(**ABOUT, due_on=DUE_ON),
        ReviewReleased(**ABOUT, because="late"),
    ]
    assert list(said(facts)) == [
        Item("anna", "asked", dossier()),
        Item("anna", "reminded", dossier()),
        Item("anna", "released", dossier(), "late"),
    ]


def test_given_first_marks_then_they_are_news_and_changed_ones_are_not() -> None:
    first = asked("anna", 4)
    assert list(given(asked("anna"), first)) == [Item("anna", "given", dossier())]
    assert list(given(first, asked("anna", 3))) == []
    assert list(given(asked("anna"), asked("anna", remind_on=None))) == []


def test_given_a_recusal_of_given_marks_then_nobody_is_thanked_for_them() -> None:
    assert list(given(asked("anna"), asked("anna", 4, recused=True))) == []


def test_given_a_file_that_its_holder_takes_back_then_who_had_still_to_read_it_is_told() -> None:
    reviews = [asked("anna"), asked("bela", 4), asked("carl", recused=True)]
    assert list(taken_back(reviews)) == [Item("anna", "released", dossier(), "withdrawn")]


def test_given_the_things_of_a_day_then_they_are_counted_for_each_reviewer() -> None:
    items = [
        Item("anna", "asked", dossier(1)),
        Item("anna", "asked", dossier(2)),
        Item("anna", "given", dossier(1)),
        Item("anna", "reminded", dossier(2)),
        Item("bela", "released", dossier(3), "conflict"),
    ]
    anna, bela = gathered({"anna": NEWS, "bela": News("bela", DAY)}, items)
    assert anna == replace(NEWS, asked=2, given=1, reminded=1)
    assert bela == News("bela", DAY, released={dossier(3): "conflict"})


def test_given_a_day_that_is_over_then_what_is_left_is_told_by_the_day_it_is_due() -> None:
    later = asked("anna", candidature_id=dossier(2), due_on=DUE_ON + timedelta(days=3))
    news = replace(NEWS, asked=2, released={dossier(3): "late"})
    fact = brief(news, [later, asked("anna")], {dossier(1): file(1), dossier(2): file(2)})
    assert (fact.reviewer_id, fact.day, fact.asked, fact.left) == ("anna", DAY, 2, 2)
    assert fact.released == (ReleasedFile(candidature_id=dossier(3), because="late"),)
    assert fact.to_read[0] == AssignedFile(
        candidature_id=dossier(1), commune_code="03310", due_on=DUE_ON
    )
    assert [one.candidature_id for one in fact.to_read] == [dossier(1), dossier(2)]


def test_given_a_review_that_is_given_recused_or_of_a_withdrawn_file_then_it_is_not_left_to_read() -> (
    None
):
    assert told(NEWS, [asked("anna")]) == (1, [(dossier(), DUE_ON)]), "the control"
    assert told(NEWS, [asked("anna", 4)]) == (0, [])
    assert told(NEWS, [asked("anna", recused=True)]) == (0, [])
    assert told(NEWS, [asked("anna")], file(status="withdrawn")) == (0, [])


def test_what_was_told_is_told() -> None:
    fact = brief(NEWS, [], {})
    decision = briefed([NEWS], [fact])
    assert (decision.facts, decision.changes) == ((fact,), (replace(NEWS, told=True),))


def test_given_days_that_nobody_was_told_of_in_time_then_they_are_told_together() -> None:
    later = DAY + timedelta(days=2)
    news = [
        replace(NEWS, asked=2, released={dossier(1): "late"}),
        News("anna", later, asked=1, given=2, reminded=1, released={dossier(2): "withdrawn"}),
        News("bela", DAY, given=1),
    ]
    released = {dossier(1): "late", dossier(2): "withdrawn"}
    anna = News("anna", later, asked=3, given=2, reminded=1, released=released)
    assert together(news) == (anna, News("bela", DAY, given=1))
