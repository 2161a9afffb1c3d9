"""The open-data file: what the schema asks for, bytes that can be made again, no spreadsheet formula."""

import csv
import os
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from frictionless import Resource, Schema, system
from hypothesis import given
from hypothesis import strategies as st

from services.funding.domain.open_data import Subvention
from services.funding.tools.open_data.scdl import COLUMNS, SubventionsInvalid, write_subventions
from tests.subventions import ROW, dates

SCHEMA = Path(os.environ.get("REFERENCE_DATA", "../shared/data")) / "scdl-subventions-2.1.1.json"


@st.composite
def subventions(draw: st.DrawFn) -> Subvention:
    first = draw(dates)
    return replace(
        ROW,
        agreement_on=draw(dates),
        decision_reference=f"FABT-{draw(st.integers(0, 10**6))}",
        beneficiary_name="A" + draw(st.text(max_size=80)),
        purpose=draw(st.sampled_from("=+-@A")) + draw(st.text(max_size=200)),
        amount_cents=draw(st.integers(1, 10**10)),
        first_payment_on=first,
        last_payment_on=first + timedelta(days=draw(st.integers(0, 1100))),
        de_minimis=draw(st.booleans()),
    )


def cells(written: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(written.decode(), newline="")))


@pytest.fixture(scope="module")
def schema() -> Schema:
    if not SCHEMA.exists():
        pytest.skip(f"no reference data at {SCHEMA}: set REFERENCE_DATA")
    with system.use_context(trusted=True):
        return Schema.from_descriptor(str(SCHEMA))


def test_the_columns_are_those_of_the_schema_in_order(schema: Schema) -> None:
    assert tuple(schema.field_names) == COLUMNS


@given(rows=st.lists(subventions(), max_size=5))
def test_whatever_the_grants_the_file_satisfies_the_schema(
    schema: Schema, rows: list[Subvention]
) -> None:
    written = write_subventions(rows)

    report = Resource(
        data=written, format="csv", encoding="utf-8", schema=schema.to_copy()
    ).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])
    assert len(cells(written)) == len(rows)


def test_the_schema_would_refuse_a_wrong_cell(schema: Schema) -> None:
    """The control of the test above."""
    wrong = write_subventions([ROW]).replace(b"2021-04-20", b"20/04/2021")

    assert (
        not Resource(data=wrong, format="csv", encoding="utf-8", schema=schema.to_copy())
        .validate()
        .valid
    )


def test_a_grant_paid_over_years_is_one_line() -> None:
    (line,) = cells(write_subventions([ROW]))

    assert list(line.values()) == [
        "Agence nationale de la cohésion des territoires",
        "13002603200016",
        "2021-04-20",
        "FABT-2020-4-00012",
        "Association La Passerelle",
        "38047555800058",
        "",
        "Fabriques de Territoire",
        "150000.00",
        "aide en numéraire",
        "échelonné",
        "2021-06-30/2023-06-30",
        "",
        "non",
        "1.00",
        "",
    ]


def test_a_grant_paid_at_once_has_one_date() -> None:
    (line,) = cells(
        write_subventions([replace(ROW, last_payment_on=ROW.first_payment_on, de_minimis=True)])
    )

    said = line["conditionsVersement"], line["datesPeriodeVersement"], line["notificationUE"]
    assert said == ("unique", "2021-06-30", "oui")


@given(rows=st.lists(subventions(), max_size=8), seed=st.integers())
def test_the_same_grants_in_any_order_give_the_same_bytes(
    rows: list[Subvention], seed: int
) -> None:
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)

    assert write_subventions(shuffled) == write_subventions(rows)


def test_the_bytes_are_utf8_without_a_mark_and_every_line_ends_alike() -> None:
    written = write_subventions(
        [ROW, replace(ROW, decision_reference="B", beneficiary_name="Une\r\nautre\n")]
    )

    assert written.startswith(b"nomAttribuant,")
    assert written.count(b"\r\n") == written.count(b"\n") == 3


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n+", " -", "＝", "＠"])
def test_a_cell_that_a_spreadsheet_would_run_gets_a_quote(start: str) -> None:
    hostile = f'{start}HYPERLINK("http://example.invalid";"x")'

    (line,) = cells(write_subventions([replace(ROW, beneficiary_name=hostile, purpose=hostile)]))

    assert line["nomBeneficiaire"] == line["objet"] == f"'{hostile.strip()}"


@given(rows=st.lists(subventions(), min_size=1, max_size=3))
def test_no_cell_of_any_file_starts_a_formula(rows: list[Subvention]) -> None:
    started = [cell[:1] for line in cells(write_subventions(rows)) for cell in line.values()]

    assert not {"=", "+", "-", "@", "\t", "\r"} & set(started)


def test_every_mistake_of_every_row_is_said_at_once() -> None:
    wrong = replace(
        ROW,
        beneficiary_siret="38047555800059",
        beneficiary_name=" ",
        purpose="-" * 256,
        amount_cents=0,
        last_payment_on=date(2021, 1, 1),
    )

    with pytest.raises(SubventionsInvalid) as refused:
        write_subventions([wrong, replace(ROW, decision_reference="B", attributing_siret="1")])

    found = [(reason.code, reason.field) for reason in refused.value.reasons]
    assert found == [
        ("siret-invalid", "B.attributing_siret"),
        ("siret-invalid", "FABT-2020-4-00012.beneficiary_siret"),
        ("missing", "FABT-2020-4-00012.beneficiary_name"),
        ("too-long", "FABT-2020-4-00012.purpose"),
        ("amount-invalid", "FABT-2020-4-00012.amount_cents"),
        ("period-invalid", "FABT-2020-4-00012.last_payment_on"),
    ]
