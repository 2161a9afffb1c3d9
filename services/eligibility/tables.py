"""The tables of eligibility. Nobody else reads or writes them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from services.eligibility.domain.states import Draw, File, Review, Reviewer, Round
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.states import by_kind, state_table


class EligibilityTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


# --- Territory: datasets imported from their producers, and what they say --------------------------


class TerritoryDataset(EligibilityTable, table=True):
    """One version of one file. Rows are never changed: a newer file is a newer version beside it."""

    __tablename__ = "territory_dataset"

    serial: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True, max_length=80)
    kind: str = Field(index=True, max_length=20)
    generation: str = Field(max_length=4)  # QPV only: 2014 or 2024
    version: str = Field(max_length=80)
    source: str
    licence: str
    dated: str = Field(max_length=10)  # ISO days; empty where unknown or open
    valid_from: str = Field(max_length=10)
    valid_to: str = Field(max_length=10)
    sha256: str = Field(max_length=64)
    row_count: int
    repaired_count: int
    coverage: str  # departments, space separated
    notes: str
    imported_at: str = Field(max_length=40)
    retired_at: str = Field(max_length=40)


class TerritoryCommune(EligibilityTable, table=True):
    """What one dataset says of one commune: a density level, a size class, QPV codes, a point."""

    __tablename__ = "territory_commune"

    dataset_serial: int = Field(primary_key=True, foreign_key="territory_dataset.serial")
    code: str = Field(primary_key=True, max_length=5)
    name: str
    level: int | None = None
    codes: str  # the urban unit, the attraction area, the QPV or the commune in force
    latitude: float | None = None
    longitude: float | None = None


class TerritoryPerimeter(EligibilityTable, table=True):
    """A QPV's perimeter, or a commune's contour: WKB, WGS84 degrees, longitude first, already made valid."""

    __tablename__ = "territory_perimeter"

    dataset_serial: int = Field(primary_key=True, foreign_key="territory_dataset.serial")
    code: str = Field(primary_key=True, max_length=8)
    name: str
    department: str = Field(max_length=3)
    communes: str  # INSEE codes, space separated
    wkb: bytes


# --- Files under examination, their reviews --------------------------------------------------------


class FileRow(EligibilityTable, table=True):
    __tablename__ = "files"

    candidature_id: str = Field(primary_key=True, max_length=36)
    wave: str = Field(max_length=20, index=True)
    version: int
    status: str = Field(max_length=20)
    siret: str = Field(max_length=14)
    commune_code: str = Field(max_length=5)
    latitude: float
    longitude: float
    declared_qpv: str | None = Field(default=None, max_length=8)
    revision: int
    zones: Any = Field(sa_type=JsonColumn)
    decided: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    score_revision: int
    score: int | None = None


class ReviewRow(EligibilityTable, table=True):
    """One reviewer on one file; `history` keeps the marks that were replaced."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "ix_reviews_remind_on",
            "remind_on",
            sqlite_where=text("remind_on IS NOT NULL"),
            postgresql_where=text("remind_on IS NOT NULL"),
        ),
    )

    candidature_id: str = Field(primary_key=True, max_length=36)
    reviewer_id: str = Field(primary_key=True, max_length=64, index=True)
    assigned_at: datetime = Field(sa_type=InstantColumn)
    assigned_by: str = Field(max_length=64)
    due_on: date
    remind_on: date | None = None
    recused: bool
    marks: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    grid: str = Field(max_length=200)
    comment: str
    sequence: int = Field(sa_type=BigInteger)
    history: Any = Field(sa_type=JsonColumn)


class ReviewerRow(EligibilityTable, table=True):
    __tablename__ = "reviewers"

    reviewer_id: str = Field(primary_key=True, max_length=64)
    department: str | None = Field(default=None, max_length=3)
    ties: Any = Field(sa_type=JsonColumn)


class RoundRow(EligibilityTable, table=True):
    __tablename__ = "review_rounds"

    wave: str = Field(primary_key=True, max_length=20)
    closed_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    published_at: datetime | None = Field(default=None, sa_type=InstantColumn)


class DrawRow(EligibilityTable, table=True):
    """Every drawing of reviewers, with what it was drawn from. Rows are never changed."""

    __tablename__ = "draws"

    wave: str = Field(primary_key=True, max_length=20)
    cause_id: str = Field(primary_key=True, max_length=80)
    drawn_at: datetime = Field(sa_type=InstantColumn)
    seed: str
    files: int
    reviewers: Any = Field(sa_type=JsonColumn)
    loads: Any = Field(sa_type=JsonColumn)
    missing: Any = Field(sa_type=JsonColumn)


STATE_TABLES = by_kind(
    state_table(File, FileRow),
    state_table(Review, ReviewRow),
    state_table(Reviewer, ReviewerRow),
    state_table(Round, RoundRow),
    state_table(Draw, DrawRow),
)
JOURNAL = journal_tables(EligibilityTable.metadata)
METADATA = EligibilityTable.metadata
