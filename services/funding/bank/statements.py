"""camt.053 and camt.054, statements and notifications: the movements of the account that pays."""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from services.funding.bank.lines import bank_line, count_of, euro_cents, identifier
from services.funding.bank.reading import date_of, text_of
from services.funding.bank.reason_codes import CODE_LENGTH_MAX
from shared.contract.backoffice import StatementLine

ACCOUNTS = ("Stmt", "Ntfctn")
RETURNS = ("RRTN", "RPCR")  # ISO bank transaction codes: a credit transfer given back, or reversed by its bank
NOT_BOOKED_YET = ("PDNG", "FUTR", "INFO")
EMPTY = Element("TxDtls")


def statement_lines(message: Element) -> Iterator[StatementLine]:
    """A line for each transfer that an entry details, and one for an entry, or a batch of it, that details none.

    A booked debit is `settled`; a booked credit that gives back a transfer is `returned`; a debit that is not booked
    yet is `accepted`; what is not in euros or otherwise in doubt is `unknown`, what cannot be read `unreadable`.
    """
    accounts = [account for account in message if account.tag in ACCOUNTS]
    for account_number, account in enumerate(accounts, start=1):
        for entry_number, entry in enumerate(account.findall("Ntry"), start=1):
            yield from _entry_lines(entry, f"{account.tag}[{account_number}]/Ntry[{entry_number}]")


def _entry_lines(entry: Element, where: str) -> Iterator[StatementLine]:
    batches = entry.findall("NtryDtls") or [Element("NtryDtls")]
    alone = len(batches) == 1
    place = 0
    for batch in batches:
        details = batch.findall("TxDtls")
        if _file_of(batch) and not all(_amounts(entry, detail, alone=False) for detail in details):
            details = []  # it names our file and leaves the amounts out: the file says them
        for detail in details or [EMPTY]:
            place += 1
            yield _line(entry, batch, detail, f"{where}/TxDtls[{place}]", alone and len(details) < 2)


def _line(entry: Element, batch: Element, detail: Element, where: str, alone: bool) -> StatementLine:
    amount_cents, problem = euro_cents(*_amounts(entry, detail, alone), *_totals(batch, detail))
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
    found = [detail.find("Amt"), detail.find("AmtDtls/TxAmt/Amt"), entry.find("Amt") if alone else None]
    return [amount for amount in (*found, detail.find("AmtDtls/InstdAmt/Amt")) if amount is not None]


def _totals(batch: Element, detail: Element) -> list[Element]:
    total = batch.find("Btch/TtlAmt") if detail is EMPTY else None
    return [] if total is None else [total]


def _status(entry: Element, detail: Element) -> str:
    """Empty where the entry is neither a debit nor a credit."""
    direction = text_of(detail, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
    codes = [text_of(part, "BkTxCd/Domn/Fmly/SubFmlyCd") for part in (detail, entry)]
    given_back = detail.find("RtrInf") is not None or any(code in RETURNS for code in codes)
    back = given_back or text_of(entry, "RvslInd") in ("true", "1")
    booking = text_of(entry, "Sts/Cd", "Sts")
    if direction not in ("DBIT", "CRDT"):
        return ""
    if direction == "DBIT" and not back:
        return {"BOOK": "settled"}.get(booking) or ("accepted" if booking in NOT_BOOKED_YET else "unknown")
    return "returned" if direction == "CRDT" and back and booking == "BOOK" else "unknown"


def _booked_on(entry: Element) -> tuple[date | None, bool]:
    """The day, and False where what stands there is none."""
    try:
        return date_of(text_of(entry, "BookgDt/Dt", "BookgDt/DtTm")), True
    except ValueError:
        return None, False
