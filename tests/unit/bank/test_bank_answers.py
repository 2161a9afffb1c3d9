"""The bank's answers: what each entry means for a payment order, and that no entry is dropped."""

from datetime import date

import pytest
from bank_samples import DEBTOR, camt, detail, entry, pain002, payment_file, transfer
from pydantic import TypeAdapter

from services.funding.bank.answers import parts, read_answers, with_refused_transfers
from services.funding.bank.pain001 import write_pain001
from services.funding.bank.values import BankFileInvalid
from shared.contract.backoffice import StatementLine
from shared.contract.values import Token

ID = "FABT-2020-4-00001-T1-A1"
RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
RETURN_CODE = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"


def only_line(data: bytes) -> StatementLine:
    (line,) = read_answers(data).lines
    return line


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (entry(detail()), "settled"),
        (entry(detail(), status="<Cd>BOOK</Cd>"), "settled"),
        (entry(detail(), status="PDNG"), "unknown"),
        (entry(detail(), status="INFO"), "unknown"),
        (entry(detail(), currency="CHF"), "unknown"),
        (entry(detail(), amount="0.00"), "unknown"),
        (entry(detail(), direction="CRDT"), "unknown"),
        (entry(detail(more=RETURNED), direction="CRDT"), "returned"),
        (entry(detail(more=RETURN_CODE), direction="CRDT"), "returned"),
        (entry(detail(), direction="CRDT", more="<RvslInd>true</RvslInd>"), "returned"),
        (entry(detail(), direction="CRDT", more="<RvslInd>false</RvslInd>"), "unknown"),
        (entry(detail(more=RETURNED)), "unknown"),
        (entry(detail(), more="<RvslInd>true</RvslInd>"), "unknown"),
    ],
)
@pytest.mark.parametrize(
    ("message", "account", "version"),
    [
        ("BkToCstmrStmt", "Stmt", "camt.053.001.02"),
        ("BkToCstmrStmt", "Stmt", "camt.053.001.08"),
        ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054.001.04"),
    ],
)
def test_only_a_booked_debit_in_euros_settles_and_only_what_comes_back_is_rejected(
    given: str, status: str, message: str, account: str, version: str
) -> None:
    answers = read_answers(camt(given, message, account, version))

    assert answers.kind == version[:8]
    assert [(line.end_to_end_id, line.status) for line in answers.lines] == [(ID, status)]


def test_a_settled_line_says_how_much_when_and_under_which_reference() -> None:
    assert only_line(camt(entry(detail(), amount="50000.5"))) == StatementLine(
        end_to_end_id=ID,
        status="settled",
        amount_cents=5_000_050,
        bank_reference="REF-1",
        booked_on=date(2021, 4, 6),
        reason_code=None,
    )


def test_a_batch_entry_gives_a_line_for_each_transfer_with_its_own_amount() -> None:
    said = "<AmtDtls><TxAmt><Amt Ccy='EUR'>{}</Amt></TxAmt></AmtDtls>"
    given = entry(detail("A", said.format("1.10")) + detail("B", said.format("2")) + detail("C"), amount="9.00")

    lines = read_answers(camt(given)).lines

    found = [(line.end_to_end_id, line.amount_cents, line.status) for line in lines]
    assert found == [("A", 110, "settled"), ("B", 200, "settled"), ("C", 0, "unknown")]


def test_the_amount_that_moved_counts_before_the_one_that_was_instructed() -> None:
    instructed = "<AmtDtls><InstdAmt><Amt Ccy='EUR'>50000.00</Amt></InstdAmt></AmtDtls>"

    assert only_line(camt(entry(detail(more=instructed), amount="49990.00"))).amount_cents == 4_999_000


def test_an_entry_without_an_id_is_kept_as_a_line_that_matches_nothing() -> None:
    given = entry(amount="12.00") + entry(detail(None)) + entry(detail("NOTPROVIDED")) + "<TxsSummry/>"

    lines = read_answers(camt(given)).lines

    assert [(line.end_to_end_id, line.amount_cents) for line in lines] == [("", 1200), ("", 5_000_000), ("", 5_000_000)]


def test_a_line_said_twice_is_given_twice() -> None:
    assert len(read_answers(camt(entry(detail()) * 2)).lines) == 2


def test_the_same_bytes_give_the_same_statement_id_and_any_other_file_another() -> None:
    once, again = read_answers(camt(entry(detail()))), read_answers(camt(entry(detail())))
    other = read_answers(camt(entry(detail(), amount="50000.01")))
    slashed = read_answers(pain002(""))

    assert once.statement_id == again.statement_id != other.statement_id
    assert once.statement_id.startswith("STM-7-") and slashed.statement_id.startswith("PSR-9-")
    assert [TypeAdapter(Token).validate_python(one.statement_id) for one in (once, slashed)]


@pytest.mark.parametrize(
    ("booked", "day"),
    [
        ("<BookgDt><DtTm>2021-04-06T23:30:00+02:00</DtTm></BookgDt>", date(2021, 4, 6)),
        ("<BookgDt><Dt>2021-04-06+02:00</Dt></BookgDt>", date(2021, 4, 6)),
        ("", None),
    ],
)
def test_the_booking_day_is_the_one_the_bank_wrote(booked: str, day: date | None) -> None:
    assert only_line(camt(entry(detail(), booked=booked))).booked_on == day


