"""What the pages remember: drafts, who may see which dossier, what was heard. A write takes milliseconds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Index, delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from deploy.portal.seals import hashed, new_id
from shared.kit.storage.columns import InstantColumn, JsonColumn
from shared.kit.storage.database import open_engine, service_registry
from shared.kit.storage.scrubbing import scrub
from shared.programme import Programme

OPEN_FOR = timedelta(hours=12)  # a dossier, in the browser that filed it or came by a link
LINK_LASTS = timedelta(minutes=30)
LINKS_AN_HOUR = 3
DRAFTS_MAX = 20  # of one browser
# Of one browser: twenty drafts of some length, or six as long as may be.
DRAFTS_BYTES_MAX = 4_000_000
ALL_DRAFTS_BYTES_MAX = 2_000_000_000
TAKEN = ("registered", "pieces-requested")  # answers after which the counter has what was sent
MONTH = timedelta(days=30.5)
YEAR = timedelta(days=365.25)
Typed = Mapping[str, Any]


class PortalTable(SQLModel, registry=service_registry()):
    """The base of the pages' own tables, apart from every service's."""


class DraftsFull(Exception):
    """Drafts take as much room as they may: what was typed could not be kept."""


class File(PortalTable, table=True):
    """A draft, then the dossier it became.

    `typed` is what stands in the fields, of `bytes` as JSON; `session` and `address` are hashes. `attempt` is
    the latest sending, with the address and the hash of what was sent: they count once the counter took it.
    """

    __tablename__ = "files"
    __table_args__ = (Index("files_weighed", "filed_at", "session", "bytes"),)

    candidature_id: str = Field(primary_key=True, max_length=36)
    session: str = Field(max_length=64, index=True)
    address: str = Field(default="", max_length=64, index=True)
    name: str = Field(default="", max_length=200)
    attempt: str = Field(default="", max_length=36)
    attempt_address: str = Field(default="", max_length=64)
    attempt_hash: str = Field(default="", max_length=64)
    taken_hash: str = Field(default="", max_length=64)
    bytes: int = 0
    typed: Any = Field(sa_type=JsonColumn)
    changed_at: datetime = Field(sa_type=InstantColumn)
    filed_at: datetime | None = Field(default=None, sa_type=InstantColumn)
    typed_until: datetime = Field(sa_type=InstantColumn, index=True)
    kept_until: datetime = Field(sa_type=InstantColumn, index=True)


class Opened(PortalTable, table=True):
    """A browser may see this dossier, until then."""

    __tablename__ = "opened"

    session: str = Field(primary_key=True, max_length=64)
    candidature_id: str = Field(primary_key=True, max_length=36)
    until: datetime = Field(sa_type=InstantColumn, index=True)


class Link(PortalTable, table=True):
    """A link that was sent by e-mail: it opens the dossiers of its address, once."""

    __tablename__ = "links"

    secret: str = Field(primary_key=True, max_length=64)
    address: str = Field(max_length=64, index=True)
    made_at: datetime = Field(sa_type=InstantColumn)
    until: datetime = Field(sa_type=InstantColumn, index=True)
    used: bool = False


class Entry(PortalTable, table=True):
    """One line of a dossier's history. `what` is an act of the holder (`act:…`) or the verb of an answer."""

    __tablename__ = "entries"

    entry_id: int | None = Field(default=None, primary_key=True)
    candidature_id: str = Field(max_length=36, index=True)
    at: datetime = Field(sa_type=InstantColumn)
    what: str = Field(max_length=80)
    told: Any = Field(sa_type=JsonColumn)

    @property
    def attempt(self) -> str:
        """Of an act that was refused: what its sending was known by. Else empty."""
        return str(self.told.get("attempt_id") or "") if self.what == "act-refused" else ""


class Said(PortalTable, table=True):
    """What was typed in an act, the latest of its kind: a refusal that comes later leads back to it."""

    __tablename__ = "said"

    candidature_id: str = Field(primary_key=True, max_length=36)
    act: str = Field(primary_key=True, max_length=40)
    attempt: str = Field(max_length=36)
    address: str
    typed: Any = Field(sa_type=JsonColumn)
    until: datetime = Field(sa_type=InstantColumn, index=True)


