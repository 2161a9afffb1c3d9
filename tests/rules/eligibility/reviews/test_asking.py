"""Who is asked to read a file, by when, and reminded twice."""

from datetime import timedelta

import pytest

from services.eligibility.domain.reviews.asking import ask_review, assign, reassign, remind
from services.eligibility.domain.states import File, FileStatus, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import ReviewReminded, ReviewRequested, ScoreWithdrawn
from tests.rules.eligibility.given import (
    DUE_ON,
    NOW,
    PUBLISHED,
    REMIND_ON,
    WAVE,
    asked,
    dossier,
    file,
    only_change,
    panel,
)


def test_given_a_request_then_it_is_due_in_21_days_and_reminded_of_a_week_before() -> None:
    review, fact = ask_review(panel(), "anna", "officer-1", NOW)
    assert review == Review(dossier(), "anna", NOW, "officer-1", DUE_ON, REMIND_ON)
    assert fact == ReviewRequested(
        candidature_id=dossier(), wave=WAVE, reviewer_id="anna", due_on=DUE_ON, remind_on=REMIND_ON
    )


def test_given_an_officer_who_assigns_a_reviewer_then_they_are_asked() -> None:
    decision = assign(panel(), "anna", "officer-1", NOW)
    assert (decision.result, [type(fact) for fact in decision.facts]) == (
        "assigned",
        [ReviewRequested],
    )
    assert decision.changes == (asked("anna", assigned_by="officer-1"),)


def test_given_a_complete_score_then_an_officer_who_asks_for_one_more_review_reopens_it() -> None:
    scored = file(score=1600, score_revision=1)
    decision = assign(
        panel(asked("anna", 4), asked("bela", 4), of=scored), "carl", "officer-1", NOW
    )
    assert [type(fact) for fact in decision.facts] == [ReviewRequested, ScoreWithdrawn]
    assert only_change(decision, File) == file(score=None, score_revision=2)


def test_given_a_reviewer_of_the_file_then_assigning_them_again_changes_nothing() -> None:
    assert assign(panel(asked("anna")), "anna", "officer-1", NOW) == Decision("duplicate")


def test_given_a_reviewer_who_recused_themselves_then_nobody_assigns_them_again() -> None:
    assert assign(panel(asked("anna", recused=True)), "anna", "officer-1", NOW) == Decision(
        "recused"
    )


def test_given_a_published_wave_then_nobody_is_assigned_to_a_ranked_file() -> None:
    ranked = panel(of=file(score=1600), during=PUBLISHED)
    assert assign(ranked, "anna", "officer-1", NOW) == Decision("wave-published")


@pytest.mark.parametrize(
    ("status", "code"), [("withdrawn", "file-withdrawn"), ("ineligible", "file-ineligible")]
)
def test_given_a_file_that_is_not_judged_then_nobody_is_asked_to_read_it_and_the_officer_hears_why(
    status: FileStatus, code: str
) -> None:
    gone = file(status=status)
    given_by_name = assign(panel(of=gone), "anna", "officer-1", NOW)
    handed_on = reassign(
        panel(asked("anna"), of=gone), "anna", "carl", "officer-1", NOW + timedelta(days=30)
    )
    for decision in (given_by_name, handed_on):
        assert (decision.result, decision.reasons[0].code, decision.changes) == (
            "refused",
            code,
            (),
        )
    assert (
        assign(panel(of=file(status="instruction")), "anna", "officer-1", NOW).result == "assigned"
    )


def test_given_the_day_has_come_then_who_has_not_answered_is_reminded_and_again_once_it_is_late() -> (
    None
):
    reminder = ReviewReminded(
        candidature_id=dossier(), wave=WAVE, reviewer_id="anna", due_on=DUE_ON
    )
    late_on = DUE_ON + timedelta(days=1)
    for today in (REMIND_ON, DUE_ON):
        decision = remind([(asked("anna"), panel(asked("anna")))], today)
        assert decision == Decision(
            "reminded", facts=(reminder,), changes=(asked("anna", remind_on=late_on),)
        )
    decision = remind([(asked("anna", remind_on=late_on), panel(asked("anna")))], late_on)
    assert decision == Decision(
        "reminded", facts=(reminder,), changes=(asked("anna", remind_on=None),)
    )


def test_given_frozen_marks_then_the_reminder_is_dropped_without_a_word() -> None:
    frozen = panel(asked("anna"), of=file(score=1600), during=PUBLISHED)
    decision = remind([(asked("anna"), frozen)], REMIND_ON)
    assert decision == Decision("reminded", changes=(asked("anna", remind_on=None),))


@pytest.mark.parametrize("status", ["withdrawn", "ineligible"])
def test_given_a_file_that_is_not_judged_then_nobody_is_reminded_of_it(status: FileStatus) -> None:
    decision = remind([(asked("anna"), panel(asked("anna"), of=file(status=status)))], REMIND_ON)
    assert decision.facts == ()
