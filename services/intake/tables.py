"""The tables of intake. Nobody else reads or writes them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from services.intake.domain.claims import ProjectClaim
from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier
from services.intake.domain.waves import WaveState
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.states import by_kind, state_table


class IntakeTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


class DossierRow(IntakeTable, table=True):
    """The file as it stands. `content` holds the holder's personal data: it is what an erasure empties."""

    __tablename__ = "dossiers"

    candidature_id: str = Field(primary_key=True, max_length=36)
    front_end: str = Field(max_length=20)
    status: str = Field(max_length=20)
    wave: str = Field(max_length=20, index=True)
    version: int
    receipt_number: str = Field(max_length=35)
    receipt_place: str = Field(max_length=24)
    receipt_sequence: int = Field(sa_type=BigInteger)
    received_at: datetime = Field(sa_type=InstantColumn)
    content_sequence: int = Field(sa_type=BigInteger)
    content: str
    project_key: str = Field(max_length=60)
    public_key: str | None = Field(default=None, max_length=44)
    outcome: str | None = Field(default=None, max_length=30)
    outcome_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    since: datetime | None = Field(default=None, sa_type=InstantColumn)
    tranches: Any = Field(sa_type=JsonColumn)


class ProjectClaimRow(IntakeTable, table=True):
    __tablename__ = "project_claims"

    key: str = Field(primary_key=True, max_length=60)
    candidature_id: str = Field(max_length=36)
    receipt_number: str = Field(max_length=35)


class ContestRow(IntakeTable, table=True):
    """A file that waits for an officer. `content` is the holder's, as that of a dossier."""

    __tablename__ = "contests"

    candidature_id: str = Field(primary_key=True, max_length=36)
    front_end: str = Field(max_length=20)
    state: str = Field(max_length=20, index=True)
    wave: str = Field(max_length=20)
    against: str = Field(max_length=36)
    received_at: datetime = Field(sa_type=InstantColumn)
    sequence: int = Field(sa_type=BigInteger)
    content_sequence: int = Field(sa_type=BigInteger)
    receipt_code: str = Field(max_length=10)
    content: str


class WaveStateRow(IntakeTable, table=True):
    __tablename__ = "waves"

    wave: str = Field(primary_key=True, max_length=20)
    closes_on: date | None = None
    registered: int
    closed: bool
    published: bool
    reopenings: int
    reopening: Any = Field(default=None, sa_type=JsonColumn, nullable=True)


STATE_TABLES = by_kind(
    state_table(Dossier, DossierRow),
    state_table(Contest, ContestRow),
    state_table(ProjectClaim, ProjectClaimRow, dossier=None),
    state_table(WaveState, WaveStateRow),
)
JOURNAL = journal_tables(IntakeTable.metadata, says_statuses=True)
METADATA = IntakeTable.metadata
