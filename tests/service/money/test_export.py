"""The files for the bank: fixed bytes, kept digests, whole or not at all, one file in memory at a time."""

import json
import os
from datetime import date, time
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any

import pytest

from services.funding.bank.pain001_reading import read_pain001
from services.funding.domain.money import exports
from services.funding.domain.money.payments import digest_of
from services.funding.tools import payment_export as payments
from services.funding.tools.annual_job import pages
from services.funding.tools.payment_export import NothingToExport
from shared.contract.backoffice import PaymentsExportRequested
from shared.contract.funding import PaymentsExported
from shared.contract.values import Role
from tests.service.money.fragile import Crash
from tests.service.money.paying import PAYERS, person
from tests.service.money.test_payments import FIRST_DUE, paid
from tests.service.money.treasury import Treasury

LARGE = os.environ.get("MONEY") == "large"


@pytest.fixture
def approved(treasury: Treasury, grant: str) -> str:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1")
    return grant


def states(treasury: Treasury) -> list[str]:
    return [order.state for order in treasury.orders()]


def test_the_same_run_gives_the_same_bytes_and_their_digest_is_kept(
    treasury: Treasury, approved: str
) -> None:
    [path] = treasury.export("run-1")
    first = path.read_bytes()
    [kept] = treasury.run("run-1").files
    assert (kept["sha256"], kept["orders"], kept["total_cents"]) == (
        sha256(first).hexdigest(),
        1,
        5_000_000,
    )
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


def test_the_export_is_a_decision_with_its_fact_and_happens_once(
    treasury: Treasury, approved: str
) -> None:
    wanted = treasury.tool.look("run-1")
    outcome = treasury.request_export("run-1", wanted.digest)
    [fact] = treasury.facts(PaymentsExported)
    assert outcome.decision.result == "exported"
    assert (fact["run_id"], fact["orders"], fact["total_cents"]) == ("run-1", 1, 5_000_000)
    assert fact["execution_on"] == FIRST_DUE.isoformat()
    assert "FR76" not in json.dumps(fact)
    again = treasury.request_export("run-1", wanted.digest)
    assert (again.decision.result, len(treasury.facts(PaymentsExported))) == ("already-exported", 1)
    with pytest.raises(NothingToExport, match=r"nothing new to export.*run-1"):
        treasury.export()


def test_the_execution_day_is_that_of_the_export_and_stays_when_the_files_are_written_again(
    treasury: Treasury, approved: str
) -> None:
    """Approved on a Tuesday, exported on a Friday evening: Monday.

    Written again a month later: the same bytes.
    """
    treasury.move_to(date(2021, 4, 23), time(18))
    [path] = treasury.export("run-1")
    first = path.read_bytes()
    assert read_pain001(first)[1].execution_on == date(2021, 4, 26)
    path.unlink()
    treasury.move_to(date(2021, 5, 25))
    assert treasury.export("run-1") == [path]
    assert path.read_bytes() == first


@pytest.mark.parametrize("who", [PAYERS[0], ("officer-1", Role.DIRECTOR)])
def test_only_the_accountant_asks_for_an_export(
    treasury: Treasury, approved: str, who: tuple[str, Role]
) -> None:
    fields = {"run_id": "run-1", "digest": treasury.tool.look("run-1").digest}
    outcome = treasury.say(PaymentsExportRequested(**fields, **person(*who)))
    assert (outcome.decision.result, states(treasury)) == ("refused", ["approved"])


def test_a_run_that_one_person_approved_is_not_exported(treasury: Treasury, grant: str) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1", PAYERS[:1])
    assert (
        treasury.request_export("run-1", digest_of(treasury.orders())).decision.result
        == "not-approved"
    )
    assert states(treasury) == ["ordered"]


def test_nothing_is_written_before_the_fact_lies_in_the_log(
    treasury: Treasury, approved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "PUBLISHED_SECONDS_MAX", 0.0)
    with pytest.raises(NothingToExport, match="not exported"):
        treasury.tool.write("run-1", treasury.folder / "payments")
    treasury.request_export("run-1", treasury.tool.look("run-1").digest)
    with pytest.raises(NothingToExport, match="not in the log yet"):
        treasury.tool.write("run-1", treasury.folder / "payments")
    assert not (treasury.folder / "payments").exists()
    treasury.publish()
    [path] = treasury.tool.write("run-1", treasury.folder / "payments")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_crash_before_the_commit_leaves_no_file_and_an_approved_run(
    treasury: Treasury, approved: str
) -> None:
    treasury.consumer.dies = True
    with pytest.raises(Crash):
        treasury.export("run-1")
    assert (states(treasury), list(treasury.folder.glob("payments/*"))) == (["approved"], [])
    treasury.export("run-1")
    assert states(treasury) == ["exported"]


def test_a_crash_while_files_are_written_is_mended_by_exporting_again(
    treasury: Treasury, approved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(SystemExit):
            treasury.export("run-1")
    assert (states(treasury), list((treasury.folder / "payments").glob("*.xml"))) == (
        ["exported"],
        [],
    )
    [path] = treasury.export("run-1")
    assert sha256(path.read_bytes()).hexdigest() == treasury.run("run-1").files[0]["sha256"]


def test_a_list_that_changed_after_it_was_seen_is_not_exported(
    treasury: Treasury, approved: str
) -> None:
    seen = treasury.tool.look("run-1").digest
    treasury.provide(approved, 2)
    assert treasury.request_export("run-1", seen).decision.result == "list-changed"
    assert states(treasury) == ["cancelled"]


def test_many_payments_go_out_in_files_of_5000_at_most_whose_sums_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`MONEY=large`: 20 000 payments; what it took is printed, as a figure and not as a condition."""
    how_many, size = (20_000, 5_000) if LARGE else (60, 25)
    monkeypatch.setattr(exports.planned_files, "__defaults__", (size,))
    treasury = Treasury.beginning(tmp_path, envelope_cents=how_many * 5_000_000)
    treasury.award_ready(how_many)
    treasury.move_to(FIRST_DUE)
    for page in pages(treasury.engine, FIRST_DUE):
        treasury.consumer.transact(
            [treasury.delivery(fact, f"due-{fact.tranche_id}") for fact in page]
        )
    treasury.approve("run-1")
    before, started = getrusage(RUSAGE_SELF).ru_maxrss, perf_counter()
    paths = treasury.export("run-1")
    seconds, grown_kib = perf_counter() - started, getrusage(RUSAGE_SELF).ru_maxrss - before
    print(
        f"{how_many} payments in {len(paths)} files: {seconds:.1f} s, {grown_kib // 1024} MiB more"
    )
    files = [read_pain001(path.read_bytes())[1] for path in paths]
    assert all(len(file.transfers) <= size for file in files)
    paid_cents = [transfer.amount_cents for file in files for transfer in file.transfers]
    assert (len(paid_cents), sum(paid_cents)) == (how_many, how_many * 5_000_000)
    treasury.must_hold()
    treasury.engine.dispose()
