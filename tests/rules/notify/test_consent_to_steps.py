"""The association has steps of those laureates alone who agree that it knows them, and moves those alone."""

from dataclasses import replace

from services.notify.domain.notice import Notice
from services.notify.domain.steps import FROM
from services.notify.domain.support import begin_support, close_plan, hand_over, take_back
from services.notify.domain.support_acts import hold_interview, move_step, note_consent, open_step
from shared.contract.support import (
    ASSOCIATION_ACTS,
    ConsentNoted,
    InterviewHeld,
    StepAct,
    StepAgreed,
    StepAssigned,
    StepCommented,
    StepOpened,
    StepReopened,
)
from tests.rules.notify.given_steps import (
    DAY,
    PARTNER,
    act,
    after,
    codes,
    handed,
    in_state,
    on,
    opened,
    said,
    step,
    walk,
)


def test_without_their_agreement_the_association_hears_nothing_of_a_laureate() -> None:
    known = opened("governance")
    begun = begin_support(known, on().cause)
    assert "association" not in {one.recipient for one in begun.changes if isinstance(one, Notice)}
    refused = move_step(known, act(StepAgreed, PARTNER), on())
    assert (refused.result, codes(refused)) == ("refused", ["not-handed-over"])


def test_control_with_their_agreement_it_is_introduced_and_gets_its_steps() -> None:
    decision = hand_over(opened("governance", "communication"), on())
    assert said(decision) == [
        ("need-governance", "proposed", "association"),
        ("introduction", "proposed", "association"),
    ]
    assert [
        (one.template, one.recipient) for one in decision.changes if isinstance(one, Notice)
    ] == [("introduction", "association")]
    assert move_step(handed("governance"), act(StepAgreed, PARTNER), on()).result == "step-agreed"
    assert hand_over(handed("governance"), on()).result == "handed-over"


def test_given_consent_that_ends_then_what_the_association_had_is_the_teams() -> None:
    known = handed("governance")
    decision = note_consent(known, act(ConsentNoted, agreed=False), on())
    assert said(decision) == [
        ("need-governance", "proposed", "team"),
        ("introduction", "dropped", "association"),
    ]
    ended = after(known, decision)
    assert not ended.plan.handed_over
    assert take_back(ended, on()).result == "not-handed-over"
    again = after(ended, note_consent(ended, act(ConsentNoted, agreed=True), on()))
    assert step(again, "introduction-2").state == "proposed", (
        "an introduction that was dropped stays so"
    )


def test_the_association_moves_its_own_steps_alone() -> None:
    for kind in ASSOCIATION_ACTS:
        if issubclass(kind, StepAct):
            decision = move_step(in_state(FROM[kind][0], "team"), act(kind, PARTNER), on())
            assert codes(decision) == ["step-not-yours"], kind
    for owner, result in (
        ("association", "step-opened"),
        ("holder", "step-opened"),
        ("team", "refused"),
    ):
        decision = open_step(handed(), act(StepOpened, PARTNER, need="legal", owner=owner), on())
        assert decision.result == result
    assert codes(hold_interview(handed(), act(InterviewHeld, PARTNER, needs=()), on())) == [
        "step-not-yours"
    ]


def test_the_association_holds_an_interview_over_its_own_steps_alone() -> None:
    known = walk(
        handed("training", "legal", "governance"),
        (DAY, act(StepAssigned, step="first-interview", owner="association")),
        (DAY, act(StepAssigned, step="need-legal", owner="team")),
    )
    needs = ("legal", "communication", "funding")
    decision = hold_interview(known, act(InterviewHeld, PARTNER, needs=needs), on())
    assert said(decision) == [
        ("first-interview", "done", "association"),
        ("need-governance", "dropped", "association"),
        ("need-communication", "proposed", "holder"),
        ("need-funding", "agreed", "association"),
    ]
    of_the_team = {
        name for name, _, _ in said(hold_interview(known, act(InterviewHeld, needs=needs), on()))
    }
    assert {"need-training", "need-legal"} <= of_the_team, (
        "the control: the team settles everybody's"
    )


def test_of_who_is_not_handed_over_the_association_learns_nothing_by_trying() -> None:
    known = opened("governance")
    held = after(known, hold_interview(known, act(InterviewHeld, needs=()), on()))
    for one in (known, held, after(held, close_plan(held, on()))):
        tries = [
            move_step(one, act(StepCommented, PARTNER, step=f"need-{n}"), on())
            for n in ("governance", "x")
        ]
        tries.append(hold_interview(one, act(InterviewHeld, PARTNER, needs=()), on()))
        assert [codes(decision) for decision in tries] == [["not-handed-over"]] * 3


def test_no_step_is_given_to_the_association_for_who_does_not_agree_that_it_knows_them() -> None:
    given = act(StepAssigned, owner="association")
    fresh = act(StepOpened, need="legal", owner="association")
    for known, expected in (
        (opened("governance"), ["not-handed-over"]),
        (handed("governance"), []),
    ):
        assert codes(move_step(known, given, on())) == expected
        assert codes(open_step(known, fresh, on())) == expected


def test_its_step_is_not_taken_up_again_once_they_agree_no_more() -> None:
    done = in_state("done")
    taken_back = replace(done, plan=replace(done.plan, handed_over=False))
    assert codes(move_step(taken_back, act(StepReopened), on())) == ["not-handed-over"]
    assert move_step(done, act(StepReopened), on()).facts, "the control"
