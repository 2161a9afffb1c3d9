"""Accounts: what is refused, and that nothing of the number is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funding.bank.accounts import account_mistakes, compact
from services.funding.bank.rehearsal_bank import rehearsal_iban

GOOD = "FR7630006000011234567890189"


@pytest.mark.parametrize(
    ("iban", "bic", "codes"),
    [
        (GOOD, "AGRIFRPP", []),
        ("fr76 3000 6000 0112\u00a03456 7890 189", " agrifrpp ", []),
        (GOOD, None, []),
        (GOOD, "SOGEGPPP", []),
        ("FR7630006000011234567890188", None, ["iban-checksum"]),
        ("FR7230006000011234567890100", None, ["iban-checksum"]),
        (GOOD[:-1], "AGRIFRPP", ["iban-length"]),
        ("", "ABC", ["iban-invalid", "bic-invalid"]),
        (GOOD.replace("7", "７"), "ſOGEFRPP", ["iban-invalid", "bic-invalid"]),
        ("SA0380000000608010167519", None, ["iban-outside-sepa"]),
        ("DE89370400440532013000", "AGRIFRPP", ["bic-country"]),
    ],
)
def test_an_account_is_refused_with_every_mistake(iban: str, bic: str | None, codes: list[str]) -> None:
    assert [reason.code for reason in account_mistakes(iban, bic)] == codes


@given(text=st.text(min_size=5, max_size=40), bic=st.text(min_size=5, max_size=12))
def test_no_reason_repeats_what_was_typed(text: str, bic: str) -> None:
    said = " ".join(f"{reason.field} {reason.message}" for reason in account_mistakes(f"FR{text}", bic))

    assert f"FR{text}" not in said


@given(number=st.integers(0, 10**11 - 1))
def test_every_account_of_a_rehearsal_is_valid(number: int) -> None:
    assert account_mistakes(rehearsal_iban(number), None) == ()
    assert compact(rehearsal_iban(number)) == rehearsal_iban(number)
