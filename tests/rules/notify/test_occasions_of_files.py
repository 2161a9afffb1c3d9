"""Which letter answers a file: to which address, once for one answer, and not before what it rests on."""

from typing import Any

import pytest

from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.occasions import files, grants
from shared.contract import eligibility, funding, intake
from shared.contract.eligibility import OFFICE_CODES
from shared.contract.values import Reason
from shared.kit.errors import TooEarly
from tests.rules.notify.given import CAUSE, LATER, WAVE, WHY, kept, letter, letters
from tests.rules.notify.notify_samples import AT, DOSSIER, a_contact
from tests.rules.notify.test_occasions import ABOUT, CONTACT, FACTS, REASONS


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


@pytest.mark.parametrize(("eligible", "told"), [(True, [("declined", "holder")]), (False, [])])
def test_who_was_told_that_the_place_is_in_no_zone_gets_one_letter_not_two(
    eligible: bool, told: list[tuple[str, str]]
) -> None:
    """Who is labelled already was told that the place is in a zone: the refusal is news."""
    answer = checked(eligible, "of-the-place", "of-its-commune")
    contact = kept(files.eligibility_checked(CONTACT, answer, CAUSE), Contact)
    unranked = funding.CandidatureDeclined(**ABOUT, wave=WAVE, rank=None, reasons=WHY)
    assert letters(grants.declined(contact, unranked, LATER)) == told


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
