"""A wave closes on a real bus: at its deadline, once, with all that was stamped before and nothing after."""

from datetime import datetime
from typing import Any

import pytest

from services.intake import app as intake
from services.intake.timer import CounterClock
from shared.contract.backoffice import WaveExtended
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered, WaveClosed
from shared.contract.permissions import inbox_of
from shared.kit.bus.connection import connect
from shared.kit.delivery import Delivery
from tests.platform import PATIENCE_SECONDS, Platform
from tests.submissions import OPEN_DAY, submission

AFTER_THE_FIRST_WAVE = "2020-12-31T09:00:00+01:00"


async def extend_the_first_wave(platform: Platform) -> None:
    act = {
        "wave": "2020-4",
        "closes_on": "2021-01-15",
        "actor": {"id": "d-1", "role": "director"},
        "reason": "Panne.",
    }
    await platform.publish("officers", WaveExtended, "2020-4", act, at=OPEN_DAY)


async def test_a_file_that_is_read_before_the_extension_it_came_within_waits_for_it(
    platform: Platform,
) -> None:
    dossier, body = submission()
    await extend_the_first_wave(platform)
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=AFTER_THE_FIRST_WAVE)
    counter = SlowCounter(platform)
    await counter.open()
    await counter.take(1)
    await counter.tick()
    await counter.take(1)
    assert await platform.facts("INTAKE", dossier) == [], (
        "the extension is in the log, and not read"
    )
    await counter.take(1, "BACKOFFICE")
    await counter.tick()
    await counter.take(1)
    [registered] = await platform.facts(CandidatureRegistered, dossier)
    assert registered.data["wave"] == "2020-4"
    await counter.close()


class SlowCounter:
    """The counter with its hands free: its clock runs, and it takes from the log only when told."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.service = intake.build(platform.settings)
        self.consumer = self.service.consumer
        self.consumer.trust(platform.roots)

    async def open(self) -> None:
        self.connection = await connect(self.platform.settings, "intake")
        await self.consumer.open(self.connection, f"{inbox_of('intake')}.said")
        prefix = f"{inbox_of('intake')}.".encode()
        js = self.connection.jetstream()
        self.logs = {
            stream: await js.pull_subscribe_bind(
                f"intake-on-{stream.lower()}", stream=stream, inbox_prefix=prefix
            )
            for stream in ("FRONTDESK_HOLDERS", "BACKOFFICE")
        }

    async def tick(self) -> None:
        assert self.service.tick
        await self.service.tick(self.consumer.clock.seen())

    async def take(self, count: int, stream: str = "FRONTDESK_HOLDERS") -> None:
        messages = await self.logs[stream].fetch(count, timeout=PATIENCE_SECONDS)
        await self.consumer.take([Delivery.of(message) for message in messages])
        await self.connection.flush()

    async def close(self) -> None:
        await self.connection.close()
        self.consumer.work.engine.dispose()


async def backlog_at_the_deadline(platform: Platform) -> SlowCounter:
    """Five files were stamped before the deadline, which is over before the counter has read them."""
    for _ in range(5):
        dossier, body = submission()
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    counter = SlowCounter(platform)
    await counter.open()
    await counter.take(2)
    counter.consumer.clock.advance(datetime.fromisoformat(AFTER_THE_FIRST_WAVE))
    return counter


async def test_a_wave_closes_only_once_all_that_was_stamped_before_its_deadline_is_committed(
    platform: Platform,
) -> None:
    counter = await backlog_at_the_deadline(platform)
    await counter.tick()
    await counter.take(2)
    await counter.tick()
    assert await platform.facts(WaveClosed) == []
    await counter.take(1)
    await counter.tick()
    await counter.tick()
    [closed] = await platform.facts(WaveClosed)
    assert (closed.data["wave"], closed.data["registered"], closed.data["frontdesk_sequence"]) == (
        "2020-4",
        5,
        5,
    )
    await counter.close()


async def test_closing_at_the_deadline_without_waiting_would_leave_files_out(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same backlog, and a counter that does not look at what it has acked."""

    async def impatient(clock: Any, closing: str, deadline: datetime, heard: Any) -> bool:
        clock._last_before[closing, heard.stream, deadline] = 0
        return True

    monkeypatch.setattr(CounterClock, "_all_committed", impatient)
    counter = await backlog_at_the_deadline(platform)
    await counter.tick()
    [closed] = await platform.facts(WaveClosed)
    assert closed.data["registered"] == 2
    await counter.close()


async def test_a_wave_is_closed_once_for_ever(platform: Platform) -> None:
    """Given a service that is started again after the deadline, no second closing is said."""
    late, body = submission()
    for _ in range(2):
        async with platform.running("intake"):
            await platform.publish(
                "holders", CandidatureSubmitted, late, body, at=AFTER_THE_FIRST_WAVE
            )
            await platform.fact(WaveClosed)
            await platform.idle("intake")
    assert len(await platform.facts(WaveClosed)) == 1


@pytest.mark.parametrize(
    "told, wave",
    [
        ("2020-12-30T23:59:59.999999+01:00", "2020-4"),
        ("2020-12-31T00:00:00+01:00", "2021-1"),
        ("2020-12-30T22:59:59+00:00", "2020-4"),
        ("2020-12-30T23:00:00+00:00", "2021-1"),
    ],
)
async def test_the_deadline_is_an_instant_in_the_programmes_zone(
    platform: Platform, told: str, wave: str
) -> None:
    dossier, body = submission()
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=told)
        assert (await platform.fact(CandidatureRegistered, dossier)).data["wave"] == wave
