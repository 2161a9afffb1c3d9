"""Plans, meetings and peers: the same for the same inputs, whatever their order."""

from typing import Any

from services.notify.domain.contact import having_told
from services.notify.domain.notice import Cause, Message, Notice
from services.notify.domain.support import Moment, Plan, Supported, begin_support, first_steps
from services.notify.domain.telling import notice_id, tell, tell_once
from shared.contract.notify import NoticeFailed
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, a_contact

CAUSE = Cause("019aa000-0000-7000-8000-000000000001", AT)
SUPPORT = PROGRAMME.support
STEPS = first_steps(DOSSIER, ("governance",), Moment(CAUSE, AT.date(), SUPPORT))


def a_plan(number: int = 0, **changes: Any) -> Plan:
    fields = {
        "candidature_id": f"{DOSSIER[:-1]}{number}",
        "wave": "2020-4",
        "promoted": False,
        "awarded_at": AT,
        "needs": ("governance",),
        "steps": tuple(one.name for one in STEPS),
    }
    return Plan(**fields | changes)


def test_given_a_plan_when_it_begins_then_it_is_told() -> None:
    known = Supported(a_plan(), STEPS, a_contact())
    decision = begin_support(known, CAUSE)
    told = [[one.name, one.need, one.owner, one.due_on.isoformat()] for one in known.steps]
    by_template = {one.template: one for one in decision.changes if isinstance(one, Notice)}
    awarded = {"needs": ["governance"], "wave": "2020-4", "awarded_at": AT.isoformat()}
    receipt = {"receipt": "FABT-2020-4-00012"}
    assert by_template["support_opened"].context == {**receipt, **awarded, "plan": told}
    templates = [change.template for change in decision.changes if hasattr(change, "template")]
    assert templates == ["support_opened"]


def test_the_same_recipient_template_and_cause_are_the_same_notice() -> None:
    one = Message("invitation", matter="meeting-1")
    assert notice_id(CAUSE, one) == notice_id(
        CAUSE, Message("invitation", {"other": 1}, matter="meeting-1")
    )
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
    assert (
        tell_once(contact, "eligibility", "eligible qpv", CAUSE, Message("eligible")).changes == ()
    )
    assert (
        len(tell_once(contact, "eligibility", "ineligible", CAUSE, Message("ineligible")).changes)
        == 2
    )


def test_what_was_told_is_kept_in_one_order_whichever_came_first() -> None:
    """A database made anew hears streams in another order, and its rows are compared as they are written."""
    one = having_told(having_told(a_contact(), "steps_late", "2022-12-26"), "tranche", "A1")
    other = having_told(having_told(a_contact(), "tranche", "A1"), "steps_late", "2022-12-26")
    assert [*one.told.items()] == [*other.told.items()]
