"""Open data: the grants that were agreed, as the SCDL "subventions" file."""

from pathlib import Path

from services.funding.app import NAME
from services.funding.domain.states import Grant, StateAid, Tranche
from services.funding.open_data import PublicationDue, Subvention, publications_due, write_subventions
from services.funding.tables import SHELVES
from shared.kit.book import Book
from shared.kit.database import open_engine
from shared.kit.settings import Settings
from shared.programme import Programme


def export_open_data(settings: Settings, path: Path) -> int:
    """Writes the file; the same grants give the same bytes. Returns the number of grants. Raises SubventionsInvalid."""
    rows = _rows(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_subventions(rows))
    return len(rows)


def open_data_deadlines(settings: Settings) -> tuple[PublicationDue, ...]:
    """The agreements above 23 000 euros, each with the last day to publish it, the most urgent first."""
    return publications_due(_rows(settings))


def _rows(settings: Settings) -> list[Subvention]:
    programme, engine = settings.programme(), open_engine(settings.database_url(NAME))
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            book = Book(connection, {shelf.kind: shelf for shelf in SHELVES})
            agreed = [grant for grant in book.where(Grant) if grant.agreed_at]
            for kind in (Tranche, StateAid):
                book.open_files(kind, [grant.candidature_id for grant in agreed])
            return [
                _row(programme, grant, book.of(Tranche, grant.candidature_id), book.one(StateAid, grant.candidature_id))
                for grant in agreed
            ]
    finally:
        engine.dispose()


def _row(programme: Programme, grant: Grant, tranches: list[Tranche], aid: StateAid | None) -> Subvention:
    """A holder who declared de minimis aids is under that regime, unless an officer found another for the grant."""
    assert grant.agreed_at
    return Subvention(
        attributing_name=programme.payment.debtor_name,
        attributing_siret=programme.payment.attributing_siret,
        agreement_on=programme.local_day(grant.agreed_at),
        decision_reference=grant.receipt_number,
        beneficiary_name=grant.legal_name,
        beneficiary_siret=grant.siret,
        purpose=f"{programme.name} : label et soutien sur {programme.award.years} ans",
        amount_cents=sum(grant.awarded_cents),
        first_payment_on=tranches[0].due_on,
        last_payment_on=tranches[-1].due_on,
        de_minimis=aid is not None and aid.regime in ("", programme.payment.de_minimis_regime),
    )