class Store:
    def __init__(self, engine: Engine, programme: Programme) -> None:
        self.engine = engine
        self._drafts_last = MONTH * programme.retention.drafts_months
        self._dossiers_last = YEAR * programme.retention.accepted_years
        PortalTable.metadata.create_all(engine)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        self.engine.dispose()

    def new_draft(self, session: str, typed: Typed) -> File | None:
        """None for a browser that has too many."""
        now = datetime.now(UTC)
        with self._transaction() as rows:
            mine = select(File).where(File.session == hashed(session), col(File.filed_at).is_(None))
            if len(rows.exec(mine).all()) >= DRAFTS_MAX:
                return None
            file = File(
                candidature_id=str(uuid4()),
                session=hashed(session),
                typed=dict(typed),
                changed_at=now,
                typed_until=now + self._drafts_last,
                kept_until=now + self._drafts_last,
            )
            rows.add(file)
        return file

    def drafts(self, session: str) -> list[File]:
        with self._transaction() as rows:
            mine = select(File).where(File.session == hashed(session), col(File.filed_at).is_(None))
            return list(rows.exec(mine.order_by(col(File.changed_at).desc())))

    def dossiers(self, session: str, after: int, limit: int) -> list[File]:
        """Those that this browser may see, the latest first, without the first `after`."""
        with self._transaction() as rows:
            found = select(File).join(Opened, col(Opened.candidature_id) == File.candidature_id)
            found = found.where(Opened.session == hashed(session), Opened.until > datetime.now(UTC))
            found = found.order_by(col(File.changed_at).desc(), File.candidature_id)
            return list(rows.exec(found.offset(after).limit(limit)))

    def draft_of(self, session: str, candidature_id: str) -> File | None:
        """A draft of this browser, or a dossier that it may see."""
        with self._transaction() as rows:
            file = rows.get(File, candidature_id)
        if file and file.filed_at is None:
            return file if file.session == hashed(session) else None
        return self.dossier_of(session, candidature_id)

    def dossier_of(self, session: str, candidature_id: str) -> File | None:
        with self._transaction() as rows:
            opened = rows.get(Opened, (hashed(session), candidature_id))
            if opened is None or opened.until <= datetime.now(UTC):
                return None
            return rows.get(File, candidature_id)

    def save(self, file: File, typed: Typed, address: str, name: str) -> None:
        """`address` is a hash, or empty while none can be read. Raises DraftsFull."""
        now = datetime.now(UTC)
        size = len(json.dumps(typed, ensure_ascii=False).encode())
        with self._transaction() as rows:
            kept = rows.get(File, file.candidature_id)
            if kept is None:
                return
            if kept.filed_at is None and size > kept.bytes:
                _require_room(rows, kept, size - kept.bytes)
            kept.typed = dict(typed)
            kept.bytes = size
            kept.changed_at = now
            kept.typed_until = now + self._drafts_last
            kept.name = name[:200]
            if kept.filed_at is None:
                kept.address = address
                kept.kept_until = kept.typed_until
            rows.add(kept)

    def sending(self, file: File, attempt: str, address: str, sent_hash: str) -> None:
        """Before it is sent: nothing is filed yet, and links go where they went."""
        with self._transaction() as rows:
            mine = update(File).where(col(File.candidature_id) == file.candidature_id)
            rows.execute(
                mine.values(attempt=attempt, attempt_address=address, attempt_hash=sent_hash)
            )

    def filed(self, candidature_id: str, sent_at: datetime, files: Sequence[str] = ()) -> None:
        """The platform has it, with files of these names: from now on its draft is a dossier."""
        with self._transaction() as rows:
            kept = rows.get(File, candidature_id)
            if kept is None:
                return
            self._file(rows, kept)
            told = {"files": list(files)}
            rows.add(
                Entry(candidature_id=candidature_id, at=sent_at, what="act:submitted", told=told)
            )

    def _file(self, rows: Session, draft: File) -> None:
        """The browser that wrote it may see what becomes of it, and later whoever reads its address."""
        if draft.filed_at:
            return
        now = datetime.now(UTC)
        draft.filed_at = now
        draft.kept_until = now + self._dossiers_last
        rows.add(draft)
        rows.merge(
            Opened(session=draft.session, candidature_id=draft.candidature_id, until=now + OPEN_FOR)
        )

    def answered(self, candidature_id: str, attempt: str, verb: str, told: Any) -> None:
        """A line in the history. What the counter took decides from now on where links go."""
        with self._transaction() as rows:
            kept = rows.get(File, candidature_id)
            if kept is None:
                return
            now = datetime.now(UTC)
            rows.add(Entry(candidature_id=candidature_id, at=now, what=verb, told=told))
            if attempt and attempt == kept.attempt and verb in TAKEN:
                self._file(rows, kept)
                kept.address = kept.attempt_address
                kept.taken_hash = kept.attempt_hash
                kept.kept_until = now + self._dossiers_last
                rows.add(kept)

    def forget_draft(self, session: str, candidature_id: str) -> None:
        with self._transaction() as rows:
            mine = delete(File).where(
                col(File.candidature_id) == candidature_id,
                col(File.session) == hashed(session),
                col(File.filed_at).is_(None),
            )
            rows.execute(mine)

    def new_link(self, address: str) -> str:
        """The secret of a new link; empty where the address has no file, or had links enough."""
        now = datetime.now(UTC)
        with self._transaction() as rows:
            known = rows.exec(
                select(File.candidature_id).where(File.address == address).limit(1)
            ).first()
            lately = select(Link).where(
                Link.address == address, Link.made_at > now - timedelta(hours=1)
            )
            if known is None or len(rows.exec(lately).all()) >= LINKS_AN_HOUR:
                return ""
            secret = new_id()
            rows.add(
                Link(secret=hashed(secret), address=address, made_at=now, until=now + LINK_LASTS)
            )
        return secret

    def is_link(self, secret: str) -> bool:
        with self._transaction() as rows:
            link = rows.get(Link, hashed(secret))
        return link is not None and not link.used and link.until > datetime.now(UTC)

    def open_link(self, secret: str, session: str) -> bool:
        """Opens what the link's address has, for this browser. A link counts once."""
        now = datetime.now(UTC)
        with self._transaction() as rows:
            mine = update(Link).where(
                col(Link.secret) == hashed(secret), col(Link.used).is_(False), col(Link.until) > now
            )
            used = rows.execute(mine.values(used=True).returning(col(Link.address))).first()
            if used is None:
                return False
            for file in rows.exec(select(File).where(File.address == used[0])):
                if file.filed_at is None:
                    file.session = hashed(session)
                    rows.add(file)
                else:
                    rows.merge(
                        Opened(
                            session=hashed(session),
                            candidature_id=file.candidature_id,
                            until=now + OPEN_FOR,
                        )
                    )
        return True

    def leave(self, session: str) -> None:
        with self._transaction() as rows:
            rows.execute(delete(Opened).where(col(Opened.session) == hashed(session)))

    def move_drafts(self, before: str, session: str) -> None:
        """A browser that enters gets a new session, and keeps its drafts."""
        with self._transaction() as rows:
            mine = update(File).where(
                col(File.session) == hashed(before), col(File.filed_at).is_(None)
            )
            rows.execute(mine.values(session=hashed(session)))

    def note(self, candidature_id: str, what: str) -> None:
        """A line in the history: an act of the holder."""
        with self._transaction() as rows:
            rows.add(Entry(candidature_id=candidature_id, at=datetime.now(UTC), what=what, told={}))

    def keep_said(
        self, candidature_id: str, act: str, attempt: str, address: str, typed: Typed
    ) -> None:
        """`address` is that of its form."""
        until = datetime.now(UTC) + self._drafts_last
        kept = Said(
            candidature_id=candidature_id, act=act, attempt=attempt, address=address,
            typed=dict(typed), until=until,
        )  # fmt: skip
        with self._transaction() as rows:
            rows.merge(kept)

    def said(self, candidature_id: str) -> list[Said]:
        with self._transaction() as rows:
            return list(rows.exec(select(Said).where(Said.candidature_id == candidature_id)))

    def history(self, candidature_id: str) -> list[Entry]:
        with self._transaction() as rows:
            mine = select(Entry).where(Entry.candidature_id == candidature_id)
            return list(rows.exec(mine.order_by(col(Entry.at), col(Entry.entry_id))))

    def erase(self, candidature_id: str) -> None:
        """Everything of a dossier: its holder's personal data is erased in the programme."""
        with self._transaction() as rows:
            for kind in (Entry, Opened, Said, File):
                rows.execute(delete(kind).where(col(kind.candidature_id) == candidature_id))
        scrub(self.engine, [])

    def filed_ids(self) -> list[str]:
        with self._transaction() as rows:
            filed = select(File.candidature_id).where(col(File.filed_at).is_not(None))
            return list(rows.exec(filed))

    def forget_expired(self) -> None:
        """Texts go when their time is over; the dossier's line stays for as long as the programme says."""
        now = datetime.now(UTC)
        with self._transaction() as rows:
            gone = select(File.candidature_id).where(File.kept_until <= now)
            for kind in (Entry, Said):
                rows.execute(delete(kind).where(col(kind.candidature_id).in_(gone)))
            rows.execute(delete(Said).where(col(Said.until) <= now))
            rows.execute(delete(File).where(col(File.kept_until) <= now))
            rows.execute(update(File).where(col(File.typed_until) <= now).values(typed={}))
            rows.execute(delete(Opened).where(col(Opened.until) <= now))
            rows.execute(delete(Link).where(col(Link.until) <= now - timedelta(hours=1)))
        scrub(self.engine, [])


def _require_room(rows: Session, file: File, more: int) -> None:
    """Raises DraftsFull."""
    everybody = select(func.coalesce(func.sum(File.bytes), 0)).where(col(File.filed_at).is_(None))
    mine = everybody.where(File.session == file.session)
    bounds = ((mine, DRAFTS_BYTES_MAX), (everybody, ALL_DRAFTS_BYTES_MAX))
    if any(rows.exec(kept).one() + more > most for kept, most in bounds):
        raise DraftsFull


def open_store(folder: Path, programme: Programme) -> Store:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Store(open_engine(f"sqlite:///{folder / 'portal.db'}"), programme)
