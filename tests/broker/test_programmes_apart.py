"""Two programmes on one server: an identity of one reaches nothing of the other, however it tries."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from deploy.cli.main import main
from deploy.local.home.beside import folder_of, homes_beside, server_home
from deploy.local.home.plan import PlatformNotStarted
from deploy.local.running.adding import add_programme
from deploy.local.server.nats_server import configurations
from shared.contract import EVENTS
from shared.contract.permissions import IDENTITIES, PROVISIONER, permissions_of
from shared.contract.questions import QUESTIONS
from shared.contract.subjects import ask_subject, filter_of, named, subject_pattern
from shared.contract.topology import STREAMS
from shared.kit.bus.connection import connect
from tests.platform import Platform
from tests.programmes import FILES, FIRST, SECOND, Server, server_of_two

ATTACK = b'{"said by": "the other programme"}'
WORD = b'{"said by": "the programme itself"}'
HONEST = f"{SECOND}.intake.candidature.withdrawn.v1.x"
PURGES = [f"$JS.API.STREAM.PURGE.{stream.name}" for stream in STREAMS]


def subjects_of(programme: str) -> list[str]:
    """Every fact, as it is said and as it is stored, and every question, as it is put and as it is heard."""
    facts = [
        subject
        for event in EVENTS.values()
        for subject in (
            subject_pattern(programme, event, "x"),
            filter_of(programme, event, "x", "x"),
        )
    ]
    asked = [ask_subject(programme, question.service, question.name) for question in QUESTIONS]
    return [*dict.fromkeys([*facts, *asked, *(named(subject, "officers") for subject in asked)])]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_of_two(tmp_path_factory.mktemp("two-programmes")) as found:
        yield found


@pytest.fixture
async def both(server: Server) -> AsyncIterator[tuple[Platform, Platform]]:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(server.platform(FIRST))
        yield first, await stack.enter_async_context(server.platform(SECOND))


class Ear:
    """Hears whatever a connection may; who it belongs to hears all of a programme."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[tuple[str, bytes]] = []
        self._subscriptions: list[Subscription] = []

    async def listen(self, *subjects: str) -> "Ear":
        self._subscriptions += [await self.client.subscribe(subject) for subject in subjects]
        await self.client.flush()
        return self

    async def attacks(self) -> list[str]:
        return await self.words(ATTACK)

    async def words(self, said: bytes) -> list[str]:
        """What was sent before the answer to a flush lies at the client by then."""
        await self.client.flush()
        for subscription in self._subscriptions:
            while subscription.pending_msgs:
                message = await subscription.next_msg()
                self.heard.append((message.subject, message.data))
        return [subject for subject, data in self.heard if data == said]


async def attack(client: Client, may_say: tuple[str, ...]) -> None:
    """Says all that the other programme says, asks all that it answers, and names it all as reply."""
    targets = subjects_of(SECOND)
    for subject in (*targets, *(PURGES if may_say == (">",) else ())):
        await client.publish(subject, ATTACK)
    own = (
        "$JS.API.STREAM.INFO.INTAKE"
        if may_say == (">",)
        else may_say[0].replace("*", "x").replace(">", "x")
    )
    for target in targets:
        await client.publish(own, ATTACK, reply=target)
    await client.flush()


async def lying(platform: Platform) -> dict[str, int]:
    """The last place of each stream, and whether what was there still is."""
    js = (await platform.connect(PROVISIONER)).jetstream()
    return {str(info.config.name): info.state.last_seq for info in await js.streams_info()}


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_an_identity_of_one_programme_reaches_nothing_of_the_other(
    both: tuple[Platform, Platform], identity: str
) -> None:
    first, second = both
    ear = await Ear(await second.connect(PROVISIONER)).listen(">")
    await (await second.connect("intake")).jetstream().publish(HONEST, WORD)
    before = await lying(second)
    attacker = await first.connect(identity)
    rights = permissions_of(identity, FIRST)
    spy = await Ear(attacker).listen(*rights.subscribe, f"{SECOND}.>", HONEST)
    await attack(attacker, rights.publish)
    assert await ear.attacks() == []
    assert await lying(second) == before
    assert len(await second.stored("INTAKE")) == 1
    await (await second.connect("intake")).jetstream().publish(HONEST, WORD)
    assert await spy.words(WORD) == []


