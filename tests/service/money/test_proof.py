"""The proof finds what is off and names the exact entry; the database refuses to be rewritten at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from services.funding.app import NAME
from services.funding.tools.payment_proof import verify_payments
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from tests.conftest import SHIPPED_PROGRAMME
from tests.service.money.test_payments import paid
from tests.service.money.treasury import Treasury

YEARS = (5_000_000, 4_000_000, 3_000_000)
MOVEMENT = (
    "INSERT INTO movements"
    " (cause_id, line, at, candidature_id, tranche_id, kind, debit, credit, amount_cents, order_id)"
    " VALUES ('{cause}', 0, '2021-05-01T00:00:00.000000Z', '{grant}', {tranche}, '{kind}', '{debit}', "
    "'{credit}',"
    " {cents}, {order})"
)


def settled(folder: Path, engine: Engine | None = None) -> tuple[Treasury, str, str]:
    treasury = Treasury.on(engine, folder) if engine else Treasury.beginning(folder)
    grant = treasury.award(YEARS)
    treasury.ready(grant)
    return treasury, grant, paid(treasury, grant)


@pytest.fixture(params=["sqlite", "postgresql"])
def closed_books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Treasury, str]]:
    engine = None
    if request.param == "postgresql":
        engine = open_engine(request.getfixturevalue("postgres_url"))
    treasury, grant, _ = settled(tmp_path, engine)
    yield treasury, grant
    treasury.must_hold()
    treasury.engine.dispose()


def refused(treasury: Treasury, statement: str) -> str:
    with pytest.raises(DatabaseError) as told, treasury.engine.begin() as connection:
        connection.execute(text(statement))
    return str(told.value.orig)


@pytest.mark.parametrize(
    "statement", ["UPDATE movements SET amount_cents = 1", "DELETE FROM movements"]
)
def test_the_database_keeps_every_movement(
    closed_books: tuple[Treasury, str], statement: str
) -> None:
    assert "append-only" in refused(closed_books[0], statement)


@pytest.mark.parametrize(
    ("kind", "credit", "debit", "cents", "tranche", "told"),
    [
        ("settle", "ordered", "paid", 1, "T2", "below zero"),
        ("order", "committed:2", "ordered", 4_000_001, "T2", "below zero"),
        ("offset", "committed:2", "paid", 1, "T1", "above its amount"),
        ("recover", "paid", "envelope", 5_000_001, None, "below zero"),
        ("award", "envelope", "committed:1", 4_500_000_000, None, "envelope is exceeded"),
    ],
)
def test_the_database_refuses_what_is_above_tranche_year_award_or_envelope(
    closed_books: tuple[Treasury, str],
    kind: str,
    credit: str,
    debit: str,
    cents: int,
    tranche: str | None,
    told: str,
) -> None:
    treasury, grant = closed_books
    named = f"'{grant}-{tranche}'" if tranche else "NULL"
    line = {
        "cause": "x",
        "grant": grant,
        "tranche": named,
        "kind": kind,
        "debit": debit,
        "credit": credit,
    }
    assert told in refused(treasury, MOVEMENT.format(**line, cents=cents, order="NULL"))


def test_an_order_is_settled_once_in_the_database_too(closed_books: tuple[Treasury, str]) -> None:
    treasury, grant = closed_books
    order = treasury.orders(grant)[0].order_id
    line = {
        "cause": "x",
        "grant": grant,
        "tranche": f"'{grant}-T1'",
        "kind": "settle",
        "debit": "paid",
    }
    told = refused(treasury, MOVEMENT.format(**line, credit="ordered", cents=1, order=f"'{order}'"))
    assert "unique" in told.lower() or "below zero" in told


UNGUARD = ("DROP TRIGGER movements_no_UPDATE", "DROP TRIGGER movements_no_DELETE")


@pytest.mark.parametrize(
    ("meddling", "told"),
    [
        (
            "UPDATE movements SET amount_cents = 6000000 WHERE kind = 'settle'",
            "6000000 cents paid of 5000000",
        ),
        (
            "UPDATE movements SET amount_cents = 1 WHERE kind = 'settle'",
            "1 cents for FABT-2020-4-00001-T1-A1",
        ),
        ("DELETE FROM movements WHERE kind = 'settle'", "settled, with movements order"),
        ("DELETE FROM bank_lines", "settled without a line of the bank"),
        ("UPDATE bank_lines SET amount_cents = 7", "the bank's line says 7"),
        (
            "UPDATE orders SET state = 'exported'",
            "a line of the bank says settled, the order does not",
        ),
        ("UPDATE orders SET amount_cents = 7", "of 7 on"),
        (
            "UPDATE movements SET cause_id = 'nobody' WHERE kind = 'order'",
            "its cause was never decided",
        ),
        (
            "DELETE FROM outbox WHERE subject LIKE '%tranche.ordered%'",
            "the ledger holds order of 5000000 cents",
        ),
        (
            "DELETE FROM outbox WHERE subject LIKE '%tranche.settled%'",
            "the ledger holds settle of 5000000 cents",
        ),
        (
            "DELETE FROM outbox WHERE subject LIKE '%grant.awarded%'",
            "the log does not say the same award",
        ),
        (
            "UPDATE movements SET credit = 'envelope' WHERE kind = 'order'",
            "order goes from envelope to ordered",
        ),
        (
            "UPDATE fund SET committed_cents = 1",
            "fund: 1 cents are noted as committed, the ledger holds 12000000",
        ),
        (
            "UPDATE grants SET awarded_cents = '[9000000,4000000,3000000]'",
            "above the cap of 5000000",
        ),
        ("UPDATE runs SET approvals = '[]'", "run run-1: exported, approved by"),
        ("UPDATE orders SET run_id = NULL", "went on without a payment run"),
        (
            "DELETE FROM outbox WHERE subject LIKE '%payments.exported%'",
            "FABT-2020-4-00001-T1-A1: at the bank by run run-1, and the log does not say so",
        ),
        (
            "UPDATE orders SET fingerprint = 'other'",
            "its orders are not those the log says were exported",
        ),
        ("UPDATE runs SET files = '[]'", "its files are not those the log tells of"),
        ("DELETE FROM orders", "movements for an order that does not exist"),
        ("DELETE FROM grants", "money moved for no grant"),
    ],
)
def test_the_proof_names_the_entry_that_is_off(tmp_path: Path, meddling: str, told: str) -> None:
    treasury, _, _ = settled(tmp_path)
    assert treasury.proof().verified
    with treasury.engine.begin() as connection:
        for statement in (*UNGUARD, meddling):
            connection.execute(text(statement))
    findings = treasury.proof()
    assert not findings.verified
    assert any(told in violation for violation in findings.violations), findings.violations
    treasury.engine.dispose()


def test_the_proof_needs_no_bus(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, programme_file=SHIPPED_PROGRAMME)
    engine = open_engine(settings.database_url(NAME))
    settled(tmp_path, engine)
    engine.dispose()
    findings = verify_payments(settings)
    assert findings.verified and (findings.paid_cents, findings.movements) == (5_000_000, 5)
