"""The keeper on a real log: it chains what lies there once, in order, and says signed checkpoints."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey
from nats.js.errors import APIError

from deploy.keeper import keeper as at_work
from deploy.keeper import saying
from deploy.keeper import store as keepers
from deploy.keeper.chain import Link
from deploy.keeper.checkpoints import Scene, is_ours
from deploy.keeper.keeper import Keeper
from deploy.keeper.keys import SEAL_FILE, load_seals
from deploy.keeper.saying import say_once
from deploy.keeper.store import Store
from deploy.local.audit.export import export
from deploy.local.backup.cut import drop_later_checkpoints
from deploy.local.log import sealing
from deploy.local.log.sealing import NotSealed
from deploy.local.running.processes import migrate_databases
from shared.contract.documents import example_of
from shared.contract.funding import WavePublished
from shared.contract.intake import CandidatureErased
from shared.contract.keeper import LogErased, LogSealed
from shared.contract.subjects import subject_of
from shared.kit.delivery import Logged
from shared.kit.key_files import rotate_ring
from shared.kit.people.signatures import public_key_of
from shared.kit.storage.database import open_engine
from tests.copies import lose
from tests.platform import Platform, until
from tests.stored import origin

VERIFIER = Path(__file__).parents[2] / "deploy" / "verify" / "fabriques_verify.py"
WAVE = "fabriques.funding.wave.published.v1.2020-4"
CLOSED = "fabriques.intake.wave.closed.v1.2020-4"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)


@asynccontextmanager
async def keeping(platform: Platform) -> AsyncIterator[Keeper]:
    keeper = Keeper(platform.settings)
    task = asyncio.create_task(keeper.serve())

    async def at_it() -> bool:
        if task.done():
            task.result()
        return not keeper.failure

    try:
        await until(at_it, "the keeper reads")
        yield keeper
    finally:
        keeper.told_to_stop.set()
        await task


async def say(platform: Platform, subject: str, count: int, first: int = 0) -> None:
    """`count` facts of a service, whatever they say."""
    service = subject.split(".")[1]
    for number in range(first, first + count):
        await platform.publish(
            service, subject, body={"n": number}, headers={"ce-id": f"{subject}-{number}"}
        )


async def chained(platform: Platform, stream: str, count: int) -> list[Link]:
    store = Store(open_engine(platform.settings.database_url("keeper")), platform.roots.platform)

    async def enough() -> list[Link] | None:
        found = list(store.links_of(stream))
        return found if found and found[-1].through >= count else None

    try:
        return await until(enough, f"{count} places of {stream} are chained")
    finally:
        store.engine.dispose()


async def checkpoints(platform: Platform, count: int) -> list[LogSealed]:
    await platform.fact(LogSealed, count=count)
    return [LogSealed.model_validate(stored.data) for stored in await platform.facts(LogSealed)]


async def test_each_fact_is_chained_and_a_published_wave_is_sealed_with_what_led_to_it(
    platform: Platform,
) -> None:
    await say(platform, CLOSED, 3)
    async with keeping(platform):
        (first,) = await checkpoints(platform, 1)
        await say(platform, CLOSED, 1, first=3)
        await platform.publish("funding", WAVE, body={}, headers=origin("fabriques", WavePublished))
        sealed = (await checkpoints(platform, 2))[-1]
        links = await chained(platform, "INTAKE", 4)
    assert (first.reason, sealed.reason) == ("first", "wave-published")
    heads = {head.stream: head for head in sealed.streams}
    assert (heads["INTAKE"].sequence, heads["FUNDING"].sequence) == (4, 1)
    assert heads["INTAKE"].head == links[-1].head.hex()
    assert [link.event_id for link in links] == [f"{CLOSED}-{number}" for number in range(4)]
    assert is_ours(sealed, Scene("", "", *load_seals(platform.home / "keys")))
    assert len({link.salt for link in links}) == 4


async def test_a_new_key_of_the_platform_is_named_by_the_old_one_and_signs_from_then_on(
    platform: Platform, tmp_path: Path
) -> None:
    await say(platform, CLOSED, 1)
    async with keeping(platform):
        (first,) = await checkpoints(platform, 1)
    rotate_ring(platform.home / "keys" / SEAL_FILE, datetime.now(UTC))
    async with keeping(platform):
        handed = (await checkpoints(platform, 2))[-1]
        await platform.publish("funding", WAVE, body={}, headers=origin("fabriques", WavePublished))
        after = (await checkpoints(platform, 3))[-1]
    assert (handed.reason, handed.key, handed.next_key) == ("key-replaced", first.key, after.key)
    assert after.key != first.key and after.next_key is None
    folder = tmp_path / "audit"
    await export(platform.settings, folder, as_sealed=True)
    another = public_key_of(SigningKey.generate())
    assert [verified(folder, "--key", key).returncode for key in (first.key, another)] == [0, 1]
    assert f"signed with '{after.key}'" in verified(folder).stdout


async def test_it_goes_on_where_it_stopped_and_two_of_them_write_one_chain(
    platform: Platform,
) -> None:
    await say(platform, CLOSED, 5)
    async with keeping(platform):
        before = await chained(platform, "INTAKE", 5)
    await say(platform, CLOSED, 20, first=5)
    async with keeping(platform), keeping(platform):
        await say(platform, CLOSED, 20, first=25)
        after = await chained(platform, "INTAKE", 45)
    assert after[:5] == before
    assert [link.sequence for link in after] == list(range(1, 46))
    assert len(await checkpoints(platform, 1)) == 1


async def test_an_export_has_the_keeper_seal_what_came_since_its_last_checkpoint(
    platform: Platform, tmp_path: Path
) -> None:
    """The control: as it was sealed before, the export ends where the checkpoint does."""
    await say(platform, CLOSED, 3)
    async with keeping(platform):
        await checkpoints(platform, 1)
        await say(platform, CLOSED, 2, first=3)
        before = await export(platform.settings, tmp_path / "before", as_sealed=True)
        told = await export(platform.settings, tmp_path / "now")
        assert (await checkpoints(platform, 2))[-1].reason == "asked"
    assert (before.events, before.checkpoints, told.events, told.checkpoints) == (3, 1, 5, 2)
    assert [verified(tmp_path / name).returncode for name in ("before", "now")] == [0, 0]


def _broken(*_: object) -> None:
    raise OSError("no room")


async def test_an_export_is_refused_where_no_checkpoint_comes(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "WAIT_SECONDS_MAX", 0.1)
    await say(platform, CLOSED, 1)
    async with keeping(platform) as keeper:
        await checkpoints(platform, 1)
        monkeypatch.setattr(keeper.store, "due", _broken)
        await say(platform, CLOSED, 1, first=1)
        with pytest.raises(NotSealed, match=r"signs nothing: OSError.*--as-sealed"):
            await export(platform.settings, tmp_path / "export")
    assert not (tmp_path / "export").exists()


async def test_an_export_holds_until_somebody_changes_a_message_in_the_log(
    platform: Platform, tmp_path: Path
) -> None:
    await say(platform, CLOSED, 3)
    async with keeping(platform):
        await chained(platform, "INTAKE", 3)
        await checkpoints(platform, 1)
        told = await export(platform.settings, tmp_path / "before")
        js = (await platform.connect("provisioner")).jetstream()
        await js.delete_msg("INTAKE", 2)
        await export(platform.settings, tmp_path / "after")
    assert (told.events, told.checkpoints) == (3, 1)
    assert verified(tmp_path / "before").returncode == 0
    assert "digests: INTAKE 2:" in verified(tmp_path / "after").stdout


def verified(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(VERIFIER), str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True)


async def test_a_proof_of_an_erasure_among_the_checkpoints_spoils_no_export_and_no_restore(
    platform: Platform, tmp_path: Path
) -> None:
    await say(platform, CLOSED, 3)
    proof = LogErased.model_validate(example_of(LogErased))
    async with keeping(platform):
        await chained(platform, "INTAKE", 3)
        await checkpoints(platform, 1)
        client = await platform.connect("keeper")
        await say_once(client, "fabriques", proof, "a-proof", proof.erased_at)
        told = await export(platform.settings, tmp_path / "export")
    assert told.checkpoints == 1
    assert verified(tmp_path / "export").returncode == 0
    lose(platform.home, "keeper")
    migrate_databases(platform.settings, ("keeper",))
    await drop_later_checkpoints(await platform.connect("provisioner"), platform.settings)
    assert not await platform.facts(LogSealed), "it came after the database was copied"
    assert len(await platform.facts(LogErased)) == 1


async def test_what_another_keeper_chained_of_an_erased_dossier_meanwhile_is_not_taken_for_gone(
    platform: Platform,
) -> None:
    migrate_databases(platform.settings, ("keeper",))
    store = Store(open_engine(platform.settings.database_url("keeper")), platform.roots.platform)
    erased = CandidatureErased.model_validate(example_of(CandidatureErased))
    subject = f"fabriques.frontdesk.holders.candidature.submitted.v1.{erased.dossier.upper()}"
    store.append("INTAKE", [Logged(subject_of("fabriques", erased), 1, 1, {}, b"{}")])
    store.append("FRONTDESK_HOLDERS", [Logged(subject, 1, 2, {}, b"{}")])
    store.gone([erased.dossier])
    assert [one.gone for one in store.unproven()] == [False]
    store.drop_salts("FRONTDESK_HOLDERS", [1])
    store.gone([erased.dossier])
    assert [one.gone for one in store.unproven()] == [True]
    assert [place.sequence for place in store.erased_places(erased.dossier)] == [1]
    store.engine.dispose()


async def test_an_erasure_whose_traces_are_still_in_the_database_is_not_taken_for_gone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper may die before they are out, or a reader keep them there: the next round finds it again."""
    migrate_databases(platform.settings, ("keeper",))
    store = Store(open_engine(platform.settings.database_url("keeper")), platform.roots.platform)
    erased = CandidatureErased.model_validate(example_of(CandidatureErased))
    store.append("INTAKE", [Logged(subject_of("fabriques", erased), 1, 1, {}, b"{}")])

    def dies(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keepers, "scrub", dies)
        with pytest.raises(KeyboardInterrupt):
            store.gone([erased.dossier])
        patched.setattr(keepers, "scrub", lambda *_: False)
        store.gone([erased.dossier])
    assert [one.gone for one in store.unproven()] == [False]
    store.gone([erased.dossier])
    assert [one.gone for one in store.unproven()] == [True]
    store.engine.dispose()


