"""The bank's answers: what each entry means for a payment order, and that no entry is dropped."""

from datetime import date

import pytest
from pydantic import TypeAdapter

from services.funding.bank.pain001 import write_pain001
from shared.bank.answers import parts, read_answers
from shared.bank.values import BankFileInvalid
from shared.contract.backoffice import StatementLine
from shared.contract.values import Token
from tests.service.bank.bank_samples import (
    DEBTOR,
    camt,
    detail,
    entry,
    pain002,
    payment_file,
    transfer,
)

ID = "FABT-2020-4-00001-T1-A1"
RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
RETURN_CODE = (
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>"
    "<SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"
)


def only_line(data: bytes) -> StatementLine:
    (line,) = read_answers(data).lines
    return line


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (entry(detail()), "settled"),
        (entry(detail(), status="<Cd>BOOK</Cd>"), "settled"),
        (entry(detail(), status="PDNG"), "accepted"),
        (entry(detail(), status="<Cd>FUTR</Cd>"), "accepted"),
        (entry(detail(), status="INFO"), "accepted"),
        (entry(detail(), status="PDNG", direction="CRDT"), "unknown"),
        (entry(detail(more=RETURNED), status="PDNG", direction="CRDT"), "unknown"),
        (entry(detail(), status="NEW1"), "unknown"),
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
def test_only_a_booked_debit_in_euros_settles_and_one_that_is_not_booked_yet_is_accepted(
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
        position="Stmt[1]/Ntry[1]/TxDtls[1]",
    )


def test_a_batch_entry_gives_a_line_for_each_transfer_with_its_own_amount() -> None:
    said = "<AmtDtls><TxAmt><Amt Ccy='EUR'>{}</Amt></TxAmt></AmtDtls>"
    given = entry(
        detail("A", said.format("1.10")) + detail("B", said.format("2")) + detail("C"),
        amount="9.00",
    )

    lines = read_answers(camt(given)).lines

    found = [(line.end_to_end_id, line.amount_cents, line.status) for line in lines]
    assert found == [("A", 110, "settled"), ("B", 200, "settled"), ("C", 0, "unknown")]


def test_the_amount_that_moved_counts_before_the_one_that_was_instructed() -> None:
    instructed = "<AmtDtls><InstdAmt><Amt Ccy='EUR'>50000.00</Amt></InstdAmt></AmtDtls>"

    assert (
        only_line(camt(entry(detail(more=instructed), amount="49990.00"))).amount_cents == 4_999_000
    )


def test_an_entry_without_an_id_is_kept_as_a_line_that_matches_nothing() -> None:
    given = (
        entry(amount="12.00") + entry(detail(None)) + entry(detail("NOTPROVIDED")) + "<TxsSummry/>"
    )

    lines = read_answers(camt(given)).lines

    assert [(line.end_to_end_id, line.amount_cents) for line in lines] == [
        ("", 1200),
        ("", 5_000_000),
        ("", 5_000_000),
    ]


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
        ("ACSP", AMOUNT, ("accepted", 5_000_000)),
        ("ACCP", "", ("accepted", 0)),
        ("PDNG", AMOUNT, ("accepted", 5_000_000)),
        ("CANC", AMOUNT, ("unknown", 5_000_000)),
        ("NEW1", AMOUNT, ("unknown", 5_000_000)),
    ],
)
def test_a_status_that_is_not_final_stays_unknown(
    status: str, more: str, found: tuple[str, int], version: str
) -> None:
    line = only_line(pain002(refused_payment(status, more), version=version))

    assert (line.status, line.amount_cents) == found
    assert (line.end_to_end_id, line.bank_reference, line.reason_code) == (ID, "S1", "AC04")


def test_a_word_on_a_whole_file_is_one_line_that_names_it_with_its_number_and_sum() -> None:
    counted = "<OrgnlNbOfTxs>3</OrgnlNbOfTxs><OrgnlCtrlSum>150000.00</OrgnlCtrlSum>"
    by_group = only_line(pain002("", "ACSC").replace(b"<GrpSts>", f"{counted}<GrpSts>".encode()))
    by_block = only_line(pain002(whole_block("ACSP"), "PART"))

    assert (by_group.status, by_group.file_id) == ("settled", "RUN-2021-1-001")
    assert (by_group.transfers, by_group.amount_cents) == (3, 15_000_000)
    assert (by_block.status, by_block.file_id, by_block.transfers) == (
        "accepted",
        "RUN-2021-1-001",
        None,
    )


@pytest.mark.parametrize(
    ("blocks", "group"), [("", "PART"), ("", ""), ("<OrgnlPmtInfAndSts/>", "PART")]
)
def test_a_report_in_parts_says_nothing_of_the_transfers_it_does_not_name(
    blocks: str, group: str
) -> None:
    assert read_answers(pain002(blocks, group)).lines == ()


def whole_block(status: str) -> str:
    return (
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>RUN-2021-1-001</OrgnlPmtInfId>"
        f"<PmtInfSts>{status}</PmtInfSts></OrgnlPmtInfAndSts>"
    )


