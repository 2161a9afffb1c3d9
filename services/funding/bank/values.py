"""What a payment file is made of, whatever the format it is written in."""

from dataclasses import dataclass, field
from datetime import date, datetime

from shared.bank.values import Refused

NAME_LENGTH_MAX = 70
REMITTANCE_LENGTH_MAX = 140
TRANSFERS_MAX = 5_000
# The SEPA scheme carries at most 999 999 999.99 euros in one transfer.
AMOUNT_MAX_CENTS = 99_999_999_999


@dataclass(frozen=True, slots=True)
class Debtor:
    """The account that pays."""

    name: str
    iban: str = field(repr=False)
    bic: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment order. `end_to_end_id` comes back in every answer of the bank, untouched."""

    end_to_end_id: str
    amount_cents: int
    creditor_name: str
    iban: str = field(repr=False)
    bic: str | None
    remittance: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """At most `TRANSFERS_MAX` transfers on one day. `created_at` carries a zone."""

    message_id: str
    created_at: datetime
    execution_on: date
    transfers: tuple[Transfer, ...]


class PaymentFileInvalid(Refused):
    """A payment file that a bank would refuse: nothing was written."""
