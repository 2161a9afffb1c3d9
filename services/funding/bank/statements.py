"""camt.053 and camt.054, statements and notifications: the movements of the account that pays."""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from services.funding.bank.lines import bank_line, euro_cents, identifier
from services.funding.bank.reading import Mistakes, date_of, text_of
from shared.contract.backoffice import StatementLine

ACCOUNTS = ("Stmt", "Ntfctn")
RETURNS = ("RRTN", "RPCR")  # ISO bank transaction codes: a credit transfer given back, or reversed by its bank
REASON_LENGTH_MAX = 10
EMPTY = Element("TxDtls")


def statement_lines(message: Element, mistakes: Mistakes) -> tuple[StatementLine, ...]:
    """A line for each transfer that an entry details, and one for an entry that details none.

    A booked debit is `settled`; a booked credit that gives back a transfer is `returned`; whatever is pending, not in
    euros or otherwise in doubt is `unknown`.
    """
    accounts = [account for account in message if account.tag in ACCOUNTS]
    if not accounts:
        mistakes.add("account-missing", message.tag, "Le message ne contient aucun relevé de compte.")
    return tuple(
        line
        for account_number, account in enumerate(accounts, start=1)
        for entry_number, entry in enumerate(account.findall("Ntry"), start=1)
        for line in _entry_lines(entry, mistakes, f"{account.tag}[{account_number}]/Ntry[{entry_number}]")
    )


def _entry_lines(entry: Element, mistakes: Mistakes, where: str) -> Iterator[StatementLine]:
    booked_on = _booked_on(entry, mistakes, where)
    if text_of(entry, "CdtDbtInd") not in ("DBIT", "CRDT"):
        mistakes.add("direction-missing", f"{where}/CdtDbtInd", "L'écriture n'est ni un débit ni un crédit.")
    if entry.find("Amt") is None:
        mistakes.add("amount-missing", f"{where}/Amt", "L'écriture n'a pas de montant.")
    details = entry.findall("NtryDtls/TxDtls") or [EMPTY]
    for number, detail in enumerate(details, start=1):
        there = f"{where}/TxDtls[{number}]"
        whole = entry.find("Amt") if len(details) == 1 else None
        moved = (detail.find("Amt"), detail.find("AmtDtls/TxAmt/Amt"), whole, detail.find("AmtDtls/InstdAmt/Amt"))
        amount_cents, known = euro_cents(*moved, mistakes=mistakes, where=there)
        yield bank_line(
            identifier(text_of(detail, "Refs/EndToEndId"), mistakes, there),
            _status(entry, detail) if known else "unknown",
            amount_cents,
            text_of(detail, "Refs/AcctSvcrRef", "Refs/TxId")
            or text_of(entry, "AcctSvcrRef", "NtryRef")
            or text_of(detail, "Refs/InstrId"),
            booked_on=booked_on,
            reason_code=_reason(detail),
        )


def _status(entry: Element, detail: Element) -> str:
    if text_of(entry, "Sts/Cd", "Sts") != "BOOK":
        return "unknown"
    direction = text_of(detail, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
    codes = [text_of(part, "BkTxCd/Domn/Fmly/SubFmlyCd") for part in (detail, entry)]
    given_back = detail.find("RtrInf") is not None or any(code in RETURNS for code in codes)
    reversed_entry = text_of(entry, "RvslInd") in ("true", "1")
    if direction == "DBIT":
        return "unknown" if given_back or reversed_entry else "settled"
    return "returned" if given_back or reversed_entry else "unknown"


def _booked_on(entry: Element, mistakes: Mistakes, where: str) -> date | None:
    try:
        return date_of(text_of(entry, "BookgDt/Dt", "BookgDt/DtTm"))
    except ValueError:
        mistakes.add("date-invalid", f"{where}/BookgDt", "La date de comptabilisation n'est pas une date.")
        return None


def _reason(detail: Element) -> str | None:
    return text_of(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:REASON_LENGTH_MAX] or None
