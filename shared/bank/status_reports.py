"""pain.002, the status report: the bank's word on a payment file, as a whole, by block or by transfer."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from shared.bank.lines import REFERENCE_LENGTH_MAX, bank_line, count_of, euro_cents, identifier
from shared.bank.reading import text_of
from shared.bank.reason_codes import Reasons
from shared.contract.backoffice import StatementLine

# ISO 20022 external code set "payment transaction status". A code that is not here leaves the outcome open.
STATUS_OF = {"RJCT": "rejected", "ACSC": "settled", "ACCC": "settled"} | dict.fromkeys(
    (
        "ACCP",
        "ACFC",
        "ACIS",
        "ACPD",
        "ACSP",
        "ACTC",
        "ACWC",
        "ACWP",
        "PATC",
        "PDNG",
        "PRES",
        "RCVD",
    ),
    "accepted",
)
NOTHING_ON_ALL = ("", "PART")  # each transfer has an answer of its own, or none yet


@dataclass(frozen=True, slots=True)
class Level:
    """The group, a payment block or a transfer: its own status, and the reasons of all levels above too."""

    code: str
    reasons: Reasons
    where: str

    def below(self, element: Element, name: str, where: str) -> "Level":
        """A level without a status has that of the one above; a refused file is refused in each block."""
        code = text_of(element, name) or self.code
        if self.code == "RJCT" and name != "TxSts":
            code = "RJCT"
        return Level(code, self.reasons + _reasons(element), where)

    @property
    def status(self) -> str:
        """A refusal for a reason that leaves it open, such as a duplicate, is no refusal."""
        status = STATUS_OF.get(self.code, "unknown")
        if status == "rejected" and not self.reasons.leave_it_unpaid:
            return "unknown"
        return status


def report_lines(report: Element) -> Iterator[StatementLine]:
    """A line for each transfer that is named, then one for each file or block that has a word as a whole."""
    group = report.find("OrgnlGrpInfAndSts")
    if group is None:
        return
    top = Level("", Reasons(), "").below(group, "GrpSts", "OrgnlGrpInfAndSts")
    file_id = text_of(group, "OrgnlMsgId")[:REFERENCE_LENGTH_MAX]
    wholes = []
    for number, block in enumerate(report.findall("OrgnlPmtInfAndSts"), start=1):
        level = top.below(block, "PmtInfSts", f"OrgnlPmtInfAndSts[{number}]")
        for place, transfer in enumerate(block.findall("TxInfAndSts"), start=1):
            own = level.below(transfer, "TxSts", f"{level.where}/TxInfAndSts[{place}]")
            yield _line(transfer, own, file_id)
        wholes.append((level, block, text_of(block, "OrgnlPmtInfId") or file_id))
    # Each block speaks for itself, with what the group says of all of them; without a block the group speaks.
    for level, element, name in wholes or [(top, group, file_id)]:
        if level.code not in NOTHING_ON_ALL:
            yield _whole(level, element, name)


def _line(transfer: Element, level: Level, file_id: str) -> StatementLine:
    asked = transfer.find("OrgnlTxRef/Amt/InstdAmt")
    amount_cents, problem = euro_cents(asked, transfer.find("OrgnlTxRef/Amt/EqvtAmt/Amt"))
    status = level.status
    if problem == "unreadable":
        status = "unreadable"
    elif status == "settled" and not amount_cents:
        status = "unknown"
    return bank_line(
        identifier(text_of(transfer, "OrgnlEndToEndId")),
        status,
        amount_cents,
        text_of(transfer, "AcctSvcrRef", "StsId", "OrgnlTxId") or file_id,
        reason_code=level.reasons.telling,
        position=level.where,
    )


def _whole(level: Level, element: Element, file_id: str) -> StatementLine:
    """The number and the sum are those of the file as we sent it, where the bank repeats them."""
    amount_cents, _ = euro_cents(element.find("OrgnlCtrlSum"), currency="EUR")
    return bank_line(
        "",
        level.status,
        amount_cents,
        file_id,
        reason_code=level.reasons.telling,
        position=level.where,
        file_id=file_id,
        transfers=count_of(text_of(element, "OrgnlNbOfTxs")),
    )


def _reasons(element: Element) -> Reasons:
    given = element.findall("StsRsnInf")
    codes = [text_of(reason, "Rsn/Cd", "Rsn/Prtry") for reason in given]
    said = [text_of(part, ".") for reason in given for part in reason.findall("AddtlInf")]
    return Reasons(tuple(code for code in codes if code), " ".join(said)).that_decide
