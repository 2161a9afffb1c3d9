"""Which letter tells of an award, its end, and a tranche that is withheld or came back."""

import pytest

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause
from services.notify.domain.occasions import grants, money
from services.notify.domain.support import Moment, Plan, Supported
from shared.contract import funding
from shared.contract.notify import SupportOpened
from shared.contract.values import Reason
from tests.rules.notify.given import CAUSE, LATER, SUPPORT, WAVE, WHY, kept, letter, letters
from tests.rules.notify.notify_samples import AT, DOSSIER
from tests.rules.notify.test_occasions import CONTACT, NUMBER, ORDER, REASONS, TRANCHE


def moment(cause: Cause) -> Moment:
    return Moment(cause, AT.date(), SUPPORT)


def withheld(*codes: str) -> funding.TrancheWithheld:
    reasons = tuple(Reason(code=code, message=code) for code in codes)
    return funding.TrancheWithheld(
        tranche_id=TRANCHE, candidature_id=DOSSIER, reasons=reasons, since=AT
    )


def awarded(promoted: bool = False) -> funding.GrantAwarded:
    return funding.GrantAwarded(
        candidature_id=DOSSIER,
        wave=WAVE,
        rank=1,
        zone="qpv",
        awarded_cents=(5_000_000,),
        promoted=promoted,
        awarded_at=AT,
    )


def test_given_a_withheld_tranche_when_the_same_gates_stay_closed_then_it_is_told_once() -> None:
    first = money.tranche_withheld(CONTACT, withheld("report-missing", "cooling"), CAUSE)
    assert letter(first).context == {
        "receipt": "FABT-2020-4-00012",
        "number": 2,
        "reasons": [["report-missing", "report-missing"], ["cooling", "cooling"]],
        "since": AT.isoformat(),
    }
    told = kept(first, Contact)
    assert told.told == {TRANCHE: "cooling report-missing"}
    assert money.tranche_withheld(told, withheld("cooling", "report-missing"), LATER).changes == ()
    assert letters(money.tranche_withheld(told, withheld("cooling"), LATER)) == [
        ("tranche_withheld", "holder")
    ]


def test_given_a_tranche_that_came_back_then_its_holder_is_told_as_of_a_rejected_one() -> None:
    returned = funding.TrancheReturned(
        **ORDER, order_id=NUMBER, bank_reference="B-1", reason_code="AC04"
    )
    told = letter(money.tranche_unpaid(CONTACT, returned, CAUSE))
    assert (told.template, told.context["number"], told.context["came_back"]) == (
        "tranche_rejected",
        2,
        True,
    )


def test_given_a_payment_that_officers_declared_dead_then_its_holder_gets_no_letter() -> None:
    dead = funding.TrancheRejected(**ORDER, order_id=NUMBER, reason_code="AM05", declared=True)
    decision = money.tranche_unpaid(CONTACT, dead, CAUSE)
    assert (decision.result, letters(decision)) == ("declared", [])


@pytest.mark.parametrize(("promoted", "template"), [(False, "awarded"), (True, "promoted")])
def test_given_an_award_then_the_laureate_is_told_and_a_plan_opens(
    promoted: bool, template: str
) -> None:
    decision = grants.awarded(CONTACT, None, awarded(promoted), moment(CAUSE))
    assert letters(decision) == [(template, "holder")]
    plan = kept(decision, Plan)
    [opened] = [fact for fact in decision.facts if isinstance(fact, SupportOpened)]
    assert (opened.candidature_id, opened.needs, opened.steps) == (
        DOSSIER,
        CONTACT.needs,
        plan.steps,
    )
    assert plan.needs == CONTACT.needs
    assert letter(decision).context == {
        "receipt": "FABT-2020-4-00012",
        "wave": WAVE,
        "zone": "qpv",
        "awarded_cents": [5_000_000],
        "awarded_at": AT.isoformat(),
    }


def test_given_a_plan_when_its_award_is_said_again_then_no_second_plan_opens() -> None:
    plan = kept(grants.awarded(CONTACT, None, awarded(), moment(CAUSE)), Plan)
    again = grants.awarded(CONTACT, plan, awarded(), moment(LATER))
    assert not [change for change in again.changes if isinstance(change, Plan)]
    assert grants.open_plan(awarded(), CONTACT, plan, moment(CAUSE)).result == "plan-open"


def test_given_a_cancelled_award_then_its_plan_closes_and_the_holder_is_told_why() -> None:
    plan = kept(grants.awarded(CONTACT, None, awarded(), moment(CAUSE)), Plan)
    cancelled = funding.AwardCancelled(
        candidature_id=DOSSIER, wave=WAVE, zone="qpv", freed_cents=100, reasons=WHY
    )
    decision = grants.cancelled(CONTACT, Supported(plan, (), CONTACT), cancelled, moment(LATER))
    assert (decision.result, letters(decision)) == ("cancelled", [("cancelled", "holder")])
    assert kept(decision, Plan).is_open is False
    told = {"receipt": "FABT-2020-4-00012", "reasons": REASONS, "freed_cents": 100, "wave": WAVE}
    assert letter(decision).context == told
