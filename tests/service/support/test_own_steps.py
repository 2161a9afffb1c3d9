"""Laureates say how far their own steps are: of their own dossier alone, and as mentors of who agreed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify.domain.own_steps import THEIR_MOVES_MAX
from services.notify.domain.pairs import Pair
from services.notify.domain.steps import MOVES_MAX, Step, step_id
from services.notify.domain.support import Plan
from services.notify.handlers import steps
from services.notify.questions.laureates import my_support
from services.notify.questions.support import handed, told_plan
from shared.contract.asked import DossierAsked
from shared.contract.frontdesk import StepReported
from shared.contract.intake import CandidatureErased
from shared.contract.notify import SupportAdvanced
from shared.contract.support import StepCommented, StepReopened
from shared.kit.errors import ActRefused
from shared.kit.people.signatures import public_key_of, signed_headers
from shared.kit.storage.states import States
from shared.reference.communes import load_communes
from tests.people import key_of
from tests.rules.notify.notify_samples import AT
from tests.service.support.laureates import (
    LAUREATE,
    MENTOR,
    NOW,
    OFFICER,
    STRANGER,
    arrival,
    decide,
    keep_laureate,
)

SUBJECT = f"fabriques.frontdesk.step.reported.v1.{LAUREATE}"
KEY, THIEF = key_of("holder"), key_of("thief")


def said(one: str = LAUREATE, **changes: Any) -> StepReported:
    fields = {
        "candidature_id": one,
        "step": "need-communication",
        "said": "Le site est en ligne.",
        "done": True,
    }
    return StepReported.model_validate(fields | changes)


def commented() -> StepCommented:
    return StepCommented(candidature_id=LAUREATE, step="need-communication", **OFFICER)


def of_the_laureate(states: States, name: str) -> Step:
    found = states.one(Step, step_id(LAUREATE, name))
    assert found
    return found


def refused(states: States, event: StepReported, **at: Any) -> str:
    """The code of the reason that its sender hears."""
    with pytest.raises(ActRefused) as refusal:
        decide(states, event, arrival(**at))
    return refusal.value.reason.code


def keep_three(states: States) -> None:
    for one in (LAUREATE, MENTOR, STRANGER):
        keep_laureate(states, one)


def named(states: States, helped: str, helper: str, *agreed_by: str, **changes: Any) -> None:
    states.keep(replace(Pair(helped, helper, AT, agreed_by=agreed_by), **changes))


def test_a_laureate_says_how_far_a_step_of_their_own_is_then_that_it_is_done(
    states: States,
) -> None:
    keep_laureate(states, LAUREATE)
    for done, state in ((False, "agreed"), (True, "done")):
        [fact] = decide(states, said(done=done)).facts
        assert isinstance(fact, SupportAdvanced), (
            "without one no rebuild would know when it was decided"
        )
        assert (fact.candidature_id, fact.step, fact.state) == (
            LAUREATE,
            "need-communication",
            state,
        )
    step = of_the_laureate(states, "need-communication")
    assert step.ended_on == NOW.date()
    assert [(one["by"], one["role"], one["said"]) for one in step.moves] == [
        ("FABT-2020-4-0000a", "holder", "Le site est en ligne.")
    ] * 2
    assert refused(states, said(said="Autre chose.")) == "step-not-now"


def test_what_is_somebody_elses_to_do_is_not_a_laureates_to_say(states: States) -> None:
    keep_laureate(states, LAUREATE)
    for step in ("first-interview", "need-training"):
        assert refused(states, said(step=step)) == "step-not-yours"
    assert refused(states, said(step="need-legal")) == "step-unknown"


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
def test_another_front_end_is_refused(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    keep_laureate(states, LAUREATE)
    if not looked_at:
        monkeypatch.setattr(steps, "require_holder", lambda *_: None)
        assert decide(states, said(), arrival("portal")).facts
        return
    assert refused(states, said(), front_end="portal") == "not-your-dossier"


def test_a_dossier_with_a_key_is_spoken_for_by_that_key_alone(states: States) -> None:
    keep_laureate(states, LAUREATE, public_key=public_key_of(KEY))
    body = said().model_dump_json().encode()

    def signed(key: Any) -> dict[str, Any]:
        act_id = str(UUID(int=1))
        headers = signed_headers(key, "platform", SUBJECT, act_id, body)
        signature = headers["Fabriques-Signature"]
        return {
            "subject": SUBJECT,
            "body": body,
            "act_id": act_id,
            "signature": signature,
            "platform": "platform",
        }

    assert refused(states, said()) == "signature-missing"
    assert refused(states, said(), **signed(THIEF)) == "signature-wrong"
    assert decide(states, said(), arrival("portal", **signed(KEY))).facts, (
        "its key speaks from anywhere"
    )


def test_a_mentor_speaks_of_the_steps_it_has_for_a_peer_once_both_have_agreed(
    states: States,
) -> None:
    keep_three(states)
    training = said(MENTOR, step="need-training", helped=LAUREATE)
    assert refused(states, training) == "not-a-mentor"
    named(states, LAUREATE, MENTOR, LAUREATE)
    assert refused(states, training) == "not-a-mentor", "one of the two has not answered"
    named(states, LAUREATE, MENTOR, LAUREATE, MENTOR)
    assert refused(states, said(MENTOR, helped=LAUREATE)) == "step-not-yours", "the holder's own"
    assert refused(states, said(STRANGER, step="need-training", helped=LAUREATE)) == "not-a-mentor"
    assert refused(states, said(LAUREATE, step="need-training", helped=MENTOR)) == "not-a-mentor", (
        "the way back"
    )
    [fact] = decide(states, training).facts
    assert isinstance(fact, SupportAdvanced)
    assert (fact.candidature_id, fact.state) == (LAUREATE, "done")
    move = of_the_laureate(states, "need-training").moves[-1]
    assert (move["by"], move["role"]) == ("FABT-2020-4-0000b", "mentor")


def test_a_mentor_who_is_no_peer_any_more_says_nothing(states: States) -> None:
    keep_three(states)
    named(states, LAUREATE, MENTOR, LAUREATE, MENTOR, ended_by=LAUREATE)
    assert refused(states, said(MENTOR, step="need-training", helped=LAUREATE)) == "not-a-mentor"


def test_a_mentor_is_told_which_steps_it_has_and_nobody_else_is(states: States) -> None:
    keep_three(states)
    named(states, LAUREATE, MENTOR, LAUREATE, MENTOR)
    communes = load_communes()

    def mentored(one: str) -> list[tuple[str, str]]:
        asked = DossierAsked(asker="holders", candidature_id=one)
        told = my_support(states, asked, communes, NOW.date())
        return [(step["candidature_id"], step["step"]) for step in told["mentored"]]

    assert mentored(MENTOR) == [(LAUREATE, "need-training")]
    assert mentored(STRANGER) == mentored(LAUREATE) == []


def test_what_a_laureate_writes_leaves_room_for_the_team(states: States) -> None:
    keep_laureate(states, LAUREATE)
    for number in range(THEIR_MOVES_MAX):
        decide(states, said(done=False, said=f"Page {number}."))
    assert refused(states, said(done=False)) == "step-said-enough"
    assert decide(states, commented()).result == "step-commented"
    assert decide(states, said()).facts, "that it is done may be said whatever was written before"


def test_a_step_that_is_full_is_so_for_everybody(states: States) -> None:
    keep_laureate(states, LAUREATE)
    for _ in range(MOVES_MAX):
        decide(states, commented())
    assert refused(states, said()) == refused(states, said(done=False)) == "step-full"


def test_moves_are_kept_in_the_order_of_their_time_whichever_was_heard_first(
    states: States,
) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, commented(), arrival(after=timedelta(microseconds=1)))
    decide(states, said())
    moves = of_the_laureate(states, "need-communication").moves
    assert [move["act"] for move in moves] == ["step.reported", "step.commented"]


def test_the_association_learns_neither_who_is_a_mentor_nor_what_they_said(states: States) -> None:
    keep_three(states)
    named(states, LAUREATE, MENTOR, LAUREATE, MENTOR)
    plan = states.one(Plan, LAUREATE)
    assert plan
    states.keep(replace(plan, handed_over=True))
    decide(states, said(MENTOR, step="need-training", helped=LAUREATE))
    decide(states, said())

    def spoke(told: dict[str, Any]) -> list[tuple[str, str, str]]:
        moves = [move for step in told["steps"] for move in step["moves"]]
        return [(move["by"], move["role"], move["said"]) for move in moves]

    holder = ("FABT-2020-4-0000a", "holder", "Le site est en ligne.")
    told = handed(states, LAUREATE, NOW.date())["plan"]
    assert spoke(told) == [holder, ("", "mentor", "")]
    control = told_plan(states, replace(plan, handed_over=True), NOW.date())
    assert spoke(control) == [holder, ("FABT-2020-4-0000b", "mentor", "Le site est en ligne.")]


@pytest.mark.parametrize("done", [False, True])
def test_the_same_words_said_again_change_nothing(states: States, done: bool) -> None:
    """A front-end that saw no PubAck sends the same bytes again."""
    keep_laureate(states, LAUREATE)
    decide(states, said(done=done))
    before = of_the_laureate(states, "need-communication")
    again = decide(states, said(done=done), arrival(event_id="FRONTDESK-2"))
    assert (again.result, again.facts, again.changes) == ("said-before", (), ())
    assert of_the_laureate(states, "need-communication") == before


def test_a_step_that_was_reopened_is_done_again_by_the_same_words(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    reopened = StepReopened(candidature_id=LAUREATE, step="need-communication", **OFFICER)
    assert decide(states, reopened).result == "step-reopened"
    assert decide(states, said()).facts


def test_what_a_mentor_wrote_goes_when_the_mentor_is_erased(states: States) -> None:
    keep_three(states)
    named(states, LAUREATE, MENTOR, LAUREATE, MENTOR)
    decide(states, said(MENTOR, step="need-training", helped=LAUREATE))
    decide(states, said())
    decide(states, CandidatureErased(candidature_id=MENTOR))
    assert of_the_laureate(states, "need-training").moves[-1]["said"] == ""
    assert of_the_laureate(states, "need-training").state == "done"
    assert of_the_laureate(states, "need-communication").moves[-1]["said"], (
        "the control: another's words stay"
    )
