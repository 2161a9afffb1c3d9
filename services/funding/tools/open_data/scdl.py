"""The open-data file of the grants: SCDL "subventions" 2.1.1, sixteen columns, in bytes that can be made again.

Sources: schema.data.gouv.fr (scdl/subventions), décret 2017-779, arrêté du 17 novembre 2017.
"""

import csv
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date
from io import StringIO

from services.funding.bank.values import Refused
from shared.contract.identity import is_siret
from shared.contract.values import Reason

COLUMNS = (
    "nomAttribuant",
    "idAttribuant",
    "dateConvention",
    "referenceDecision",
    "nomBeneficiaire",
    "idBeneficiaire",
    "rnaBeneficiaire",
    "objet",
    "montant",
    "nature",
    "conditionsVersement",
    "datesPeriodeVersement",
    "idRAE",
    "notificationUE",
    "pourcentageSubvention",
    "dispositifAide",
)
PURPOSE_LENGTH_MAX = 256
AGREEMENT_THRESHOLD_CENTS = 2_300_000  # above it an agreement is compulsory, and published
PUBLICATION_MONTHS = 3
FORMULA_STARTS = frozenset("=+-@\t＝＋－＠")


class SubventionsInvalid(Refused):
    """Rows that the schema refuses: no file is written."""


@dataclass(frozen=True, slots=True)
class Subvention:
    """One grant in money to one beneficiary. The payment dates are the first and the last that are planned."""

    attributing_name: str
    attributing_siret: str
    agreement_on: date
    decision_reference: str
    beneficiary_name: str
    beneficiary_siret: str
    purpose: str
    amount_cents: int
    first_payment_on: date
    last_payment_on: date
    de_minimis: bool


@dataclass(frozen=True, slots=True)
class PublicationDue:
    decision_reference: str
    beneficiary_name: str
    amount_cents: int
    agreement_on: date
    publish_by: date


def write_subventions(rows: Iterable[Subvention]) -> bytes:
    """UTF-8 without a mark, commas, CRLF as RFC 4180 says, in order of agreement then reference.

    The same rows in any order give the same bytes. Raises SubventionsInvalid with every reason.
    """
    ordered = sorted(rows, key=lambda row: (row.agreement_on, row.decision_reference, astuple(row)))
    mistakes = tuple(reason for row in ordered for reason in _mistakes(row))
    if mistakes:
        raise SubventionsInvalid(mistakes)
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe_cell(cell) for cell in _cells(row)] for row in ordered)
    return text.getvalue().encode()


def publications_due(rows: Iterable[Subvention]) -> tuple[PublicationDue, ...]:
    """The agreements whose publication the law requires, the most urgent first."""
    due = (
        PublicationDue(
            decision_reference=row.decision_reference,
            beneficiary_name=row.beneficiary_name,
            amount_cents=row.amount_cents,
            agreement_on=row.agreement_on,
            publish_by=publication_deadline(row.agreement_on),
        )
        for row in rows
        if row.amount_cents > AGREEMENT_THRESHOLD_CENTS
    )
    return tuple(sorted(due, key=lambda one: (one.publish_by, one.decision_reference)))


def publication_deadline(signed_on: date) -> date:
    """The last day to publish an agreement: three months later, or the end of that month when it is shorter."""
    years, month_index = divmod(signed_on.month - 1 + PUBLICATION_MONTHS, 12)
    year, month = signed_on.year + years, month_index + 1
    return date(year, month, min(signed_on.day, monthrange(year, month)[1]))


def _cells(row: Subvention) -> tuple[str, ...]:
    once = row.first_payment_on == row.last_payment_on
    first, last = row.first_payment_on.isoformat(), row.last_payment_on.isoformat()
    return (
        row.attributing_name,
        row.attributing_siret,
        row.agreement_on.isoformat(),
        row.decision_reference,
        row.beneficiary_name,
        row.beneficiary_siret,
        "",  # the register of associations: a SIRET is required of everybody here
        row.purpose,
        f"{row.amount_cents // 100}.{row.amount_cents % 100:02d}",
        "aide en numéraire",
        "unique" if once else "échelonné",
        first if once else f"{first}/{last}",
        "",  # no aid of the register of aids to companies
        "oui" if row.de_minimis else "non",
        "1.00",
        "",  # no identifier in the register of schemes
    )


def _safe_cell(text: str) -> str:
    """On one line, and with a quote before what a spreadsheet would take for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in FORMULA_STARTS else line


def _mistakes(row: Subvention) -> Iterator[Reason]:
    where = f"{row.decision_reference or row.beneficiary_siret}."
    for name in ("attributing_siret", "beneficiary_siret"):
        number = getattr(row, name)
        if not is_siret(number):
            yield Reason(code="siret-invalid", field=where + name, message="Le SIRET n'est pas valide.")
    for name in ("attributing_name", "beneficiary_name", "decision_reference", "purpose"):
        if not getattr(row, name).strip():
            yield Reason(code="missing", field=where + name, message="Le champ est vide.")
    if len(_safe_cell(row.purpose)) > PURPOSE_LENGTH_MAX:
        message = f"L'objet dépasse {PURPOSE_LENGTH_MAX} caractères."
        yield Reason(code="too-long", field=f"{where}purpose", message=message)
    if row.amount_cents <= 0:
        yield Reason(code="amount-invalid", field=f"{where}amount_cents", message="Le montant est nul ou négatif.")
    if row.last_payment_on < row.first_payment_on:
        message = "Le dernier versement précède le premier."
        yield Reason(code="period-invalid", field=f"{where}last_payment_on", message=message)
