"""Reads back the payment files that were exported, in both versions."""

from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element

from services.funding.bank.values import Debtor, PaymentFile, Transfer
from shared.bank.lines import euro_cents
from shared.bank.reading import read_document, text_of, unreadable
from shared.bank.values import BankFileInvalid
from shared.contract.values import Reason


def read_pain001(data: bytes) -> tuple[Debtor, PaymentFile]:
    """What `write_pain001` wrote: one payment block, one day. Raises BankFileInvalid with every reason."""
    document = read_document(data)
    header = document.find("CstmrCdtTrfInitn/GrpHdr")
    block = document.find("CstmrCdtTrfInitn/PmtInf")
    if header is None or block is None:
        raise unreadable("kind-unknown", "Le fichier n'est pas un pain.001.")
    mistakes: list[Reason] = []
    transfers = tuple(
        _transfer(transfer, mistakes, f"CdtTrfTxInf[{number}]")
        for number, transfer in enumerate(block.findall("CdtTrfTxInf"), start=1)
    )
    created_at, execution_on = _dates(header, block, mistakes)
    if mistakes:
        raise BankFileInvalid(tuple(mistakes))
    debtor = Debtor(
        name=text_of(block, "Dbtr/Nm"),
        iban=text_of(block, "DbtrAcct/Id/IBAN"),
        bic=text_of(block, "DbtrAgt/FinInstnId/BICFI", "DbtrAgt/FinInstnId/BIC"),
    )
    return debtor, PaymentFile(
        message_id=text_of(header, "MsgId"),
        created_at=created_at,
        execution_on=execution_on,
        transfers=transfers,
    )


def _dates(header: Element, block: Element, mistakes: list[Reason]) -> tuple[datetime, date]:
    try:
        created_at = datetime.fromisoformat(text_of(header, "CreDtTm")).astimezone(UTC)
        return created_at, date.fromisoformat(text_of(block, "ReqdExctnDt/Dt", "ReqdExctnDt"))
    except ValueError:
        message = "Une date manque ou n'en est pas une."
        mistakes.append(
            Reason(
                code="date-invalid",
                field="CreDtTm, ReqdExctnDt",
                message=message,
            )
        )
        return datetime.min.replace(tzinfo=UTC), date.min


def _transfer(transfer: Element, mistakes: list[Reason], where: str) -> Transfer:
    amount_cents, problem = euro_cents(transfer.find("Amt/InstdAmt"))
    if problem:
        message = "Le montant n'est pas un nombre de centimes d'euro."
        mistakes.append(
            Reason(
                code="amount-invalid",
                field=f"{where}/InstdAmt",
                message=message,
            )
        )
    return Transfer(
        end_to_end_id=text_of(transfer, "PmtId/EndToEndId"),
        amount_cents=amount_cents,
        creditor_name=text_of(transfer, "Cdtr/Nm"),
        iban=text_of(transfer, "CdtrAcct/Id/IBAN"),
        bic=text_of(transfer, "CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/BIC") or None,
        remittance=text_of(transfer, "RmtInf/Ustrd"),
    )