def refused_payment(status: str, more: str = "") -> str:
    return (
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>RUN-2021-1-001</OrgnlPmtInfId><TxInfAndSts><StsId>S1</StsId>"
        f"<OrgnlEndToEndId>{ID}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>{more}</TxInfAndSts></OrgnlPmtInfAndSts>"
    )


AMOUNT = "<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>50000.00</InstdAmt></Amt></OrgnlTxRef>"


@pytest.mark.parametrize("version", ["pain.002.001.03", "pain.002.001.10"])
@pytest.mark.parametrize(
    ("status", "more", "found"),
    [
        ("RJCT", AMOUNT, ("rejected", 5_000_000)),
        ("RJCT", "", ("rejected", 0)),
        ("ACSC", AMOUNT, ("settled", 5_000_000)),
        ("ACSC", "", ("unknown", 0)),
        ("ACSP", AMOUNT, ("unknown", 5_000_000)),
        ("PDNG", AMOUNT, ("unknown", 5_000_000)),
        ("NEW1", AMOUNT, ("unknown", 5_000_000)),
    ],
)
def test_a_status_that_is_not_final_stays_unknown(status: str, more: str, found: tuple[str, int], version: str) -> None:
    line = only_line(pain002(refused_payment(status, more), version=version))

    assert (line.status, line.amount_cents) == found
    assert (line.end_to_end_id, line.bank_reference, line.reason_code) == (ID, "S1", "AC04")


@pytest.mark.parametrize("code", ["AM05", "DU01", "DU04"])
def test_a_refusal_because_the_bank_already_has_it_does_not_say_that_nothing_was_paid(code: str) -> None:
    """The same file sent twice is refused the second time, and paid the first."""
    exported = write_pain001(payment_file(transfer(1)), DEBTOR)
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"
    whole = read_answers(pain002("", "RJCT").replace(b"</GrpSts>", f"</GrpSts>{reason}".encode()))
    one = only_line(pain002(refused_payment("RJCT", AMOUNT).replace("AC04", code)))

    shown = with_refused_transfers(whole, [exported])

    assert [(line.end_to_end_id, line.status) for line in whole.lines] == [("", "unknown")]
    assert [(line.end_to_end_id, line.status) for line in shown.lines] == [(ID, "unknown")]
    assert (one.status, one.reason_code) == ("unknown", code)


def test_a_report_that_only_accepts_the_file_says_nothing_of_any_transfer() -> None:
    assert read_answers(pain002("", group_status="ACCP")).lines == ()


WHOLE_FILE = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"


@pytest.mark.parametrize(("payments", "group_status"), [("", "RJCT"), (WHOLE_FILE, "RJCT"), (WHOLE_FILE, "PART")])
def test_a_file_refused_as_a_whole_is_a_line_for_an_operator_until_the_exported_file_is_shown(
    payments: str, group_status: str
) -> None:
    exported = write_pain001(payment_file(transfer(1), transfer(2, amount_cents=7)), DEBTOR)
    another = write_pain001(payment_file(transfer(3), message_id="RUN-2021-1-002"), DEBTOR)
    answers = read_answers(pain002(payments, group_status))

    alone = with_refused_transfers(answers, [another])
    shown = with_refused_transfers(answers, [another, exported])

    assert alone == answers
    assert [(line.end_to_end_id, line.status) for line in answers.lines] == [("", "rejected")]
    assert [(line.end_to_end_id, line.status, line.amount_cents) for line in shown.lines] == [
        (ID, "rejected", 5_000_000),
        ("FABT-2020-4-00002-T1-A1", "rejected", 7),
    ]
    assert shown.refused_files == ()


def test_the_parts_of_an_answer_are_numbered_and_together_make_it_whole() -> None:
    answers = read_answers(camt("".join(entry(detail(f"ID-{number}")) for number in range(1001))))

    cut = list(parts(answers))

    assert [(number, len(lines)) for number, lines in cut] == [(1, 500), (2, 500), (3, 1)]
    assert tuple(line for _, lines in cut for line in lines) == answers.lines


def test_a_damaged_statement_is_refused_with_every_reason() -> None:
    given = (
        entry(detail("X" * 36))
        + entry(detail(), amount="12,50")
        + entry(detail(), amount="1.005")
        + entry(detail(), direction="")
        + entry(detail(), booked="<BookgDt><Dt>2021-02-30</Dt></BookgDt>")
        + "<Ntry><CdtDbtInd>DBIT</CdtDbtInd></Ntry>"
    )

    with pytest.raises(BankFileInvalid) as refused:
        read_answers(camt(given).replace(b"STM-7", b" "))

    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [
        ("message-id-missing", "BkToCstmrStmt/GrpHdr/MsgId"),
        ("id-too-long", "Stmt[1]/Ntry[1]/TxDtls[1]/EndToEndId"),
        ("amount-invalid", "Stmt[1]/Ntry[2]/TxDtls[1]/Amt"),
        ("amount-invalid", "Stmt[1]/Ntry[3]/TxDtls[1]/Amt"),
        ("direction-missing", "Stmt[1]/Ntry[4]/CdtDbtInd"),
        ("date-invalid", "Stmt[1]/Ntry[5]/BookgDt"),
        ("amount-missing", "Stmt[1]/Ntry[6]/Amt"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<Document><BkToCstmrAcctRpt/></Document>",
        write_pain001(payment_file(transfer()), DEBTOR),
        b"<Document/>",
    ],
)
def test_a_message_that_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(data)

    assert [reason.code for reason in refused.value.reasons] == ["kind-unknown"]
