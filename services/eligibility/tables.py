"""The tables of eligibility. Nobody else reads or writes them."""

from functools import partial

from sqlmodel import Field, SQLModel

from services.eligibility.domain.states import Draw, File, Moderation, News, Review, Reviewer, Round
from shared.kit.people.readings import Reading
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.state_tables import by_kind, index_where, table_of

CHARACTERS_MAX = {
    "assigned_by": 64,
    "candidature_id": 36,
    "cause_id": 80,
    "commune_code": 5,
    "declared_qpv": 8,
    "department": 3,
    "grid": 200,
    "moderated_by": 64,
    "reader_id": 64,
    "reading_id": 80,
    "readings.role": 20,
    "reviewer_id": 64,
    "siret": 14,
    "wave": 20,
}


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

table = partial(table_of, EligibilityTable, CHARACTERS_MAX)

STATE_TABLES = by_kind(
    table(File, "files", index=("wave",)),
    table(
        Review,
        "reviews",
        index_where("remind_on IS NOT NULL", "ix_reviews_remind_on", "remind_on"),
        key=("candidature_id", "reviewer_id"),
        index=("reviewer_id",),
        personal=("comment", "comments", "history"),
    ),
    table(Reviewer, "reviewers"),
    table(
        News,
        "reviewer_news",
        index_where("told IS FALSE", "ix_reviewer_news_untold", "day"),
        key=("reviewer_id", "day"),
        dossier=None,
    ),
    table(Round, "review_rounds"),
    table(Draw, "draws", key=("wave", "cause_id")),
    table(Moderation, "moderations", index=("wave",)),
    table(Reading, "readings", key=("candidature_id", "reading_id")),
)
REFERENCE = tuple(
    EligibilityTable.metadata.tables[model.__tablename__]
    for model in (TerritoryDataset, TerritoryCommune, TerritoryPerimeter)
)
JOURNAL = journal_tables(EligibilityTable.metadata, reference=REFERENCE)
METADATA = EligibilityTable.metadata
