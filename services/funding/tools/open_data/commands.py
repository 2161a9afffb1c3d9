"""Open data: the grants that were agreed, as the SCDL "subventions" file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from services.funding.app import NAME
from services.funding.domain.money.impact import ReportedCount, counts_of
from services.funding.domain.open_data import (
    PublicationDue,
    Subvention,
    payment_days,
    publications_due,
    subvention_of,
)
from services.funding.domain.states import BankLine, Grant, Order, StateAid, Tranche
from services.funding.store import accepted_reports
from services.funding.tables import STATE_TABLES
from services.funding.tools.open_data.giving import write_awards
from services.funding.tools.open_data.impact_csv import write_counts
from services.funding.tools.open_data.scdl import write_subventions
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from shared.programme import Programme

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exported:
    """`left_out`: receipts of labels of before the platform without the SIRET that the table requires."""

    grants: int
    left_out: tuple[str, ...]


def export_open_data(settings: Settings, path: Path) -> Exported:
    """Writes the file; the same grants give the same bytes. Raises SubventionsInvalid."""
    rows = _rows(settings)
    left_out = tuple(row.decision_reference for row in rows if not row.beneficiary_siret)
    rows = [row for row in rows if row.beneficiary_siret]
    _publish(path, write_subventions(rows))
    return Exported(len(rows), left_out)


def export_awards(settings: Settings, path: Path, prefix: str = "") -> int:
    """Writes the 360Giving package; without a prefix of the publisher's, the programme's id is one.

    Returns the number of grants.
    """
    programme = settings.programme()
    rows = _rows(settings)
    _publish(path, write_awards(programme, rows, prefix or programme.id))
    return len(rows)


def export_impact(settings: Settings, path: Path) -> int:
    """Writes what each beneficiary's accepted reports count; the same reports give the same bytes.

    Returns the number of lines.
    """
    counts = _read(settings, _counts)
    _publish(path, write_counts(counts))
    return len(counts)


def open_data_deadlines(settings: Settings) -> tuple[PublicationDue, ...]:
    """The agreements above 23 000 euros, each with the last day to publish it, the most urgent first."""
    return publications_due(_rows(settings))


def _publish(path: Path, content: bytes) -> None:
    """Whatever else is private here: this is for everybody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o644)


def _rows(settings: Settings) -> list[Subvention]:
    return _read(settings, _agreed)


def _read(settings: Settings, question: Callable[[Programme, States], T]) -> T:
    programme = settings.programme()
    engine = open_engine(settings.database_url(NAME))
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            return question(programme, States(connection, STATE_TABLES))
    finally:
        engine.dispose()


def _counts(programme: Programme, states: States) -> list[ReportedCount]:
    reports = accepted_reports(states)
    grants = states.many(Grant, [(report.candidature_id,) for report in reports])
    found = []
    for report in reports:
        found += counts_of(programme, grants[(report.candidature_id,)], report)
    return found


def _agreed(programme: Programme, states: States) -> list[Subvention]:
    agreed = [grant for grant in states.where(Grant) if grant.agreed_at]
    keys = [grant.candidature_id for grant in agreed]
    for kind in (Tranche, Order, StateAid):
        states.prefetch(kind, keys)
    booked_on = _booked_on(states)
    rows = []
    for grant in agreed:
        days = payment_days(programme, states.of(Tranche, grant.candidature_id), booked_on)
        aid = states.one(StateAid, grant.candidature_id)
        rows.append(subvention_of(programme, grant, days, aid))
    return rows


def _booked_on(states: States) -> dict[str, date | None]:
    """The day the bank gives for each tranche it settled."""
    settled = states.where(BankLine, states.column(BankLine, "status") == "settled")
    orders = states.many(Order, [(line.order_id,) for line in settled])
    days: dict[str, date | None] = {}
    for line in settled:
        order = orders.get((line.order_id,))
        # Whoever says it first may tell no day: a status report, or a letter.
        if order and order.state == "settled":
            days[order.tranche_id] = line.booked_on or days.get(order.tranche_id)
    return days