async def test_the_same_deeds_within_one_programme_are_heard_stored_and_seen(
    both: tuple[Platform, Platform],
) -> None:
    """The control: nothing else than the programme's own accounts holds the attack off."""
    _, second = both
    ear = await Ear(await second.connect(PROVISIONER)).listen(">")
    await (await second.connect("intake")).jetstream().publish(HONEST, WORD)
    before = await lying(second)
    insider = await connect(second.settings, PROVISIONER)
    spy = await Ear(insider).listen(HONEST)
    await attack(insider, (">",))
    assert set(subjects_of(SECOND)) <= set(await ear.attacks())
    assert await lying(second) != before
    await (await second.connect("intake")).jetstream().publish(HONEST, WORD)
    assert await spy.words(WORD) == [HONEST]
    await insider.close()


async def test_streams_of_equal_names_hold_what_their_own_programme_said(
    both: tuple[Platform, Platform],
) -> None:
    for platform in both:
        subject = f"{platform.programme}.intake.candidature.withdrawn.v1.x"
        await (await platform.connect("intake")).jetstream().publish(subject, b"{}")
    for platform in both:
        assert [fact.subject.partition(".")[0] for fact in await platform.stored("INTAKE")] == [
            platform.programme
        ]


async def test_a_programme_is_added_while_others_speak_and_none_is_touched(
    both: tuple[Platform, Platform],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given connections that speak all the while, none is lost, and what lies in the streams stays."""
    speakers = [await platform.connect("intake") for platform in both]
    said = 0
    added = asyncio.Event()

    async def speak() -> None:
        nonlocal said
        while not added.is_set():
            for platform, client in zip(both, speakers, strict=True):
                subject = f"{platform.programme}.intake.candidature.withdrawn.v1.{said}"
                await client.jetstream().publish(subject, b"{}")
            said += 1
            await asyncio.sleep(0.01)

    speaking = asyncio.create_task(speak())
    try:
        home, _ = await asyncio.to_thread(
            add_programme, server.homes[FIRST], FILES["fabriques"], datetime.now(UTC), True
        )
    finally:
        added.set()
        await speaking
    assert [client.stats["reconnects"] for client in speakers] == [0, 0]
    assert [len(await platform.stored("INTAKE")) for platform in both] == [said, said]
    assert home == folder_of(server.homes[FIRST], "fabriques")
    assert server_home(home) == server.homes[FIRST].resolve()
    assert homes_beside(server.homes[FIRST]) == (home, server.homes[SECOND])
    await asyncio.to_thread(
        add_programme, server.homes[FIRST], FILES["fabriques"], datetime.now(UTC), True
    )
    monkeypatch.setenv("FABRIQUES_HOME", str(home))
    monkeypatch.delenv("FABRIQUES_NATS_URL", raising=False)
    assert await asyncio.to_thread(main, ["programmes", "--json"]) == 0
    seen = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert list(seen) == [FIRST, "fabriques", SECOND]
    assert {one["streams"] for one in seen.values()} == {seen[FIRST]["streams"]} != {None}
    assert [one["events"] for one in seen.values()] == [said, 0, said]
    assert await asyncio.to_thread(main, ["programmes"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in seen), shown


def test_what_cannot_be_added_is_told_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for folder, file, words in (
        (server.homes[FIRST], FILES[FIRST], "runs programme fabriques-2023 itself"),
        (server.homes[SECOND], FILES["fabriques"], "is a programme beside another"),
        (tmp_path / "none", FILES[SECOND], "no platform was made in"),
    ):
        with pytest.raises(PlatformNotStarted, match=words):
            add_programme(folder, file, now)
    assert not (tmp_path / "none").exists()


async def test_beside_another_a_plan_that_is_refused_has_written_no_accounts(
    both: tuple[Platform, Platform],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given accounts that differ from the tables', and a provisioner that is let in."""
    [config] = configurations(server.homes[FIRST])
    before = config.read_text(encoding="utf-8")
    lines = before.splitlines(keepends=True)
    changed = "".join(line for line in lines if f"{SECOND}.support." not in line or "nkey" in line)
    assert changed != before
    monkeypatch.setenv("FABRIQUES_HOME", str(server.homes[SECOND]))
    monkeypatch.setenv("FABRIQUES_REHEARSAL", "true")
    monkeypatch.delenv("FABRIQUES_NATS_URL", raising=False)
    config.write_text(changed, encoding="utf-8")
    try:
        assert await asyncio.to_thread(main, ["provision", "apply", "--plan", "0123456789ab"]) == 1
        assert "look at it again" in capsys.readouterr().err
        assert config.read_text(encoding="utf-8") == changed
    finally:
        config.write_text(before, encoding="utf-8")
