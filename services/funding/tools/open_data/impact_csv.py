"""The open-data file of what the grants achieved: one line for each beneficiary, year and indicator."""

import csv
from collections.abc import Iterable
from dataclasses import astuple
from io import StringIO

from services.funding.domain.money.impact import ReportedCount
from services.funding.tools.open_data.scdl import safe_cell

COLUMNS = (
    "referenceDecision", "nomBeneficiaire", "idBeneficiaire", "annee", "indicateur", "intitule", "valeur",
)  # fmt: skip


def write_counts(counts: Iterable[ReportedCount]) -> bytes:
    """UTF-8, commas, CRLF, in order of reference, year and indicator. `annee` counts from the award."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for count in sorted(counts, key=lambda one: (one.decision_reference, one.year, one.indicator)):
        writer.writerow([safe_cell(str(cell)) for cell in astuple(count)])
    return text.getvalue().encode()
