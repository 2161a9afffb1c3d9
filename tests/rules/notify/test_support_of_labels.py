"""Labels of before the platform, and two who met: how their support begins, and what ends a step."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.notify.domain.contact import Contact
from services.notify.domain.contacts import take_over
from services.notify.domain.matching import Match
from services.notify.domain.own_steps import without_the_mentor
from services.notify.domain.peer_letters import agreed_letter, named_letter
from services.notify.domain.steps import Step, ended, move_of, proposed
from services.notify.domain.support import INTERVIEW, LAST_YEAR, Plan, meet_a_peer, open_for_label
from shared.contract.documents import example_of
from shared.contract.funding import GrantTakenOver
from shared.contract.notify import SupportAdvanced, SupportOpened
from tests.rules.notify.given import SUPPORT, kept
from tests.rules.notify.given_peers import A, B
from tests.rules.notify.given_steps import DAY, on
from tests.rules.notify.notify_samples import AT, DOSSIER, a_contact

LABEL = GrantTakenOver.model_validate(example_of(GrantTakenOver))
LAST_DAY = LABEL.laureate.due_on[-1] + LAST_YEAR
PEER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c12"


def a_step(**changes: object) -> Step:
    return replace(proposed(DOSSIER, "peers", "", "team", 30, DAY), **changes)  # type: ignore[arg-type]


def test_given_a_label_in_its_years_then_its_support_begins_with_the_interview() -> None:
    decision = open_for_label(LABEL, AT, on())
    step = kept(decision, Step)
    plan = kept(decision, Plan)
    assert (decision.result, plan.steps, plan.needs, plan.is_open) == (
        "plan-opened",
        (INTERVIEW,),
        (),
        True,
    )
    assert (plan.wave, plan.promoted, plan.awarded_at) == ("2019-1", False, AT)
    assert (step.step_id, step.owner, step.state) == (
        f"{LABEL.candidature_id}/{INTERVIEW}",
        "team",
        "proposed",
    )
    assert step.due_on == DAY + timedelta(days=SUPPORT.days.interview)
    assert decision.facts == (
        SupportOpened(candidature_id=LABEL.candidature_id, needs=(), steps=(INTERVIEW,)),
    )


@pytest.mark.parametrize(
    ("day", "result"), [(LAST_DAY, "plan-opened"), (LAST_DAY + timedelta(days=1), "plan-closed")]
)
def test_support_ends_a_year_after_the_last_tranche_was_due(day: date, result: str) -> None:
    decision = open_for_label(LABEL, AT, on(day))
    assert decision.result == result
    assert kept(decision, Plan).is_open is (result == "plan-opened")
    assert bool(decision.facts) is (result == "plan-opened")


def test_given_a_label_then_its_place_is_known_and_nobody_is_written_to() -> None:
    decision = take_over(None, LABEL, "heard", "sending")
    contact = kept(decision, Contact)
    assert (decision.result, contact.email) == ("contact-kept", "")
    assert (contact.commune_code, contact.siret, contact.receipt_number) == (
        "03310",
        "13002603200016",
        "FABT-2019-1-017",
    )
    assert (contact.heard_id, contact.accepted_id) == ("heard", "sending")
    assert take_over(contact, LABEL, "heard", "sending").result == "duplicate"


def test_given_two_who_agreed_to_meet_then_the_step_is_done_and_names_the_peer() -> None:
    decision = meet_a_peer(a_step(), PEER, on())
    met = kept(decision, Step)
    [fact] = decision.facts
    assert (decision.result, met.state, met.ended_on, met.agreed_on) == (
        "peers-agreed",
        "done",
        DAY,
        DAY,
    )
    assert met.moves[-1]["act"] == "peer.agreed"
    assert isinstance(fact, SupportAdvanced)
    assert (fact.peers, fact.state) == ((PEER,), "done")


@pytest.mark.parametrize("step", [None, a_step(state="done"), a_step(state="dropped")])
def test_given_no_step_that_is_open_then_meeting_a_peer_ends_none(step: Step | None) -> None:
    decision = meet_a_peer(step, PEER, on())
    assert (decision.result, decision.changes) == ("agreed-before", ())


def test_what_is_done_was_agreed_to_and_what_is_dropped_was_perhaps_never() -> None:
    before = DAY - timedelta(days=9)
    assert ended(a_step(), "done", DAY).agreed_on == DAY
    assert ended(a_step(agreed_on=before), "done", DAY).agreed_on == before
    assert ended(a_step(), "dropped", DAY).agreed_on is None
    assert not ended(a_step(returned=True), "dropped", DAY).returned


def test_given_a_mentor_who_is_erased_then_what_they_wrote_goes_and_that_they_did_it_stays() -> (
    None
):
    theirs = move_of("frontdesk.step.reported", AT, "FABT-A", "holder", "Vu ensemble.")
    another = move_of("frontdesk.step.reported", AT, "FABT-B", "holder", "Relu.")
    touched = a_step(moves=(theirs, another))
    [changed] = without_the_mentor([touched, a_step(moves=(another,))], "FABT-A")
    assert [(move["by"], move["said"]) for move in changed.moves] == [
        ("FABT-A", ""),
        ("FABT-B", "Relu."),
    ]


def test_each_of_two_peers_gets_a_letter_of_their_own_matter() -> None:
    reader, peer = a_contact(candidature_id=A), a_contact(candidature_id=B)
    introduced = agreed_letter(reader, peer)
    assert introduced.matter == f"{A}/{B}"
    assert introduced.context["peer_email"] == peer.email


@pytest.mark.parametrize("mutual", [True, False])
def test_who_is_helped_is_told_so_and_who_helps_is_asked(mutual: bool) -> None:
    found = Match(A, B, ("governance",), ("legal",), (), 12, by_video=False, mutual=mutual)
    helped, helper = a_contact(candidature_id=A), a_contact(candidature_id=B)
    reads = named_letter(found, helped, helper, "").context
    assert (reads["is_helped"], reads["is_asked"], reads["needs"]) == (True, mutual, ["governance"])
    reads = named_letter(found, helper, helped, "").context
    assert (reads["is_helped"], reads["is_asked"], reads["offers"]) == (
        mutual,
        True,
        ["governance"],
    )
