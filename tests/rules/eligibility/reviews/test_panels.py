"""Who is still to be found for a file: the programme's number, one more where marks are too far apart."""

import pytest

from services.eligibility.domain.states import File
from shared.contract.decision import Decision
from tests.rules.eligibility.given import NOT_CLOSED, PUBLISHED, asked, file, panel

APART = (asked("anna", 5), asked("bela", 2))  # 20 and 8 marks: 12 apart, where 8 are allowed


@pytest.mark.parametrize(
    ("reviews", "lacking"),
    [
        ((), 2),
        ((asked("anna"),), 1),
        ((asked("anna"), asked("bela")), 0),
        ((asked("anna"), asked("bela"), asked("carl")), 0),
        ((asked("anna"), asked("bela", recused=True)), 1),
        (APART, 1),
        ((*APART, asked("carl")), 0),
        ((asked("anna", 5), asked("bela", 3)), 0),
        ((asked("anna", 5), asked("bela")), 0),
    ],
)
def test_a_file_lacks_reviewers_up_to_two_and_a_third_where_marks_are_too_far_apart(
    reviews, lacking
) -> None:
    assert panel(*reviews).lacking == lacking


def test_a_third_review_that_was_given_asks_for_no_fourth() -> None:
    apart = panel(*APART, asked("carl", 0))
    assert (apart.extra, apart.lacking) == (0, 0)


@pytest.mark.parametrize(
    ("found", "draws"),
    [
        (panel(), True),
        (panel(asked("anna"), asked("bela")), False),
        (panel(during=NOT_CLOSED), False),
        (panel(during=PUBLISHED), False),
        (panel(of=file(status="instruction")), False),
    ],
)
def test_a_file_that_lacks_a_reviewer_gets_one_at_once_while_its_wave_is_under_review(
    found, draws
) -> None:
    assert found.draws_now is draws


@pytest.mark.parametrize(
    ("of", "during", "frozen"),
    [
        (file(score=0), PUBLISHED, True),
        (file(), PUBLISHED, False),
        (file(score=1600), NOT_CLOSED, False),
    ],
)
def test_marks_are_frozen_once_the_file_is_scored_and_its_wave_published(
    of, during, frozen
) -> None:
    assert panel(of=of, during=during).frozen is frozen


def test_a_panel_is_known_as_a_decision_leaves_it() -> None:
    before = panel(asked("bela"), asked("carl"))
    after = before.after(
        Decision("x", changes=(file(score=3), asked("bela", 4), asked("anna"), object()))
    )
    assert after.file == file(score=3)
    assert list(after.reviews) == [asked("anna"), asked("bela", 4), asked("carl")]
    assert (after.round, after.programme) == (before.round, before.programme)
    assert isinstance(before.file, File) and before.file.score is None


def test_a_review_is_found_by_its_reviewer_the_recused_ones_too() -> None:
    held = panel(asked("anna"), asked("bela", recused=True))
    assert held.review_of("bela") == asked("bela", recused=True)
    assert held.review_of("carl") is None
    assert [review.reviewer_id for review in held.live] == ["anna"]
