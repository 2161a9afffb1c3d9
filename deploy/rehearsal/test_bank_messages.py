"""The messages of the rehearsal bank: pain.002.001.10 and camt.053.001.08, as real banks fill them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, tostring

from services.funding.bank.values import Debtor, PaymentFile, Transfer
from shared.bank.values import IDENTIFIER_LENGTH_MAX

OPENING_CENTS = 4_500_000_000


def status_report(file: PaymentFile, rejected: Mapping[str, str], at: datetime) -> bytes:
    """pain.002: the file's status, and each transfer that is refused with its reason."""
    refused = [transfer for transfer in file.transfers if transfer.end_to_end_id in rejected]
    status = "ACCP"
    if refused:
        status = "PART" if len(refused) < len(file.transfers) else "RJCT"
    return _document(
        "pain.002.001.10",
        _node(
            "CstmrPmtStsRpt",
            _header(f"PSR-{file.message_id}", at),
            _node(
                "OrgnlGrpInfAndSts",
                _node("OrgnlMsgId", file.message_id),
                _node("OrgnlMsgNmId", "pain.001"),
                _node("GrpSts", status),
            ),
            _node(
                "OrgnlPmtInfAndSts",
                _node("OrgnlPmtInfId", file.message_id),
                _node("PmtInfSts", status),
                *(_refusal(transfer, rejected[transfer.end_to_end_id]) for transfer in refused),
            ),
        ),
    )


def statement(
    debtor: Debtor,
    file: PaymentFile,
    paid: Sequence[Transfer],
    returned: Sequence[tuple[Transfer, str]],
    at: datetime,
) -> bytes:
    """camt.053: one debit for all that is paid, with each transfer, and a credit for each that came back."""
    back_cents = _total_cents(transfer for transfer, _ in returned)
    closing_cents = OPENING_CENTS - _total_cents(paid) + back_cents
    return _document(
        "camt.053.001.08",
        _node(
            "BkToCstmrStmt",
            _header(f"STM-{file.message_id}", at),
            _node(
                "Stmt",
                _identifier("Id", f"STM-{file.message_id}"),
                _node("CreDtTm", _instant(at)),
                _node("Acct", _node("Id", _node("IBAN", debtor.iban)), _node("Ccy", "EUR")),
                _balance("OPBD", OPENING_CENTS, file),
                _balance("CLBD", closing_cents, file),
                *([_payment_entry(paid, file)] if paid else []),
                *(_return_entry(transfer, reason_code, file) for transfer, reason_code in returned),
            ),
        ),
    )


def _refusal(transfer: Transfer, reason_code: str) -> Element:
    return _node(
        "TxInfAndSts",
        _node("OrgnlEndToEndId", transfer.end_to_end_id),
        _node("TxSts", "RJCT"),
        _node("StsRsnInf", _node("Rsn", _node("Cd", reason_code))),
        _node("OrgnlTxRef", _node("Amt", _amount("InstdAmt", transfer.amount_cents))),
    )


def _payment_entry(paid: Sequence[Transfer], file: PaymentFile) -> Element:
    """One entry for the whole file, which is what its batch booking flag asks for."""
    details = _node(
        "NtryDtls",
        _node("Btch", _node("PmtInfId", file.message_id), _node("NbOfTxs", str(len(paid)))),
        *(
            _detail(transfer, "DBIT", f"T{number:05d}-{file.message_id}")
            for number, transfer in enumerate(paid, start=1)
        ),
    )
    return _entry("DBIT", _total_cents(paid), f"B-{file.message_id}", "ESCT", details, file)


def _return_entry(transfer: Transfer, reason_code: str, file: PaymentFile) -> Element:
    reference = f"R-{transfer.end_to_end_id}"
    detail = _detail(transfer, "CRDT", reference)
    detail.append(_node("RtrInf", _node("Rsn", _node("Cd", reason_code))))
    return _entry("CRDT", transfer.amount_cents, reference, "RRTN", _node("NtryDtls", detail), file)


def _entry(
    direction: str,
    amount_cents: int,
    reference: str,
    sub_family: str,
    details: Element,
    file: PaymentFile,
) -> Element:
    day = file.execution_on.isoformat()
    family = _node("Fmly", _node("Cd", "ICDT"), _node("SubFmlyCd", sub_family))
    return _node(
        "Ntry",
        _amount("Amt", amount_cents),
        _node("CdtDbtInd", direction),
        _node("Sts", _node("Cd", "BOOK")),
        _node("BookgDt", _node("Dt", day)),
        _node("ValDt", _node("Dt", day)),
        _identifier("AcctSvcrRef", reference),
        _node("BkTxCd", _node("Domn", _node("Cd", "PMNT"), family)),
        details,
    )


def _detail(transfer: Transfer, direction: str, reference: str) -> Element:
    return _node(
        "TxDtls",
        _node(
            "Refs",
            _identifier("AcctSvcrRef", reference),
            _node("EndToEndId", transfer.end_to_end_id),
        ),
        _amount("Amt", transfer.amount_cents),
        _node("CdtDbtInd", direction),
    )


def _balance(code: str, amount_cents: int, file: PaymentFile) -> Element:
    return _node(
        "Bal",
        _node("Tp", _node("CdOrPrtry", _node("Cd", code))),
        _amount("Amt", abs(amount_cents)),
        _node("CdtDbtInd", "CRDT" if amount_cents >= 0 else "DBIT"),
        _node("Dt", _node("Dt", file.execution_on.isoformat())),
    )


def _header(message_id: str, at: datetime) -> Element:
    return _node("GrpHdr", _identifier("MsgId", message_id), _node("CreDtTm", _instant(at)))


def _identifier(tag: str, text: str) -> Element:
    return _node(tag, text[:IDENTIFIER_LENGTH_MAX])


def _amount(tag: str, amount_cents: int) -> Element:
    amount = _node(tag, f"{amount_cents // 100}.{amount_cents % 100:02d}")
    amount.set("Ccy", "EUR")
    return amount


def _node(tag: str, *content: Element | str) -> Element:
    node = Element(tag)
    for part in content:
        if isinstance(part, str):
            node.text = part
        else:
            node.append(part)
    return node


def _document(version: str, message: Element) -> bytes:
    document = _node("Document", message)
    document.set("xmlns", f"urn:iso:std:iso:20022:tech:xsd:{version}")
    written: bytes = tostring(document, encoding="UTF-8", xml_declaration=True)
    return written


def _total_cents(transfers: Iterable[Transfer]) -> int:
    return sum(transfer.amount_cents for transfer in transfers)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
