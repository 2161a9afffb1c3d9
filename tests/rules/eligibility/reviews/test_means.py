"""What reviews add up to."""

from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.domain.reviews.means import aggregate, needs_another_review

ANN, BOB, EVE = (
    {"ambition": 4, "governance": 2},
    {"ambition": 3, "governance": 2},
    {"ambition": 0, "governance": 0},
)


def test_given_two_reviews_then_the_score_is_their_mean_in_hundredths():
    score = aggregate({"bob": BOB, "ann": ANN})

    assert (score.total, score.criteria) == (550, {"ambition": 350, "governance": 200})
    assert score.reviewers == ("ann", "bob")


def test_given_three_reviews_then_thirds_round_half_up_and_the_total_is_the_sum_of_what_is_shown():
    assert aggregate({"ann": ANN, "bob": BOB, "eve": EVE}).total == 233 + 133


@given(st.lists(st.integers(0, 100), min_size=1, max_size=9))
def test_given_any_marks_then_the_mean_is_off_by_half_a_hundredth_at_most(marks):
    mean = aggregate({f"r{n}": {"ambition": mark} for n, mark in enumerate(marks)}).total

    assert 100 * min(marks) <= mean <= 100 * max(marks)
    assert abs(2 * mean * len(marks) - 200 * sum(marks)) <= len(marks)


def test_given_a_discrepancy_above_the_threshold_then_one_more_review_is_asked_for():
    assert needs_another_review({"ann": ANN, "eve": EVE}, 5)
    assert not needs_another_review({"ann": ANN, "eve": EVE}, 6)
    assert not needs_another_review({"ann": ANN}, 0)
    assert not needs_another_review({}, 0)
