"""One file's reviewers, from the assignment to the score, and a drawing that anybody can draw again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.eligibility.domain.files import Draw, File, Review, Reviewer
from services.eligibility.domain.reviews.draw import Pool, assign_again, conflict_of, draw
from services.eligibility.domain.reviews.panel import Panel, assign, mark_reasons, recuse, take_review
from shared.contract.eligibility import CandidatureScored, ReviewRequested, ScoreWithdrawn
from shared.contract.frontdesk import ReviewSubmitted
from shared.kit.delivery import Arrival
from shared.programme import load_programme

ROOT = Path(__file__).parents[3]
PROGRAMME = load_programme(ROOT / "deploy" / "programmes" / "fabriques-de-territoire.toml")
NOW = datetime(2021, 1, 4, 9, tzinfo=UTC)
AT = Arrival("cause-1", NOW, "INTAKE", 1, "", "cause-1")
CRITERIA = tuple(criterion.id for criterion in PROGRAMME.criteria)


def file(number: int = 1, **changes: object) -> File:
    name = f"0198f2c4-0000-7000-8000-{number:012d}"
    siret = f"{900_000_000 + number}00012"
    made = File(name, "2020-4", 1, "eligible", siret, "03310", 46.1, 3.4, None, 1, ("outside-urban",))
    return replace(made, **changes)


def panel(*reviews: Review, of: File | None = None) -> Panel:
    return Panel(PROGRAMME, of or file(), reviews)


def asked(name: str, mark: int | None = None, **changes: object) -> Review:
    made = Review(file().candidature_id, name, NOW, "draw", date(2021, 1, 25), date(2021, 1, 18))
    given = {"marks": dict.fromkeys(CRITERIA, mark), "grid": "2020-1", "sequence": 1} if mark is not None else {}
    return replace(made, **given, **changes)


def submitted(name: str, mark: int, comment: str = "Lu.") -> ReviewSubmitted:
    marks = dict.fromkeys(CRITERIA, mark)
    return ReviewSubmitted(candidature_id=file().candidature_id, reviewer_id=name, marks=marks, comment=comment)


def test_the_last_review_gives_the_score_with_the_grid_and_the_marks_behind_it() -> None:
    decision = take_review(panel(asked("anna", 4), asked("bela")), submitted("bela", 2), 2)
    [fact] = decision.facts
    assert isinstance(fact, CandidatureScored)
    assert (fact.score, fact.grid, fact.reviewers) == (1200, "2020-1", ("anna", "bela"))
    assert {given.reviewer_id: given.marks["ambition"] for given in fact.reviews} == {"anna": 4, "bela": 2}


def test_a_changed_review_keeps_what_it_replaces_with_its_grid() -> None:
    decision = take_review(panel(asked("anna", 4), asked("bela", 4)), submitted("anna", 3, "Relu."), 9)
    changed = next(change for change in decision.changes if isinstance(change, Review))
    [before] = changed.history
    assert (before["marks"]["ambition"], before["sequence"], before["grid"]) == (4, 1, "2020-1")
    assert changed.marks and changed.marks["ambition"] == 3


@pytest.mark.parametrize("sequence, mark, result", [(1, 5, "superseded"), (0, 5, "superseded"), (2, 4, "duplicate")])
def test_an_older_or_equal_review_changes_nothing(sequence: int, mark: int, result: str) -> None:
    decision = take_review(panel(asked("anna", 4, comment="Lu."), asked("bela", 4)), submitted("anna", mark), sequence)
    assert (decision.result, decision.changes, decision.facts) == (result, (), ())


def test_a_recusal_takes_back_a_score_that_counted_it() -> None:
    scored = file(score=1600, score_revision=1)
    decision = recuse(panel(asked("anna", 4), asked("bela", 4), of=scored), "anna")
    [fact] = decision.facts
    assert isinstance(fact, ScoreWithdrawn) and fact.revision == 2
    [kept] = [change for change in decision.changes if isinstance(change, File)]
    assert kept.score is None


def test_a_recusal_that_leaves_enough_reviews_counts_the_others_alone() -> None:
    scored = file(score=1600, score_revision=1)
    reviews = asked("anna", 1), asked("bela", 4), asked("carl", 5)
    [fact] = recuse(panel(*reviews, of=scored), "anna").facts
    assert isinstance(fact, CandidatureScored) and fact.score == 1800
    assert [given.reviewer_id for given in fact.reviews if given.recused] == ["anna"]


def test_marks_too_far_apart_lack_one_more_reviewer_and_give_no_score() -> None:
    apart = panel(asked("anna", 5), asked("bela", 2))
    assert (apart.extra, apart.lacking) == (1, 1)
    assert take_review(panel(asked("anna", 5), asked("bela")), submitted("bela", 2), 2).facts == ()


def test_an_officer_who_asks_for_one_more_review_reopens_the_score() -> None:
    scored = file(score=1600, score_revision=1)
    decision = assign(panel(asked("anna", 4), asked("bela", 4), of=scored), "carl", "instructor-1", NOW)
    assert [type(fact) for fact in decision.facts] == [ReviewRequested, ScoreWithdrawn]


def test_every_mistake_in_marks_is_told_at_once() -> None:
    mistakes = mark_reasons(PROGRAMME, {"ambition": 9, "charm": 3})
    assert mistakes == [
        "no mark for anchoring",
        "no mark for business_model",
        "no mark for governance",
        "1 of the criteria are not in the grid",
        "ambition is marked 9, out of 5",
    ]


def pool(*names: str, **changes: object) -> Pool:
    reviewers = [Reviewer(name, "03", ()) for name in names]
    return replace(Pool(PROGRAMME, "2020-4", reviewers, {}, lambda _: "03"), **changes)


def test_a_stored_draw_is_drawn_again_from_what_it_keeps() -> None:
    """Given the draw's row and the files as they were, the same function gives the very pairs that were asked."""
    panels = [panel(of=file(number)) for number in range(1, 41)]
    decision = draw(pool("anna", "bela", "carl", loads={"anna": 5}), panels, AT)
    [kept] = [change for change in decision.changes if isinstance(change, Draw)]
    reviewers = [Reviewer(r["reviewer_id"], r["department"], tuple(r["ties"])) for r in kept.reviewers]
    again = assign_again(Pool(PROGRAMME, kept.wave, reviewers, {}, lambda _: "03"), panels[::-1], kept.loads)
    made = sorted((r.candidature_id, r.reviewer_id) for r in decision.changes if isinstance(r, Review))
    assert list(again.pairs) == made
    assert (kept.seed, kept.files) == ("fabriques-2020/fabriques/2020-4", 40)
    assert max(again.loads.values()) - min(again.loads.values()) <= 1


