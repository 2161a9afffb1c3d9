"""The files for the bank: fixed bytes, kept digests, whole or not at all, one file in memory at a time."""

import os
import time
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pytest

from services.funding.bank.pain001_reading import read_pain001
from services.funding.tools import payments
from services.funding.tools.payments import NothingToExport
from services.funding.tools.tranches import pages
from tests.money.test_payments import FIRST_DUE, paid
from tests.money.treasury import Treasury

LARGE = os.environ.get("MONEY") == "large"


@pytest.fixture
def approved(treasury: Treasury, grant: str) -> str:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1")
    return grant


def states(treasury: Treasury) -> list[str]:
    return [order.state for order in treasury.orders()]


def test_the_same_run_gives_the_same_bytes_and_their_digest_is_kept(treasury: Treasury, approved: str) -> None:
    [path] = treasury.export("run-1")
    first = path.read_bytes()
    [kept] = treasury.run("run-1").files
    assert (kept["sha256"], kept["orders"], kept["total_cents"]) == (sha256(first).hexdigest(), 1, 5_000_000)
    path.unlink()
    assert treasury.export("run-1") == [path]
    assert path.read_bytes() == first


def test_a_run_is_written_again_as_it_was_after_the_answers_and_after_a_change_of_account(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    [path] = treasury.export("run-1")
    first = path.read_bytes()
    treasury.provide(grant, 2)
    assert treasury.export("run-1") == [path]
    assert path.read_bytes() == first


def test_bytes_that_would_differ_are_not_written(treasury: Treasury, approved: str) -> None:
    [path] = treasury.export("run-1")
    first = path.read_bytes()
    with pytest.raises(NothingToExport, match="exported as pain"):
        treasury.export("run-1", "pain.001.001.03")
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == [path.name], "nothing is left beside it"


def test_a_crash_before_the_commit_leaves_no_file_that_could_be_sent(
    treasury: Treasury, approved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(payments, "_note_exported", crash)
        with pytest.raises(SystemExit):
            treasury.export("run-1")
    assert (states(treasury), list((treasury.folder / "payments").glob("*.xml"))) == (["approved"], [])
    treasury.export("run-1")
    assert states(treasury) == ["exported"]


def test_a_crash_after_the_commit_is_mended_by_exporting_again(
    treasury: Treasury, approved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(SystemExit):
            treasury.export("run-1")
    assert (states(treasury), list((treasury.folder / "payments").glob("*.xml"))) == (["exported"], [])
    [path] = treasury.export("run-1")
    assert sha256(path.read_bytes()).hexdigest() == treasury.run("run-1").files[0]["sha256"]


def test_a_run_that_changes_while_it_is_written_is_not_sent(
    treasury: Treasury, approved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = payments.write_pain001

    def changed_meanwhile(*given: Any) -> bytes:
        treasury.provide(approved, 2)
        return write(*given)

    monkeypatch.setattr(payments, "write_pain001", changed_meanwhile)
    with pytest.raises(NothingToExport, match="changed while"):
        treasury.export("run-1")
    assert states(treasury) == ["cancelled"]


def test_many_payments_go_out_in_files_of_5000_at_most_whose_sums_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`MONEY=large`: 20 000 payments; what it took is printed, as a figure and not as a condition."""
    how_many, size = (20_000, 5_000) if LARGE else (60, 25)
    monkeypatch.setattr(payments, "TRANSFERS_MAX", size)
    treasury = Treasury.beginning(tmp_path, envelope_cents=how_many * 5_000_000)
    treasury.award_ready(how_many)
    treasury.move_to(FIRST_DUE)
    for page in pages(treasury.engine, FIRST_DUE):
        treasury.desk._transact([treasury.delivery(fact, f"due-{fact.tranche_id}") for fact in page])
    treasury.approve("run-1")
    before, started = getrusage(RUSAGE_SELF).ru_maxrss, time.perf_counter()
    paths = treasury.export("run-1")
    seconds, grown_kib = time.perf_counter() - started, getrusage(RUSAGE_SELF).ru_maxrss - before
    print(f"{how_many} payments in {len(paths)} files: {seconds:.1f} s, {grown_kib // 1024} MiB more")
    files = [read_pain001(path.read_bytes())[1] for path in paths]
    assert all(len(file.transfers) <= size for file in files)
    paid_cents = [transfer.amount_cents for file in files for transfer in file.transfers]
    assert (len(paid_cents), sum(paid_cents)) == (how_many, how_many * 5_000_000)
    treasury.must_hold()
    treasury.engine.dispose()
