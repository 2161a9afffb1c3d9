"""What funding keeps of money: frozen values, one for each table. Money is integer euro cents."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime

from services.funding.domain.approvals import Approval
from services.funding.domain.money.words import (
    AmendmentKind,
    BankVoice,
    BankWord,
    GrantState,
    KeptAid,
    KeptFile,
    KeptGate,
    KeptLine,
    MovementKind,
    OrderState,
    Problem,
    RecoveryState,
    ReportState,
    RunState,
    TrancheState,
)
from shared.contract.backoffice import Fate
from shared.value import value


@value
class Fund:
    """The one envelope: what is committed of it, and the places taken in each zone. It is one row."""

    id: str
    envelope_cents: int
    committed_cents: int
    places: Mapping[str, int]


@value
class Grant:
    """`holds_place`: it ended, and the State's money is with the holder still.

    `erased`: its holder's personal data is gone, and no act of theirs brings it back. `rank` 0: it was ranked
    before the platform.
    """

    candidature_id: str
    wave: str
    receipt_number: str
    legal_name: str
    siret: str
    zone: str
    rank: int
    awarded_cents: tuple[int, ...]
    promoted: bool
    state: GrantState
    awarded_at: datetime
    agreed_at: datetime | None = None
    suspended_since: datetime | None = None
    public_key: str | None = None
    front_end: str = ""
    recovered_cents: int = 0
    holds_place: bool = False
    erased: bool = False

    @property
    def was_taken_over(self) -> bool:
        """Its label is older than the platform."""
        # The ranks of a list begin at 1.
        return self.rank == 0


@value
class Account:
    """Bank details of a holder, encrypted; the latest `sequence` counts, earlier ones prove what was paid.

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
    """The yearly report. `lines` are the financial table as it was sent."""

    candidature_id: str
    year: int
    state: ReportState
    sequence: int
    planned_cents: int
    spent_cents: int
    submitted_at: datetime
    decided_by: str | None = None
    version: int = 1
    activity: str = ""
    lines: tuple[KeptLine, ...] = ()
    returned_because: str = ""
    indicators: Mapping[str, int] = field(default_factory=dict)


@value
class ReportReminder:
    """The last word to a holder on a report that is expected: said so many days before `due_on`."""

    candidature_id: str
    year: int
    due_on: date
    days_left: int


@value
class Tranche:
    """A year's part of a grant, in its `state` `since` then.

    `offset_cents` of its amount are kept back for money that is owed; the rest is what is paid. `gates` are
    those that withhold it; `retry_after` is when time alone will have opened them.
    """

    tranche_id: str
    candidature_id: str
    number: int
    due_on: date
    amount_cents: int
    state: TrancheState
    since: datetime
    attempt: int = 0
    gates: tuple[KeptGate, ...] = ()
    retry_after: datetime | None = None
    offset_cents: int = 0

    @property
    def payable_cents(self) -> int:
        return self.amount_cents - self.offset_cents


@value
class Order:
    """One attempt to pay a tranche, to the account that `fingerprint` stands for."""

    order_id: str
    tranche_id: str
    candidature_id: str
    amount_cents: int
    fingerprint: str
    state: OrderState
    ordered_at: datetime
    run_id: str | None = None
    bank_reference: str | None = None
    reason_code: str | None = None


@value
class Run:
    """A payment run: the orders two people approved, the authorising officer first, then the accountant."""

    run_id: str
    state: RunState
    orders: int
    total_cents: int
    approvals: tuple[Approval, ...]
    opened_at: datetime
    files: tuple[KeptFile, ...] = ()


@value
class Anomaly:
    """A line of the bank that changed nothing: somebody must look at it."""

    statement_id: str
    part: int
    line: int
    end_to_end_id: str
    kind: Problem
    amount_cents: int
    detail: str
    examined_by: str | None = None
    examined_because: str = ""


@value
class BankLine:
    """A line of the bank that moved an order: one at most from each kind of message.

    A letter of the bank has no statement: its `bank_reference` names it.
    """

    order_id: str
    status: BankWord
    kind: BankVoice
    statement_id: str
    part: int
    line: int
    amount_cents: int
    bank_reference: str
    booked_on: date | None


@value
class Declaration:
    """The bank's letter on an order in doubt, as the authorising officer and the accountant declared it.

    It counts with the second of `words`, unless the bank moved the order on from `order_state` in between.
    """

    order_id: str
    fate: Fate
    reference: str
    words: tuple[Approval, ...]
    order_state: OrderState


@value
class Movement:
    """One line of the ledger: `amount_cents` goes from `credit` to `debit`. Never changed, never deleted."""

    cause_id: str
    line: int
    at: datetime
    candidature_id: str
    tranche_id: str | None
    kind: MovementKind
    debit: str
    credit: str
    amount_cents: int
    order_id: str | None = None


@value
class Recovery:
    """Money asked back, for the `number`th time. `answer_by`: the holder may answer until that day.

    `observations` are what they wrote, the first time and each time after until it was decided; None before.
    """

    candidature_id: str
    number: int
    state: RecoveryState
    amount_cents: int
    answer_by: date
    intended_at: datetime | None = None
    answered_at: datetime | None = None
    recovered_cents: int = 0
    offset_cents: int = 0
    waived_cents: int = 0
    decided_at: datetime | None = None
    observations: tuple[str, ...] | None = None

    @property
    def left_cents(self) -> int:
        return self.amount_cents - self.recovered_cents - self.offset_cents - self.waived_cents


@value
class Amendment:
    """A change of a grant's schedule, kept with what it was before: days in ISO form, and cents."""

    candidature_id: str
    number: int
    kind: AmendmentKind
    at: datetime
    officer: str
    reason: str
    due_before: tuple[str, ...]
    cents_before: tuple[int, ...]


@value
class StateAid:
    """The de minimis aids a holder declared. `allowed`: an officer's answer where a ceiling is passed."""

    candidature_id: str
    sequence: int
    declared_at: datetime
    aids: tuple[KeptAid, ...]
    allowed: bool | None = None
    regime: str = ""
    decided_by: str | None = None
