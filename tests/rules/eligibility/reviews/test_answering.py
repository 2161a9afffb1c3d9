"""What a reviewer may do: give marks, give others, recuse themselves; and what becomes of the score."""

from dataclasses import replace

import pytest

from services.eligibility.domain.reviews.answering import (
    mark_mistakes,
    recuse,
    require_grid,
    take_review,
)
from services.eligibility.domain.reviews.scoring import scored, with_score
from services.eligibility.domain.states import File, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import (
    CandidatureScored,
    GivenReview,
    ReviewReleased,
    ReviewRequested,
    ScoreWithdrawn,
)
from shared.contract.values import Reason
from shared.kit.errors import Rejected
from tests.rules.eligibility.given import (
    CRITERIA,
    DUE_ON,
    PROGRAMME,
    PUBLISHED,
    WAVE,
    asked,
    dossier,
    file,
    marks,
    only_change,
    only_fact,
    panel,
    submitted,
)

PENDING = (
    Reason(
        code="review-pending",
        message="Une relecture de plus est attendue avant que la note soit connue.",
    ),
)
SCORED = file(score=1600, score_revision=1)


def test_given_the_last_review_then_the_score_is_known_with_the_grid_and_the_marks_behind_it() -> (
    None
):
    gone = asked("carl", 1, recused=True)
    decision = take_review(panel(asked("anna", 4), asked("bela"), gone), submitted("bela", 2), 2)
    assert decision.result == "scored"
    assert decision.facts == (
        CandidatureScored(
            candidature_id=dossier(),
            wave=WAVE,
            revision=1,
            grid="2020-1",
            score=1200,
            criteria=dict.fromkeys(CRITERIA, 300),
            reviewers=("anna", "bela"),
            reviews=(
                GivenReview(reviewer_id="anna", marks=marks(4)),
                GivenReview(reviewer_id="bela", marks=marks(2)),
                GivenReview(reviewer_id="carl", marks=marks(1), recused=True),
            ),
        ),
    )
    given = asked("bela", 2, sequence=2, comments=submitted("bela", 2).comments)
    assert decision.changes == (given, file(score=1200, score_revision=1))


def test_given_a_review_that_leaves_another_awaited_then_it_is_kept_and_there_is_no_score() -> None:
    decision = take_review(panel(asked("anna"), asked("bela")), submitted("anna", 4), 2)
    assert decision == Decision("reviewed", changes=(asked("anna", 4, sequence=2),))


def test_given_a_changed_review_then_it_keeps_what_it_replaces_with_its_grid() -> None:
    older = {"marks": marks(2), "comment": "Premier.", "sequence": 0, "grid": "2019"}
    first = asked("anna", 4, history=(older,))
    decision = take_review(panel(first, asked("bela", 4)), submitted("anna", 3, "Relu."), 9)
    changed = only_change(decision, Review)
    assert changed.history == (
        older,
        {"marks": marks(4), "comment": "Lu.", "comments": {}, "sequence": 1, "grid": "2020-1"},
    )
    assert (changed.marks, changed.comment, changed.sequence, changed.grid) == (
        marks(3),
        "Relu.",
        9,
        "2020-1",
    )


def test_given_a_changed_comment_alone_then_the_review_is_another() -> None:
    decision = take_review(
        panel(asked("anna", 4), asked("bela", 4)), submitted("anna", 4, "Relu."), 9
    )
    assert only_change(decision, Review).comment == "Relu."


def test_given_who_read_the_other_reviews_when_they_change_a_mark_then_it_is_refused() -> None:
    given = panel(asked("anna", 4), asked("bela", 2))
    decision = take_review(given, submitted("anna", 3, "Revu."), 9, has_read=True)
    assert (decision.result, decision.changes, decision.facts) == ("refused", (), ())
    assert [reason.code for reason in decision.reasons] == ["marks-stand"]
    assert take_review(given, submitted("anna", 3, "Revu."), 9).result == "scored", "the control"


def test_given_who_read_the_other_reviews_when_they_mend_a_comment_then_it_is_kept() -> None:
    given = panel(asked("anna", 4), asked("bela", 2))
    decision = take_review(given, submitted("anna", 4, "Revu."), 9, has_read=True)
    assert only_change(decision, Review).comment == "Revu."


def test_given_who_read_them_in_another_role_before_being_asked_when_they_mark_then_it_counts() -> (
    None
):
    decision = take_review(
        panel(asked("anna"), asked("bela", 2)), submitted("anna", 4), 9, has_read=True
    )
    assert decision.result == "scored"


@pytest.mark.parametrize(
    ("sequence", "mark", "result"),
    [(1, 5, "superseded"), (0, 5, "superseded"), (2, 4, "duplicate")],
)
def test_given_an_older_or_equal_review_then_nothing_changes(
    sequence: int, mark: int, result: str
) -> None:
    decision = take_review(
        panel(asked("anna", 4), asked("bela", 4)), submitted("anna", mark), sequence
    )
    assert decision == Decision(result)


def test_given_a_late_reviewer_whose_place_was_taken_then_their_marks_count_no_more() -> None:
    decision = take_review(panel(asked("anna", recused=True)), submitted("anna", 4), 2)
    assert decision == Decision("recused")


def test_given_a_withdrawn_file_then_a_late_review_changes_nothing() -> None:
    of = file(status="withdrawn", score=1600)
    assert take_review(panel(asked("anna"), of=of), submitted("anna", 4), 2) == Decision(
        "withdrawn"
    )


