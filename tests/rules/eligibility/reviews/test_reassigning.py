"""Reviews that happen: a low mark says why, a late review goes to another one, progress is told."""

from datetime import timedelta

import pytest

from services.eligibility.domain.reviews.answering import take_review
from services.eligibility.domain.reviews.asking import reassign
from services.eligibility.domain.reviews.moderation import moderate, unread
from services.eligibility.domain.reviews.progress import progress
from services.eligibility.domain.reviews.reading import require_given
from services.eligibility.domain.states import Moderation, Review
from services.eligibility.questions import names_told
from shared.contract.backoffice import CommentsModerated
from shared.contract.eligibility import ReviewReleased, ReviewRequested
from shared.contract.front_ends import OFFICERS, OPERATORS
from shared.contract.reading import Reader
from shared.contract.values import Actor, Role
from shared.kit.errors import ReadingRefused
from tests.rules.eligibility.given import (
    DUE_ON,
    NOW,
    PUBLISHED,
    asked,
    dossier,
    file,
    only_change,
    panel,
    submitted,
)

LATE = NOW + timedelta(days=30)


def test_given_a_low_mark_without_its_comment_then_it_is_refused_and_the_criteria_are_named() -> (
    None
):
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
    told = progress(panels, LATE.date(), {"anna": "anna", "bela": "bela"})
    assert (told["files"], told["scored"], told["lacking"]) == (2, 0, [dossier()])
    [anna, bela] = told["reviewers"]
    assert (anna["late"], anna["recused"], anna["given"], bela["given"]) == (1, 1, 0, 1)
    assert told["late"] == [
        {"candidature_id": dossier(), "reviewer_id": "anna", "due_on": DUE_ON.isoformat()}
    ]


@pytest.mark.parametrize("numbers", [("1", "2"), ("2", "1")], ids=" ".join)
def test_what_is_told_by_number_lies_in_the_order_of_the_numbers(numbers: tuple[str, str]) -> None:
    panels = [panel(asked("anna"), asked("bela"))]
    told = progress(panels, LATE.date(), dict(zip(("anna", "bela"), numbers, strict=True)))
    for rows in (told["late"], told["reviewers"]):
        assert [one["reviewer_id"] for one in rows] == ["1", "2"]


def test_numbers_of_reviewers_are_drawn_for_each_answer_but_operators_read_the_log() -> None:
    panels = [panel(*[asked(f"reviewer of the name {letter}") for letter in "abcdefgh"])]
    drawn = {tuple(names_told(OFFICERS, panels).items()) for _ in range(20)}
    first = {names_told(OFFICERS, panels)["reviewer of the name a"] for _ in range(50)}
    assert len(drawn) > 1 and len(first) > 1
    assert all(name == told for name, told in names_told(OPERATORS, panels).items())


def test_the_comments_of_scored_files_wait_until_an_officer_has_read_them() -> None:
    files = [file(1, score=1600), file(2, score=1200), file(3)]
    assert unread(files, {dossier(2): 0}) == [files[0]]


def test_given_comments_that_were_read_when_the_score_is_another_one_then_they_are_read_anew() -> (
    None
):
    """A reviewer who stood back leaves words behind that a letter must not tell."""
    read = only_change(moderate(panel(), moderated(), NOW), Moderation)
    scored_anew = file(1, score=1600, score_revision=read.score_revision + 2)
    assert unread([scored_anew], {read.candidature_id: read.score_revision}) == [scored_anew]


@pytest.mark.parametrize("role", list(Role))
def test_whoever_has_a_review_to_give_reads_no_other_before_in_whatever_role(role: Role) -> None:
    reviews = [asked("anna"), asked("bela", 4)]
    with pytest.raises(ReadingRefused) as refused:
        require_given(reviews, Reader("anna", role))
    assert refused.value.reason.code == "own-review-first"
    require_given([asked("anna", 3), asked("bela", 4)], Reader("anna", role))
    if role is not Role.REVIEWER:
        require_given(reviews, Reader("moreau", role))
        require_given([asked("anna", recused=True), asked("bela", 4)], Reader("anna", role))


def moderated() -> CommentsModerated:
    return CommentsModerated(
        actor=Actor(id="officer-1", role=Role.INSTRUCTOR),
        reason="Relu",
        candidature_id=dossier(),
        strengths=(),
        weaknesses=("Le budget est fragile.",),
    )
