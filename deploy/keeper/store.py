"""The keeper's database: every query, each change in one transaction."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, update

from deploy.keeper.chain import End, Link, beginning, links
from deploy.keeper.checkpoints import OCCASIONS, OCCASIONS_STREAM, Scene, checkpoint, due
from deploy.keeper.tables import CheckpointRow, LinkRow
from shared.contract.keeper import LogSealed
from shared.contract.subjects import type_of
from shared.contract.topology import KEEPER
from shared.kit.delivery import Logged
from shared.kit.storage.bulk import insert_many
from shared.kit.storage.database import take_writer_turn

LINKS = LinkRow.metadata.tables["links"]
CHECKPOINTS = CheckpointRow.metadata.tables["checkpoints"]


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
            return added[-1].through if added else end.through

    def due(self, now: datetime) -> str:
        """Why a checkpoint is due; empty where none is, or the one before is not said yet."""
        with self._reading() as connection:
            return self._due(connection, _last(connection), now)

    def seal(self, scene: Scene, streams: Sequence[str], now: datetime) -> LogSealed | None:
        """Writes the checkpoint that is due; None where another replica was first."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            last = _last(connection)
            reason = self._due(connection, last, now)
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
            connection.execute(update(LINKS).where(LINKS.c.stream == stream, there).values(salt=None))

    def unsaid(self) -> LogSealed | None:
        """The checkpoint that the broker has not confirmed yet."""
        with self._reading() as connection:
            return self._unsaid(connection)

    def adopt(self, sealed: LogSealed, sequence: int) -> None:
        """A checkpoint of ours that the log holds and this database does not: numbers go on after it."""
        with self.engine.begin() as connection:
            take_writer_turn(connection, KEEPER)
            insert_many(connection, CHECKPOINTS, [(sealed.number, sealed.model_dump_json(), sequence)])

    def said(self, number: int, sequence: int) -> None:
        with self.engine.begin() as connection:
            row = CHECKPOINTS.c
            connection.execute(update(CHECKPOINTS).where(row.number == number).values(said_at=sequence))

    def last(self) -> LogSealed | None:
        return last_checkpoint(self.engine)

    def facts(self) -> int:
        with self._reading() as connection:
            return self._facts(connection)

    def links_of(self, stream: str) -> Iterator[Link]:
        """A whole chain, in order."""
        query = select(LINKS).where(LINKS.c.stream == stream).order_by(LINKS.c.sequence)
        with self.engine.connect().execution_options(reads_only=True, yield_per=1_000) as connection:
            for row in connection.execute(query):
                yield Link(*row)

    def _reading(self) -> Connection:
        return self.engine.connect().execution_options(reads_only=True)

    def _end_of(self, connection: Connection, stream: str) -> End:
        query = select(LINKS.c.through, LINKS.c.head).where(LINKS.c.stream == stream)
        found = connection.execute(query.order_by(LINKS.c.sequence.desc()).limit(1)).first()
        return End(found.through, found.head) if found else beginning(self.platform, stream)

    def _unsaid(self, connection: Connection) -> LogSealed | None:
        unsaid = CHECKPOINTS.c.said_at.is_(None)
        body = connection.scalar(select(CHECKPOINTS.c.body).where(unsaid).order_by(CHECKPOINTS.c.number))
        return LogSealed.model_validate_json(body) if body else None

    def _due(self, connection: Connection, last: LogSealed | None, now: datetime) -> str:
        if self._unsaid(connection):
            return ""
        return due(last, self._occasions_since(connection, last), now)

    def _facts(self, connection: Connection) -> int:
        """Holes are none."""
        return connection.scalar(select(func.count()).select_from(LINKS).where(LINKS.c.subject != "")) or 0

    def _occasions_since(self, connection: Connection, last: LogSealed | None) -> list[str]:
        """What was chained since the last checkpoint and makes one due; each link is looked at once."""
        heads = {head.stream: head.sequence for head in last.streams} if last else {}
        after = max(heads.get(OCCASIONS_STREAM, 0), self._looked_through)
        row = LINKS.c
        query = select(row.sequence, row.subject).where(row.stream == OCCASIONS_STREAM, row.sequence > after)
        found = connection.execute(query.order_by(row.sequence)).all()
        occasions = [subject for _, subject in found if type_of(subject) in OCCASIONS]
        if found and not occasions:
            self._looked_through = found[-1].sequence
        return occasions


def last_checkpoint(engine: Engine) -> LogSealed | None:
    with engine.connect().execution_options(reads_only=True) as connection:
        return _last(connection)


def _last(connection: Connection) -> LogSealed | None:
    body = connection.scalar(select(CHECKPOINTS.c.body).order_by(CHECKPOINTS.c.number.desc()).limit(1))
    return LogSealed.model_validate_json(body) if body else None
