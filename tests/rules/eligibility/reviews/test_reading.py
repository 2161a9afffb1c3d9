"""What is read of reviews: those that were given, with their words; one's own, by the day they are due."""

from datetime import date, timedelta

from services.eligibility.domain.reviews.moderation import moderate
from services.eligibility.domain.reviews.reading import own_reviews, read_reviews, state_of
from services.eligibility.domain.states import Moderation
from shared.contract.backoffice import CommentsModerated
from shared.contract.values import Actor, Role
from tests.rules.eligibility.given import (
    DUE_ON,
    NOW,
    PUBLISHED,
    WAVE,
    asked,
    dossier,
    file,
    marks,
    only_change,
    panel,
)


def test_reviews_are_read_as_they_were_given_the_recused_ones_told_as_such() -> None:
    comments = {"ambition": "Peu de moyens."}
    reviews = [asked("anna", 3, comments=comments), asked("bela"), asked("cora", 4, recused=True)]
    read = read_reviews(file(score=1350), reviews)
    assert (read["candidature_id"], read["wave"], read["score"]) == (dossier(), WAVE, 1350)
    assert read["reviews"][0] == {
        "reviewer_id": "anna",
        "recused": False,
        "grid": "2020-1",
        "marks": marks(3),
        "comment": "Lu.",
        "comments": comments,
    }
    assert [(one["reviewer_id"], one["recused"]) for one in read["reviews"]] == [
        ("anna", False),
        ("cora", True),
    ]


def test_a_reviewer_finds_their_own_by_the_day_they_are_due_without_files_taken_back() -> None:
    soon = DUE_ON - timedelta(days=3)
    reviews = [
        asked("anna"),
        asked("anna", candidature_id=dossier(2), due_on=soon),
        asked("anna", candidature_id=dossier(3)),
    ]
    files = {
        dossier(): file(),
        dossier(2): file(2),
        dossier(3): file(3, status="withdrawn"),
    }
    own = own_reviews(files, reviews, soon)
    assert [(one["candidature_id"], one["due_on"], one["state"]) for one in own] == [
        (dossier(2), soon.isoformat(), "asked"),
        (dossier(), DUE_ON.isoformat(), "asked"),
    ]
    assert (own[0]["wave"], own[0]["assigned_at"], own[0]["marks"]) == (WAVE, NOW.isoformat(), {})


def test_a_review_is_late_once_its_day_is_over_and_not_on_it() -> None:
    after: date = DUE_ON + timedelta(days=1)
    assert state_of(asked("anna"), DUE_ON) == "asked"
    assert state_of(asked("anna"), after) == "late"
    assert state_of(asked("anna", 3), after) == "given"
    assert state_of(asked("anna", 3, recused=True), after) == "recused"


def moderated() -> CommentsModerated:
    return CommentsModerated(
        actor=Actor(id="officer-1", role=Role.INSTRUCTOR),
        reason="Relu",
        candidature_id=dossier(),
        strengths=(),
        weaknesses=(),
    )


def test_comments_are_moderated_for_one_score_of_one_file_until_the_list_is_out() -> None:
    decision = moderate(panel(of=file(score_revision=4)), moderated(), NOW)
    assert decision.result == "moderated"
    assert only_change(decision, Moderation) == Moderation(dossier(), WAVE, "officer-1", NOW, 4)
    late = moderate(panel(during=PUBLISHED), moderated(), NOW)
    assert (late.result, late.changes) == ("wave-published", ())
