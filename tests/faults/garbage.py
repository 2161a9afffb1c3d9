"""A flood of garbage: what cannot be read is told in a dead letter, and forgotten."""

import asyncio
from collections.abc import Iterator

from nats.js import JetStreamContext

from shared.contract.frontdesk import GrantRefused
from shared.contract.subjects import subject_pattern
from shared.contract.topology import Durable, durables_of
from shared.kit.bus.connection import connect
from tests.bench.ground import backlog, pss_megabytes, until
from tests.faults.experiment import Tally, Trial
from tests.faults.live import PROGRAMME, SabotagedPlatform, plan_in
from tests.stored import stream_holding
from tests.submissions import candidature_id

SERVICE = "funding"
GROWTH_MAX = 1.2
AT_ONCE = 200
LOOKS = 12  # one a second: a service looks every four seconds whether it rests
BETWEEN_PURGES = 5_000  # so that no quota of the stream is in the way
FILLER = "x" * 7_000


def flood_with_garbage(trial: Trial) -> Tally:
    """Bodies of each family that a reader refuses; the service's memory before any work, and after."""
    plan = plan_in(trial.folder, services=(SERVICE,), sync="10s")
    with SabotagedPlatform(plan, "keep-tracebacks" if trial.sabotaged else "none") as platform:
        return asyncio.run(_flooded(platform, trial.count))


async def _flooded(platform: SabotagedPlatform, count: int) -> Tally:
    holders = await connect(platform.settings, "holders")
    provisioner = await connect(platform.settings, "provisioner")
    js = provisioner.jetstream()
    stream = stream_holding(GrantRefused)
    [durable] = [durable for durable in durables_of(SERVICE) if durable.stream == stream]
    tally = Tally(faults=count, accepted=count)
    try:
        before = pss_megabytes(platform.pids())[SERVICE]
        for first in range(0, count, BETWEEN_PURGES):
            await _send(holders.jetstream(), min(BETWEEN_PURGES, count - first))
            await _until_taken(js, durable)
            await js.purge_stream(stream)
        after = await _at_rest(platform)
        letters = (await js.stream_info("DEAD_LETTERS")).state.messages
    finally:
        await holders.close()
        await provisioner.close()
    tally.lost = count - letters
    tally.notes |= {
        "before_mb": round(before),
        "after_mb": round(after),
        "growth": round(after / before, 2),
    }
    if after > GROWTH_MAX * before:
        tally.wrong.append(f"{SERVICE} grew from {before:.0f} to {after:.0f} MB")
    return tally


async def _at_rest(platform: SabotagedPlatform) -> float:
    """What is left once the service has given back what it can: the least of some looks."""
    found = []
    for _ in range(LOOKS):
        await asyncio.sleep(1.0)
        found.append(pss_megabytes(platform.pids())[SERVICE])
    return min(found)


async def _send(js: JetStreamContext, count: int) -> None:
    bodies = garbage(candidature_id())
    for first in range(0, count, AT_ONCE):
        batch = range(first, min(first + AT_ONCE, count))
        subjects = [subject_pattern(PROGRAMME, GrantRefused, candidature_id()) for _ in batch]
        await asyncio.gather(*(js.publish(subject, next(bodies)) for subject in subjects))


def garbage(dossier: str) -> Iterator[bytes]:
    """An unknown field, a key twice, half a body, another dossier: again and again."""
    good = f'{{"candidature_id": "{dossier}", "reason": "{FILLER}"'.encode()
    while True:
        yield good + b', "other": 1}'
        yield good + b', "reason": "again"}'
        yield good
        yield good + b"}"


async def _until_taken(js: JetStreamContext, durable: Durable) -> None:
    async def taken() -> bool:
        return await backlog(js, durable.stream, durable.name) == 0

    await until(taken, f"{durable.name} has taken the garbage")
