"""Who takes a consent back, leaves or is erased leaves neither letter nor work; no act waits for ever."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.notify import store
from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.notice import Notice
from services.notify.domain.steps import Step
from services.notify.domain.support import Plan
from services.notify.handlers import support
from shared.contract import funding
from shared.contract.decision import Decision, nothing
from shared.contract.documents import example_of
from shared.contract.frontdesk import InvitationAnswered, StepReported
from shared.contract.intake import CandidatureErased
from shared.contract.support import ConsentNoted, InterviewHeld, StepAssigned
from shared.kit.errors import ActRefused, TooEarly
from shared.kit.storage.states import States
from tests.rules.notify.given import WHY
from tests.rules.notify.notify_samples import a_contact
from tests.service.support.laureates import LAUREATE, NOW, OFFICER, arrival, decide, keep_laureate

LATER = arrival(after=timedelta(hours=1), event_id="SUPPORT-000000000002-1")
TAKEN_OVER = funding.GrantTakenOver.model_validate(example_of(funding.GrantTakenOver))


def consent(agreed: bool) -> ConsentNoted:
    return ConsentNoted(candidature_id=LAUREATE, agreed=agreed, **OFFICER)


def introductions(states: States) -> list[tuple[str, bool]]:
    """State of each letter to the association, and whether it still has words."""
    found = [one for one in store.notices_of(states, LAUREATE) if one.recipient == "association"]
    return [(one.state, bool(one.context)) for one in found]


@pytest.mark.parametrize("dropped", [True, False], ids=["as it is", "the letter stays"])
def test_a_consent_that_ends_before_the_letter_left_is_never_told(
    states: States, monkeypatch: pytest.MonkeyPatch, dropped: bool
) -> None:
    if not dropped:
        monkeypatch.setattr(support, "_introduced_no_more", lambda *_: nothing("retracted"))
    keep_laureate(states, LAUREATE)
    decide(states, consent(True))
    assert introductions(states) == [("queued", True)]
    decide(states, consent(False), LATER)
    assert introductions(states) == ([("dropped", False)] if dropped else [("queued", True)])


def test_a_laureate_who_leaves_before_the_letter_left_is_never_told_of(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, consent(True))
    gone = funding.AwardCancelled(
        candidature_id=LAUREATE, wave="2020-4", zone="qpv", freed_cents=0, reasons=WHY
    )
    decide(states, gone, LATER)
    assert introductions(states) == [("dropped", False)]


def test_a_letter_that_left_stays_as_it_is(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, consent(True))
    [letter] = [one for one in store.notices_of(states, LAUREATE) if one.recipient == "association"]
    states.keep(replace(letter, state="sent"))
    decide(states, consent(False), LATER)
    assert introductions(states) == [("sent", True)]


def test_nobody_has_anything_left_to_do_for_who_is_erased(states: States) -> None:
    keep_laureate(states, LAUREATE)
    assert len(store.live_steps(states)) == 3
    decide(states, CandidatureErased(candidature_id=LAUREATE))
    assert store.live_steps(states) == []
    plan = states.one(Plan, LAUREATE)
    assert plan is not None
    assert not plan.is_open
    assert {(one.state, one.moves) for one in states.of(Step, LAUREATE)} == {("dropped", ())}


def act(kind: type[Any], **said: Any) -> Any:
    return kind(candidature_id=TAKEN_OVER.candidature_id, **OFFICER, **said)


def taken_over(states: States, today: date) -> Decision:
    return decide(states, TAKEN_OVER, replace(arrival(""), now=NOW.replace(year=today.year)))


def test_a_label_taken_over_begins_with_the_interview_and_its_acts_wait_for_nothing(
    states: States,
) -> None:
    held = act(InterviewHeld, needs=("legal",))
    with pytest.raises(TooEarly):
        decide(states, held)
    opened = taken_over(states, TAKEN_OVER.laureate.due_on[-1])
    [fact] = opened.facts
    assert (fact.model_dump()["steps"], opened.result) == (("first-interview",), "contact-kept")
    begun = decide(states, fact)
    assert not [one for one in begun.changes if isinstance(one, Notice)], "nobody can be written to"
    assert decide(states, held).result == "interview-held"
    assert not store.community(states).laureates[TAKEN_OVER.candidature_id].is_willing


def test_an_act_on_a_label_whose_years_are_over_hears_so(states: States) -> None:
    late = TAKEN_OVER.laureate.due_on[-1] + timedelta(days=800)
    assert taken_over(states, late).facts == ()
    refused = decide(states, act(StepAssigned, step="first-interview", owner="association"))
    assert [reason.code for reason in refused.reasons] == ["plan-closed"]


def test_a_yes_to_a_day_that_moved_is_none_to_the_new_one(states: States) -> None:
    keep_laureate(states, LAUREATE)
    day = NOW.date() + timedelta(days=60)
    states.keep(Gathering("rencontre", "Rencontre", day, day, "Paris", revision=1))
    states.keep(Invitation("rencontre", LAUREATE))

    def answer(revision: int) -> Decision:
        said = InvitationAnswered(
            candidature_id=LAUREATE, gathering="rencontre", comes=True, people=2, revision=revision
        )
        return decide(states, said)

    with pytest.raises(ActRefused) as refusal:
        answer(0)
    assert refusal.value.reason.code == "gathering-moved"
    with pytest.raises(TooEarly):
        answer(2)
    [guest] = answer(1).changes
    assert guest.people == 2


def test_an_act_on_who_is_no_laureate_is_refused_and_one_on_who_is_unknown_waits(
    states: States,
) -> None:
    held = InterviewHeld(candidature_id=LAUREATE, needs=("legal",), **OFFICER)
    done = StepReported(candidature_id=LAUREATE, step="need-legal", done=True, said="Fait.")
    for act in (held, done):
        with pytest.raises(TooEarly):
            decide(states, act)
    states.keep(a_contact(candidature_id=LAUREATE, front_end="holders"))
    told = decide(states, held)
    assert ([why.code for why in told.reasons], told.changes) == (["not-supported"], ())
    with pytest.raises(ActRefused) as refusal:
        decide(states, done)
    assert refusal.value.reason.code == "not-supported"
    keep_laureate(states, LAUREATE)
    assert decide(states, held).result == "interview-held", "the control: who is one"
