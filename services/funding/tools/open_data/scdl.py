"""The open-data file of the grants: SCDL "subventions" 2.1.1, sixteen columns, the same bytes every time.

Sources: schema.data.gouv.fr (scdl/subventions), décret 2017-779, arrêté du 17 novembre 2017.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from io import StringIO

from services.funding.domain.open_data import Subvention
from shared.bank.values import Refused
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
FORMULA_STARTS = frozenset("=+-@\t＝＋－＠")


class SubventionsInvalid(Refused):
    """Rows that the schema refuses: no file is written."""


def write_subventions(rows: Iterable[Subvention]) -> bytes:
    """UTF-8 without a mark, commas, CRLF as RFC 4180 says, in order of agreement then reference.

    The same rows in any order give the same bytes. Raises SubventionsInvalid with every reason.
    """
    ordered = sorted(
        rows,
        key=lambda row: (row.agreement_on, row.decision_reference, astuple(row)),
    )
    mistakes: list[Reason] = []
    for row in ordered:
        mistakes += _mistakes(row)
    if mistakes:
        raise SubventionsInvalid(tuple(mistakes))
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in _cells(row)] for row in ordered)
    return text.getvalue().encode()


def _cells(row: Subvention) -> tuple[str, ...]:
    first = row.first_payment_on.isoformat()
    last = row.last_payment_on.isoformat()
    once = first == last
    euros, cents = divmod(row.amount_cents, 100)
    return (
        row.attributing_name,
        row.attributing_siret,
        row.agreement_on.isoformat(),
        row.decision_reference,
        row.beneficiary_name,
        row.beneficiary_siret,
        "",  # the register of associations: a SIRET is required of everybody here
        row.purpose,
        f"{euros}.{cents:02d}",
        "aide en numéraire",
        "unique" if once else "échelonné",
        first if once else f"{first}/{last}",
        "",  # no aid of the register of aids to companies
        "oui" if row.de_minimis else "non",
        "1.00",
        "",  # no identifier in the register of schemes
    )


def safe_cell(text: str) -> str:
    """On one line, and with a quote before what a spreadsheet would take for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in FORMULA_STARTS else line


def _mistakes(row: Subvention) -> Iterator[Reason]:
    where = f"{row.decision_reference or row.beneficiary_siret}."
    for name in ("attributing_siret", "beneficiary_siret"):
        number = getattr(row, name)
        if not is_siret(number):
            yield Reason(
                code="siret-invalid",
                field=where + name,
                message="Le SIRET n'est pas valide.",
            )
    for name in ("attributing_name", "beneficiary_name", "decision_reference", "purpose"):
        if not getattr(row, name).strip():
            yield Reason(code="missing", field=where + name, message="Le champ est vide.")
    if len(safe_cell(row.purpose)) > PURPOSE_LENGTH_MAX:
        message = f"L'objet dépasse {PURPOSE_LENGTH_MAX} caractères."
        yield Reason(code="too-long", field=f"{where}purpose", message=message)
    if row.amount_cents <= 0:
        message = "Le montant est nul ou négatif."
        yield Reason(code="amount-invalid", field=f"{where}amount_cents", message=message)
    if row.last_payment_on < row.first_payment_on:
        message = "Le dernier versement précède le premier."
        yield Reason(
            code="period-invalid",
            field=f"{where}last_payment_on",
            message=message,
        )
