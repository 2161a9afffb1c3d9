"""The tables of notify. Nobody else reads or writes them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.notice import Notice
from services.notify.domain.pace import Mailbox
from services.notify.domain.peers import WaveSupport
from services.notify.domain.support import Plan
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.states import by_kind, state_table

STILL_QUEUED = text("state = 'queued'")


class NotifyTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


class ContactRow(NotifyTable, table=True):
    """The one place of this service where a person is named: it is what an erasure empties."""

    __tablename__ = "contacts"

    candidature_id: str = Field(primary_key=True, max_length=36)
    heard_id: str = Field(max_length=80)
    sending_id: str = Field(max_length=80)
    email: str = Field(max_length=200)
    representative: str = Field(max_length=200)
    legal_name: str = Field(max_length=200)
    place_name: str = Field(max_length=200)
    needs: Any = Field(sa_type=JsonColumn)
    commune_code: str = Field(max_length=5)
    latitude: float
    longitude: float
    accepted_id: str = Field(max_length=80)
    newer: Any = Field(default=None, sa_type=JsonColumn, nullable=True)
    receipt_number: str = Field(max_length=35)
    told: Any = Field(sa_type=JsonColumn)
    erased: bool
    proven: Any = Field(sa_type=JsonColumn)


class StrayCardRow(NotifyTable, table=True):
    """Personal data too: an erasure empties it as well."""

    __tablename__ = "stray_cards"

    candidature_id: str = Field(primary_key=True, max_length=36)
    email: str = Field(max_length=200)
    representative: str = Field(max_length=200)
    legal_name: str = Field(max_length=200)
    place_name: str = Field(max_length=200)


class NoticeRow(NotifyTable, table=True):
    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_queued", "notice_id", sqlite_where=STILL_QUEUED, postgresql_where=STILL_QUEUED),
    )

    notice_id: str = Field(primary_key=True, max_length=36)
    candidature_id: str = Field(max_length=36, index=True)
    template: str = Field(max_length=40)
    recipient: str = Field(max_length=20)
    cause_id: str = Field(max_length=80)
    at: datetime = Field(sa_type=InstantColumn)
    context: Any = Field(sa_type=JsonColumn)
    state: str = Field(max_length=10)
    attempts: int
    retry_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    short: bool


class MailboxRow(NotifyTable, table=True):
    """Letters to one address, which `mailbox` stands for without telling it."""

    __tablename__ = "mailboxes"

    mailbox: str = Field(primary_key=True, max_length=64)
    day: date
    count: int


class PlanRow(NotifyTable, table=True):
    __tablename__ = "support_plans"

    candidature_id: str = Field(primary_key=True, max_length=36)
    wave: str = Field(max_length=20, index=True)
    promoted: bool
    awarded_at: datetime = Field(sa_type=InstantColumn)
    needs: Any = Field(sa_type=JsonColumn)
    steps: Any = Field(sa_type=JsonColumn)
    done: Any = Field(sa_type=JsonColumn)
    peers: Any = Field(sa_type=JsonColumn)
    is_open: bool


class WaveSupportRow(NotifyTable, table=True):
    __tablename__ = "wave_support"

    wave: str = Field(primary_key=True, max_length=20)
    expected: int | None = None
    opened: int
    first_awarded_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    matched: bool


STATE_TABLES = by_kind(
    state_table(Contact, ContactRow),
    state_table(StrayCard, StrayCardRow),
    state_table(Notice, NoticeRow, dossier=None),
    state_table(Mailbox, MailboxRow, dossier=None),
    state_table(Plan, PlanRow),
    state_table(WaveSupport, WaveSupportRow, dossier=None),
)
JOURNAL = journal_tables(NotifyTable.metadata)
METADATA = NotifyTable.metadata
