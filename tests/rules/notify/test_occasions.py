"""Which letter each fact calls for, once, and to whom."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.notify.domain.erasure import erased
from services.notify.domain.notice import Cause
from services.notify.domain.occasions import files
from services.notify.handlers.occasions import OCCASIONS
from shared.contract import eligibility, funding, intake
from shared.contract.event import Event
from tests.rules.notify.given import CAUSE, DEADLINE, WAVE, WHY, letter, letters
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
