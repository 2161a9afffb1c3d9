"""What the benchmark says: nothing better than it was measured."""

import json
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.backlog import memory_growth
from tests.bench.figures import Figure, Findings, at_least, at_most, of_runs
from tests.bench.ground import BenchFailed
from tests.bench.pieces import Rows, write_rows
from tests.bench.query_plans import scans, shortened
from tests.bench.report import results, show, write
from tests.bench.session import MEASUREMENTS, Measurement, Options, largest_memory, run
from tests.bench.sizes import FULL, QUICK


def printed(*figures: Figure, notes: tuple[str, ...] = ()) -> str:
    written = StringIO()
    show(Console(width=200, file=written), Findings(list(figures), list(notes)))
    return written.getvalue()


def test_given_a_figure_below_its_bar_then_it_is_printed_as_not_reached() -> None:
    text = printed(
        of_runs("pipeline_over_naive", [19.0, 18.0, 19.5], bar=at_least(20)), notes=("one note",)
    )
    assert "NOT REACHED" in text
    assert "≥ 20" in text
    assert "18 … 19.5 of 3" in text
    assert "one note" in text


def test_given_a_part_that_cannot_be_measured_then_the_others_are_kept_and_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Findings:
        raise BenchFailed("PostgreSQL did not start")

    monkeypatch.setitem(
        MEASUREMENTS,
        "stage",
        Measurement(lambda *_: Findings([Figure("a", 1.0)]), lambda _: 1, "good"),
    )
    monkeypatch.setitem(MEASUREMENTS, "variants", Measurement(broken, lambda _: 1, "bad"))
    text = StringIO()
    run(Options(tmp_path, ("stage", "variants")), Console(width=200, file=text))
    assert "variants was not measured: PostgreSQL did not start" in text.getvalue()
    assert json.loads((tmp_path / "results-stage-variants.json").read_text())["a"] == 1.0


def test_given_a_figure_without_a_bar_then_nothing_is_claimed_of_it() -> None:
    assert "reached" not in printed(of_runs("candidatures_per_s", [2_500.0])).lower()


def test_given_findings_then_the_file_holds_each_value_its_bar_and_whether_it_is_reached(
    tmp_path: Path,
) -> None:
    figures = [
        of_runs("ready_s", [1.0, 2.0, 1.6], "s", at_most(1.5)),
        Figure("latency_ms.at_40.p50", 3.0),
    ]
    path = tmp_path / "bench" / "results.json"
    write(path, results(Findings(figures), quick=True, seconds=12.3))
    kept = json.loads(path.read_text())
    assert kept["ready_s"] == 1.6
    assert kept["latency_ms"] == {"at_40": {"p50": 3.0}}
    assert kept["bars"]["ready_s"]["bar"] == "≤ 1.5"
    assert kept["bars"]["ready_s"]["reached"] is False
    assert kept["bars"]["ready_s"]["runs"] == [1.0, 2.0, 1.6]
    assert kept["reached"] is False
    assert kept["session"]["sizes"] == "quick"


def test_the_largest_memory_is_the_worst_run_of_any_measurement_and_no_median() -> None:
    idle = of_runs("pss_mb.idle", [60.0, 61.0])
    loaded = of_runs("pss_mb.backlog", [80.0, 120.0, 90.0])
    found = largest_memory([idle, loaded, Figure("ready_s", 999.0)])
    assert found is not None
    assert found.value == 120.0
    assert found.reached is False
    assert largest_memory([Figure("ready_s", 1.0)]) is None


def test_given_a_process_that_ended_early_then_memory_growth_still_looks_at_it() -> None:
    steady = (
        [{"funding": 70.0, "job": 50.0}] * 5
        + [{"funding": 70.0, "job": 75.0}]
        + [{"funding": 71.0}] * 5
    )
    assert memory_growth(steady) == 1.5


def test_a_part_of_a_session_never_takes_the_place_of_a_whole_one() -> None:
    whole = Options(Path("bench"))
    part = Options(Path("bench"), only=("stage",))
    assert whole.results.name == "results.json"
    assert part.results != whole.results
    assert all(
        measurement.steps(sizes) > 0
        for measurement in MEASUREMENTS.values()
        for sizes in (FULL, QUICK)
    )


def test_what_takes_hours_is_measured_only_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Measurement(lambda *_: Findings([Figure("b", 1.0)]), lambda _: 1, "", by_name_only=True)
    short = Measurement(lambda *_: Findings([Figure("a", 1.0)]), lambda _: 1, "")
    for name in MEASUREMENTS:
        monkeypatch.setitem(MEASUREMENTS, name, long if name == "long" else short)
    quiet = Console(file=StringIO())
    assert "b" not in run(Options(tmp_path), quiet)
    assert "b" in run(Options(tmp_path, ("long",)), quiet)


def test_only_a_plan_that_reads_the_whole_of_a_growing_table_is_a_scan() -> None:
    grown = {"inbox", "outbox"}
    assert scans("SCAN inbox", grown)
    assert scans("SCAN inbox USING INDEX ix_inbox_dossier", grown)
    assert not scans("SCAN outbox USING INDEX ix_outbox_pending", grown, {"ix_outbox_pending"})
    assert not scans("SCAN clock", grown)
    assert not scans("SCAN newest", grown)
    assert not scans(
        "SEARCH inbox USING COVERING INDEX sqlite_autoindex_inbox_1 (event_id=?)", grown
    )
    assert (
        shortened("SELECT a, b\nFROM inbox WHERE id IN (?, ?, ?)")
        == "SELECT … FROM inbox WHERE id IN (?, …)"
    )


def test_given_rows_of_a_stage_then_the_bare_piece_writes_every_one_of_them(tmp_path: Path) -> None:
    rows = Rows(
        "inbox",
        ("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body TEXT)",),
        [(n, "x") for n in range(1_001)],
    )
    facts = Rows(
        "outbox", ("CREATE TABLE outbox (id INTEGER PRIMARY KEY)",), [(n,) for n in range(2_002)]
    )
    assert write_rows(tmp_path, [rows, facts], 1_001) > 0
    assert rows_in(tmp_path / "limit.db") == {"inbox": 1_001, "outbox": 2_002}


def rows_in(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as connection:
        counts = {name: f"SELECT count(*) FROM {name}" for name in ("inbox", "outbox")}
        return {name: connection.execute(sql).fetchone()[0] for name, sql in counts.items()}