@pytest.mark.parametrize(
    ("blocks", "group"),
    [("", "RJCT"), (whole_block("RJCT"), "RJCT"), (whole_block("RJCT"), "PART")],
)
def test_a_file_refused_as_a_whole_is_one_line_whatever_the_level_that_says_it(
    blocks: str, group: str
) -> None:
    line = only_line(pain002(blocks, group))

    assert (line.status, line.end_to_end_id, line.file_id) == ("rejected", "", "RUN-2021-1-001")


def batch(ids: str, transfers: int = 3) -> str:
    return f"<Btch>{ids}<NbOfTxs>{transfers}</NbOfTxs></Btch>"


@pytest.mark.parametrize(
    "details",
    [
        batch("<MsgId>run-1</MsgId>"),
        batch("<PmtInfId>run-1</PmtInfId>"),
        batch("<MsgId>other</MsgId><PmtInfId>run-1</PmtInfId>"),
        batch("<PmtInfId>run-1</PmtInfId>") + detail("A") + detail("B") + detail("C"),
    ],
)
def test_a_batch_that_names_our_file_is_one_line_with_its_number_and_sum(details: str) -> None:
    line = only_line(camt(entry(details, amount="150000.00")))

    assert (line.status, line.end_to_end_id, line.file_id) == ("settled", "", "run-1")
    assert (line.transfers, line.amount_cents) == (3, 15_000_000)


def test_a_transfer_without_an_id_that_names_our_block_is_on_the_block() -> None:
    given = "<TxDtls><Refs><PmtInfId>run-1</PmtInfId></Refs></TxDtls>"

    line = only_line(camt(entry(given)))

    assert (line.end_to_end_id, line.file_id, line.amount_cents) == ("", "run-1", 5_000_000)


def test_the_parts_of_an_answer_are_numbered_and_together_make_it_whole() -> None:
    answers = read_answers(camt("".join(entry(detail(f"ID-{number}")) for number in range(1001))))

    cut = list(parts(answers))

    assert [(number, len(lines)) for number, lines in cut] == [(1, 500), (2, 500), (3, 1)]
    assert tuple(line for _, lines in cut for line in lines) == answers.lines


def test_a_message_that_lacks_what_all_lines_stand_on_is_refused_with_every_reason() -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(b"<Document><BkToCstmrStmt/></Document>")

    assert [reason.code for reason in refused.value.reasons] == [
        "message-id-missing",
        "account-missing",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        entry(detail(), amount="12,50"),
        entry(detail(), amount="1.005"),
        entry(detail(), amount="-1.00"),
        entry(detail(), amount=""),
        entry(detail(), amount="9" * 70),
        entry(detail(), amount="١٢"),
        entry(detail(), direction=""),
        entry(detail(), booked="<BookgDt><Dt>2021-02-30</Dt></BookgDt>"),
        "<Ntry><CdtDbtInd>DBIT</CdtDbtInd></Ntry>",
        "<Ntry/>",
    ],
)
def test_a_line_that_cannot_be_read_keeps_its_place_and_leaves_the_others_as_they_are(
    bad: str,
) -> None:
    first, second = read_answers(camt(bad + entry(detail("OURS")))).lines

    assert (first.status, first.position) == ("unreadable", "Stmt[1]/Ntry[1]/TxDtls[1]")
    assert (second.status, second.end_to_end_id, second.position) == (
        "settled",
        "OURS",
        "Stmt[1]/Ntry[2]/TxDtls[1]",
    )


@pytest.mark.parametrize(
    "foreign",
    [
        entry(detail("X" * 36)),
        entry(detail("É\u200b / ; 東京"), currency="XPF"),
        entry(detail().replace("</Refs>", "<AcctSvcrRef>R\u202e\u00ad</AcctSvcrRef></Refs>")),
        entry(batch("<MsgId>" + "S" * 99 + "</MsgId>", 10**14)),
    ],
)
def test_a_line_of_somebody_else_never_keeps_ours_from_being_read(foreign: str) -> None:
    lines = read_answers(camt(foreign + entry(detail("OURS")))).lines

    assert (len(lines), lines[-1].end_to_end_id, lines[-1].status) == (2, "OURS", "settled")


def test_a_transfer_of_a_report_whose_amount_cannot_be_read_is_a_line_like_any_other() -> None:
    bad = AMOUNT.replace("50000.00", "12,50")

    assert only_line(pain002(refused_payment("ACSC", bad))).status == "unreadable"


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("000000000050000.00", 5_000_000),
        ("+50000.00", 5_000_000),
        ("50000.", 5_000_000),
        (".50", 50),
        ("50000.00000", 5_000_000),
        (" 50000 ", 5_000_000),
    ],
)
def test_an_amount_is_read_as_xs_decimal_writes_it(written: str, cents: int) -> None:
    assert only_line(camt(entry(detail(), amount=written))).amount_cents == cents


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
