"""A conflict of interest is a hard constraint, for officers too, and whenever it is known."""

import pytest

from services.eligibility.domain.reviews.conflicts import conflict_of, register, require_no_conflict
from services.eligibility.domain.reviews.panel import Panel
from shared.contract.decision import Decision
from shared.contract.eligibility import ScoreWithdrawn
from shared.kit.errors import Rejected
from tests.rules.eligibility.given import (
    PUBLISHED,
    asked,
    dossier,
    file,
    in_allier,
    only_fact,
    panel,
    reviewer,
    strict_about_departments,
)

HOLDER = file().siret[:9]


def nowhere(_commune_code: str) -> str | None:
    return None


def test_a_tie_with_the_holder_forbids_the_file() -> None:
    assert conflict_of(panel(), reviewer("anna", ties=(HOLDER,)), in_allier) == "tied-to-holder"
    assert conflict_of(panel(), reviewer("anna", ties=("1" * 9,)), in_allier) is None


def test_a_department_is_a_conflict_only_where_the_programme_says_so() -> None:
    neighbour = reviewer("anna", "03")
    strict = panel(programme=strict_about_departments())
    assert conflict_of(strict, neighbour, in_allier) == "same-department"
    assert conflict_of(strict, reviewer("anna", "63"), in_allier) is None
    assert conflict_of(strict, neighbour, nowhere) is None
    assert conflict_of(panel(), neighbour, in_allier) is None


def test_given_a_forbidden_pair_then_the_officer_who_assigns_it_is_told_the_tie() -> None:
    with pytest.raises(Rejected, match=f"^anna may not read {dossier()}: tied-to-holder$"):
        require_no_conflict(panel(), reviewer("anna", ties=(HOLDER,)), in_allier)


def test_given_a_reviewer_without_a_tie_or_who_never_registered_then_they_may_be_assigned() -> None:
    require_no_conflict(panel(), reviewer("anna"), in_allier)
    require_no_conflict(panel(), None, in_allier)


def test_given_a_reviewer_without_a_tie_then_registering_leaves_their_files_alone() -> None:
    anna = reviewer("anna")
    assert register(anna, [panel(asked("anna"))], in_allier) == (
        Decision("registered", changes=(anna,)),
        [],
    )


def test_given_a_tie_declared_late_then_the_reviewer_is_taken_off_the_files_it_forbids_alone() -> (
    None
):
    anna = reviewer("anna", ties=(HOLDER,))
    tied = panel(asked("anna", 4), asked("bela", 4), of=file(score=1600, score_revision=1))
    free = Panel(tied.programme, file(2), [asked("anna", candidature_id=dossier(2))], tied.round)
    decision, left = register(anna, [free, tied], in_allier)
    assert decision.result == "registered"
    assert only_fact(decision, ScoreWithdrawn).candidature_id == dossier()
    gone = asked("anna", 4, recused=True)
    unscored = file(score=None, score_revision=2)
    assert decision.changes == (anna, gone, unscored)
    assert left == [panel(of=unscored).with_review(asked("bela", 4)).with_review(gone)]


def test_given_frozen_marks_then_a_tie_declared_late_changes_nothing_in_them() -> None:
    anna = reviewer("anna", ties=(HOLDER,))
    ranked = panel(asked("anna", 4), of=file(score=1600), during=PUBLISHED)
    open_file = Panel(ranked.programme, file(), [asked("anna")], panel().round)
    decision, left = register(anna, [ranked, open_file], in_allier)
    assert decision.changes == (anna, asked("anna", recused=True, remind_on=None))
    assert len(left) == 1
