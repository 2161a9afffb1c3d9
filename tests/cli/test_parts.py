"""The parts of the house that need no platform: the kept programme, restarts, instants to the nanosecond."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.log_messages import nanoseconds
from deploy.local.children import RESTART_DELAY_SECONDS_MAX, Child
from deploy.local.plan import PlatformPlan, PlatformRecord, read_record, record_file, write_record
from deploy.local.programme_copy import SHIPPED, as_toml, keep_programme, open_wave, tell_programme
from shared.programme import load_programme

instants = st.integers(int(1.5e9), int(3.8e9)).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@given(now=instants)
def test_given_any_day_when_the_programme_is_moved_then_a_wave_is_open(now: datetime) -> None:
    moved = load_programme(SHIPPED).moved_to(now)
    wave = open_wave(moved, now)
    assert wave is not None
    assert f"wave {wave.id} is open until" in tell_programme(moved, now)


@given(now=instants, name=names)
def test_a_programme_that_is_written_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, now: datetime, name: str
) -> None:
    programme = load_programme(SHIPPED).moved_to(now).model_copy(update={"name": name, "contact": 'a"b\\c@d.fr'})
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_text(as_toml(programme), encoding="utf-8")
    assert load_programme(path) == programme


def test_the_move_is_computed_once_and_kept(tmp_path: Path) -> None:
    kept, now = tmp_path / "programme.toml", datetime(2026, 11, 23, 12, tzinfo=UTC)
    first = keep_programme(kept, None, now)
    assert keep_programme(kept, None, now + timedelta(days=400)) == first
    assert "no wave is open" in tell_programme(first, now + timedelta(days=4000))


@given(fraction=st.integers(0, 10**9 - 1), seconds=st.integers(0, 4 * 10**9))
def test_the_brokers_stamp_is_read_to_its_last_digit(fraction: int, seconds: int) -> None:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{fraction:09d}".rstrip("0").rstrip(
        "."
    )
    assert nanoseconds(text + "Z") == seconds * 10**9 + fraction
    assert nanoseconds(text + "+00:00") == seconds * 10**9 + fraction


def test_the_first_restart_is_immediate_and_the_next_ones_wait_longer_up_to_a_limit() -> None:
    child = Child("intake", lambda: 0)
    child.started = float("inf")
    delays = [child.plan_restart() for _ in range(20)]
    assert delays[0] == 0.0
    assert delays == sorted(delays)
    assert delays[1] > 0
    assert delays[-1] == RESTART_DELAY_SECONDS_MAX


def test_a_plan_and_a_record_survive_their_files(tmp_path: Path) -> None:
    plan = PlatformPlan(tmp_path, port=1, programme_file=tmp_path / "p.toml", rehearsal=True, services=("intake",))
    assert PlatformPlan.from_json(plan.to_json()) == plan
    record = PlatformRecord(1, "nats://x:1", "p.toml", rehearsal=True, ready=True, pids={"intake": 2})
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    record_file(tmp_path).write_text("{", encoding="utf-8")
    assert read_record(tmp_path) is None
