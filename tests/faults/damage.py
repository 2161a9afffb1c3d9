"""Disks that rot and disks that are full: found by ids, mended from the services' own records."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from deploy.local.audit.comparison import AuditReport, audit
from deploy.local.home.plan import PlatformNotStarted, PlatformPlan
from deploy.local.log.reading import read_stream
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from tests.faults.disks import Disk, own_disk
from tests.faults.experiment import Tally, Trial
from tests.faults.live import (
    PROBE,
    Front,
    SabotagedPlatform,
    account,
    plan_in,
    recovery,
    services_ready,
    until_quiet,
)
from tests.faults.under_load import under_load
from tests.platform import until

STREAMS = ("INTAKE", "ELIGIBILITY", "NOTIFY")
FILES = 60
DISK_MEGABYTES = 160
FULL_SECONDS = 3.0
OLDER = "is older than the broker"


def rot(trial: Trial) -> Tally:
    """Bits flip, or the end is cut off, in the store of a stream of a stopped platform.

    The control mends nothing.
    """
    plan = plan_in(trial.folder)
    random = trial.random
    tally = Tally()
    with SabotagedPlatform(plan) as platform:
        front = asyncio.run(_filled(platform.settings))
    for number in range(trial.count):
        spoilt = _spoil(plan.home / "nats", random, random.choice(STREAMS), cut=number % 2 == 1)
        tally.faults += 1
        with _started(plan, spoilt, tally) as platform:
            found = asyncio.run(audit(platform.settings, repair=not trial.sabotaged))
            tally.notes["found"] = tally.notes.get("found", 0) + len(_gone(found))
            tally.notes["repaired"] = tally.notes.get("repaired", 0) + len(found.repaired)
    with SabotagedPlatform(plan) as platform:
        kept = asyncio.run(
            _goes_on(platform.settings, front, tally, 10.0 if trial.sabotaged else 60.0)
        )
    if not trial.sabotaged:
        _lose_what_outsiders_wrote(plan, random, kept, tally)
    return tally


async def _goes_on(settings: Settings, front: Front, tally: Tally, patience: float) -> set[str]:
    """A new dossier passes, and nothing is missing. Returns the ids of what outsiders wrote."""
    probe = Front(settings, Random(0), 0)
    await probe.open()
    try:
        tally.notes["recovery_s"] = round(await recovery(settings, probe, PROBE, patience), 2)
        await account(settings, [front, probe], tally, patience)
        # The platform was stopped to be damaged: that is no silence of ours.
        tally.longest_stop_s = 0.0
        return await _ids_of_outsiders(settings)
    finally:
        await probe.close()


def _lose_what_outsiders_wrote(
    plan: PlatformPlan, random: Random, before: set[str], tally: Tally
) -> None:
    """Nobody can write it again: the audit must name exactly what is gone."""
    spoilt = _spoil(plan.home / "nats", random, "FRONTDESK_HOLDERS", cut=False)
    tally.faults += 1
    with _started(plan, spoilt, tally) as platform:
        report = asyncio.run(audit(platform.settings, repair=True))
        left = asyncio.run(_ids_of_outsiders(platform.settings))
    told = {place.event_id for place in report.vanished if place.stream == "FRONTDESK_HOLDERS"}
    tally.notes["named"] = len(told)
    if told != before - left or not told:
        tally.wrong.append(
            f"{len(before - left)} of outsiders are gone, the audit named {len(told)}"
        )


async def _ids_of_outsiders(settings: Settings) -> set[str]:
    client = await connect(settings, "provisioner")
    try:
        return {stored.event_id async for stored in read_stream(client, "FRONTDESK_HOLDERS")}
    finally:
        await client.close()


@contextmanager
def _started(plan: PlatformPlan, spoilt: Path, tally: Tally) -> Iterator[SabotagedPlatform]:
    """nats-server never ends reading some damaged blocks: somebody moves one away, and starts it again."""
    platform = SabotagedPlatform(plan)
    try:
        platform.start()
    except PlatformNotStarted:
        platform.stop()
        spoilt.rename(plan.home / f"set-aside-{tally.faults}.blk")
        tally.notes["set_aside"] = tally.notes.get("set_aside", 0) + 1
        platform = SabotagedPlatform(plan)
        platform.start()
    try:
        yield platform
    finally:
        platform.stop()


def _gone(report: AuditReport) -> set[str]:
    return {place.event_id for place in (*report.missing, *report.changed, *report.vanished)}


async def _filled(settings: Settings) -> Front:
    front = Front(settings, Random(1), 10_000)
    await front.open()
    for number in range(FILES):
        await front.send(10_001 + number)
    await front.close()
    await until_quiet(settings)
    return front


def _spoil(store: Path, random: Random, stream: str, cut: bool) -> Path:
    """A block of the stream; another stream's where this one's is empty. Returns which."""
    found = [
        path for name in (stream, *STREAMS) for path in store.glob(f"**/streams/{name}/msgs/*.blk")
    ]
    block = next(path for path in found if path.stat().st_size)
    size = block.stat().st_size
    if cut:
        os.truncate(block, random.randint(size // 2, size - 1))
        return block
    with block.open("r+b") as file:
        for _ in range(8):
            place = random.randrange(size)
            file.seek(place)
            value = file.read(1)[0]
            file.seek(place)
            file.write(bytes([value ^ (1 << random.randrange(8))]))
    return block


def fill(trial: Trial) -> Tally:
    """The disk is full for a while, under load, and a service dies meanwhile.

    Then somebody makes room: nats-server writes no more where a write has failed, until it is restarted.
    """
    with own_disk(trial.folder, DISK_MEGABYTES) as disk:
        plan = replace(plan_in(trial.folder), home=disk.mount_point / "home")
        with SabotagedPlatform(plan, "ack-first" if trial.sabotaged else "none") as platform:
            random = trial.random

            async def strike(_number: int) -> None:
                await _full_for_a_while(platform, disk, random)
                await _until_all_serve(platform, trial.sabotaged)

            return asyncio.run(under_load(trial, platform, strike, (0.5, 1.5)))


async def _until_all_serve(platform: SabotagedPlatform, sabotaged: bool) -> None:
    """The control may wait in vain: who acked what it never kept is refused at start, as an older copy."""
    try:
        await until(
            lambda: asyncio.to_thread(services_ready, platform.settings), "everybody serves", 30
        )
    except AssertionError:
        if not sabotaged or not _older_copies(platform.plan.home / "logs"):
            raise


def _older_copies(logs: Path) -> list[str]:
    """The services that said so."""
    return [
        name for name in SERVICES if OLDER in (logs / f"{name}.log").read_text(encoding="utf-8")
    ]


async def _full_for_a_while(platform: SabotagedPlatform, disk: Disk, random: Random) -> None:
    ballast = disk.mount_point / "ballast"
    await asyncio.to_thread(_take_all_room, ballast)
    await asyncio.sleep(FULL_SECONDS / 2)
    # It may have ended by itself, and nobody could write that down.
    with suppress(ProcessLookupError):
        platform.kill(random.choice(SERVICES))
    await asyncio.sleep(FULL_SECONDS / 2)
    ballast.unlink()


def _take_all_room(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
