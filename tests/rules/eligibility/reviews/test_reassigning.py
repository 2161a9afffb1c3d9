"""Reviews that happen: a low mark says why, a late review goes to another one, progress is told."""

from datetime import timedelta

import pytest

from services.eligibility.domain.reviews.answering import take_review
from services.eligibility.domain.reviews.asking import reassign
from services.eligibility.domain.reviews.moderation import unread
from services.eligibility.domain.reviews.progress import progress
from services.eligibility.domain.states import Review
from shared.contract.eligibility import ReviewReleased, ReviewRequested
from tests.rules.eligibility.given import (
    DUE_ON,
    NOW,
    PUBLISHED,
    asked,
    dossier,
    file,
    panel,
    submitted,
)

LATE = NOW + timedelta(days=30)


def test_given_a_low_mark_without_its_comment_then_it_is_refused_and_the_criteria_are_named() -> None:
    said = submitted("anna", 2)
    low = said.model_copy(update={"comments": {}})
    refused = take_review(panel(asked("anna")), low, 2)
    assert (refused.result, refused.changes) == ("refused", ())
    assert refused.reasons[0].code == "comment-missing"
    assert "Gouvernance" in refused.reasons[0].message
    assert take_review(panel(asked("anna")), said, 2).result == "reviewed"
    assert take_review(panel(asked("anna")), submitted("anna", 3), 2).result == "reviewed"


@pytest.mark.parametrize("to", ["carl", None], ids=["named", "to be drawn"])
def test_given_a_late_review_when_it_is_reassigned_then_its_reviewer_reads_the_file_no_more(
    to: str | None,
) -> None:
    before = panel(asked("anna"), asked("bela", 4))
    decision = reassign(before, "anna", to, "officer-1", LATE)
    assert decision.result == "reassigned"
    told = [(type(fact), getattr(fact, "reviewer_id", "")) for fact in decision.facts]
    assert told == [(ReviewReleased, "anna"), *([(ReviewRequested, "carl")] if to else [])]
    after = before.after(decision)
    assert [review.reviewer_id for review in after.live] == ["bela", *([to] if to else [])]
    assert after.lacking == (0 if to else 1)


@pytest.mark.parametrize(
    "review",
    [asked("anna", 4), asked("anna", recused=True), asked("anna", due_on=LATE.date())],
    ids=["given", "recused", "not late"],
)
def test_given_a_review_that_is_not_late_then_nobody_takes_it_away(review: Review) -> None:
    decision = reassign(panel(review, asked("bela")), "anna", "carl", "officer-1", LATE)
    assert (decision.result, decision.changes) == ("refused", ())


def test_given_a_published_wave_then_a_ranked_file_is_not_reassigned() -> None:
    ranked = panel(asked("anna"), of=file(score=1600), during=PUBLISHED)
    assert reassign(ranked, "anna", None, "officer-1", LATE).result == "wave-published"


def test_progress_counts_by_reviewer_and_names_who_is_late_and_what_lacks_somebody() -> None:
    panels = [panel(asked("anna"), asked("bela", 4)), panel(asked("anna", recused=True))]
    told = progress(panels, LATE.date())
    assert (told["files"], told["scored"], told["lacking"]) == (2, 0, [dossier()])
    [anna, bela] = told["reviewers"]
    assert (anna["late"], anna["recused"], anna["given"], bela["given"]) == (1, 1, 0, 1)
    assert told["late"] == [
        {"candidature_id": dossier(), "reviewer_id": "anna", "due_on": DUE_ON.isoformat()}
    ]


def test_the_comments_of_scored_files_wait_until_an_officer_has_read_them() -> None:
    files = [file(1, score=1600), file(2, score=1200), file(3)]
    assert unread(files, {dossier(2)}) == [files[0]]
