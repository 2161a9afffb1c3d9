"""Accounts: what is refused, and that nothing of the number is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding.bank.accounts import account_mistakes, compact

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
        ("DE89370400440532013000", "AGRIFRPP", []),
        (GOOD, "REVOLT21", []),
        (GOOD, "SOGEMQMQ", []),
        (GOOD, "CHASUS33", ["bic-outside-sepa"]),
    ],
)
def test_an_account_is_refused_with_every_mistake(
    iban: str, bic: str | None, codes: list[str]
) -> None:
    assert [reason.code for reason in account_mistakes(iban, bic)] == codes


@given(text=st.text(min_size=5, max_size=40), bic=st.text(min_size=5, max_size=12))
def test_no_reason_repeats_what_was_typed(text: str, bic: str) -> None:
    said = " ".join(
        f"{reason.field} {reason.message}" for reason in account_mistakes(f"FR{text}", bic)
    )

    assert f"FR{text}" not in said


@given(number=st.integers(0, 10**11 - 1))
def test_every_account_of_a_rehearsal_is_valid(number: int) -> None:
    assert account_mistakes(rehearsal_iban(number), None) == ()
    assert compact(rehearsal_iban(number)) == rehearsal_iban(number)


@pytest.mark.parametrize(
    ("country", "bank", "branch", "in_euros"),
    [
        ("FR", "17499", "00010", False),
        ("FR", "18319", "00010", False),
        ("FR", "14158", "01022", False),
        ("FR", "14889", "00010", False),
        ("FR", "12149", "00010", False),
        ("FR", "14168", "00001", False),
        ("FR", "10071", "98800", False),
        ("FR", "10071", "98700", False),
        ("FR", "10071", "75000", True),
        ("NC", "17499", "00010", False),
        ("PF", "12149", "00010", False),
        ("WF", "12149", "00010", False),
        ("FR", "20041", "01005", True),
    ],
)
def test_an_account_in_pacific_francs_is_not_reached_by_sepa_whatever_its_iban_looks_like(
    country: str, bank: str, branch: str, in_euros: bool
) -> None:
    iban = str(
        IBAN.generate(country, bank_code=bank, branch_code=branch, account_code="00000000123")
    )

    assert [reason.code for reason in account_mistakes(iban, None)] == (
        [] if in_euros else ["account-in-xpf"]
    )


@pytest.mark.parametrize("bic", ["BCADNCNN", "SOCBPFTX", "CEFNWFW1"])
def test_a_bic_of_the_pacific_says_the_same(bic: str) -> None:
    assert [reason.code for reason in account_mistakes(GOOD, bic)] == ["account-in-xpf"]
