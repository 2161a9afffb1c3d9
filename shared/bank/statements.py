"""camt.053 and camt.054, statements and notifications: the movements of the account that pays."""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from shared.bank.lines import bank_line, count_of, euro_cents, identifier
from shared.bank.reading import date_of, text_of
from shared.bank.reason_codes import CODE_LENGTH_MAX
from shared.contract.backoffice import StatementLine

ACCOUNTS = ("Stmt", "Ntfctn")
RETURNS = ("RRTN", "RPCR")  # ISO transaction codes: a credit transfer given back, or reversed by its bank
NOT_BOOKED_YET = ("PDNG", "FUTR", "INFO")
EMPTY = Element("TxDtls")


def statement_lines(message: Element) -> Iterator[StatementLine]:
    """A line for each transfer that an entry details, and one for an entry, or its batch, that details none.

    A booked debit is `settled`; a booked credit that gives back a transfer is `returned`; a debit that is not
    booked yet is `accepted`. What is not in euros or in doubt is `unknown`, what cannot be read `unreadable`.
    """
    accounts = [account for account in message if account.tag in ACCOUNTS]
    for account_number, account in enumerate(accounts, start=1):
        for entry_number, entry in enumerate(account.findall("Ntry"), start=1):
            yield from _entry_lines(entry, f"{account.tag}[{account_number}]/Ntry[{entry_number}]")


def _entry_lines(entry: Element, where: str) -> Iterator[StatementLine]:
    batches = entry.findall("NtryDtls") or [Element("NtryDtls")]
    place = 0
    for batch in batches:
        details = _details(entry, batch)
        alone = len(batches) == 1 and len(details) == 1
        for detail in details:
            place += 1
            yield _line(entry, batch, detail, f"{where}/TxDtls[{place}]", alone)


def _details(entry: Element, batch: Element) -> list[Element]:
    """The transfers of a batch; an empty one stands for all of them, where the batch details none.

    A batch that names our file and leaves amounts out is one word on the file, which says them.
    """
    details = batch.findall("TxDtls")
    if _file_of(batch) and not all(_amounts(entry, detail, alone=False) for detail in details):
        return [EMPTY]
    return details or [EMPTY]


def _line(entry: Element, batch: Element, detail: Element, where: str, alone: bool) -> StatementLine:
    amounts = (*_amounts(entry, detail, alone), *_totals(batch, detail))
    amount_cents, problem = euro_cents(*amounts)
    booked_on, dated = _booked_on(entry)
    status = _status(entry, detail)
    if not status or not dated or problem == "unreadable" or entry.find("Amt") is None:
        status = "unreadable"
    elif not amount_cents:
        status = "unknown"
    end_to_end_id = identifier(text_of(detail, "Refs/EndToEndId"))
    return bank_line(
        end_to_end_id,
        status,
        amount_cents,
        text_of(detail, "Refs/AcctSvcrRef", "Refs/TxId")
        or text_of(entry, "AcctSvcrRef", "NtryRef")
        or text_of(detail, "Refs/InstrId"),
        booked_on=booked_on,
        reason_code=text_of(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:CODE_LENGTH_MAX] or None,
        position=where,
        file_id="" if end_to_end_id else _file_of(batch) or text_of(detail, "Refs/PmtInfId", "Refs/MsgId"),
        transfers=None if end_to_end_id else count_of(text_of(batch, "Btch/NbOfTxs")),
    )


def _file_of(batch: Element) -> str:
    return text_of(batch, "Btch/PmtInfId", "Btch/MsgId")


def _amounts(entry: Element, detail: Element, alone: bool) -> list[Element]:
    """What moved comes before what was instructed; the entry's sum is that of its one transfer."""
    found = [detail.find("Amt"), detail.find("AmtDtls/TxAmt/Amt")]
    if alone:
        found.append(entry.find("Amt"))
    found.append(detail.find("AmtDtls/InstdAmt/Amt"))
    return [amount for amount in found if amount is not None]


def _totals(batch: Element, detail: Element) -> list[Element]:
    """The sum of the batch is no amount of one of its transfers."""
    if detail is not EMPTY:
        return []
    return batch.findall("Btch/TtlAmt")


def _status(entry: Element, detail: Element) -> str:
    """Empty where the entry is neither a debit nor a credit."""
    direction = text_of(detail, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
    codes = [text_of(part, "BkTxCd/Domn/Fmly/SubFmlyCd") for part in (detail, entry)]
    given_back = detail.find("RtrInf") is not None or any(code in RETURNS for code in codes)
    back = given_back or text_of(entry, "RvslInd") in ("true", "1")
    booking = text_of(entry, "Sts/Cd", "Sts")
    match direction, back, booking:
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
