"""The keeper's database: every query, each change in one transaction."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, update

from deploy.keeper.chain import End, Link, beginning, links
from deploy.keeper.checkpoints import OCCASIONS, OCCASIONS_STREAM, Scene, checkpoint, due
from deploy.keeper.tables import CheckpointRow, ErasureRow, LinkRow
from shared.contract.identity import lower_uuid
from shared.contract.intake import CandidatureErased
from shared.contract.keeper import LogSealed
from shared.contract.personal import ERASED_TYPES
from shared.contract.subjects import type_of
from shared.contract.topology import KEEPER
from shared.kit.delivery import Logged
from shared.kit.storage.bulk import insert_many, upsert_many
from shared.kit.storage.database import take_writer_turn
from shared.kit.storage.scrubbing import scrub

LINKS = LinkRow.metadata.tables["links"]
ERASURES = ErasureRow.metadata.tables["erasures"]
ERASED = CandidatureErased.event_type()
CHECKPOINTS = CheckpointRow.metadata.tables["checkpoints"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """In the order of the table's columns; `stamped_ns` is when intake said it."""

    candidature_id: str
    stamped_ns: int
    gone: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Place:
    stream: str
    sequence: int


class Store:
    """Replicas that share one database take turns: each goes on where the chain ends by then."""

    def __init__(self, engine: Engine, platform: str) -> None:
        self.engine = engine
        self.platform = platform
        self._looked_through = 0

    def end_of(self, stream: str) -> End:
        with self._reading() as connection:
            return self._end_of(connection, stream)

    def append(self, stream: str, messages: Sequence[Logged]) -> int:
        """Chains what lies there, in one transaction. Returns the place the chain reaches then."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            end = self._end_of(connection, stream)
            added = list(links(stream, end, messages))
            if added:
                insert_many(connection, LINKS, [astuple(link) for link in added])
                self._note_erasures(connection, added)
            return added[-1].through if added else end.through

    def due(self, scene: Scene, now: datetime) -> str:
        """Why a checkpoint is due; empty where none is, or the one before is not said yet."""
        with self._reading() as connection:
            return self._due(connection, scene, _last(connection), now)

    def seal(
        self, scene: Scene, streams: Sequence[str], now: datetime, asked: bool
    ) -> LogSealed | None:
        """Writes the checkpoint that is due, or was `asked` for; None where another replica was first."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            last = _last(connection)
            reason = self._due(connection, scene, last, now, asked)
            facts = self._facts(connection) if reason else 0
            if not facts:
                return None
            ends = [(stream, self._end_of(connection, stream)) for stream in streams]
            sealed = checkpoint(scene, last, ends, facts, reason, now)
            insert_many(connection, CHECKPOINTS, [(sealed.number, sealed.model_dump_json(), None)])
            return sealed

    def drop_salts(self, stream: str, sequences: Collection[int]) -> None:
        """For ever: nobody can tell what these digests were made of any more, and the chain still holds."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            there = LINKS.c.sequence.in_(sequences)
            connection.execute(
                update(LINKS).where(LINKS.c.stream == stream, there).values(salt=None)
            )

    def unproven(self) -> list[Erasure]:
        with self._reading() as connection:
            return [
                Erasure(*row)
                for row in connection.execute(select(ERASURES).where(~ERASURES.c.proven))
            ]

    def places_left(self, dossiers: Collection[str]) -> list[Place]:
        """Where lies what people said of these, as far as the chain has come."""
        row = LINKS.c
        query = select(row.stream, row.sequence, row.subject).where(row.salt.is_not(None))
        with self._reading() as connection:
            found = connection.execution_options(yield_per=1_000).execute(query)
            return [
                Place(one.stream, one.sequence)
                for one in found
                if person_of(one.subject) in dossiers
            ]

    def erased_places(self, dossier: str) -> list[Place]:
        row = LINKS.c
        # A sender may write it in capitals.
        of_dossier = func.lower(row.subject).endswith(f".{dossier}")
        query = select(row.stream, row.sequence).where(row.salt.is_(None), of_dossier)
        with self._reading() as connection:
            return [
                Place(*found)
                for found in connection.execute(query.order_by(row.stream, row.sequence))
            ]

    def gone(self, dossiers: Collection[str]) -> None:
        """Of whom no message is left; nor is a salt in any page of this database.

        Its pages go first: a keeper that dies then, or that a reader keeps from it, finds the erasure again.
        A replica may have chained another one since the places were read: that dossier waits.
        """
        if not scrub(self.engine, [LINKS]):
            return
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            salted = connection.scalars(select(LINKS.c.subject).where(LINKS.c.salt.is_not(None)))
            left = {person_of(subject) for subject in salted}
            erasure = ERASURES.c.candidature_id.in_(set(dossiers) - left)
            connection.execute(update(ERASURES).where(erasure).values(gone=True))

    def proven(self, dossier: str) -> None:
        """Unless something came since."""
        with self.engine.begin() as connection:
            erasure = (ERASURES.c.candidature_id == dossier, ERASURES.c.gone)
            connection.execute(update(ERASURES).where(*erasure).values(proven=True))

    def unsaid(self) -> LogSealed | None:
        """The checkpoint that the broker has not confirmed yet."""
        with self._reading() as connection:
            return self._unsaid(connection)

    def adopt(self, sealed: LogSealed, sequence: int) -> None:
        """A checkpoint of ours that the log holds and this database does not: numbers go on after it."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            insert_many(
                connection, CHECKPOINTS, [(sealed.number, sealed.model_dump_json(), sequence)]
            )

    def said(self, number: int, sequence: int) -> None:
        with self.engine.begin() as connection:
            row = CHECKPOINTS.c
            connection.execute(
                update(CHECKPOINTS).where(row.number == number).values(said_at=sequence)
            )

    def last(self) -> LogSealed | None:
        return last_checkpoint(self.engine)

    def facts(self) -> int:
        with self._reading() as connection:
            return self._facts(connection)

    def links_of(self, stream: str) -> Iterator[Link]:
        """A whole chain, in order."""
        query = select(LINKS).where(LINKS.c.stream == stream).order_by(LINKS.c.sequence)
        with self.engine.connect().execution_options(
            reads_only=True, yield_per=1_000
        ) as connection:
            for row in connection.execute(query):
                yield Link(*row)

    def _note_erasures(self, connection: Connection, added: Sequence[Link]) -> None:
        """Who is erased from now on, and who was and has sent something again since."""
        erased = [link for link in added if type_of(link.subject) == ERASED]
        rows = [(dossier_of(link.subject), link.stamped_ns, False, False) for link in erased]
        upsert_many(connection, ERASURES, rows)
        again = {person_of(link.subject) for link in added} - {None}
        known = ERASURES.c.candidature_id.in_(again)
        if again:
            connection.execute(update(ERASURES).where(known).values(gone=False, proven=False))

    def _reading(self) -> Connection:
        return self.engine.connect().execution_options(reads_only=True)

    def _end_of(self, connection: Connection, stream: str) -> End:
        query = select(LINKS.c.through, LINKS.c.head).where(LINKS.c.stream == stream)
        found = connection.execute(query.order_by(LINKS.c.sequence.desc()).limit(1)).first()
        return End(found.through, found.head) if found else beginning(self.platform, stream)

    def _unsaid(self, connection: Connection) -> LogSealed | None:
        unsaid = CHECKPOINTS.c.said_at.is_(None)
        body = connection.scalar(
            select(CHECKPOINTS.c.body).where(unsaid).order_by(CHECKPOINTS.c.number)
        )
        return LogSealed.model_validate_json(body) if body else None

    def _due(
        self,
        connection: Connection,
        scene: Scene,
        last: LogSealed | None,
        now: datetime,
        asked: bool = False,
    ) -> str:
        if self._unsaid(connection):
            return ""
        return due(scene, last, self._occasions_since(connection, last), now, asked)

    def _facts(self, connection: Connection) -> int:
        """Holes are none."""
        return (
            connection.scalar(select(func.count()).select_from(LINKS).where(LINKS.c.subject != ""))
            or 0
        )

    def _occasions_since(self, connection: Connection, last: LogSealed | None) -> list[str]:
        """What was chained since the last checkpoint and makes one due; each link is looked at once."""
        heads = {head.stream: head.sequence for head in last.streams} if last else {}
        after = max(heads.get(OCCASIONS_STREAM, 0), self._looked_through)
        row = LINKS.c
        query = select(row.sequence, row.subject).where(
            row.stream == OCCASIONS_STREAM, row.sequence > after
        )
        found = connection.execute(query.order_by(row.sequence)).all()
        occasions = [subject for _, subject in found if type_of(subject) in OCCASIONS]
        if found and not occasions:
            self._looked_through = found[-1].sequence
        return occasions


def last_checkpoint(engine: Engine) -> LogSealed | None:
    with engine.connect().execution_options(reads_only=True) as connection:
        return _last(connection)


def _last(connection: Connection) -> LogSealed | None:
    body = connection.scalar(
        select(CHECKPOINTS.c.body).order_by(CHECKPOINTS.c.number.desc()).limit(1)
    )
    return LogSealed.model_validate_json(body) if body else None


def dossier_of(subject: str) -> str:
    return str(lower_uuid(subject.rpartition(".")[2]))


def person_of(subject: str) -> str | None:
    """The dossier of what leaves the log when its person is erased; None for whatever stays."""
    return dossier_of(subject) if subject and type_of(subject) in ERASED_TYPES else None