def test_given_a_published_wave_then_the_marks_of_a_ranked_file_are_frozen() -> None:
    ranked = panel(asked("anna", 4), of=file(score=1600), during=PUBLISHED)
    assert take_review(ranked, submitted("anna", 1), 2) == Decision("wave-published")
    assert recuse(ranked, "anna") == Decision("wave-published")


def test_given_a_published_wave_then_a_file_without_a_score_can_still_be_reviewed() -> None:
    """A late officer's answer on the territory may make it eligible after all."""
    late = panel(asked("anna", 4), asked("bela"), during=PUBLISHED)
    assert take_review(late, submitted("bela", 4), 2).result == "scored"


def test_given_a_recusal_then_a_score_that_counted_it_is_taken_back() -> None:
    decision = recuse(panel(asked("anna", 4), asked("bela", 4), of=SCORED), "anna")
    withdrawn = ScoreWithdrawn(candidature_id=dossier(), wave=WAVE, revision=2, reasons=PENDING)
    assert (decision.result, decision.reasons) == ("recused", PENDING)
    assert decision.facts == (released("anna"), withdrawn)
    assert decision.changes == (asked("anna", 4, recused=True), file(score=None, score_revision=2))


def test_given_a_recusal_before_any_answer_then_nobody_is_reminded() -> None:
    decision = recuse(panel(asked("anna"), asked("bela")), "anna")
    gone = asked("anna", recused=True, remind_on=None)
    assert decision == Decision("recused", facts=(released("anna"),), changes=(gone,))


def released(name: str) -> ReviewReleased:
    return ReviewReleased(candidature_id=dossier(), wave=WAVE, reviewer_id=name, because="recused")


def test_given_a_recusal_that_leaves_enough_reviews_then_the_others_count_alone() -> None:
    decision = recuse(
        panel(asked("anna", 1), asked("bela", 4), asked("carl", 5), of=SCORED), "anna"
    )
    fact = only_fact(decision, CandidatureScored)
    assert (fact.score, fact.reviewers, fact.revision) == (1800, ("bela", "carl"), 2)
    assert [given.reviewer_id for given in fact.reviews if given.recused] == ["anna"]


def test_given_a_second_recusal_then_nothing_changes() -> None:
    assert recuse(panel(asked("anna", recused=True)), "anna") == Decision("duplicate")


def test_given_an_ineligible_file_then_its_reviews_are_kept_and_it_has_no_score() -> None:
    waiting = file(status="instruction")
    decision = take_review(
        panel(asked("anna", 4), asked("bela"), of=waiting), submitted("bela", 4), 2
    )
    assert decision == Decision("reviewed", changes=(asked("bela", 4, sequence=2),))


def test_given_reviews_that_waited_for_the_territory_then_the_answer_gives_the_score() -> None:
    waiting = panel(asked("anna", 4), asked("bela", 4), of=file(status="instruction"))
    answer = Decision("eligible", PENDING, changes=(file(revision=2),))
    decision = with_score(waiting, answer)
    assert (decision.result, decision.reasons) == ("eligible", PENDING)
    assert only_fact(decision, CandidatureScored).score == 1600
    assert decision.changes == (file(revision=2), file(revision=2, score=1600, score_revision=1))


def test_given_an_answer_on_a_scored_file_that_lacks_a_review_then_its_reasons_stay_those_of_the_answer() -> (
    None
):
    why = (Reason(code="outside-urban", message="Vichy est hors des grands centres urbains."),)
    moved = replace(SCORED, revision=2)
    decision = with_score(
        panel(asked("anna", 4), of=SCORED), Decision("eligible", why, changes=(moved,))
    )
    assert (decision.result, decision.reasons) == ("eligible", why)
    assert only_fact(decision, ScoreWithdrawn).reasons == PENDING
    assert only_change(decision, File) == replace(moved, score=None, score_revision=2)


def test_given_an_answer_and_no_review_then_it_stands_alone() -> None:
    answer = Decision("eligible", changes=(file(revision=2),))
    assert with_score(panel(), answer) == answer


def test_given_a_result_without_consequence_then_facts_and_changes_pass_through() -> None:
    fact = ReviewRequested(
        candidature_id=dossier(), wave=WAVE, reviewer_id="anna", due_on=DUE_ON, remind_on=DUE_ON
    )
    assigned = Decision("assigned", facts=(fact,), changes=(asked("anna"),))
    for of in (file(), file(status="ineligible")):
        assert scored(panel(of=of), assigned) == assigned


def test_every_mistake_in_marks_is_told_at_once() -> None:
    mistakes = mark_mistakes(PROGRAMME, {"ambition": 9, "charm": 3, "anchoring": 5})
    assert mistakes == [
        "no mark for business_model",
        "no mark for governance",
        "1 of the criteria are not in the grid",
        "ambition is marked 9, out of 5",
    ]
    with pytest.raises(Rejected) as refused:
        require_grid(PROGRAMME, {"ambition": 9, "charm": 3, "anchoring": 5})
    assert str(refused.value) == " · ".join(mistakes)


def test_marks_of_the_grid_are_taken_from_nought_to_the_highest() -> None:
    for mark in (0, 5):
        require_grid(PROGRAMME, marks(mark))


def test_given_marks_of_nought_then_they_are_marks() -> None:
    decision = take_review(panel(asked("anna", 0), asked("bela")), submitted("bela", 0), 2)
    assert only_change(decision, File).score == 0


def test_given_the_same_marks_with_another_grid_then_the_review_still_says_the_same() -> None:
    before = replace(asked("anna", 4), grid="2019")
    assert take_review(panel(before, asked("bela", 4)), submitted("anna", 4), 2) == Decision(
        "duplicate"
    )
