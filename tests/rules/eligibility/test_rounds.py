"""The reviews of a wave open at its closing, and count no more once it is published."""

from dataclasses import replace

import pytest

from services.eligibility.domain.reviews.draw import draw
from services.eligibility.domain.rounds import (
    close_round,
    publish_round,
    reopen_round,
    require_open,
)
from services.eligibility.domain.states import Round
from shared.contract.decision import Decision
from shared.kit.errors import Rejected
from tests.rules.eligibility.given import (
    AT,
    NOT_CLOSED,
    NOW,
    PUBLISHED,
    UNDER_REVIEW,
    WAVE,
    panel,
    pool,
)


def test_given_a_wave_that_closes_then_its_files_get_their_reviewers_in_the_same_decision() -> None:
    drawn = draw(pool("anna"), [panel(during=NOT_CLOSED)], AT)
    decision = close_round(NOT_CLOSED, drawn, NOW)
    assert decision.result == "closed"
    assert (decision.reasons, decision.facts) == (drawn.reasons, drawn.facts)
    assert decision.reasons and decision.facts
    assert decision.changes == (UNDER_REVIEW, *drawn.changes)


def test_given_a_wave_that_is_closed_already_then_nothing_is_drawn_twice() -> None:
    drawn = draw(pool("anna"), [panel()], AT)
    assert close_round(UNDER_REVIEW, drawn, NOW) == Decision("duplicate")


def test_given_a_wave_that_opens_again_then_its_reviews_wait_for_the_next_closing() -> None:
    assert reopen_round(UNDER_REVIEW) == Decision("reopened", changes=(NOT_CLOSED,))


def test_given_a_published_wave_then_its_reviews_never_open_again() -> None:
    assert reopen_round(PUBLISHED) == Decision("wave-published")


def test_given_a_publication_then_the_round_knows_its_moment() -> None:
    assert publish_round(UNDER_REVIEW, NOW) == Decision("published", changes=(PUBLISHED,))


def test_a_round_is_open_between_the_closing_and_the_publication() -> None:
    rounds = [NOT_CLOSED, UNDER_REVIEW, PUBLISHED, replace(PUBLISHED, closed_at=None)]
    assert [known.open for known in rounds] == [False, True, False, False]


@pytest.mark.parametrize("known", [NOT_CLOSED, PUBLISHED, Round(WAVE)])
def test_given_nothing_under_review_then_an_officer_who_asks_for_a_draw_is_told_why_not(
    known: Round,
) -> None:
    told = "^the wave is not closed yet, or published already: there is nothing to draw for$"
    with pytest.raises(Rejected, match=told):
        require_open(known)


def test_given_a_wave_under_review_then_a_draw_may_be_asked_for() -> None:
    require_open(UNDER_REVIEW)
