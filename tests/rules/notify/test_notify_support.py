"""Plans, meetings and peers: the same for the same inputs, whatever their order."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.notify.domain.notice import Cause, Message, Notice
from services.notify.domain.support import Plan, begin_support, close_plan, meeting_day, plan_steps
from services.notify.domain.telling import notice_id, tell, tell_once
from shared.contract.notify import NoticeFailed, SupportAdvanced
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, a_contact

CAUSE = Cause("019aa000-0000-7000-8000-000000000001", AT)
SUPPORT = PROGRAMME.support
ONE_DAY = timedelta(days=1)


def a_plan(number: int = 0, **changes: Any) -> Plan:
    fields = {
        "candidature_id": f"{DOSSIER[:-1]}{number}",
        "wave": "2020-4",
        "promoted": False,
        "awarded_at": AT,
        "needs": ("governance",),
        "steps": plan_steps(("governance",), SUPPORT),
    }
    return Plan(**fields | changes)


def test_given_needs_then_the_plan_has_one_step_for_each() -> None:
    assert plan_steps(("governance", "legal", "governance"), SUPPORT) == (
        "introduction", "need-governance", "need-legal", "meeting-1", "meeting-2", "peers"
    )  # fmt: skip


def test_given_no_need_then_the_plan_begins_with_an_interview() -> None:
    assert plan_steps((), SUPPORT)[1] == "need-first-interview"


@pytest.mark.parametrize(
    ("awarded", "months", "meeting"),
    [(date(2021, 12, 31), 2, date(2022, 2, 28)), (date(2021, 2, 15), 6, date(2021, 8, 15))],
)
def test_a_meeting_is_counted_from_the_award(awarded: date, months: int, meeting: date) -> None:
    assert meeting_day(awarded, months) == meeting


def test_given_a_plan_when_it_begins_then_every_step_but_peers_is_said() -> None:
    moved, decision = begin_support(a_plan(), a_contact(), CAUSE, SUPPORT)
    steps = [fact.step for fact in decision.facts if isinstance(fact, SupportAdvanced)]
    assert steps == ["introduction", "need-governance", "meeting-1", "meeting-2"]
    assert (decision.result, moved.done) == ("support-begun", tuple(steps))
    assert {fact.candidature_id for fact in decision.facts} == {a_plan().candidature_id}
    by_template = {one.template: one for one in decision.changes if isinstance(one, Notice)}
    awarded = {"needs": ["governance"], "wave": "2020-4", "awarded_at": AT.isoformat()}
    receipt = {"receipt": "FABT-2020-4-00012"}
    assert by_template["support_opened"].context == {**receipt, **awarded, "plan": list(a_plan().steps)}
    assert by_template["introduction"].context == {**receipt, **awarded}
    assert by_template["introduction"].recipient == "association"
    assert by_template["invitation"].context == {**receipt, "meeting": 1, "awarded_at": AT.isoformat()}
    templates = [change.template for change in decision.changes if hasattr(change, "template")]
    assert templates == ["support_opened", "introduction", "invitation", "invitation"]
    assert len({change.notice_id for change in decision.changes if hasattr(change, "notice_id")}) == 4


def test_a_cancelled_award_closes_its_plan_once() -> None:
    decision = close_plan(a_plan())
    assert (decision.result, decision.changes[0].is_open) == ("plan-closed", False)
    assert [(fact.candidature_id, fact.step) for fact in decision.facts] == [
        (a_plan().candidature_id, "closed")
    ]
    again = close_plan(decision.changes[0])
    assert (again.result, again.facts, close_plan(None).result) == ("no-plan", (), "no-plan")


def test_the_same_recipient_template_and_cause_are_the_same_notice() -> None:
    one = Message("invitation", matter="meeting-1")
    assert notice_id(CAUSE, one) == notice_id(CAUSE, Message("invitation", {"other": 1}, matter="meeting-1"))
    others = [
        notice_id(CAUSE, Message("invitation", matter="meeting-2")),
        notice_id(CAUSE, Message("invitation", recipient="association", matter="meeting-1")),
        notice_id(CAUSE, Message("peers", matter="meeting-1")),
        notice_id(Cause("another", AT), one),
    ]
    assert len({notice_id(CAUSE, one), *others}) == 5


def test_who_has_no_address_is_a_failure_that_is_said_not_a_silence() -> None:
    decision = tell(a_contact(email=""), CAUSE, Message("receipt"))
    [fact] = decision.facts
    assert isinstance(fact, NoticeFailed)
    assert fact.cause == "no-address"
    assert decision.changes[0].state == "failed"


def test_the_same_answer_is_not_said_twice_and_another_is() -> None:
    first = tell_once(a_contact(), "eligibility", "eligible qpv", CAUSE, Message("eligible"))
    contact = first.changes[0]
    assert tell_once(contact, "eligibility", "eligible qpv", CAUSE, Message("eligible")).changes == ()
    assert len(tell_once(contact, "eligibility", "ineligible", CAUSE, Message("ineligible")).changes) == 2