def test_a_draw_with_too_few_reviewers_says_which_files_lack_some() -> None:
    decision = draw(pool("anna"), [panel()], AT)
    [kept] = [change for change in decision.changes if isinstance(change, Draw)]
    assert kept.missing == {file().candidature_id: 1}
    assert [reason.code for reason in decision.reasons] == ["reviewers-missing"]


def test_nothing_is_drawn_where_nobody_registered_or_nothing_is_lacking() -> None:
    assert draw(pool(), [panel()], AT).changes == ()
    assert draw(pool("anna", "bela"), [panel(asked("x"), asked("y"))], AT).changes == ()
    assert draw(pool("anna", "bela"), [panel(of=file(status="ineligible"))], AT).changes == ()


def test_a_department_is_a_conflict_only_where_the_programme_says_so() -> None:
    strict = PROGRAMME.model_copy(
        update={"reviews": PROGRAMME.reviews.model_copy(update={"same_department_excluded": True})}
    )
    neighbour = Reviewer("anna", "03", ())
    assert conflict_of(strict, file(), neighbour, lambda _: "03") == "same-department"
    assert conflict_of(PROGRAMME, file(), neighbour, lambda _: "03") is None
    assert (
        conflict_of(PROGRAMME, file(), Reviewer("anna", None, (file().siret[:9],)), lambda _: None) == "tied-to-holder"
    )
