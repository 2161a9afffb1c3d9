"""The parts of the house that need no platform: the kept programme, restarts, instants to the nanosecond."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.connection.log_messages import nanoseconds
from deploy.local.home.plan import (
    PlatformPlan,
    PlatformRecord,
    read_record,
    record_file,
    write_record,
)
from deploy.local.home.programme_copy import (
    SHIPPED,
    as_toml,
    keep_programme,
    open_wave,
    tell_programme,
)
from deploy.local.running.child_process import RESTART_DELAY_SECONDS_MAX, ChildProcess
from shared.contract.identity import composed
from shared.programme import DOCUMENT_TEMPLATES, ProgrammeInvalid, load_programme

instants = st.integers(int(1.5e9), int(3.8e9)).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
names = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=60)


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
    programme = (
        load_programme(SHIPPED).moved_to(now).model_copy(update={"name": composed(name + '"\\')})
    )
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_text(as_toml(programme), encoding="utf-8")
    assert load_programme(path) == programme


def test_the_move_is_computed_once_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "programme.toml"
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    first = keep_programme(kept, None, now)
    assert keep_programme(kept, None, now + timedelta(days=400)) == first
    assert "no wave is open" in tell_programme(first, now + timedelta(days=4000))


def kept_and_given(folder: Path, *changes: tuple[str, str]) -> tuple[Path, Path]:
    """A data folder's programme, and the shipped one with some lines changed."""
    kept = folder / "kept.toml"
    given_file = folder / "given.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    kept.write_text(text, encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    given_file.write_text(text, encoding="utf-8")
    return kept, given_file


VERSION = ('version = "1"', 'version = "2"')
TERMS = [
    ("wave dates", "closes_on = 2021-09-30", "closes_on = 2021-10-01"),
    ("quotas", "laureates_max = 75", "laureates_max = 74"),
    ("caps", "\nceiling_cents = 15_000_000", "\nceiling_cents = 14_000_000"),
    ("envelope", "envelope_cents = ", "envelope_cents = 1"),
]


@pytest.mark.parametrize(("term", "old", "new"), TERMS)
def test_given_a_folder_in_use_when_a_file_changes_its_terms_then_it_is_refused_and_nothing_is_written(
    tmp_path: Path, term: str, old: str, new: str
) -> None:
    kept, other = kept_and_given(tmp_path, (old, new))
    before = kept.read_bytes()
    with pytest.raises(ProgrammeInvalid) as refusal:
        keep_programme(kept, other, datetime(2020, 9, 1, tzinfo=UTC))
    assert len(refusal.value.mistakes) == 1
    assert all(
        told in str(refusal.value) for told in (term, str(kept), str(other), "FABRIQUES_HOME")
    )
    assert kept.read_bytes() == before


def test_the_templates_beside_a_programme_are_kept_with_it_even_where_it_lies_beside_the_kept_one(
    tmp_path: Path,
) -> None:
    kept, beside = kept_and_given(tmp_path)
    template = tmp_path / DOCUMENT_TEMPLATES / "award.typ"
    template.parent.mkdir()
    template.write_text("// version 1\n", encoding="utf-8")
    keep_programme(kept, beside, datetime(2020, 9, 1, tzinfo=UTC))
    assert template.read_text(encoding="utf-8") == "// version 1\n"


def test_another_version_may_put_a_wave_off_but_never_end_it_sooner(tmp_path: Path) -> None:
    kept, later = kept_and_given(tmp_path, VERSION, TERMS[0][1:])
    assert keep_programme(kept, later, datetime(2020, 9, 1, tzinfo=UTC)).version == "2"
    kept, sooner = kept_and_given(
        tmp_path, VERSION, ("closes_on = 2021-09-30", "closes_on = 2021-09-29")
    )
    with pytest.raises(ProgrammeInvalid, match="would close earlier"):
        keep_programme(kept, sooner, datetime(2020, 9, 1, tzinfo=UTC))


def test_the_same_terms_in_other_words_are_taken(tmp_path: Path) -> None:
    kept, renamed = kept_and_given(
        tmp_path, ('name = "Fabriques de Territoire"', 'name = "Fabriques"')
    )
    assert keep_programme(kept, renamed, datetime(2020, 9, 1, tzinfo=UTC)).name == "Fabriques"


@given(fraction=st.integers(0, 10**9 - 1), seconds=st.integers(0, 4 * 10**9))
def test_the_brokers_stamp_is_read_to_its_last_digit(fraction: int, seconds: int) -> None:
    text = datetime.fromtimestamp(seconds, UTC).strftime(
        "%Y-%m-%dT%H:%M:%S"
    ) + f".{fraction:09d}".rstrip("0").rstrip(".")
    assert nanoseconds(text + "Z") == seconds * 10**9 + fraction
    assert nanoseconds(text + "+00:00") == seconds * 10**9 + fraction


def test_the_first_restart_is_immediate_and_the_next_ones_wait_longer_up_to_a_limit() -> None:
    child = ChildProcess("intake", lambda: 0)
    child.started = float("inf")
    delays = [child.plan_restart() for _ in range(20)]
    assert delays[0] == 0.0
    assert delays == sorted(delays)
    assert delays[1] > 0
    assert delays[-1] == RESTART_DELAY_SECONDS_MAX


def test_a_plan_and_a_record_survive_their_files(tmp_path: Path) -> None:
    plan = PlatformPlan(
        tmp_path, port=1, programme_file=tmp_path / "p.toml", rehearsal=True, services=("intake",)
    )
    assert PlatformPlan.from_json(plan.to_json()) == plan
    record = PlatformRecord(
        1, "nats://x:1", "p.toml", rehearsal=True, ready=True, pids={"intake": 2}
    )
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    record_file(tmp_path).write_text("{", encoding="utf-8")
    assert read_record(tmp_path) is None
