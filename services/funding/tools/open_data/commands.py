"""Open data: the grants that were agreed, as the SCDL "subventions" file."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from services.funding.app import NAME
from services.funding.domain.states import BankLine, Grant, Order, StateAid, Tranche
from services.funding.tables import STATE_TABLES
from services.funding.tools.open_data.scdl import PublicationDue, Subvention, publications_due, write_subventions
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from shared.programme import Programme

PAID = "settled"


def export_open_data(settings: Settings, path: Path) -> int:
    """Writes the file; the same grants give the same bytes. Returns the number of grants. Raises SubventionsInvalid."""
    rows = _rows(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_subventions(rows))
    path.chmod(0o644)  # whatever else is private here: this is for everybody
    return len(rows)


def open_data_deadlines(settings: Settings) -> tuple[PublicationDue, ...]:
    """The agreements above 23 000 euros, each with the last day to publish it, the most urgent first."""
    return publications_due(_rows(settings))


def _rows(settings: Settings) -> list[Subvention]:
    programme, engine = settings.programme(), open_engine(settings.database_url(NAME))
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            book = States(connection, STATE_TABLES)
            agreed = [grant for grant in book.where(Grant) if grant.agreed_at]
            for kind in (Tranche, Order, StateAid):
                book.prefetch(kind, [grant.candidature_id for grant in agreed])
            booked = _booked_on(book)
            return [_row(programme, grant, _payments(programme, book, grant, booked), book) for grant in agreed]
    finally:
        engine.dispose()


def _booked_on(book: States) -> dict[str, date | None]:
    """The day the bank gives for each order it settled."""
    return {line.order_id: line.booked_on for line in book.where(BankLine, book.column(BankLine, "status") == PAID)}


def _payments(programme: Programme, book: States, grant: Grant, booked_on: Mapping[str, date | None]) -> list[date]:
    orders = [order for order in book.of(Order, grant.candidature_id) if order.state == PAID]
    days = {order.tranche_id: booked_on.get(order.order_id) for order in orders}
    return payment_days(programme, book.of(Tranche, grant.candidature_id), days)


def payment_days(programme: Programme, tranches: Sequence[Tranche], booked_on: Mapping[str, date | None]) -> list[date]:
    """The day each tranche was paid, or is due where it is still to come; none for one that was cancelled.

    Where the bank gave no day, it is the one on which its answer was heard. With every tranche cancelled, the days
    that were agreed.
    """
    alive = [tranche for tranche in tranches if tranche.state != "cancelled"] or list(tranches)
    return sorted(_payment_day(programme, tranche, booked_on.get(tranche.tranche_id)) for tranche in alive)


def _payment_day(programme: Programme, tranche: Tranche, booked_on: date | None) -> date:
    if tranche.state not in (PAID, "offset"):
        return tranche.due_on
    return booked_on or programme.local_day(tranche.since)


def _row(programme: Programme, grant: Grant, payments: list[date], book: States) -> Subvention:
    """A holder who declared de minimis aids is under that regime, unless an officer found another for the grant."""
    assert grant.agreed_at
    aid = book.one(StateAid, grant.candidature_id)
    return Subvention(
        attributing_name=programme.payment.debtor_name,
        attributing_siret=programme.payment.attributing_siret,
        agreement_on=programme.local_day(grant.agreed_at),
        decision_reference=grant.receipt_number,
        beneficiary_name=grant.legal_name,
        beneficiary_siret=grant.siret,
        purpose=f"{programme.name} : label et soutien sur {programme.award.years} ans",
        amount_cents=sum(grant.awarded_cents),
        first_payment_on=payments[0],
        last_payment_on=payments[-1],
        de_minimis=aid is not None and aid.regime in ("", programme.payment.de_minimis_regime),
    )
