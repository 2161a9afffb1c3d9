"""pain.001: valid, the same bytes for the same input, and every mistake said before anything is written."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from itertools import count

import pytest
import xmlschema
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.funding.bank import checks
from services.funding.bank.characters import is_identifier, sepa_text
from services.funding.bank.pain001 import split, write_pain001
from services.funding.bank.pain001_reading import read_pain001
from services.funding.bank.values import PaymentFileInvalid, Transfer
from services.funding.domain.money.exports import planned_files
from services.funding.domain.states import Order, Run
from shared.contract.values import RunId
from tests.service.bank.bank_samples import CREATED_AT, DEBTOR, payment_file, transfer, transfers

RUN_ID = r"[A-Za-z0-9]([A-Za-z0-9-]{0,28}[A-Za-z0-9])?"
VERSIONS = ("pain.001.001.09", "pain.001.001.03")


@cache
def schema(version: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{version}.xsd"))


@pytest.mark.parametrize("version", VERSIONS)
@given(paid=transfers())
def test_whatever_the_names_and_amounts_the_file_is_valid_and_its_sum_and_count_match(
    version: str, paid: tuple[Transfer, ...]
) -> None:
    written = write_pain001(payment_file(*paid), DEBTOR, version)

    schema(version).validate(written.decode())
    header = fromstring(written).find(".//{*}GrpHdr")
    total = sum(one.amount_cents for one in paid)
    assert header.findtext("{*}NbOfTxs") == str(len(paid))
    assert header.findtext("{*}CtrlSum") == f"{total // 100}.{total % 100:02d}"


@pytest.mark.parametrize("version", VERSIONS)
@given(paid=transfers())
def test_what_is_read_back_is_what_was_to_be_paid(version: str, paid: tuple[Transfer, ...]) -> None:
    file = payment_file(*paid)

    debtor, read = read_pain001(write_pain001(file, DEBTOR, version))

    assert (debtor.iban, debtor.bic) == (DEBTOR.iban, DEBTOR.bic)
    assert (read.message_id, read.created_at, read.execution_on) == (
        file.message_id,
        CREATED_AT,
        file.execution_on,
    )
    money = [(one.end_to_end_id, one.amount_cents, one.iban, one.bic) for one in paid]
    assert [
        (one.end_to_end_id, one.amount_cents, one.iban, one.bic) for one in read.transfers
    ] == money
    assert all(
        len(one.creditor_name) <= 70 and len(one.remittance) <= 140 for one in read.transfers
    )


def test_the_same_file_gives_the_same_bytes_and_another_message_id_other_bytes() -> None:
    file = payment_file(transfer(1), transfer(2))
    elsewhere = CREATED_AT.astimezone(timezone(timedelta(hours=2)))

    assert write_pain001(file, DEBTOR) == write_pain001(file, DEBTOR)
    assert write_pain001(file, DEBTOR) == write_pain001(replace(file, created_at=elsewhere), DEBTOR)
    assert write_pain001(file, DEBTOR) != write_pain001(
        replace(file, message_id="RUN-2021-1-002"), DEBTOR
    )


def test_the_file_carries_the_ids_and_the_instant_it_was_given() -> None:
    document = fromstring(write_pain001(payment_file(transfer()), DEBTOR))

    assert document.findtext(".//{*}GrpHdr/{*}MsgId") == "RUN-2021-1-001"
    assert document.findtext(".//{*}PmtInf/{*}PmtInfId") == "RUN-2021-1-001"
    assert document.findtext(".//{*}GrpHdr/{*}CreDtTm") == "2021-03-30T12:00:00Z"
    assert document.findtext(".//{*}EndToEndId") == "FABT-2020-4-00001-T1-A1"


def test_every_mistake_is_said_at_once_and_no_account_is_repeated() -> None:
    wrong = transfer(
        end_to_end_id="X" * 36,
        amount_cents=0,
        creditor_name="\u202e☠",
        iban="FR7630006000011234567890188",
        bic="NO",
    )
    file = payment_file(wrong, transfer(2), transfer(2), message_id="")

    with pytest.raises(PaymentFileInvalid) as refused:
        write_pain001(
            replace(file, created_at=datetime(2021, 3, 30)),  # noqa: DTZ001 -- the mistake that is tested
            replace(DEBTOR, name="  ", iban="DE00"),
        )

    codes = [reason.code for reason in refused.value.reasons]
    assert codes == [
        "id-invalid",
        "zone-missing",
        "iban-invalid",
        "name-empty",
        "id-invalid",
        "amount-invalid",
        "name-empty",
        "iban-checksum",
        "bic-invalid",
        "id-repeated",
    ]
    assert "30006000011234567890188" not in str(refused.value)


def test_account_numbers_stay_out_of_the_text_form_of_a_transfer() -> None:
    assert transfer().iban not in repr(payment_file(transfer()))


@pytest.mark.parametrize("number", [0, 4])
def test_a_file_of_no_transfer_or_of_too_many_is_refused(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "TRANSFERS_MAX", 3)
    given = transfer()
    file = replace(
        payment_file(),
        transfers=tuple(replace(given, end_to_end_id=f"T{n}") for n in range(number)),
    )

    with pytest.raises(PaymentFileInvalid) as refused:
        write_pain001(file, DEBTOR)

    assert [reason.code for reason in refused.value.reasons] == ["transfers-count"]


def test_splitting_reads_no_further_than_one_file_ahead_of_what_is_asked() -> None:
    drawn = []
    endless = (drawn.append(number) or transfer(number) for number in count())
    parts = split(endless, at_most=10)

    first, second = next(parts), next(parts)

    assert [len(first), len(second)] == [10, 10]
    assert second[0].end_to_end_id == "FABT-2020-4-00010-T1-A1"
    assert len(drawn) == 20


@given(total=st.integers(0, 50), size=st.integers(1, 20))
def test_splitting_keeps_every_transfer_in_order(total: int, size: int) -> None:
    given = [Transfer(str(number), 1, "A", "", None, "A") for number in range(total)]

    parts = list(split(given, at_most=size))

    assert [one for part in parts for one in part] == given
    assert all(1 <= len(part) <= size for part in parts)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Association Éléonore & Œuvres", "Association Eleonore + OEuvres"),
        ("Théâtre d’été – “La_Friche”", "Theatre d'ete - .La-Friche."),
        ("//A//B/", "A/B"),
        ("Ελλάδα 東京", "Ellada Dong Jing"),
        ("<script>alert(1)</script>", ".script.alert(1)./script."),
        ("Ligne\r\nsuivante\x00", "Ligne suivante"),
        ("", ""),
        ("☠", ""),
        ("A" * 80, "A" * 70),
    ],
)
def test_a_name_is_written_with_the_characters_banks_accept(typed: str, written: str) -> None:
    assert sepa_text(typed, 70) == written


@given(text=st.text(max_size=300), length_max=st.integers(1, 140))
def test_whatever_the_text_it_is_accepted_cut_and_written_alike_the_second_time(
    text: str, length_max: int
) -> None:
    written = sepa_text(text, length_max)

    assert len(written) <= length_max
    assert set(written) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ "
    )
    assert "//" not in written and not written.startswith("/") and not written.endswith("/")
    assert sepa_text(written, length_max) == written


@pytest.mark.parametrize("text", ["", "/A", "A/", "A//B", "é", "A B", "A" * 36, "A\n"])
def test_an_id_is_never_rewritten_so_it_must_be_right(text: str) -> None:
    assert not is_identifier(text, 35)


def test_the_ids_of_orders_are_ids_for_banks() -> None:
    assert is_identifier("FABT-2020-4-00012-T1-A1", 35)


@pytest.mark.parametrize("given", ["run_1", "run.1", "-run", "run-", "R" * 31, "été", ""])
def test_a_run_whose_files_no_bank_would_take_is_refused_where_it_is_named(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RunId).validate_python(given)


@given(given=st.from_regex(RUN_ID, fullmatch=True))
def test_the_files_of_every_run_that_can_be_named_have_ids_for_banks(given: str) -> None:
    run = Run(
        TypeAdapter(RunId).validate_python(given),
        "approved",
        1,
        1,
        ({"at": CREATED_AT.isoformat()},),
        CREATED_AT,
    )
    orders = [Order(str(n), "", "", 1, "", "approved", CREATED_AT) for n in range(3)]

    names = [file.message_id for file in planned_files(run, orders, date(2021, 4, 6), 1)]

    assert len(set(names)) == 3 and all(is_identifier(name, 35) for name in names)
