"""camt.053 and camt.054, statements and notifications: the movements of the account that pays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from shared.bank.lines import (
    bank_line,
    count_of,
    cut_identifier,
    euro_cents,
    identifier,
    reference_of,
)
from shared.bank.reading import date_of, text_of
from shared.bank.reason_codes import CODE_LENGTH_MAX
from shared.contract.backoffice import StatementLine

ACCOUNTS = ("Stmt", "Ntfctn")
# ISO transaction codes: a credit transfer given back, or reversed by its bank.
RETURNS = ("RRTN", "RPCR")
NOT_BOOKED_YET = ("PDNG", "FUTR", "INFO")
EMPTY = Element("TxDtls")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says of all its transfers, read once however many they are."""

    amount: Element | None
    direction: str
    code: str
    is_reversal: bool
    booking: str
    booked_on: date | None
    is_dated: bool
    reference: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch says of its transfers: their number, their sum, and which file of ours they are in."""

    file_id: str
    transfers: int | None
    totals: list[Element]


def statement_lines(message: Element) -> Iterator[StatementLine]:
    """A line for each transfer that an entry details, and one for an entry, or its batch, that details none.

    A booked debit is `settled`; a booked credit that gives back a transfer is `returned`; a debit that is not
    booked yet is `accepted`. What is not in euros or in doubt is `unknown`, what cannot be read `unreadable`.
    """
    accounts = [account for account in message if account.tag in ACCOUNTS]
    for account_number, account in enumerate(accounts, start=1):
        for entry_number, entry in enumerate(account.findall("Ntry"), start=1):
            yield from _entry_lines(entry, f"{account.tag}[{account_number}]/Ntry[{entry_number}]")


def _entry_lines(element: Element, where: str) -> Iterator[StatementLine]:
    entry = _entry(element)
    batches = element.findall("NtryDtls") or [Element("NtryDtls")]
    place = 0
    for one in batches:
        batch = _batch(one)
        details = _details(batch, one)
        alone = len(batches) == 1 and len(details) == 1
        for detail in details:
            place += 1
            yield _line(entry, batch, detail, f"{where}/TxDtls[{place}]", alone)


def _entry(element: Element) -> Entry:
    booked_on, is_dated = _booked_on(element)
    return Entry(
        amount=element.find("Amt"),
        direction=text_of(element, "CdtDbtInd"),
        code=text_of(element, "BkTxCd/Domn/Fmly/SubFmlyCd"),
        is_reversal=text_of(element, "RvslInd") in ("true", "1"),
        booking=text_of(element, "Sts/Cd", "Sts"),
        booked_on=booked_on,
        is_dated=is_dated,
        reference=reference_of(text_of(element, "AcctSvcrRef", "NtryRef")),
    )


def _batch(element: Element) -> Batch:
    return Batch(
        file_id=cut_identifier(text_of(element, "Btch/PmtInfId", "Btch/MsgId")),
        transfers=count_of(text_of(element, "Btch/NbOfTxs")),
        totals=element.findall("Btch/TtlAmt"),
    )


def _details(batch: Batch, element: Element) -> list[Element]:
    """The transfers of a batch; an empty one stands for all of them, where the batch details none.

    A batch that names our file and leaves amounts out is one word on the file, which says them.
    """
    details = element.findall("TxDtls")
    if batch.file_id and not all(_amounts(None, detail) for detail in details):
        return [EMPTY]
    return details or [EMPTY]


def _line(entry: Entry, batch: Batch, detail: Element, where: str, alone: bool) -> StatementLine:
    amounts = _amounts(entry.amount if alone else None, detail)
    if detail is EMPTY:
        # The sum of the batch is no amount of one of its transfers.
        amounts += batch.totals
    amount_cents, problem = euro_cents(*amounts)
    status = _status(entry, detail)
    if not status or not entry.is_dated or problem == "unreadable" or entry.amount is None:
        status = "unreadable"
    elif not amount_cents:
        status = "unknown"
    end_to_end_id = identifier(text_of(detail, "Refs/EndToEndId"))
    return bank_line(
        end_to_end_id,
        status,
        amount_cents,
        text_of(detail, "Refs/AcctSvcrRef", "Refs/TxId")
        or entry.reference
        or text_of(detail, "Refs/InstrId"),
        booked_on=entry.booked_on,
        reason_code=text_of(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:CODE_LENGTH_MAX] or None,
        position=where,
        file_id=""
        if end_to_end_id
        else batch.file_id or text_of(detail, "Refs/PmtInfId", "Refs/MsgId"),
        transfers=None if end_to_end_id else batch.transfers,
    )


def _amounts(of_entry: Element | None, detail: Element) -> list[Element]:
    """What moved comes before what was instructed; the entry's sum is that of its one transfer."""
    moved = (detail.find("Amt"), detail.find("AmtDtls/TxAmt/Amt"), of_entry)
    found = (*moved, detail.find("AmtDtls/InstdAmt/Amt"))
    return [amount for amount in found if amount is not None]


def _status(entry: Entry, detail: Element) -> str:
    """Empty where the entry is neither a debit nor a credit."""
    direction = text_of(detail, "CdtDbtInd") or entry.direction
    codes = (text_of(detail, "BkTxCd/Domn/Fmly/SubFmlyCd"), entry.code)
    given_back = detail.find("RtrInf") is not None or any(code in RETURNS for code in codes)
    match direction, given_back or entry.is_reversal, entry.booking:
        case "DBIT", False, "BOOK":
            return "settled"
        case "DBIT", False, booking if booking in NOT_BOOKED_YET:
            return "accepted"
        case "CRDT", True, "BOOK":
            return "returned"
        case "DBIT" | "CRDT", _, _:
            return "unknown"
    return ""


def _booked_on(entry: Element) -> tuple[date | None, bool]:
    """The day, and False where what stands there is none."""
    try:
        return date_of(text_of(entry, "BookgDt/Dt", "BookgDt/DtTm")), True
    except ValueError:
        return None, False
