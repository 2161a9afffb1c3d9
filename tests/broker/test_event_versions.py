"""The second version of an event comes beside the first, as docs/upgrades.md tells it: with both alive.

Intake says that a candidature was withdrawn, eligibility counts. The second version says why.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import ClassVar

import pytest
from sqlalchemy import select

from shared.contract import topology
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.topology import HEARS
from shared.contract.values import CandidatureId, WaveId
from shared.kit import reactions, service
from shared.kit.bus.broker import open_broker
from shared.kit.bus.drift import PlatformDrift
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.handled import LATER
from shared.kit.reactions import Reaction, Reactions
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from tests.platform import Platform, until
from tests.service.kit.counting import JOURNAL, TALLIES, CountingTable, Tally
from tests.submissions import OPEN_DAY, candidature_id

NAME = "eligibility"
OLD_HEARS = HEARS[NAME]


class CandidatureWithdrawnV2(Event):
    """As `says="intake.candidature.withdrawn"` with `major = 2`; it is none of the contract's."""

    major: ClassVar[int] = 2
    publisher: ClassVar[str] = "intake"
    aggregate: ClassVar[str] = "candidature"
    verb: ClassVar[str] = "withdrawn"
    candidature_id: CandidatureId
    waves: tuple[WaveId, ...]
    because: str


V2 = CandidatureWithdrawnV2.event_type()
NEW_HEARS = (*OLD_HEARS, CandidatureWithdrawnV2)


def on_withdrawn_v1(states: States, event: CandidatureWithdrawn, _at: Arrival) -> Decision:
    return counted(states, event.candidature_id)


def on_withdrawn(states: States, event: CandidatureWithdrawnV2, _at: Arrival) -> Decision:
    return counted(states, event.candidature_id)


def counted(states: States, dossier: str) -> Decision:
    """Not idempotent: whatever is decided twice shows."""
    tally = states.one(Tally, dossier) or Tally(dossier, 0)
    return Decision("counted", changes=(replace(tally, count=tally.count + 1),))


def as_v2(event: CandidatureWithdrawn) -> CandidatureWithdrawnV2:
    """The rule of today reads what was said before, for as long as the log holds it."""
    return CandidatureWithdrawnV2(
        candidature_id=event.candidature_id, waves=(event.wave,), because="not told"
    )


OLD: Mapping[type[Event], Reaction] = {CandidatureWithdrawn: Reaction(on_withdrawn_v1, (Tally,))}
NEW: Mapping[type[Event], Reaction] = {
    CandidatureWithdrawn: Reaction(
        lambda states, event, at: on_withdrawn(states, as_v2(event), at), (Tally,)
    ),
    CandidatureWithdrawnV2: Reaction(on_withdrawn, (Tally,)),
}


def release(does: Mapping[type[Event], Reaction]) -> Callable[[Settings], Service]:
    """Eligibility of this release; it is built while the topology is that release's."""

    def build(settings: Settings) -> Service:
        engine = open_engine(settings.database_url(NAME))
        CountingTable.metadata.create_all(engine)
        ignored = Reaction(lambda _states, _event, _at: nothing("ignored"))
        table = Reactions(NAME, dict.fromkeys(HEARS[NAME], ignored) | dict(does))
        consumer = Consumer(NAME, "fabriques", engine, JOURNAL, {Tally: TALLIES}, table, True)
        built = Service(NAME, "fabriques", open_broker(settings, NAME, end_process), consumer)
        built.hear(settings.front_ends)
        return built

    return build


async def say_v1(platform: Platform, dossier: str) -> None:
    body = {"candidature_id": dossier, "wave": "2020-4"}
    await platform.publish("intake", CandidatureWithdrawn, dossier, body, at=OPEN_DAY)


async def say_v2(platform: Platform, dossier: str) -> None:
    body = {"candidature_id": dossier, "waves": ["2020-4"], "because": "moved"}
    await platform.publish("intake", CandidatureWithdrawnV2, dossier, body, at=OPEN_DAY)


def counts(platform: Platform) -> dict[str, int]:
    engine = open_engine(platform.settings.database_url(NAME))
    with engine.connect() as connection:
        columns = TALLIES.table.c
        rows = connection.execute(select(columns.candidature_id, columns.count)).all()
    engine.dispose()
    return {row.candidature_id: row.count for row in rows}


