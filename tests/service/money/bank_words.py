"""What a bank writes: pain.002 with a word at each level, bookings in detail or as one batch."""

from collections.abc import Iterable

STATUS = 'xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"'
STATEMENTS = {
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
Sum = tuple[str, int]  # an order id, and its cents


def reason(*codes: str) -> str:
    return "".join(f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" for code in codes)


def word_on_transfers(
    file_id: str, said: Iterable[tuple[str, int, str]], why: str = "", name: str = "PSR-1"
) -> bytes:
    """A word on each transfer: an order id, its cents and the bank's status."""
    named = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{order_id}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}<OrgnlTxRef>"
        f"<Amt><InstdAmt Ccy='EUR'>{_euros(cents)}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"
        for order_id, cents, status in said
    )
    return _report(name, file_id, "<GrpSts>PART</GrpSts>", f"<PmtInfSts>PART</PmtInfSts>{named}")


def word_on_file(
    file_id: str,
    status: str,
    why: str = "",
    counted: tuple[int, int] | None = None,
    name: str = "PSR-1",
) -> bytes:
    """A word on the whole file, with its number of transfers and their sum where `counted` says them."""
    told = ""
    if counted:
        told = f"<OrgnlNbOfTxs>{counted[0]}</OrgnlNbOfTxs><OrgnlCtrlSum>{_euros(counted[1])}</OrgnlCtrlSum>"
    return _report(name, file_id, f"{told}<GrpSts>{status}</GrpSts>{why}", "")


def booked(*entries: str, kind: str = "camt.053", name: str = "STM-1") -> bytes:
    message, account = STATEMENTS[kind]
    return (
        "<Document "
        f'xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}.001.08"><{message}><GrpHdr><MsgId>{name}</MsgId>'
        f"</GrpHdr><{account}><Id>1</Id>{''.join(entries)}</{account}></{message}></Document>"
    ).encode()


def batch_entry(
    file_id: str, count: int, cents: int, sums: Iterable[Sum] = (), reference: str = "B-1"
) -> str:
    """One booking for a file; `sums` detail it."""
    details = "".join(
        (
            f"<TxDtls><Refs><EndToEndId>{order_id}</EndToEndId></Refs><Amt "
            f"Ccy='EUR'>{_euros(part)}</Amt></TxDtls>"
        )
        for order_id, part in sums
    )
    named = f"<Btch><PmtInfId>{file_id}</PmtInfId><NbOfTxs>{count}</NbOfTxs></Btch>"
    return _entry(cents, reference, f"<NtryDtls>{named}{details}</NtryDtls>")


def entry(order_id: str, cents: int, reference: str = "R-1", status: str = "BOOK") -> str:
    return _entry(
        cents,
        reference,
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{order_id}</EndToEndId></Refs></TxDtls></NtryDtls>",
        status,
    )


def _report(name: str, file_id: str, group: str, block: str) -> bytes:
    blocks = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{file_id}</OrgnlPmtInfId>{block}</OrgnlPmtInfAndSts>"
        if block
        else ""
    )
    return (
        f"<Document {STATUS}><CstmrPmtStsRpt><GrpHdr><MsgId>{name}</MsgId></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{file_id}</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{blocks}</CstmrPmtStsRpt></Document>"
    ).encode()


def _entry(cents: int, reference: str, details: str, status: str = "BOOK") -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{_euros(cents)}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>2021-04-22</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>{details}</Ntry>"
    )


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
