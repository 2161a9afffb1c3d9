"""Old and new code of a service on one database: both serve, and so does an old replica that starts again."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from deploy.local.home.plan import PlatformNotStarted
from deploy.local.running.processes import migrate_databases
from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.permissions import inbox_of
from shared.kit.bus.connection import connect
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.errors import NewerSchema
from shared.kit.reactions import Reaction
from shared.kit.storage import migrations
from shared.kit.storage.database import open_engine, service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.migrations import folder_of, migrate, schema_of
from shared.kit.storage.state_tables import table_of
from shared.kit.storage.states import States
from tests.broker.counting import Counting
from tests.command import Command
from tests.platform import Platform
from tests.service.kit.counting import JOURNAL, NAME, PROGRAMME, TALLIES, Tally, reactions
from tests.store import on_postgres
from tests.submissions import candidature_id

OLD = """
from tests.service.kit.counting import CountingTable
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    CountingTable.metadata.create_all(op.get_bind())
"""
NEW = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
{says}


def upgrade() -> None:
    {does}
"""
ADDS = 'op.add_column("tallies", sa.Column("reason", sa.String(), nullable=True))'
TAKES_AWAY = 'op.drop_column("tallies", "opened")'


@dataclass(frozen=True, slots=True)
class TallyWithReason:
    """The state as new code has it: one more field, which may be absent."""

    candidature_id: str
    count: int
    opened: bool = False
    reason: str | None = None


class NewTable(SQLModel, registry=service_registry()):
    """The base of the new code's tables."""


NEW_TALLIES = table_of(NewTable, {"candidature_id": 36}, TallyWithReason, "tallies")
NEW_JOURNAL = journal_tables(NewTable.metadata)


def on_withdrawal(book: States, event: WithdrawalRequested, _at: Arrival) -> Decision:
    """As the old code counts, and keeps the reason."""
    found = book.one(TallyWithReason, event.candidature_id)
    count = found.count + 1 if found else 1
    tally = TallyWithReason(event.candidature_id, count, reason=event.reason)
    fact = CandidatureWithdrawn(candidature_id=event.candidature_id, wave=f"w-{count}")
    return Decision("counted", facts=(fact,), changes=(tally,))


def old_consumer(engine: Engine) -> Consumer:
    return Consumer(NAME, PROGRAMME, engine, JOURNAL, {Tally: TALLIES}, reactions(), True)


def new_consumer(engine: Engine) -> Consumer:
    table = reactions({WithdrawalRequested: Reaction(on_withdrawal, (TallyWithReason,))})
    kept = {TallyWithReason: NEW_TALLIES}
    return Consumer(NAME, PROGRAMME, engine, NEW_JOURNAL, kept, table, True)


class Releases:
    """The two releases of the counting service, each with its migrations, on one database."""

    def __init__(self, counting: Counting, url: str, folder: Path) -> None:
        self.counting, self.url, self.folder = counting, url, folder
        self._write("old", {})

    def _write(self, release: str, more: dict[str, str]) -> None:
        folder = self.folder / release
        (folder / "versions").mkdir(parents=True)
        shutil.copy(folder_of(NAME) / "env.py", folder)
        for name, said in {"0001_first": OLD, **more}.items():
            (folder / "versions" / f"{name}.py").write_text(said)

    def change(self, does: str, says: str = "") -> None:
        """What the new release's migration does and says."""
        self._write("new", {"0002_more": NEW.format(does=does, says=says)})

    def start(self, release: str) -> Engine:
        """As a replica of this release opens its database. Raises NewerSchema."""
        engine = open_engine(self.url)
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(migrations, "folder_of", lambda _: self.folder / release)
                migrate(engine, NAME)
        except BaseException:
            engine.dispose()
            raise
        return engine

    @asynccontextmanager
    async def replica(self, release: str) -> AsyncIterator[Consumer]:
        engine = self.start(release)
        consumer = old_consumer(engine) if release == "old" else new_consumer(engine)
        connection = await connect(self.counting.platform.settings, NAME)
        await consumer.open(connection, f"{inbox_of(NAME)}.said")
        yield consumer
        await connection.close()
        engine.dispose()

    async def take(self, consumer: Consumer, *dossiers: str) -> None:
        for dossier in dossiers:
            await self.counting.say(dossier)
        await consumer.take(await self.counting.fetch(len(dossiers)))

    def rows(self, columns: str) -> dict[str, tuple[object, ...]]:
        engine = open_engine(self.url)
        with engine.connect() as connection:
            found = connection.execute(text(f"SELECT candidature_id, {columns} FROM tallies"))
            rows = {row[0]: tuple(row[1:]) for row in found}
        engine.dispose()
        return rows


@pytest.fixture(params=["sqlite", "postgresql"])
def releases(
    request: pytest.FixtureRequest, counting: Counting, tmp_path: Path
) -> Iterator[Releases]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    elif on_postgres():
        pytest.skip("PostgreSQL is tried beside")
    else:
        url = f"sqlite:///{tmp_path / 'counting.db'}"
    yield Releases(counting, url, tmp_path / "releases")


async def test_both_serve_and_the_old_one_that_starts_again_serves_on(releases: Releases) -> None:
    """Given an old replica at work, when the new release migrates, then both count each event once."""
    releases.change(ADDS)
    both, before, after = (candidature_id() for _ in range(3))
    async with releases.replica("old") as old:
        await releases.take(old, before)
        async with releases.replica("new") as new:
            await releases.take(new, both)
            await releases.take(old, both, before)
            async with releases.replica("old") as again:
                await releases.take(again, after, both)
                await releases.take(new, after)
    engine = releases.start("old")
    with engine.connect() as connection:
        assert schema_of(connection) == "0002"
    engine.dispose()
    assert releases.rows("count") == {before: (2,), both: (3,), after: (2,)}
    kept = releases.rows("reason")
    assert kept[both] == ("moved away",), "old code leaves alone what it does not know"
    said = [s.dossier for s in await releases.counting.said() if s.data.get("wave")]
    assert sorted(said) == sorted([before] * 2 + [both] * 3 + [after] * 2)


async def test_an_old_replica_is_refused_where_the_migration_says_so(releases: Releases) -> None:
    releases.change(TAKES_AWAY, 'serves_from = "0002"')
    releases.start("old").dispose()
    releases.start("new").dispose()
    with pytest.raises(NewerSchema, match="the database of intake is at schema 0002") as refused:
        releases.start("old")
    assert "start intake of the release that migrated it" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_up_and_replay_of_older_code_say_the_way_out(
    platform: Platform, fabriques: Command
) -> None:
    engine = open_engine(platform.settings.database_url("intake"))
    migrate(engine, "intake")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE code_served SET oldest = '9999'"))
    engine.dispose()
    way_out = "start intake of the release that migrated it"
    with pytest.raises(PlatformNotStarted, match=way_out):
        migrate_databases(platform.settings, ("intake",))
    code, said = await fabriques("replay", "intake")
    assert code == 1 and way_out in said and "unexpected" not in said


async def test_control_where_a_migration_takes_away_and_says_nothing_an_old_replica_decides_nothing(
    releases: Releases,
) -> None:
    """What `tests/architecture/test_migrations_add.py` finds before it is ever run."""
    releases.change(TAKES_AWAY)
    dossier = candidature_id()
    async with releases.replica("old") as old:
        releases.start("new").dispose()
        await releases.take(old, dossier)
    assert releases.rows("count") == {}
    assert await releases.counting.said() == []
