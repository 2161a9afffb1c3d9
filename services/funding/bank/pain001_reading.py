"""Reads back the payment files that were exported, in both versions."""

from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element

from services.funding.bank.lines import euro_cents
from services.funding.bank.reading import Mistakes, read_document, text_of
from services.funding.bank.values import BankFileInvalid, Debtor, PaymentFile, Transfer
from shared.contract.values import Reason


def read_pain001(data: bytes) -> tuple[Debtor, PaymentFile]:
    """What `write_pain001` wrote: one payment block, one day. Raises BankFileInvalid with every reason."""
    document = read_document(data)
    header, block = document.find("CstmrCdtTrfInitn/GrpHdr"), document.find("CstmrCdtTrfInitn/PmtInf")
    if header is None or block is None:
        raise BankFileInvalid((Reason(code="kind-unknown", message="Le fichier n'est pas un pain.001."),))
    mistakes = Mistakes()
    transfers = tuple(
        _transfer(transfer, mistakes, f"CdtTrfTxInf[{number}]")
        for number, transfer in enumerate(block.findall("CdtTrfTxInf"), start=1)
    )
    created_at, execution_on = _dates(header, block, mistakes)
    mistakes.refuse_if_any()
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


def _dates(header: Element, block: Element, mistakes: Mistakes) -> tuple[datetime, date]:
    try:
        created_at = datetime.fromisoformat(text_of(header, "CreDtTm")).astimezone(UTC)
        return created_at, date.fromisoformat(text_of(block, "ReqdExctnDt/Dt", "ReqdExctnDt"))
    except ValueError:
        mistakes.add("date-invalid", "CreDtTm, ReqdExctnDt", "Une date manque ou n'en est pas une.")
        return datetime.min.replace(tzinfo=UTC), date.min


def _transfer(transfer: Element, mistakes: Mistakes, where: str) -> Transfer:
    amount_cents, _ = euro_cents(transfer.find("Amt/InstdAmt"), mistakes=mistakes, where=where)
    return Transfer(
        end_to_end_id=text_of(transfer, "PmtId/EndToEndId"),
        amount_cents=amount_cents,
        creditor_name=text_of(transfer, "Cdtr/Nm"),
        iban=text_of(transfer, "CdtrAcct/Id/IBAN"),
        bic=text_of(transfer, "CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/BIC") or None,
        remittance=text_of(transfer, "RmtInf/Ustrd"),
    )
