"""What funding keeps of money: frozen values, one for each table. Money is integer euro cents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.value import value

AT_THE_BANK = ("exported", "accepted", "unknown")  # states of an order that the bank may still pay


@value
class Fund:
    """The one envelope: what is committed of it, and the places taken in each zone. One row, kept last by its owner."""

    id: str
    envelope_cents: int
    committed_cents: int
    places: Mapping[str, int]


@value
class Grant:
    """`state`: awarded, agreed, cancelled. `holds_place`: it ended, and the State's money is with the holder still."""

    candidature_id: str
    wave: str
    receipt_number: str
    legal_name: str
    siret: str
    zone: str
    rank: int
    awarded_cents: tuple[int, ...]
    promoted: bool
    state: str
    awarded_at: datetime
    agreed_at: datetime | None = None
    suspended_since: datetime | None = None
    public_key: str | None = None
    front_end: str = ""
    recovered_cents: int = 0
    holds_place: bool = False


@value
class Account:
    """Bank details of a holder, encrypted; the latest `sequence` counts, earlier ones stay as proof of what was paid.

    `replaces` an earlier account: then a second officer confirms what the first one verified.
    """

    candidature_id: str
    fingerprint: str
    secret: bytes
    sequence: int
    provided_at: datetime
    verified_at: datetime | None = None
    verified_by: str | None = None
    replaces: bool = False
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None

    @property
    def trusted_at(self) -> datetime | None:
        """Since when enough people have looked at it."""
        return self.confirmed_at if self.replaces else self.verified_at


@value
class Report:
    """The yearly report. `state`: submitted, accepted, returned. `lines` are the financial table as it was sent."""

    candidature_id: str
    year: int
    state: str
    sequence: int
    planned_cents: int
    spent_cents: int
    submitted_at: datetime
    decided_by: str | None = None
    version: int = 1
    activity: str = ""
    lines: tuple[Any, ...] = ()
    returned_because: str = ""


@value
class Tranche:
    """`state`: scheduled, withheld, ordered, settled, rejected, returned, offset, cancelled; `since` when it did.

    `offset_cents` of its amount are kept back for money that is owed; the rest is what is paid.
    """

    tranche_id: str
    candidature_id: str
    number: int
    due_on: date
    amount_cents: int
    state: str
    since: datetime
    attempt: int = 0
    gates: tuple[Any, ...] = ()
    retry_after: datetime | None = None
    offset_cents: int = 0

    @property
    def payable_cents(self) -> int:
        return self.amount_cents - self.offset_cents


@value
class Order:
    """One attempt to pay a tranche.

    `state`: ordered, approved, exported, accepted, unknown, settled, rejected, returned, cancelled.
    """

    order_id: str
    tranche_id: str
    candidature_id: str
    amount_cents: int
    fingerprint: str
    state: str
    ordered_at: datetime
    run_id: str | None = None
    bank_reference: str | None = None
    reason_code: str | None = None


@value
class Run:
    """A payment run: the orders two people approved, the authorising officer first, then the accountant."""

    run_id: str
    state: str  # opened, approved, exported
    orders: int
    total_cents: int
    approvals: tuple[Any, ...]
    opened_at: datetime
    files: tuple[Any, ...] = ()


@value
class Anomaly:
    """A line of the bank that changed nothing: somebody must look at it."""

    statement_id: str
    part: int
    line: int
    end_to_end_id: str
    kind: str
    amount_cents: int
    detail: str
    examined_by: str | None = None
    examined_because: str = ""


@value
class BankLine:
    """A line of the bank that settled, rejected or gave back an order: one at most from each kind of message."""

    order_id: str
    status: str
    kind: str
    statement_id: str
    part: int
    line: int
    amount_cents: int
    bank_reference: str
    booked_on: date | None


@value
class Movement:
    """One line of the ledger: `amount_cents` goes from `credit` to `debit`. Never changed, never deleted."""

    cause_id: str
    line: int
    at: datetime
    candidature_id: str
    tranche_id: str | None
    kind: str
    debit: str
    credit: str
    amount_cents: int
    order_id: str | None = None


@value
class Recovery:
    """Money asked back, for the `number`th time. `state`: intended, ordered, closed."""

    candidature_id: str
    number: int
    state: str
    amount_cents: int
    answer_by: date
    intended_at: datetime | None = None
    answered_at: datetime | None = None
    recovered_cents: int = 0
    offset_cents: int = 0
    waived_cents: int = 0

    @property
    def left_cents(self) -> int:
        return self.amount_cents - self.recovered_cents - self.offset_cents - self.waived_cents


@value
class Amendment:
    """A change of a grant's schedule, kept with what it was before. `kind`: extension, reduction, final-balance."""

    candidature_id: str
    number: int
    kind: str
    at: datetime
    officer: str
    reason: str
    due_before: tuple[Any, ...]
    cents_before: tuple[int, ...]


@value
class StateAid:
    """The de minimis aids a holder declared. `allowed` is the answer of an officer where a ceiling is passed."""

    candidature_id: str
    sequence: int
    declared_at: datetime
    aids: tuple[Any, ...]
    allowed: bool | None = None
    regime: str = ""
    decided_by: str | None = None
