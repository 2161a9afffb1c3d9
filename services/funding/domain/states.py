"""What funding keeps: frozen values, one for each table. Money is integer euro cents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One candidature in its wave. It is `ready` for the ranking once scored, out or withdrawn."""

    candidature_id: str
    wave: str
    receipt_number: str = ""
    receipt_sequence: int = 0
    file_version: int = 0
    legal_name: str = ""
    siret: str = ""
    commune_code: str = ""
    requested_cents: tuple[int, ...] = ()
    public_key: str | None = None
    eligibility_revision: int = 0
    zones: tuple[str, ...] = ()
    eligible: bool | None = None
    ineligible_because: tuple[Any, ...] = ()
    score_revision: int = 0
    score: int | None = None
    criteria: Mapping[str, int] | None = None
    withdrawn: bool = False

    @property
    def registered(self) -> bool:
        return bool(self.receipt_number)

    @property
    def ready(self) -> bool:
        return self.registered and (self.withdrawn or self.eligible is False or self.competes)

    @property
    def competes(self) -> bool:
        return bool(self.eligible) and self.score is not None and not self.withdrawn


@dataclass(frozen=True, slots=True)
class WaveState:
    """`state`: open, closed, ranked, published. `entries` and `ready` count the wave's candidatures."""

    wave: str
    state: str = "open"
    registered: int | None = None
    entries: int = 0
    ready: int = 0
    proposal: int = 0
    inputs_digest: str = ""
    policy_digest: str = ""
    digest: str = ""
    approvals: tuple[Any, ...] = ()
    published_at: datetime | None = None

    @property
    def complete(self) -> bool:
        return self.registered is not None and self.entries == self.registered == self.ready


@dataclass(frozen=True, slots=True)
class Ranking:
    """One place of the latest proposal of a wave, with its tie-break, outcome and full reasons."""

    candidature_id: str
    wave: str
    proposal: int
    rank: int
    score: int
    tie_break: tuple[int, ...]
    outcome: str
    zone: str | None
    awarded_cents: tuple[int, ...]
    reasons: tuple[Any, ...]
    reserve_ended: bool = False


@dataclass(frozen=True, slots=True)
class Fund:
    """The one envelope: what is committed of it, and the places taken in each zone. One row, kept last by its owner."""

    id: str
    envelope_cents: int
    committed_cents: int
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Grant:
    """`state`: awarded, agreed, cancelled. `account` is the fingerprint of the latest bank details."""

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
    recovered_cents: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """The holder's latest bank details, encrypted. Nothing is paid on them before they are verified and cooled off."""

    candidature_id: str
    fingerprint: str
    secret: bytes
    sequence: int
    provided_at: datetime
    verified_at: datetime | None = None
    verified_by: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The yearly report. `state`: submitted, accepted, returned."""

    candidature_id: str
    year: int
    state: str
    sequence: int
    planned_cents: int
    spent_cents: int
    submitted_at: datetime
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Tranche:
    """`state`: scheduled, withheld, ordered, settled, rejected, cancelled. `since` is when it got there."""

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


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt to pay a tranche. `state`: ordered, approved, exported, unknown, settled, rejected, cancelled."""

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


@dataclass(frozen=True, slots=True)
class Run:
    """A payment run: the orders two people approved, the authorising officer first, then the accountant."""

    run_id: str
    state: str  # opened, approved, exported
    orders: int
    total_cents: int
    approvals: tuple[Any, ...]
    opened_at: datetime
    files: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A line of the bank that changed nothing: somebody must look at it."""

    statement_id: str
    part: int
    line: int
    end_to_end_id: str
    kind: str
    amount_cents: int
    detail: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money asked back. `state`: intended, ordered, closed."""

    candidature_id: str
    state: str
    amount_cents: int
    answer_by: date
    recovered_cents: int = 0
    waived_cents: int = 0


@dataclass(frozen=True, slots=True)
class Appeal:
    """A decision somebody asks to look at again. The decision itself stays as it was."""

    candidature_id: str
    sequence: int
    filed_at: datetime
    state: str
