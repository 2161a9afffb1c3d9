"""pain.002, the status report: what the bank accepted or refused of a payment file, transfer by transfer."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.funding.bank.lines import bank_line, euro_cents, identifier
from services.funding.bank.reading import Mistakes, text_of
from shared.contract.backoffice import StatementLine

# ISO 20022 external code set "payment transaction status". Any other code says that the outcome is still open.
STATUS_OF = {"RJCT": "rejected", "ACSC": "settled", "ACCC": "settled"}
# Refused because the bank already has it: the first one may well be paid, so this one is not known to be unpaid.
DUPLICATES = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"})
REASON_LENGTH_MAX = 10


@dataclass(frozen=True)
class RefusedFile:
    """A payment file refused without a word on its transfers. `amount_cents`: its control sum, 0 where not said."""

    message_id: str
    reason_code: str | None
    amount_cents: int

    @property
    def status(self) -> str:
        return _status("RJCT", self.reason_code)

    def line(self) -> StatementLine:
        return bank_line("", self.status, self.amount_cents, self.message_id, reason_code=self.reason_code)


def report_lines(report: Element, mistakes: Mistakes) -> tuple[StatementLine, ...]:
    """One line for each transfer that is named, then one without an id for each file refused as a whole."""
    if not text_of(report, "OrgnlGrpInfAndSts/OrgnlMsgId"):
        mistakes.add("original-missing", "OrgnlGrpInfAndSts/OrgnlMsgId", "Le compte rendu ne dit pas de quel fichier.")
    return (*_named_lines(report, mistakes), *(refused.line() for refused in refused_files(report)))


def refused_files(report: Element) -> tuple[RefusedFile, ...]:
    group = report.find("OrgnlGrpInfAndSts")
    if group is None:
        return ()
    silent = [payment for payment in report.findall("OrgnlPmtInfAndSts") if payment.find("TxInfAndSts") is None]
    refusing = [payment for payment in silent if text_of(payment, "PmtInfSts") == "RJCT"]
    nothing_named = report.find("OrgnlPmtInfAndSts/TxInfAndSts") is None
    if not refusing and not (text_of(group, "GrpSts") == "RJCT" and nothing_named):
        return ()
    where = refusing[0] if refusing else group
    message_id = text_of(group, "OrgnlMsgId")
    total_cents, _ = euro_cents(where.find("OrgnlCtrlSum"), group.find("OrgnlCtrlSum"), currency="EUR")
    return (RefusedFile(message_id[:200], _reason(where) or _reason(group), total_cents),) if message_id else ()


def _named_lines(report: Element, mistakes: Mistakes) -> Iterator[StatementLine]:
    message_id = text_of(report, "OrgnlGrpInfAndSts/OrgnlMsgId")
    group_status = text_of(report, "OrgnlGrpInfAndSts/GrpSts")
    for payment in report.findall("OrgnlPmtInfAndSts"):
        payment_status = text_of(payment, "PmtInfSts") or group_status
        for number, transfer in enumerate(payment.findall("TxInfAndSts"), start=1):
            where = f"OrgnlPmtInfAndSts/TxInfAndSts[{number}]"
            instructed = [transfer.find(f"OrgnlTxRef/Amt/{name}") for name in ("InstdAmt", "EqvtAmt/Amt")]
            amount_cents, known = euro_cents(*instructed, mistakes=mistakes, where=where)
            reason_code = _reason(transfer) or _reason(payment)
            status = _status(text_of(transfer, "TxSts") or payment_status, reason_code)
            yield bank_line(
                identifier(text_of(transfer, "OrgnlEndToEndId"), mistakes, where),
                "unknown" if status == "settled" and not known else status,
                amount_cents,
                text_of(transfer, "AcctSvcrRef", "StsId", "OrgnlTxId") or message_id,
                reason_code=reason_code,
            )


def _status(code: str, reason_code: str | None) -> str:
    return "unknown" if reason_code in DUPLICATES else STATUS_OF.get(code, "unknown")


def _reason(element: Element) -> str | None:
    return text_of(element, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")[:REASON_LENGTH_MAX] or None
