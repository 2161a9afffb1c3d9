"""A drawing of reviewers is stored with its seed: anybody can draw the same again."""

from services.eligibility.domain.reviews.draw import assign_again, draw, loads_elsewhere
from services.eligibility.domain.states import Draw, Review, Reviewer
from shared.contract.decision import Decision
from shared.contract.eligibility import ReviewRequested
from tests.rules.eligibility.given import (
    AT,
    DUE_ON,
    NOW,
    REMIND_ON,
    WAVE,
    asked,
    dossier,
    file,
    in_allier,
    only_change,
    panel,
    pool,
    reviewer,
    strict_about_departments,
)


def test_given_a_file_without_reviewers_then_two_are_asked_and_the_draw_is_kept_with_all_it_needs() -> (
    None
):
    decision = draw(pool("anna", "bela", loads={"anna": 5, "bela": 2}), [panel()], AT)
    made = Draw(
        wave=WAVE,
        cause_id="cause-1",
        drawn_at=NOW,
        seed="fabriques-2020/fabriques/2020-4",
        files=1,
        reviewers=(
            {"reviewer_id": "anna", "department": "63", "ties": ()},
            {"reviewer_id": "bela", "department": "63", "ties": ()},
        ),
        loads={"anna": 5, "bela": 2},
        missing={},
    )
    requests = tuple(
        ReviewRequested(
            candidature_id=dossier(),
            wave=WAVE,
            reviewer_id=name,
            due_on=DUE_ON,
            remind_on=REMIND_ON,
        )
        for name in ("anna", "bela")
    )
    assert decision == Decision(
        "drawn", facts=requests, changes=(made, asked("anna"), asked("bela"))
    )


def test_given_a_stored_draw_then_the_same_function_gives_the_very_pairs_that_were_asked() -> None:
    panels = [panel(of=file(number)) for number in range(1, 41)]
    decision = draw(pool("anna", "bela", "carl", loads={"anna": 5}), panels, AT)
    kept = only_change(decision, Draw)
    reviewers = [
        Reviewer(r["reviewer_id"], r["department"], tuple(r["ties"])) for r in kept.reviewers
    ]
    again = assign_again(pool(reviewers=reviewers), panels[::-1], kept.loads)
    made = sorted(
        (r.candidature_id, r.reviewer_id) for r in decision.changes if isinstance(r, Review)
    )
    assert list(again.pairs) == made
    assert (kept.files, len(made)) == (40, 80)
    assert max(again.loads.values()) - min(again.loads.values()) <= 1


def test_given_too_few_reviewers_then_the_draw_says_which_files_lack_some() -> None:
    numbers = range(1, 8)
    decision = draw(pool("anna"), [panel(of=file(number)) for number in numbers], AT)
    assert decision.result == "drawn"
    assert only_change(decision, Draw).missing == {dossier(number): 1 for number in numbers}
    [reason] = decision.reasons
    some = ", ".join(dossier(number) for number in range(1, 6))
    assert (reason.code, reason.message) == (
        "reviewers-missing",
        f"Il manque des relecteurs sans conflit d'intérêts à 7\u00a0dossiers : {some}.",
    )


def test_nothing_is_drawn_where_nobody_registered_or_nothing_is_lacking() -> None:
    nothing = Decision("nothing-to-draw")
    assert draw(pool(), [panel()], AT) == nothing
    assert draw(pool("anna", "bela"), [panel(asked("x"), asked("y"))], AT) == nothing
    assert draw(pool("anna", "bela"), [panel(of=file(status="ineligible"))], AT) == nothing


def test_given_one_reviewer_already_then_one_more_is_drawn_and_never_who_recused() -> None:
    held = panel(asked("anna"), asked("bela", recused=True))
    decision = draw(pool("anna", "bela", "carl"), [held], AT)
    assert [review.reviewer_id for review in decision.changes if isinstance(review, Review)] == [
        "carl"
    ]


def test_given_marks_too_far_apart_then_a_third_reviewer_is_drawn() -> None:
    decision = draw(pool("anna", "bela", "carl"), [panel(asked("anna", 5), asked("bela", 2))], AT)
    assert only_change(decision, Review) == asked("carl")


def test_given_ties_or_a_shared_department_that_the_programme_excludes_then_nobody_so_bound_is_drawn() -> (
    None
):
    programme = strict_about_departments()
    bound = [reviewer("anna", ties=(file().siret[:9],)), reviewer("bela", "03"), reviewer("carl")]
    decision = draw(pool(reviewers=bound, programme=programme), [panel(programme=programme)], AT)
    assert [review.reviewer_id for review in decision.changes if isinstance(review, Review)] == [
        "carl"
    ]


def test_what_reviewers_have_to_read_elsewhere_leaves_out_the_files_that_are_drawn_for() -> None:
    held = panel(asked("anna"), asked("bela", recused=True))
    assert loads_elsewhere({"bela": 2, "anna": 5}, [held]) == {"anna": 4, "bela": 2}
    assert list(loads_elsewhere({"bela": 2, "anna": 5}, [held])) == ["anna", "bela"]


def test_given_heavier_loads_elsewhere_then_the_draw_evens_them_out() -> None:
    decision = draw(pool("anna", "bela", "carl", loads={"anna": 9}), [panel()], AT)
    assert [review.reviewer_id for review in decision.changes if isinstance(review, Review)] == [
        "bela",
        "carl",
    ]


def test_the_department_of_a_file_is_asked_by_its_commune() -> None:
    asked_for = []
    draw(
        pool("anna", department_of=lambda code: asked_for.append(code) or in_allier(code)),
        [panel()],
        AT,
    )
    assert set(asked_for) == {"03310"}
