"""Payment files and bank messages for the tests of the bank adapters."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding.bank.values import AMOUNT_MAX_CENTS, Debtor, PaymentFile, Transfer

DEBTOR = Debtor(
    "Agence nationale de la cohésion des territoires", "FR1420041010050500013M02606", "PSSTFRPPPAR"
)
BANK_BIC = "PSSTFRPPXXX"
CREATED_AT = datetime(2021, 3, 30, 12, 0, tzinfo=UTC)
EXECUTION_ON = date(2021, 4, 6)
ANSWERED_AT = datetime(2021, 4, 7, 6, 30, tzinfo=UTC)


def transfer(number: int = 1, **changes: object) -> Transfer:
    given = {
        "end_to_end_id": f"FABT-2020-4-{number:05d}-T1-A1",
        "amount_cents": 5_000_000,
        "creditor_name": "Association La Passerelle",
        "iban": rehearsal_iban(number),
        "bic": BANK_BIC,
        "remittance": "Fabriques de Territoire, tranche 1",
    }
    return Transfer(**(given | changes))


def payment_file(*transfers: Transfer, message_id: str = "RUN-2021-1-001") -> PaymentFile:
    return PaymentFile(message_id, CREATED_AT, EXECUTION_ON, transfers or (transfer(),))


@st.composite
def transfers(draw: st.DrawFn) -> tuple[Transfer, ...]:
    """From one to six transfers, with any name and remittance that leaves a bank something to read."""
    anything = st.text(max_size=200).map(lambda text: f"A{text}")
    return tuple(
        transfer(
            number,
            amount_cents=draw(st.integers(1, AMOUNT_MAX_CENTS)),
            creditor_name=draw(anything),
            remittance=draw(anything),
            bic=draw(st.sampled_from([BANK_BIC, None])),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    )


def camt(
    entries: str,
    message: str = "BkToCstmrStmt",
    account: str = "Stmt",
    version: str = "camt.053.001.02",
) -> bytes:
    """A statement (or a notification) that holds these entries."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document '
        f'xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><{message}>'
        f"<GrpHdr><MsgId>STM-7</MsgId><CreDtTm>2021-04-07T06:00:00</CreDtTm></GrpHdr><{account}>"
        f"<Id>1</Id>{entries}</{account}></{message}></Document>"
    ).encode()


def entry(
    details: str = "",
    amount: str = "50000.00",
    direction: str = "DBIT",
    status: str = "BOOK",
    more: str = "",
    currency: str = "EUR",
    booked: str = "<BookgDt><Dt>2021-04-06</Dt></BookgDt>",
) -> str:
    return (
        "<Ntry><Amt "
        f'Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{more}<Sts>{status}</Sts>{booked}'
        f"<AcctSvcrRef>REF-1</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def detail(end_to_end_id: str | None = "FABT-2020-4-00001-T1-A1", more: str = "") -> str:
    said = "" if end_to_end_id is None else f"<EndToEndId>{end_to_end_id}</EndToEndId>"
    return f"<TxDtls><Refs>{said}</Refs>{more}</TxDtls>"


def pain002(payments: str, group_status: str = "PART", version: str = "pain.002.001.03") -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>PSR/9</MsgId><CreDtTm>2021-04-06T06:00:00</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>RUN-2021-1-001</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>"
        f"<GrpSts>{group_status}</GrpSts></OrgnlGrpInfAndSts>{payments}</CstmrPmtStsRpt></Document>"
    ).encode()