async def test_of_two_keepers_that_looked_before_either_spoke_one_checkpoint_is_said(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its subject, not by its id alone: the broker forgets ids, a keeper that hung does not know."""

    async def nothing_yet(*_: object) -> None:
        return None

    monkeypatch.setattr(saying, "last_message", nothing_yet)
    client = await platform.connect("keeper")
    proof = LogErased.model_validate(example_of(LogErased))
    await say_once(client, "fabriques", proof, "first", proof.erased_at)
    with pytest.raises(APIError):
        await say_once(client, "fabriques", proof, "long-after", proof.erased_at)
    assert len(await platform.facts(LogErased)) == 1


async def test_what_was_taken_out_before_it_came_is_chained_as_a_hole(platform: Platform) -> None:
    await say(platform, CLOSED, 4)
    js = (await platform.connect("provisioner")).jetstream()
    for sequence in (2, 3):
        await js.delete_msg("INTAKE", sequence)
    async with keeping(platform):
        links = await chained(platform, "INTAKE", 4)
    assert [(link.sequence, link.through, link.digest == b"") for link in links] == [
        (1, 1, False),
        (2, 3, True),
        (4, 4, False),
    ]


async def test_numbers_go_on_after_its_database_was_lost_and_a_log_cut_short_is_told(
    platform: Platform,
) -> None:
    await say(platform, CLOSED, 2)
    async with keeping(platform):
        await checkpoints(platform, 1)
    lose(platform.home, "keeper")
    js = (await platform.connect("provisioner")).jetstream()
    async with keeping(platform) as keeper:
        await platform.publish("funding", WAVE, body={}, headers=origin("fabriques", WavePublished))
        assert [sealed.number for sealed in await checkpoints(platform, 2)] == [1, 2]
        assert (await keeper.ready())["ready"]

        async def is_away() -> bool:
            return keeper.failure == "INTAKE is away: the bus says 503"

        async def is_short() -> dict[str, Any] | None:
            return None if keeper.failure else await keeper.ready()

        config = (await js.stream_info("INTAKE")).config
        await js.delete_stream("INTAKE")
        await until(is_away, "it says which stream it cannot read")
        await js.add_stream(config)
        assert (await until(is_short, "it reads on"))["cause"].startswith("the log of INTAKE ends")
