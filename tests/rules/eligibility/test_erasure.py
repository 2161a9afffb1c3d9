"""When a person's data is erased, the marks that explain a decision stay, and nothing that was written."""

from services.eligibility.domain.erasure import erase
from services.eligibility.domain.reviews.asking import assign
from services.eligibility.domain.states import File, ReplacedReview, Review
from shared.contract.eligibility import FileForgotten
from tests.rules.eligibility.given import (
    NOW,
    asked,
    dossier,
    file,
    marks,
    only_change,
    only_fact,
    panel,
)


def test_given_reviews_with_comments_when_the_file_is_erased_then_their_marks_alone_stay() -> None:
    why = {"governance": "Camille décide seule."}
    before = ReplacedReview(
        marks=marks(3), comment="Camille connaît le lieu.", comments=why, sequence=1, grid="v1"
    )
    review = asked(
        "r1", 4, comment="Mme Exemple est convaincante.", comments=why, history=(before,)
    )
    decision = erase(dossier(), file(score=1600), [review])
    after = only_change(decision, Review)
    assert (after.marks, after.comment, after.comments) == (marks(4), "", {})
    assert after.history == ({**before, "comment": "", "comments": {}},)
    assert only_fact(decision, FileForgotten).candidature_id == decision.forgets == dossier()
    assert not [change for change in decision.changes if isinstance(change, File)]


def test_given_no_file_when_it_is_erased_then_that_is_told_all_the_same() -> None:
    decision = erase(dossier(), None, [])
    assert (decision.result, len(decision.facts), decision.changes) == ("erased", 1, ())


def test_given_a_file_without_a_score_when_it_is_erased_then_nobody_is_asked_to_read_it() -> None:
    gone = only_change(erase(dossier(), file(status="ineligible"), []), File)
    assert assign(panel(of=gone), "anna", "officer-1", NOW).reasons[0].code == "file-withdrawn"


def test_given_a_file_that_was_withdrawn_when_it_is_erased_then_that_is_no_news_for_its_reviewers() -> (
    None
):
    decision = erase(dossier(), file(status="withdrawn"), [asked("anna")])
    assert not [change for change in decision.changes if isinstance(change, File)]


def test_given_a_review_that_waits_when_its_file_is_erased_then_nobody_is_reminded_of_it() -> None:
    assert only_change(erase(dossier(), file(), [asked("anna")]), Review).remind_on is None
