"""Writes ISO 20022 pain.001 with sepaxml: bytes that depend on the input alone, checked once written."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import islice
from typing import TYPE_CHECKING, Literal
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from sepaxml import SepaTransfer

from services.funding.bank.accounts import compact
from services.funding.bank.characters import sepa_text
from services.funding.bank.checks import payment_file_mistakes
from services.funding.bank.values import (
    NAME_LENGTH_MAX,
    REMITTANCE_LENGTH_MAX,
    TRANSFERS_MAX,
    Debtor,
    PaymentFile,
    PaymentFileInvalid,
    Transfer,
)
from shared.contract.values import Reason

if TYPE_CHECKING:
    from xmlschema import XMLSchema

Version = Literal["pain.001.001.09", "pain.001.001.03"]
SCHEMA_MISTAKES_MAX = 20


class _PinnedTransfer(SepaTransfer):  # type: ignore[misc]
    """sepaxml draws its ids and reads the clock: here they are the file's own."""

    def __init__(self, file: PaymentFile, debtor: Debtor, version: Version) -> None:
        self._file = file
        config = {
            "name": sepa_text(debtor.name, NAME_LENGTH_MAX),
            "currency": "EUR",
            "batch": True,
        }
        account = {"IBAN": compact(debtor.iban), "BIC": compact(debtor.bic)}
        super().__init__(config | account, schema=version, clean=False)

    def _create_header(self) -> None:
        self.msg_id = self._file.message_id
        super()._create_header()
        _element(self._xml, "CstmrCdtTrfInitn/GrpHdr/CreDtTm").text = _utc_text(
            self._file.created_at
        )

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        _element(self._xml, "CstmrCdtTrfInitn/PmtInf/PmtInfId").text = self._file.message_id


def write_pain001(file: PaymentFile, debtor: Debtor, version: Version = "pain.001.001.09") -> bytes:
    """The file in UTF-8, valid against its XSD. Raises PaymentFileInvalid."""
    written = render_pain001(file, debtor, version)
    _check_written(written, file, version)
    return written


def render_pain001(file: PaymentFile, debtor: Debtor, version: Version) -> bytes:
    """The file's bytes: the same input gives the same. They are not checked here.

    Reading them back against the schema takes twice as long as all the rest.

    Names and remittances are written with SEPA's characters and cut; ids are kept as they are. The date of
    creation is in UTC. Raises PaymentFileInvalid with every mistake at once; no reason names an account.
    """
    mistakes = payment_file_mistakes(file, debtor)
    if mistakes:
        raise PaymentFileInvalid(mistakes)
    writer = _PinnedTransfer(file, debtor, version)
    for transfer in file.transfers:
        writer.add_payment(_payment(transfer, file))
    written: bytes = writer.export(validate=False)
    return written


def split(
    transfers: Iterable[Transfer], at_most: int = TRANSFERS_MAX
) -> Iterator[tuple[Transfer, ...]]:
    """One file's transfers at a time, in order: memory is bounded by one file, whatever the run."""
    rest = iter(transfers)
    while part := tuple(islice(rest, at_most)):
        yield part


def _payment(transfer: Transfer, file: PaymentFile) -> dict[str, object]:
    payment: dict[str, object] = {
        "endtoend_id": transfer.end_to_end_id,
        "name": sepa_text(transfer.creditor_name, NAME_LENGTH_MAX),
        "IBAN": compact(transfer.iban),
        "amount": transfer.amount_cents,
        "execution_date": file.execution_on,
        "description": sepa_text(transfer.remittance, REMITTANCE_LENGTH_MAX),
    }
    return payment if transfer.bic is None else payment | {"BIC": compact(transfer.bic)}


def _check_written(written: bytes, file: PaymentFile, version: Version) -> None:
    """Reads the bytes back: they satisfy the schema, and carry the number and the sum that were asked for."""
    document = fromstring(written, forbid_dtd=True)
    found = islice(_schema(version).iter_errors(document), SCHEMA_MISTAKES_MAX)
    mistakes = [
        Reason(
            code="xsd",
            field=error.path,
            message="Contraire au schéma ISO 20022.",
        )
        for error in found
    ]
    space = f"{{urn:iso:std:iso:20022:tech:xsd:{version}}}"
    header = _element(document, f"{space}CstmrCdtTrfInitn/{space}GrpHdr")
    paid = sum(_cents(amount.text or "") for amount in document.iter(f"{space}InstdAmt"))
    written_as = (header.findtext(f"{space}NbOfTxs"), header.findtext(f"{space}CtrlSum"), paid)
    asked = sum(transfer.amount_cents for transfer in file.transfers)
    if written_as != (str(len(file.transfers)), f"{asked // 100}.{asked % 100:02d}", asked):
        mistakes.append(
            Reason(
                code="control-sum",
                message="Le nombre ou la somme de contrôle ne correspond pas.",
            )
        )
    if mistakes:
        raise PaymentFileInvalid(tuple(mistakes))


@lru_cache(maxsize=2)
def _schema(version: Version) -> "XMLSchema":
    from xmlschema import XMLSchema  # noqa: PLC0415  # 0.3 s at each start, for those who write files

    with as_file(files("sepaxml") / "schemas" / f"{version}.xsd") as path:
        return XMLSchema(str(path))


def _element(root: Element, path: str) -> Element:
    found = root.find(path)
    if found is None:
        raise LookupError(f"the writer made no {path}")
    return found


def _cents(amount: str) -> int:
    euros, _, cents = amount.partition(".")
    return int(euros) * 100 + int(cents)


def _utc_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
