"""Reads what a bank answers to our payment files: pain.002, camt.053 and camt.054, whatever their version.

No schema of these messages comes with the libraries in use: the structure that is relied upon is checked here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from services.funding.bank.pain001_reading import read_pain001
from services.funding.bank.reading import Mistakes, read_document, text_of
from services.funding.bank.statements import statement_lines
from services.funding.bank.status_reports import RefusedFile, refused_files, report_lines
from services.funding.bank.values import BankFileInvalid, PaymentFile
from shared.contract.backoffice import StatementLine
from shared.contract.values import Reason

Kind = Literal["pain.002", "camt.053", "camt.054"]
KINDS: dict[str, Kind] = {
    "CstmrPmtStsRpt": "pain.002",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}
PART_LINES_MAX = 500


@dataclass(frozen=True)
class BankAnswers:
    """`lines` are in the file's order, repeated ones included: matching them is the service's work.

    A line whose `end_to_end_id` is empty matches no order and is for an operator. `amount_cents` is 0 where the bank
    names no amount in euros; such a line is never `settled`. `refused_files` are payment files refused as a whole,
    without naming their transfers: see `with_refused_transfers`.
    """

    statement_id: str
    kind: Kind
    lines: tuple[StatementLine, ...]
    refused_files: tuple[RefusedFile, ...] = ()


def read_answers(data: bytes) -> BankAnswers:
    """The answers of one file; the same bytes give the same id. Raises BankFileInvalid with every reason."""
    document = read_document(data)
    message, kind = next(((part, KINDS[part.tag]) for part in document.iter() if part.tag in KINDS), (None, None))
    if message is None or kind is None:
        expected = "Le fichier n'est ni un pain.002, ni un camt.053, ni un camt.054."
        raise BankFileInvalid((Reason(code="kind-unknown", field=document.tag[:60], message=expected),))
    mistakes = Mistakes()
    message_id = text_of(message, "GrpHdr/MsgId")
    if not message_id:
        mistakes.add("message-id-missing", f"{message.tag}/GrpHdr/MsgId", "Le message n'a pas d'identifiant.")
    lines = report_lines(message, mistakes) if kind == "pain.002" else statement_lines(message, mistakes)
    refused = refused_files(message) if kind == "pain.002" else ()
    mistakes.refuse_if_any()
    return BankAnswers(_statement_id(message_id, data), kind, lines, refused)


def with_refused_transfers(answers: BankAnswers, exported: Iterable[bytes]) -> BankAnswers:
    """A file refused as a whole becomes a line for each transfer it held, where it is among `exported`.

    They are `rejected`, but `unknown` when the bank refused the file as one it already has.
    """
    sent = {file.message_id: file for _, file in map(read_pain001, exported)} if answers.refused_files else {}
    named = {line.end_to_end_id for line in answers.lines if line.status == "rejected"}
    known = [refused for refused in answers.refused_files if refused.message_id in sent]
    general = {refused.line() for refused in known}
    kept = tuple(line for line in answers.lines if line not in general)
    added = tuple(line for refused in known for line in _rejected(sent[refused.message_id], refused, named))
    left = tuple(refused for refused in answers.refused_files if refused not in known)
    return replace(answers, lines=kept + added, refused_files=left)


def parts(answers: BankAnswers, at_most: int = PART_LINES_MAX) -> Iterator[tuple[int, tuple[StatementLine, ...]]]:
    """The lines cut as `bank-statement.received` carries them: part numbers from 1, in order."""
    for number, start in enumerate(range(0, len(answers.lines), at_most), start=1):
        yield number, answers.lines[start : start + at_most]


def _rejected(file: PaymentFile, refused: RefusedFile, named: set[str]) -> Iterator[StatementLine]:
    for transfer in file.transfers:
        if transfer.end_to_end_id not in named:
            yield StatementLine(
                end_to_end_id=transfer.end_to_end_id,
                status=refused.status,
                amount_cents=transfer.amount_cents,
                bank_reference=refused.message_id,
                reason_code=refused.reason_code,
            )


def _statement_id(message_id: str, data: bytes) -> str:
    readable = re.sub(r"[^A-Za-z0-9_-]", "-", message_id)[:31]
    return f"{readable}-{sha256(data).hexdigest()[:32]}"
