"""Reads what a bank answers to our payment files: pain.002, camt.053 and camt.054, whatever their version.

No library in use brings a schema of these messages: the structure that is relied upon is checked here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from xml.etree.ElementTree import Element

from shared.bank.reading import read_document, text_of, unreadable
from shared.bank.statements import ACCOUNTS, statement_lines
from shared.bank.status_reports import report_lines
from shared.bank.values import BankFileInvalid
from shared.contract.backoffice import BankMessage, StatementLine
from shared.contract.values import Reason

KINDS: dict[str, BankMessage] = {
    "CstmrPmtStsRpt": "pain.002",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}
OTHERS = {
    "BkToCstmrAcctRpt": "Un camt.052 est provisoire : importez le camt.053 du même jour.",
    "CstmrCdtTrfInitn": "Ce fichier est l'un de nos ordres (pain.001), pas une réponse de la banque.",
    "RsltnOfInvstgtn": "Un camt.029 répond à une demande d'annulation : Fabriques n'en fait pas.",
}
ONE_LINE_EACH = ("Ntry", "NtryDtls", "TxDtls", "TxInfAndSts", "OrgnlPmtInfAndSts")
PART_LINES_MAX = 500
LINES_MAX = 100_000


@dataclass(frozen=True)
class BankAnswers:
    """`lines` are in the file's order, repeated ones included: matching them is the service's work.

    A line without `end_to_end_id` is on a whole payment file where it has a `file_id`, else for an operator.
    `amount_cents` is 0 where the bank names no amount in euros.
    """

    statement_id: str
    kind: BankMessage
    lines: tuple[StatementLine, ...]


def read_answers(data: bytes, lines_max: int = LINES_MAX) -> BankAnswers:
    """The answers of one file; the same bytes give the same id. Raises BankFileInvalid with every reason."""
    document = read_document(data)
    messages = [part for part in document.iter() if part.tag in KINDS]
    if not messages:
        raise BankFileInvalid((_not_an_answer(document),))
    if len(messages) > 1:
        what = ", ".join(KINDS[message.tag] for message in messages[:5])
        raise unreadable(
            "messages-several",
            f"Le fichier contient {len(messages)} messages ({what}) : séparez-les.",
        )
    return _read(messages[0], data, lines_max)


def _read(message: Element, data: bytes, lines_max: int) -> BankAnswers:
    kind = KINDS[message.tag]
    message_id = text_of(message, "GrpHdr/MsgId")
    found = []
    if not message_id:
        found.append(
            _missing(
                "message-id-missing",
                "GrpHdr/MsgId",
                "Le message n'a pas d'identifiant.",
            )
        )
    if kind == "pain.002" and not text_of(message, "OrgnlGrpInfAndSts/OrgnlMsgId"):
        what = "Le compte rendu ne dit pas de quel fichier."
        found.append(_missing("original-missing", "OrgnlGrpInfAndSts/OrgnlMsgId", what))
    if kind != "pain.002" and not any(part.tag in ACCOUNTS for part in message):
        found.append(
            _missing(
                "account-missing",
                message.tag,
                "Le message ne contient aucun relevé de compte.",
            )
        )
    if found:
        raise BankFileInvalid(tuple(found))
    return BankAnswers(_statement_id(message_id, data), kind, _lines(message, kind, lines_max))


def _lines(message: Element, kind: BankMessage, lines_max: int) -> tuple[StatementLine, ...]:
    """What has too many is refused before its first line is made, or at the first line too many."""
    too_many = unreadable("lines-too-many", f"Le message compte plus de {lines_max} lignes.")
    counts = Counter(part.tag for part in message.iter())
    if any(counts[tag] > lines_max for tag in ONE_LINE_EACH):
        raise too_many
    found = report_lines(message) if kind == "pain.002" else statement_lines(message)
    lines = tuple(islice(found, lines_max + 1))
    if len(lines) > lines_max:
        raise too_many
    return lines


def parts(
    answers: BankAnswers, at_most: int = PART_LINES_MAX
) -> Iterator[tuple[int, tuple[StatementLine, ...]]]:
    """The lines cut as `bank-statement.received` carries them: part numbers from 1, in order."""
    for number, start in enumerate(range(0, len(answers.lines), at_most), start=1):
        yield number, answers.lines[start : start + at_most]


def _not_an_answer(document: Element) -> Reason:
    expected = "Le fichier n'est ni un pain.002, ni un camt.053, ni un camt.054."
    for part in document.iter():
        if part.tag in OTHERS:
            expected = OTHERS[part.tag]
            break
    return Reason(code="kind-unknown", field=document.tag[:60], message=expected)


def _missing(code: str, where: str, message: str) -> Reason:
    return Reason(code=code, field=where, message=message)


def _statement_id(message_id: str, data: bytes) -> str:
    readable = re.sub(r"[^A-Za-z0-9_-]", "-", message_id)[:31]
    return f"{readable}-{sha256(data).hexdigest()[:32]}"
