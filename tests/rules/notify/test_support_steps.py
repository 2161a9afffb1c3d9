"""Support is work: its steps are agreed, done, late, dropped, reopened; none is done by being announced."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.notify.domain.notice import Notice
from services.notify.domain.steps import FROM, LIVE, MOVES_MAX, move_of
from services.notify.domain.support import (
    STEPS_MAX,
    Supported,
    begin_support,
    close_plan,
    renew_needs,
)
from services.notify.domain.support_acts import hold_interview, move_step, open_step
from services.notify.questions.support import counted
from shared import french
from shared.contract.funding import ReportReceived
from shared.contract.people import MAY
from shared.contract.support import (
    ASSOCIATION_ACTS,
    SUPPORT_ACTS,
    InterviewHeld,
    StepAct,
    StepAgreed,
    StepAssigned,
    StepCommented,
    StepDropped,
    StepFinished,
    StepOpened,
    StepReopened,
    StepReturned,
    StepStarted,
    StepState,
)
from shared.contract.values import Role
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
from tests.rules.notify.notify_samples import DOSSIER, WRITER, as_read

MOVERS: dict[type[StepAct], dict[str, Any]] = {
    StepAgreed: {},
    StepAssigned: {"owner": "mentor"},
    StepReturned: {},
    StepStarted: {},
    StepCommented: {},
    StepFinished: {},
    StepDropped: {},
    StepReopened: {},
}


def test_given_an_award_then_every_step_is_proposed_with_an_owner_and_a_day_and_none_is_done() -> (
    None
):
    known = opened("governance", "communication", "training")
    rows = [(one.name, one.owner, one.due_on - DAY, one.state) for one in known.steps]
    assert rows == [
        ("first-interview", "team", timedelta(days=60), "proposed"),
        ("need-governance", "team", timedelta(days=365), "proposed"),
        ("need-communication", "holder", timedelta(days=365), "proposed"),
        ("need-training", "mentor", timedelta(days=365), "proposed"),
        ("peers", "mentor", timedelta(days=120), "proposed"),
    ]
    assert [one.name for one in known.steps] == list(known.plan.steps)


def test_what_is_announced_is_not_done() -> None:
    known = opened("governance")
    begun = begin_support(known, on().cause)
    assert {state for _, state, _ in said(begun)} == {"proposed"}
    letters = [one.template for one in begun.changes if isinstance(one, Notice)]
    assert letters == ["support_opened"]
    assert counted(after(known, begun).steps, DAY)["done"] == 0


@pytest.mark.parametrize("kind", MOVERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", (*LIVE, "done", "dropped"))
def test_an_act_moves_a_step_from_the_states_that_its_table_names_alone(
    kind: type[StepAct], state: StepState
) -> None:
    decision = move_step(in_state(state), act(kind, **MOVERS[kind]), on())
    assert (decision.result != "refused") == (state in FROM[kind])
    if decision.result == "refused":
        assert (decision.facts, decision.changes, codes(decision)) == ((), (), ["step-not-now"])


def test_every_act_about_a_step_has_its_states_and_every_act_its_roles() -> None:
    assert set(MOVERS) == set(FROM) == {kind for kind in SUPPORT_ACTS if issubclass(kind, StepAct)}
    by_association = {kind for kind in SUPPORT_ACTS if Role.ASSOCIATION in MAY[kind]}
    assert by_association == set(ASSOCIATION_ACTS)


def test_given_work_when_it_is_agreed_started_and_finished_then_its_outcome_and_its_people_are_kept() -> (
    None
):
    known = walk(
        handed("governance"),
        (DAY, act(StepAgreed, PARTNER)),
        (DAY, act(StepStarted, PARTNER)),
        (DAY, act(StepCommented)),
        (DAY + timedelta(days=9), act(StepFinished, PARTNER)),
    )
    done = step(known, "need-governance")
    assert (done.state, done.agreed_on, done.ended_on) == ("done", DAY, DAY + timedelta(days=9))
    assert [(move["act"], move["by"], move["role"]) for move in done.moves] == [
        ("plan.handed-over", "", ""),
        ("step.agreed", "leroy", "association"),
        ("step.started", "leroy", "association"),
        ("step.commented", "durand", "instructor"),
        ("step.finished", "leroy", "association"),
    ]
    assert done.moves[-1]["said"] == "Dit au téléphone."


def test_a_comment_is_kept_and_no_fact() -> None:
    decision = move_step(in_state("agreed"), act(StepCommented), on())
    assert (decision.facts, len(decision.changes)) == ((), 1)


@pytest.mark.parametrize("owner", ["team", "association", "mentor", "holder"])
def test_what_is_overdue_counts_on_every_side_and_what_is_done_late_stays_late(owner: str) -> None:
    known = in_state("agreed", owner)
    due_on = known.steps[0].due_on
    assert counted(known.steps, due_on)["late"] == 0
    assert counted(known.steps, due_on + timedelta(days=1))["late"] == 1
    late = walk(known, (due_on + timedelta(days=1), act(StepFinished)))
    in_time = walk(known, (due_on, act(StepFinished)))
    assert [counted(one.steps, date(2029, 1, 1))["late"] for one in (late, in_time)] == [1, 0]


def test_a_step_that_its_owner_sends_back_is_the_teams_until_somebody_else_has_it() -> None:
    back = walk(in_state("agreed"), (DAY, act(StepReturned, PARTNER)))
    assert (back.steps[0].owner, back.steps[0].state, back.steps[0].returned) == (
        "team",
        "proposed",
        True,
    )
    assert codes(move_step(back, act(StepReturned), on())) == ["step-with-the-team"]
    given = walk(back, (DAY, act(StepAssigned, owner="mentor")))
    assert (given.steps[0].owner, given.steps[0].returned) == ("mentor", False)


def test_a_step_put_off_is_still_agreed_and_one_given_to_another_is_not() -> None:
    later = DAY + timedelta(days=400)
    put_off = walk(in_state("agreed"), (DAY, act(StepAssigned, owner="association", due_on=later)))
    assert (put_off.steps[0].state, put_off.steps[0].due_on) == ("agreed", later)
    assert (
        walk(in_state("agreed"), (DAY, act(StepAssigned, owner="team"))).steps[0].state
        == "proposed"
    )
    past = act(StepAssigned, owner="team", due_on=DAY - timedelta(days=1))
    assert codes(move_step(in_state("agreed"), past, on())) == ["due-day-past"]


def test_a_step_that_was_done_is_reopened_with_a_new_day() -> None:
    day = DAY + timedelta(days=300)
    known = walk(
        handed("governance"),
        (DAY, act(StepAgreed)),
        (DAY, act(StepFinished)),
        (day, act(StepReopened)),
    )
    again = step(known, "need-governance")
    assert (again.state, again.ended_on, again.due_on) == (
        "agreed",
        None,
        day + timedelta(days=365),
    )


def test_given_a_first_interview_then_needs_become_agreed_steps_and_the_others_are_dropped() -> (
    None
):
    known = handed("governance", "communication")
    decision = hold_interview(known, act(InterviewHeld, needs=("governance", "legal")), on())
    assert said(decision) == [
        ("first-interview", "done", "team"),
        ("need-communication", "dropped", "holder"),
        ("need-governance", "agreed", "association"),
        ("need-legal", "agreed", "association"),
    ]
    held = after(known, decision)
    assert held.plan.needs == ("governance", "legal")
    assert {one.moves[-1]["by"] for one in held.steps if one.need} == {"durand"}
    again = hold_interview(held, act(InterviewHeld, needs=()), on())
    assert codes(again) == ["interview-over"]


def test_given_a_report_then_new_needs_are_proposed_and_what_was_agreed_stands() -> None:
    known = walk(handed("governance", "communication"), (DAY, act(StepAgreed)))
    report = ReportReceived(candidature_id=DOSSIER, year=1, version=1, support_needs=("legal",))
    decision = renew_needs(known, report, on())
    assert said(decision) == [
        ("need-communication", "dropped", "holder"),
        ("need-legal", "proposed", "association"),
    ]
    silent = report.model_copy(update={"support_needs": None})
    assert renew_needs(known, silent, on()).changes == ()


def test_given_an_award_that_ends_then_what_was_left_is_dropped_and_what_was_done_stays() -> None:
    known = walk(handed("governance"), (DAY, act(StepAgreed)), (DAY, act(StepFinished)))
    decision = close_plan(known, on())
    states = {one.name: one.state for one in after(known, decision).steps}
    assert states == {
        "first-interview": "dropped",
        "need-governance": "done",
        "peers": "dropped",
        "introduction": "dropped",
    }
    ended = after(known, decision)
    assert codes(move_step(ended, act(StepReopened), on())) == ["plan-closed"]
    assert [close_plan(one, on()).result for one in (ended, None)] == ["no-plan", "no-plan"]


def fill(known: Supported) -> Supported:
    names = tuple(f"need-{number}" for number in range(STEPS_MAX))
    return replace(known, plan=replace(known.plan, steps=names))


def test_a_plan_and_a_step_have_their_limits() -> None:
    full = fill(handed())
    assert codes(open_step(full, act(StepOpened, need="legal", owner="team"), on())) == [
        "plan-full"
    ]
    assert codes(hold_interview(full, act(InterviewHeld, needs=("legal",)), on())) == ["plan-full"]
    known = in_state("agreed")
    note = move_of("step.commented", on().now, "durand", "instructor", "Rien de neuf.")
    crowded = replace(known.steps[0], moves=(note,) * MOVES_MAX)
    decision = move_step(replace(known, steps=(crowded,)), act(StepCommented), on())
    assert codes(decision) == ["step-full"]


def test_a_step_for_a_need_that_had_one_gets_a_name_of_its_own() -> None:
    known = handed("governance")
    decision = open_step(known, act(StepOpened, need="governance", owner="team", due_on=DAY), on())
    assert said(decision) == [("need-governance-2", "proposed", "team")]
    past = act(StepOpened, need="legal", owner="team", due_on=DAY - timedelta(days=1))
    assert codes(open_step(known, past, on())) == ["due-day-past"]
    assert codes(move_step(known, act(StepAgreed, step="need-legal"), on())) == ["step-unknown"]


def test_given_a_step_that_the_holder_owns_then_they_are_told_what_it_is_and_by_when() -> None:
    known = handed("communication", "governance")
    held = hold_interview(known, act(InterviewHeld, needs=("communication", "governance")), on())
    [letter] = [one for one in held.changes if isinstance(one, Notice)]
    text = as_read(WRITER.write(letter, known.contact).text)
    due_on = french.day(step(known, "need-communication").due_on).replace("\u00a0", " ")
    assert f"Appui sur la communication, avant le {due_on}" in text
    assert "gouvernance" not in text, "what others have to do is in the plan"
    agreed = move_step(in_state("proposed", "holder"), act(StepAgreed), on())
    assert [one.template for one in agreed.changes if isinstance(one, Notice)] == ["steps_agreed"]
    reopened = move_step(in_state("done", "holder"), act(StepReopened), on())
    assert not [one for one in reopened.changes if isinstance(one, Notice)], (
        "nobody had agreed to it"
    )
    for owner in ("team", "association", "mentor"):
        others = move_step(in_state("proposed", owner), act(StepAgreed), on())
        assert not [one for one in others.changes if isinstance(one, Notice)], "the control"
