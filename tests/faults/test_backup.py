"""A platform that is wiped and brought back from its backup goes on as if nothing had happened, id by id."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nacl.public import PrivateKey
from nats.aio.client import Client

from deploy.cli.safekeeping.audit import left_over
from deploy.local.audit.comparison import AuditReport, audit
from deploy.local.backup import copies
from deploy.local.backup.copies import BackupRefused, back_up, restore
from deploy.local.backup.key import make_backup_key, secret_in
from deploy.local.backup.sealed_file import SealBroken
from deploy.local.backup.snapshots import save_stream
from deploy.local.keys.sealed_keys import read_keys
from shared.contract.topology import PROCESSES
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from tests.faults.experiment import Tally
from tests.faults.live import Front, SabotagedPlatform, account, plan_in, until_quiet

pytestmark = [pytest.mark.long, pytest.mark.sqlite("`fabriques backup` copies its files")]
BETWEEN_STREAMS_SECONDS = 0.3


@dataclass(frozen=True)
class Restored:
    """A platform that runs again; `front` is what was accepted before the copy in `file` was begun."""

    platform: SabotagedPlatform
    front: Front
    file: Path
    opener: PrivateKey
    keys: dict[str, bytes]
    facts: int
    report: AuditReport


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """Copied under load, wiped, and brought back."""
    plan = plan_in(tmp_path_factory.mktemp("restored"), services=PROCESSES)
    file = plan.home.parent / "copy.sealed"
    opener_file = plan.home.parent / "backup.key"
    with SabotagedPlatform(plan) as platform, pytest.MonkeyPatch.context() as patch:
        make_backup_key(plan.home, opener_file)
        patch.setattr(copies, "save_stream", _save_slowly)
        front = asyncio.run(_loaded_while_copied(platform, file))
    opener = secret_in(opener_file)
    keys = read_keys(plan.home / "keys")
    shutil.rmtree(plan.home)
    copied, report = asyncio.run(restore(file, opener, plan.home, lambda _: keys))
    with SabotagedPlatform(plan) as platform:
        yield Restored(platform, front, file, opener, keys, sum(copied.streams.values()), report)


async def _save_slowly(
    client: Client, name: str, write: Callable[[bytes], object]
) -> dict[str, Any]:
    """A large platform is copied for minutes: its streams are of moments that lie apart."""
    await asyncio.sleep(BETWEEN_STREAMS_SECONDS)
    return await save_stream(client, name, write)


def test_what_a_running_platform_knew_is_there_after_a_wipe_and_a_restore(
    restored: Restored,
) -> None:
    assert left_over(restored.report) == []
    assert restored.facts > 100
    tally = Tally()
    asyncio.run(account(restored.platform.settings, [restored.front], tally))
    assert tally.holds, tally.wrong


async def _loaded_while_copied(platform: SabotagedPlatform, file: Path) -> Front:
    """Returns the front as it was when the copy began: what is accepted later is not in the copy."""
    front, later = (Front(platform.settings, Random(number), 10_000 * number) for number in (1, 2))
    for sender in (front, later):
        await sender.open()
    for number in range(30):
        await front.send(10_000 + number)
    await until_quiet(platform.settings)
    flood = asyncio.create_task(later.flood())
    await back_up(platform.plan.home, file)
    later.stopped = True
    await flood
    for sender in (front, later):
        await sender.close()
    return front


def test_a_stopped_platform_is_copied_too_and_a_damaged_copy_is_refused(
    restored: Restored, tmp_path: Path
) -> None:
    home, copy, new = tmp_path / "home", tmp_path / "copy.sealed", tmp_path / "new"
    asyncio.run(restore(restored.file, restored.opener, home, lambda _: restored.keys))
    asyncio.run(back_up(home, copy))
    with pytest.raises(BackupRefused, match="not empty"):
        asyncio.run(restore(copy, restored.opener, home, lambda _: {}))
    whole = copy.read_bytes()
    for place in (len(whole) // 3, len(whole) - 1):
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SealBroken, match="was changed"):
            asyncio.run(restore(copy, restored.opener, new, lambda _: restored.keys))
    assert not new.exists(), "nothing of it is left"


def test_facts_that_are_gone_from_the_log_are_found_by_their_ids_and_published_again(
    restored: Restored,
) -> None:
    asyncio.run(_lose_and_mend(restored.platform.settings))


async def _lose_and_mend(settings: Settings) -> None:
    assert await until_quiet(settings) == []
    gone = await _delete(settings, "INTAKE", (3, 4, 11))
    lost = await _delete(settings, "FRONTDESK_HOLDERS", (5,))
    found = await audit(settings)
    assert {(place.stream, place.sequence) for place in found.missing} == gone
    assert {(place.stream, place.sequence) for place in found.vanished} >= lost | gone
    mended = await audit(settings, repair=True)
    assert len(mended.repaired) == len(gone)
    again = await audit(settings)
    assert (again.missing, again.changed) == ([], [])
    assert {place.stream for place in again.vanished} == {"FRONTDESK_HOLDERS"}, (
        "what outsiders wrote is nobody's to write again"
    )


async def _delete(
    settings: Settings, stream: str, sequences: tuple[int, ...]
) -> set[tuple[str, int]]:
    client = await connect(settings, "provisioner")
    for sequence in sequences:
        await client.jetstream().delete_msg(stream, sequence)
    await client.close()
    return {(stream, sequence) for sequence in sequences}
