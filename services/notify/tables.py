"""The tables of notify. Nobody else reads or writes them."""

from functools import partial

from sqlmodel import SQLModel

from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.commons import Common
from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.digests import Correspondent
from services.notify.domain.documents import Document
from services.notify.domain.notice import Notice
from services.notify.domain.pace import Mailbox
from services.notify.domain.pairs import Member, Pair
from services.notify.domain.peers import WaveSupport
from services.notify.domain.steps import Step
from services.notify.domain.support import Plan
from services.notify.domain.team import TeamDay
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.state_tables import by_kind, index_where, table_of

CHARACTERS_MAX = {
    "accepted_id": 80,
    "about": 1_000,
    "address": 200,
    "candidature_id": 36,
    "cause_id": 80,
    "common": 60,
    "commune_code": 5,
    "digest": 64,
    "ended_by": 36,
    "email": 200,
    "front_end": 20,
    "gathering": 60,
    "heard_id": 80,
    "helped": 36,
    "helper": 36,
    "kind": 10,
    "legal_name": 200,
    "licence": 20,
    "mailbox": 64,
    "notice_id": 36,
    "name": 80,
    "need": 60,
    "number": 45,
    "person_id": 64,
    "place": 200,
    "place_name": 200,
    "public_key": 44,
    "receipt_number": 35,
    "refused_because": 10_000,
    "representative": 200,
    "sending_id": 80,
    "siret": 14,
    "state": 10,
    "step_id": 117,
    "team": 20,
    "template": 40,
    "template_digest": 64,
    "template_version": 40,
    "title": 200,
    "traceparent": 60,
    "typesetter": 40,
    "url": 400,
    "wave": 20,
}


class NotifyTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


table = partial(table_of, NotifyTable, CHARACTERS_MAX)

STATE_TABLES = by_kind(
    table(
        Contact,
        "contacts",
        personal=("email", "representative", "newer", "proven", "public_key"),
    ),
    table(StrayCard, "stray_cards", personal=("email", "representative")),
    table(
        Notice,
        "notices",
        index_where("state = 'queued'", "ix_notices_queued", "notice_id"),
        index_where("state = 'erasing'", "ix_notices_erasing", "notice_id"),
        index=("candidature_id",),
        personal=("context",),
    ),
    table(Document, "documents", index=("candidature_id",), dossier=None),
    # `mailbox` stands for an address without telling it.
    table(Mailbox, "mailboxes", contested=True),
    table(Correspondent, "correspondents"),
    table(TeamDay, "team_days"),
    table(Plan, "support_plans", index=("wave",)),
    table(
        Step,
        "support_steps",
        index_where(
            "state in ('proposed', 'agreed', 'under-way')", "ix_support_steps_live", "due_on"
        ),
        index=("candidature_id",),
        personal=("moves",),
    ),
    table(WaveSupport, "wave_support"),
    table(Member, "members"),
    table(Gathering, "gatherings"),
    table(
        Invitation, "invitations", key=("gathering", "candidature_id"), index=("candidature_id",)
    ),
    table(
        Common,
        "commons",
        index_where("state = 'proposed'", "ix_commons_proposed", "said_at"),
        key=("candidature_id", "common"),
        personal=("title", "url", "about", "refused_because"),
    ),
    table(Pair, "peers", key=("helped", "helper"), index=("helper",), dossier=None),
)
JOURNAL = journal_tables(NotifyTable.metadata)
METADATA = NotifyTable.metadata
