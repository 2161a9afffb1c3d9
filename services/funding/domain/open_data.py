"""What is published of an agreed grant, and by when.

Sources: décret 2017-779 and arrêté du 17 novembre 2017 (open data of subventions).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.funding.domain.states import Grant, StateAid, Tranche
from shared.programme import Programme

AGREEMENT_THRESHOLD_CENTS = 2_300_000  # above it an agreement is compulsory, and published
PUBLICATION_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Subvention:
    """One grant in money to one beneficiary. The payment dates are the first and the last planned."""

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
    awarded_on: date


@dataclass(frozen=True, slots=True)
class PublicationDue:
    decision_reference: str
    beneficiary_name: str
    amount_cents: int
    agreement_on: date
    publish_by: date


def subvention_of(
    programme: Programme,
    grant: Grant,
    payments: Sequence[date],
    aid: StateAid | None,
) -> Subvention:
    """`payments` are the days of its tranches, in order. Raises ValueError for a grant that is not agreed."""
    if grant.agreed_at is None:
        raise ValueError(f"{grant.receipt_number} is not agreed")
    # A holder who declared de minimis aids is under that regime, unless an officer found another.
    regimes = ("", programme.payment.de_minimis_regime)
    return Subvention(
        attributing_name=programme.payment.debtor_name,
        attributing_siret=programme.payment.attributing_siret,
        agreement_on=programme.local_day(grant.agreed_at),
        decision_reference=grant.receipt_number,
        beneficiary_name=grant.legal_name,
        beneficiary_siret=grant.siret,
        purpose=f"{programme.name} : label et soutien sur {_years(len(grant.awarded_cents))}",
        amount_cents=sum(grant.awarded_cents),
        first_payment_on=payments[0],
        last_payment_on=payments[-1],
        de_minimis=bool(programme.payment.de_minimis_regime)
        and aid is not None
        and aid.regime in regimes,
        awarded_on=programme.local_day(grant.awarded_at),
    )


def _years(count: int) -> str:
    return f"{count} ans" if count > 1 else f"{count} an"


def payment_days(
    programme: Programme,
    tranches: Sequence[Tranche],
    booked_on: Mapping[str, date | None],
) -> list[date]:
    """The day each tranche was paid, or is due where it is still to come; none for one that was cancelled.

    `booked_on` is the bank's day by tranche; without one it is the day on which its answer was heard. With
    every tranche cancelled, the days that were agreed.
    """
    alive = [tranche for tranche in tranches if tranche.state != "cancelled"]
    days = []
    for tranche in alive or tranches:
        days.append(_payment_day(programme, tranche, booked_on.get(tranche.tranche_id)))
    return sorted(days)


def _payment_day(programme: Programme, tranche: Tranche, booked_on: date | None) -> date:
    if tranche.state not in ("settled", "offset"):
        return tranche.due_on
    return booked_on or programme.local_day(tranche.since)


def publications_due(rows: Iterable[Subvention]) -> tuple[PublicationDue, ...]:
    """The agreements whose publication the law requires, the most urgent first."""
    required = [row for row in rows if row.amount_cents > AGREEMENT_THRESHOLD_CENTS]
    due = [
        PublicationDue(
            decision_reference=row.decision_reference,
            beneficiary_name=row.beneficiary_name,
            amount_cents=row.amount_cents,
            agreement_on=row.agreement_on,
            publish_by=publication_deadline(row.agreement_on),
        )
        for row in required
    ]
    return tuple(sorted(due, key=lambda one: (one.publish_by, one.decision_reference)))


def publication_deadline(signed_on: date) -> date:
    """The last day to publish an agreement: three months later, or the end of a month that is shorter."""
    years, month_index = divmod(signed_on.month - 1 + PUBLICATION_MONTHS, 12)
    year = signed_on.year + years
    month = month_index + 1
    last_day = monthrange(year, month)[1]
    return date(year, month, min(signed_on.day, last_day))
