"""The association has steps of those laureates alone who agree that it knows them."""

from dataclasses import replace

from services.notify.domain.support_acts import move_step, open_step
from shared.contract.support import StepAssigned, StepOpened, StepReopened
from tests.rules.notify.test_support_steps import act, codes, handed, in_state, on, opened


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