@pytest.fixture
async def rolled_out(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> "Rollout":
    return Rollout(platform, monkeypatch)


class Rollout:
    """Which release's topology the code of this process has."""

    def __init__(self, platform: Platform, patched: pytest.MonkeyPatch) -> None:
        self.platform, self._patched = platform, patched

    def topology(self, hears: tuple[type[Event], ...]) -> None:
        self._patched.setitem(topology.HEARS, NAME, hears)

    async def provision(self) -> None:
        """`fabriques provision apply` of the new release: its consumers bring the new version too."""
        self.topology(NEW_HEARS)
        await self.platform.provision()
        self.topology(OLD_HEARS)


async def test_both_versions_are_said_and_heard_with_both_releases_alive_and_each_is_decided_once(
    rolled_out: Rollout,
) -> None:
    """The page's order: consumers, then readers one by one, then writers one by one."""
    platform = rolled_out.platform
    dossiers = [candidature_id() for _ in range(30)]
    await rolled_out.provision()
    async with AsyncExitStack() as old, AsyncExitStack() as new:
        # An old replica that starts again finds the new consumers.
        await old.enter_async_context(platform.running(release(OLD)))
        await asyncio.gather(*(say_v1(platform, dossier) for dossier in dossiers))
        rolled_out.topology(NEW_HEARS)
        [replica] = await new.enter_async_context(platform.running(release(NEW)))
        await until(lambda: _ready(replica), "the new replica serves too")
        await asyncio.gather(*(say_v1(platform, dossier) for dossier in dossiers))
        await old.aclose()
        writers = [say_v1, say_v2]
        await asyncio.gather(*(writers[at % 2](platform, key) for at, key in enumerate(dossiers)))
        await platform.idle(NAME)
    assert counts(platform) == dict.fromkeys(dossiers, 3)
    assert await platform.dead_letters() == []


async def test_what_is_said_too_soon_waits_for_a_newer_replica(rolled_out: Rollout) -> None:
    """A writer speaks version 2 while a reader of the old release is alone."""
    platform, dossier = rolled_out.platform, candidature_id()
    await rolled_out.provision()
    async with platform.running(release(OLD)) as [old]:
        await say_v2(platform, dossier)
        await until(lambda: _put_off(old), "the old replica has seen it")
    assert counts(platform) == {}
    rolled_out.topology(NEW_HEARS)
    async with platform.running(release(NEW)):
        await platform.idle(NAME)
    assert counts(platform) == {dossier: 1}
    assert await platform.dead_letters() == []


def on_early_withdrawn(states: States, event: CandidatureWithdrawnV2, at: Arrival) -> Decision:
    if states.one(Tally, event.candidature_id) is None:
        raise TooEarly(event.candidature_id)
    return on_withdrawn(states, event, at)


async def test_what_came_early_is_decided_also_where_an_old_replica_decides_what_it_waits_for(
    rolled_out: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone back behind step 1, and step 1 done again: the broker holds the early fact no more."""
    platform, dossier = rolled_out.platform, candidature_id()
    new = release({**NEW, CandidatureWithdrawnV2: Reaction(on_early_withdrawn, (Tally,))})
    await rolled_out.provision()
    rolled_out.topology(NEW_HEARS)
    async with platform.running(new):
        await say_v2(platform, dossier)
        await platform.idle(NAME)
    rolled_out.topology(OLD_HEARS)
    async with platform.running(release(OLD)):
        await say_v1(platform, dossier)
        await platform.idle(NAME)
        [waiting] = (await platform.ask(NAME, "waiting"))["waiting"]
    assert (waiting["fact"], waiting["waits_for"]) == (V2, "another try")
    assert counts(platform) == {dossier: 1}
    rolled_out.topology(NEW_HEARS)
    monkeypatch.setattr(service, "TICK_SECONDS", 0.05)
    async with platform.running(new):
        await until(lambda: _counted(platform, {dossier: 2}), "the early fact is decided")
    assert await platform.dead_letters() == []


async def test_control_what_an_old_replica_does_not_know_was_a_dead_letter(
    rolled_out: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, dossier = rolled_out.platform, candidature_id()
    monkeypatch.setattr(reactions, "Temporary", Rejected)
    await rolled_out.provision()
    async with platform.running(release(OLD)):
        await say_v2(platform, dossier)
        assert len(await platform.dead_letters(1)) == 1
    assert counts(platform) == {}


async def test_control_a_writer_that_says_both_versions_of_one_fact_is_decided_twice(
    rolled_out: Rollout,
) -> None:
    platform, dossier = rolled_out.platform, candidature_id()
    await rolled_out.provision()
    rolled_out.topology(NEW_HEARS)
    async with platform.running(release(NEW)):
        await say_v1(platform, dossier)
        await say_v2(platform, dossier)
        await platform.idle(NAME)
    assert counts(platform) == {dossier: 2}


async def test_a_reader_of_the_new_version_does_not_start_before_its_consumers_bring_it(
    rolled_out: Rollout,
) -> None:
    rolled_out.topology(NEW_HEARS)
    with pytest.raises(PlatformDrift, match="filter_subjects"):
        async with rolled_out.platform.running(release(NEW)):
            pass


async def _ready(service: Service) -> bool:
    """Asked of this very replica: on the bus, any of the two may answer."""
    return bool((await service.ready())["ready"])


async def _counted(platform: Platform, expected: dict[str, int]) -> bool:
    return counts(platform) == expected


async def _put_off(service: Service) -> bool:
    return any(LATER.result in figure.labels for figure in service.counted())
