"""Which letter each fact calls for, once, and to whom."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.erasure import erased
from services.notify.domain.notice import Cause
from services.notify.domain.occasions import files, grants, money
from services.notify.domain.support import Moment, Plan, Supported
from services.notify.handlers import OCCASIONS
from shared.contract import eligibility, funding, intake
from shared.contract.eligibility import OFFICE_CODES
from shared.contract.event import Event
from shared.contract.notify import SupportOpened
from shared.contract.values import Reason
from shared.kit.errors import TooEarly
from tests.rules.notify.given import (
    CAUSE,
    DEADLINE,
    LATER,
    SUPPORT,
    WAVE,
    WHY,
    kept,
    letter,
    letters,
)
from tests.rules.notify.notify_samples import AT, CONTEXTS, DOSSIER, a_contact

CONTACT = a_contact()
TRANCHE = f"{DOSSIER}-T2"
ORDER = {"tranche_id": TRANCHE, "candidature_id": DOSSIER, "amount_cents": 5_000_000}
NUMBER = "FABT-2020-4-00012-T2-A1"
FILED_AT = AT - timedelta(days=40)
ABOUT = {"candidature_id": DOSSIER}
FACTS: dict[str, Event] = {
    "already_registered": intake.CandidatureAlreadyRegistered(
        **ABOUT, receipt_number="FABT-2020-4-00007"
    ),
    "withdrawn": intake.CandidatureWithdrawn(**ABOUT, wave=WAVE),
    "pieces_requested": intake.CandidaturePiecesRequested(
        **ABOUT, missing=("governance",), complete_before=DEADLINE, received_at=FILED_AT
    ),
    "instruction_requested": eligibility.InstructionRequested(
        **ABOUT, wave=WAVE, revision=1, file_version=1, reasons=WHY, evidence={}
    ),
    "waitlisted": funding.CandidatureWaitlisted(**ABOUT, wave=WAVE, rank=76, reasons=WHY),
    "declined": funding.CandidatureDeclined(**ABOUT, wave=WAVE, rank=None, reasons=WHY),
    "agreed": funding.GrantAgreed(**ABOUT, due_on=(date(2021, 5, 15),), amounts_cents=(5_000_000,)),
    "tranche_ordered": funding.TrancheOrdered(**ORDER, order_id=NUMBER),
    "tranche_settled": funding.TrancheSettled(**ORDER, order_id=NUMBER, bank_reference="B-1"),
    "tranche_rejected": funding.TrancheRejected(**ORDER, order_id=NUMBER, reason_code="AC04"),
    "account_refused": funding.BankDetailsRefused(**ABOUT, reasons=WHY),
    "moved": intake.CandidatureChangedHands(**ABOUT, front_end="holders"),
    "account_received": funding.BankDetailsReceived(**ABOUT, replaces=True),
    "account_trusted": funding.BankDetailsTrusted(**ABOUT, payable_from=date(2021, 3, 9)),
    "held": funding.GrantHeld(**ABOUT, reasons=WHY),
    "released": funding.GrantReleased(**ABOUT),
    "amended": funding.GrantAmended(
        **ABOUT,
        number=1,
        kind="reduction",
        due_on=(date(2021, 5, 15),),
        amounts_cents=(100,),
        freed_cents=1,
        reasons=WHY,
    ),
    "deadline_moved": intake.CandidatureDeadlineMoved(
        **ABOUT,
        wave=WAVE,
        deadline=DEADLINE,
        answer_due_on=date(2021, 3, 8),
        complete=True,
        reopened=True,
    ),
    "report_expected": funding.ReportExpected(
        **ABOUT, year=1, due_on=date(2023, 1, 17), days_left=30
    ),
    "report_received": funding.ReportReceived(**ABOUT, year=1, version=2),
    "report_approved": funding.ReportApproved(**ABOUT, year=1, version=2),
    "report_sent_back": funding.ReportSentBack(**ABOUT, year=1, version=2, reasons=WHY),
    "appeal_received": funding.AppealReceived(**ABOUT, wave=WAVE, answer_by=date(2021, 5, 1)),
    "appeal_refused": funding.AppealRefused(**ABOUT, wave=WAVE, reasons=WHY),
    "tranche_offset": funding.TrancheOffset(
        tranche_id=TRANCHE, candidature_id=DOSSIER, amount_cents=100, left_cents=60
    ),
    "recovery_opened": funding.RecoveryOpened(
        **ABOUT, number=1, amount_cents=100, answer_by=date(2022, 1, 31), reasons=WHY
    ),
    "recovery_ordered": funding.RecoveryOrdered(**ABOUT, amount_cents=100, reasons=WHY),
    "recovery_closed": funding.RecoveryClosed(**ABOUT, recovered_cents=60, waived_cents=40),
}


OPTIONAL = {"argument"}  # of who was ranked
REASONS = [["rank-too-low", "Le rang ne suffit pas."]]
PAYMENT = {"number": 2, "amount_cents": 5_000_000, "order_id": NUMBER}
# What each letter has to tell, as its words and days are made from it.
SAYS: dict[str, dict[str, Any]] = {
    "already_registered": {"first_receipt": "FABT-2020-4-00007"},
    "withdrawn": {"wave": WAVE},
    "pieces_requested": {
        "missing": ["governance"],
        "complete_before": DEADLINE.isoformat(),
        "received_at": FILED_AT.isoformat(),
        "reopened": False,
    },
    "instruction_requested": {"reasons": REASONS},
    "waitlisted": {"wave": WAVE, "rank": 76, "reasons": REASONS},
    "declined": {"wave": WAVE, "rank": None, "reasons": REASONS},
    "agreed": {"schedule": [["2021-05-15", 5_000_000]], "parties": []},
    "tranche_ordered": PAYMENT,
    "tranche_settled": {**PAYMENT, "bank_reference": "B-1"},
    "tranche_rejected": {**PAYMENT, "reason_code": "AC04", "came_back": False},
    "tranche_offset": {"number": 2, "amount_cents": 100, "left_cents": 60},
    "deadline_moved": {
        "wave": WAVE,
        "deadline": DEADLINE.isoformat(),
        "answer_due_on": "2021-03-08",
        "complete": True,
        "reopened": True,
    },
    "account_refused": {"reasons": REASONS},
    "moved": {"front_end": "holders", "has_key": False},
    "account_received": {"replaces": True, "received_at": AT.isoformat()},
    "account_trusted": {"payable_from": "2021-03-09"},
    "held": {"reasons": REASONS, "since": AT.isoformat()},
    "released": {},
    "amended": {"kind": "reduction", "schedule": [["2021-05-15", 100]], "reasons": REASONS},
    "report_expected": {"year": 1, "due_on": "2023-01-17", "days_left": 30, "opens_on": None},
    "report_received": {"year": 1, "version": 2, "received_at": AT.isoformat()},
    "report_approved": {"year": 1},
    "report_sent_back": {"year": 1, "reasons": REASONS, "due_on": None},
    "appeal_received": {"wave": WAVE, "received_at": AT.isoformat(), "answer_by": "2021-05-01"},
    "appeal_refused": {"wave": WAVE, "reasons": REASONS},
    "recovery_opened": {
        "number": 1,
        "amount_cents": 100,
        "answer_by": "2022-01-31",
        "reasons": REASONS,
    },
    "recovery_ordered": {"amount_cents": 100, "reasons": REASONS, "observed": False},
    "recovery_closed": {"recovered_cents": 60, "waived_cents": 40},
}


def moment(cause: Cause) -> Moment:
    return Moment(cause, AT.date(), SUPPORT)


def registered(version: int = 1) -> Any:
    """Only what the rule looks at."""
    return intake.CandidatureRegistered.model_construct(
        candidature_id=DOSSIER,
        receipt_number="FABT-2020-4-00012",
        wave=WAVE,
        version=version,
        received_at=AT,
        answer_due_on="2021-03-01",
        siret="73282932000074",
        front_end="portal",
    )


def checked(eligible: bool, *codes: str) -> eligibility.EligibilityChecked:
    return eligibility.EligibilityChecked(
        candidature_id=DOSSIER,
        wave=WAVE,
        revision=1,
        file_version=1,
        eligible=eligible,
        zones=("qpv",) if eligible else (),
        reasons=tuple(Reason(code=code, message=code) for code in codes),
        evidence={},
    )


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


@pytest.mark.parametrize("template", sorted(FACTS))
def test_given_a_contact_when_a_fact_is_heard_then_one_letter_of_its_own_goes_to_the_holder(
    template: str,
) -> None:
    fact = FACTS[template]
    decision = OCCASIONS[type(fact)](CONTACT, fact, CAUSE)
    assert (decision.result, letters(decision)) == (template, [(template, "holder")])
    notice = letter(decision)
    assert (notice.candidature_id, notice.cause_id, notice.at) == (DOSSIER, CAUSE.event_id, AT)


@pytest.mark.parametrize("template", sorted(FACTS))
def test_a_letter_tells_the_amounts_days_and_reasons_of_its_fact_under_the_receipt(
    template: str,
) -> None:
    fact = FACTS[template]
    told = letter(OCCASIONS[type(fact)](CONTACT, fact, CAUSE)).context
    assert told == {"receipt": "FABT-2020-4-00012", **SAYS[template]}


@pytest.mark.parametrize("template", sorted(FACTS))
def test_the_sample_of_a_letter_holds_what_its_rule_queues(template: str) -> None:
    assert SAYS[template].keys() | OPTIONAL == CONTEXTS[template].keys() | OPTIONAL


@pytest.mark.parametrize("template", sorted(FACTS))
def test_given_an_erased_dossier_when_a_fact_is_heard_then_nobody_is_written_to(
    template: str,
) -> None:
    fact = FACTS[template]
    decision = OCCASIONS[type(fact)](erased(CONTACT, DOSSIER), fact, CAUSE)
    assert (decision.result, letters(decision)) == ("erased", [])


def test_given_a_registration_then_its_receipt_and_its_sendings_contact_are_the_ones_to_use() -> (
    None
):
    decision = files.registered(a_contact(receipt_number=""), registered(), CAUSE)
    contact = kept(decision, Contact)
    assert (contact.receipt_number, contact.accepted_id) == ("FABT-2020-4-00012", CAUSE.sending_id)
    assert letters(decision) == [("receipt", "holder")]
    assert letter(decision).context == {
        "receipt": "FABT-2020-4-00012",
        "received_at": AT.isoformat(),
        "answer_due_on": "2021-03-01",
        "wave": WAVE,
        "version": 1,
        "receipt_number": "FABT-2020-4-00012",
    }


def test_a_sending_whose_pieces_are_asked_for_is_the_one_whose_contact_is_used() -> None:
    decision = files.pieces_requested(
        a_contact(receipt_number=""), FACTS["pieces_requested"], CAUSE
    )
    assert kept(decision, Contact).accepted_id == CAUSE.sending_id


def test_given_a_refused_change_then_the_letter_goes_to_the_address_that_was_accepted() -> None:
    newer = {**_card(), "email": "new@passerelle.example", "sending_id": CAUSE.sending_id}
    refused = intake.CandidatureRefused(candidature_id=DOSSIER, reasons=WHY)
    decision = files.refusal(a_contact(newer=newer), None, refused, CAUSE)
    assert kept(decision, Contact).newer is None
    assert kept(decision, Contact).email == CONTACT.email


def test_given_a_file_that_cannot_be_read_when_it_is_refused_then_its_own_address_is_told() -> None:
    stray = StrayCard(DOSSIER, "a@b.example", "Camille", "", "")
    refused = intake.CandidatureRefused(candidature_id=DOSSIER, reasons=WHY)
    decision = files.refusal(None, stray, refused, CAUSE)
    assert kept(decision, Contact).email == "a@b.example"
    assert kept(decision, Contact).candidature_id == DOSSIER
    assert letters(decision) == [("refused", "holder")]
    assert letter(decision).context["reasons"] == REASONS


def test_given_no_file_yet_when_its_refusal_is_read_then_it_waits_for_the_file() -> None:
    with pytest.raises(TooEarly, match=DOSSIER):
        files.refusal(
            None, None, intake.CandidatureRefused(candidature_id=DOSSIER, reasons=WHY), CAUSE
        )


def test_given_no_receipt_yet_when_eligibility_is_read_then_it_waits_for_the_registration() -> None:
    with pytest.raises(TooEarly, match=DOSSIER):
        files.eligibility_checked(a_contact(receipt_number=""), checked(True), CAUSE)


def test_given_the_same_answer_on_a_place_when_the_file_changes_then_it_is_not_told_again() -> None:
    first = files.eligibility_checked(CONTACT, checked(True, "in-qpv"), CAUSE)
    assert letters(first) == [("eligible", "holder")]
    assert letter(first).context == {
        "receipt": "FABT-2020-4-00012",
        "zones": ["qpv"],
        "reasons": [["in-qpv", "in-qpv"]],
        "wave": WAVE,
    }
    told = kept(first, Contact)
    again = files.eligibility_checked(told, checked(True, "in-qpv"), LATER)
    assert (again.result, again.changes) == ("said-before", ())
    assert letters(files.eligibility_checked(told, checked(False), LATER)) == [
        ("ineligible", "holder")
    ]


def test_what_the_office_lacks_is_not_told_in_a_letter() -> None:
    decision = files.eligibility_checked(
        CONTACT, checked(False, sorted(OFFICE_CODES)[0], "outside"), CAUSE
    )
    assert letter(decision).context["reasons"] == [["outside", "outside"]]


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


@pytest.mark.parametrize(("eligible", "told"), [(True, [("declined", "holder")]), (False, [])])
def test_who_was_told_that_the_place_is_in_no_zone_gets_one_letter_not_two(
    eligible: bool, told: list[tuple[str, str]]
) -> None:
    """Who is labelled already was told that the place is in a zone: the refusal is news."""
    answer = checked(eligible, "of-the-place", "of-its-commune")
    contact = kept(files.eligibility_checked(CONTACT, answer, CAUSE), Contact)
    unranked = funding.CandidatureDeclined(**ABOUT, wave=WAVE, rank=None, reasons=WHY)
    assert letters(grants.declined(contact, unranked, LATER)) == told


def test_given_one_fact_when_it_is_heard_twice_then_its_letter_is_the_same() -> None:
    fact = FACTS["withdrawn"]
    first = letter(files.withdrawn(CONTACT, fact, CAUSE))
    assert first == letter(files.withdrawn(CONTACT, fact, CAUSE))
    assert first.notice_id != letter(files.withdrawn(CONTACT, fact, Cause("another", AT))).notice_id


def test_given_nobody_to_write_to_then_the_letter_is_noted_as_failed_at_once() -> None:
    decision = files.withdrawn(replace(CONTACT, email=""), FACTS["withdrawn"], CAUSE)
    assert (letter(decision).state, [type(fact).__name__ for fact in decision.facts]) == (
        "failed",
        ["NoticeFailed"],
    )


def _card() -> dict[str, Any]:
    names = (
        "candidature_id",
        "heard_id",
        "representative",
        "legal_name",
        "place_name",
        "needs",
        "commune_code",
    )
    return {name: getattr(CONTACT, name) for name in (*names, "latitude", "longitude")}


def test_given_an_officer_who_looks_then_it_is_told_once_and_again_after_another_answer() -> None:
    fact = FACTS["instruction_requested"]
    told = kept(files.instruction_requested(CONTACT, fact, CAUSE), Contact)
    assert files.instruction_requested(told, fact, LATER).result == "said-before"
    answered = kept(files.eligibility_checked(told, checked(False, "outside"), LATER), Contact)
    assert letters(files.instruction_requested(answered, fact, LATER)) == [
        ("instruction_requested", "holder")
    ]


@pytest.mark.parametrize("kind", [funding.CandidatureWaitlisted, funding.CandidatureDeclined])
def test_given_an_answer_other_than_an_award_then_its_letter_tells_what_it_rests_on(
    kind: type[Event],
) -> None:
    argument = funding.Argument(
        ranked=80, score=1_200, marks={"impact": 400}, cutoffs=(), score_needed=1_310
    )
    fact = kind(**ABOUT, wave=WAVE, rank=76, reasons=WHY, argument=argument)
    assert letter(OCCASIONS[kind](CONTACT, fact, CAUSE)).context["argument"] == argument.model_dump(
        mode="json"
    )
