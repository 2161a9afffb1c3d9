"""Attack 10: a service whose clock is wrong. Time is the broker's, and a timer acts on nobody else's word."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from structlog.testing import capture_logs

from deploy.local.home.programme_copy import keep_programme
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered, WaveClosed
from tests.platform import Platform, until
from tests.submissions import submission

AHEAD = timedelta(days=100)


class ClockAhead(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "ClockAhead":
        return super().now(tz) + AHEAD


@contextmanager
def clock_ahead() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("shared.kit.clock.datetime", ClockAhead)
        yield


@pytest.fixture
def open_today(production: Platform) -> Platform:
    """A production platform with a wave that is open now."""
    kept = production.home / "programme.toml"
    keep_programme(kept, None, datetime.now(UTC))
    production.settings = production.settings.model_copy(update={"programme_file": kept})
    return production


async def readiness_says(platform: Platform, ready: bool) -> str:
    async def said() -> str | None:
        answer = await platform.ask("intake", "ready")
        return str(answer.get("cause")) if answer["ready"] == ready else None

    return await until(said, f"intake is {'ready' if ready else 'not ready'}")


async def test_a_clock_that_runs_a_hundred_days_ahead_closes_no_wave_and_says_so_once(
    open_today: Platform,
) -> None:
    dossier, body = submission()
    with capture_logs() as records:
        async with open_today.running("intake"):
            await open_today.publish("holders", CandidatureSubmitted, dossier, body)
            await open_today.fact(CandidatureRegistered, dossier)
            with clock_ahead():
                cause = await readiness_says(open_today, ready=False)
                assert f"{AHEAD.total_seconds():.0f} s apart" in cause
                waves = (await open_today.ask("intake", "calendar"))["waves"]
                assert not any(wave["closed"] for wave in waves)
                late, body = submission()
                await open_today.publish("holders", CandidatureSubmitted, late, body)
                await open_today.fact(CandidatureRegistered, late)
            await readiness_says(open_today, ready=True)
        assert await open_today.facts(WaveClosed) == []
    said = [record["event"] for record in records if record["event"].startswith("timers")]
    assert said == ["timers stand still", "timers go on"]


async def test_a_deadline_passes_by_the_brokers_time(
    open_today: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where the broker says that the deadline is over, the same counter closes the wave."""
    monkeypatch.setattr("shared.kit.clock.APART_SECONDS_MAX", float("inf"))
    first = open_today.settings.programme().waves[0]
    monkeypatch.setattr(
        "services.intake.domain.waves.deadline_of",
        lambda *_: datetime.now(UTC) - timedelta(minutes=1),
    )
    with clock_ahead():
        async with open_today.running("intake"):
            closed = await open_today.fact(WaveClosed, first.id)
    assert datetime.fromisoformat(closed.headers["ce-time"]) < datetime.now(UTC) + timedelta(
        minutes=1
    )
