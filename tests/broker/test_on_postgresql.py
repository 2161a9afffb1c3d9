"""The same consumer on PostgreSQL: the same effects, and all replicas of a service write one at a time."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listens_for

from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.readiness import NotReady, Readiness
from shared.kit.errors import Temporary
from shared.kit.handled import ATTEMPTS_MAX, DEAD_LETTERED
from shared.kit.storage import refusals, unit_of_work
from shared.kit.storage.database import open_engine, take_writer_turn
from tests.broker.counting import CRASHES, Counting, Crash
from tests.service.kit.counting import CountingTable
from tests.store import administrator, reading_alone, shown
from tests.submissions import candidature_id


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    made = open_engine(postgres_url)
    CountingTable.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def on_postgresql(counting: Counting, engine: Engine) -> Counting:
    counting.engine.dispose()
    counting.engine = engine
    return counting


@pytest.mark.parametrize("kind", CRASHES, ids=lambda kind: kind.__name__)
async def test_a_crash_between_any_two_steps_does_nothing_twice(
    on_postgresql: Counting, kind: type[Consumer]
) -> None:
    counting, dossiers = on_postgresql, [candidature_id() for _ in range(3)]
    for dossier in dossiers:
        await counting.say(dossier)
    dying = await counting.open(kind)
    deliveries = await counting.fetch(3)
    with pytest.raises(Crash):
        await dying.take(deliveries)
    consumer = await counting.open()
    await consumer.take(await counting.again(deliveries))
    await consumer.settle()
    assert counting.counts() == dict.fromkeys(dossiers, 1)
    assert [stored.headers["ce-id"] for stored in await counting.said()] == counting.decided_ids()
    assert counting.unconfirmed() == 0


async def test_two_replicas_that_are_handed_the_same_events_at_once_count_them_once(
    on_postgresql: Counting,
) -> None:
    counting, dossiers = on_postgresql, [candidature_id() for _ in range(40)]
    for dossier in dossiers:
        await counting.say(dossier)
    one, other = await counting.open(), await counting.open()
    deliveries = await counting.fetch(40)
    halves = [deliveries[start : start + 8] for start in range(0, 40, 8)]
    await asyncio.gather(*(consumer.take(part) for part in halves for consumer in (one, other)))
    assert counting.counts() == dict.fromkeys(dossiers, 1)
    assert len(await counting.said()) == 80


async def test_a_bad_event_spoils_no_neighbour(on_postgresql: Counting) -> None:
    counting, good = on_postgresql, [candidature_id(), candidature_id()]
    consumer = await counting.open()
    await counting.say(good[0])
    await counting.say(candidature_id(), "bug")
    await counting.say(good[1])
    await consumer.take(await counting.fetch(3))
    assert counting.counts() == dict.fromkeys(good, 1)


async def test_a_server_that_only_reads_is_waited_for_and_no_event_is_to_blame(
    on_postgresql: Counting,
) -> None:
    """As after a failover the server that led before; whoever was connected to it comes again."""
    counting, dossiers = on_postgresql, [candidature_id() for _ in range(2)]
    for dossier in dossiers:
        await counting.say(dossier)
    consumer = await counting.open()
    deliveries = await counting.fetch(2)
    with reading_alone(counting.engine.url):
        for cause in ("connection is lost", "read-only transaction", "read-only transaction"):
            with pytest.raises(Temporary, match=cause):
                consumer.transact(deliveries)
    await consumer.take(await counting.again(deliveries))
    assert counting.counts() == dict.fromkeys(dossiers, 1)
    consumer.work.close()


TAKEN_AWAY = {
    "table": (
        "ALTER TABLE tallies RENAME TO elsewhere",
        'relation "tallies" does not exist',
        "ALTER TABLE elsewhere RENAME TO tallies",
    ),
    "column": (
        "ALTER TABLE tallies RENAME COLUMN opened TO elsewhere",
        'column "opened" does not exist',
        "ALTER TABLE tallies RENAME COLUMN elsewhere TO opened",
    ),
    "right": (
        "REVOKE INSERT ON tallies FROM {role}",
        "permission denied for table tallies",
        "GRANT INSERT ON tallies TO {role}",
    ),
}


@pytest.fixture
def with_few_rights(on_postgresql: Counting, engine: Engine) -> Iterator[str]:
    """Whoever connects acts as a role that may read and write these tables, and owns none of them."""
    role = f"few_{engine.url.database}"

    @listens_for(engine, "connect")
    def act_as(connection: Any, _record: Any) -> None:
        connection.execute(f'SET ROLE "{role}"')
        connection.commit()

    with administrator(shown(engine.url)) as owner:
        owner.execute(f'CREATE ROLE "{role}"')
        owner.execute(f'GRANT CREATE ON SCHEMA public TO "{role}"')
        owner.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"')
        engine.dispose()
        yield f'"{role}"'
        owner.execute(f'DROP OWNED BY "{role}"')
        owner.execute(f'DROP ROLE "{role}"')


@pytest.mark.parametrize("what", TAKEN_AWAY)
async def test_a_table_column_or_right_that_is_missing_is_waited_for_and_no_event_is_to_blame(
    on_postgresql: Counting, with_few_rights: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting, dossier = on_postgresql, candidature_id()
    taken, cause, given = (said.format(role=with_few_rights) for said in TAKEN_AWAY[what])
    await counting.say(dossier)
    consumer = await counting.open()
    deliveries = await counting.fetch(1)
    deliveries[0].attempt = ATTEMPTS_MAX
    with administrator(shown(counting.engine.url)) as owner:
        owner.execute(taken)
        await consumer.take(deliveries)
        # Its own proof writes to another table: what was refused is what it tells.
        with pytest.raises(NotReady, match=f"takes no write: .*{cause}"):
            await Readiness(consumer).prove()
        owner.execute(given)
    assert counting.results() == []
    await consumer.take(await counting.fetch(1))
    assert counting.counts() == {dossier: 1}
    monkeypatch.setattr(unit_of_work, "REFUSAL_SECONDS", 0.0)
    await Readiness(consumer).prove()
    consumer.work.close()


async def test_an_event_that_is_blamed_for_a_missing_table_becomes_a_dead_letter(
    on_postgresql: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what makes it wait is that the refusal is known to be nobody's own."""
    counting = on_postgresql
    monkeypatch.setattr(refusals, "LACKS", ())
    await counting.say(candidature_id())
    consumer = await counting.open()
    deliveries = await counting.fetch(1)
    deliveries[0].attempt = ATTEMPTS_MAX
    with counting.engine.begin() as owner:
        owner.exec_driver_sql(TAKEN_AWAY["table"][0])
    await consumer.take(deliveries)
    assert counting.results() == [DEAD_LETTERED]
    consumer.work.close()


def test_the_writers_turn_is_held_until_the_transaction_ends(engine: Engine) -> None:
    with engine.begin() as first:
        take_writer_turn(first, "intake")
        with engine.begin() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                take_writer_turn(second, "intake")
        with engine.begin() as other_service:
            take_writer_turn(other_service, "funding")
