"""`up` refuses an older copy of a database and a lost store; `replay` mends the copy, or makes it anew."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from deploy.local.plan import PlatformNotStarted, PlatformPlan
from deploy.local.platform import LocalPlatform
from tests.submissions import submission
from tests.system.cli.conftest import Fabriques
from tests.system.cli.test_operators import written

pytestmark = pytest.mark.long


def submitted(home: Path, folder: Path, fabriques: Fabriques) -> str:
    found, body = submission()
    said = fabriques("submit", written(folder, body), "--json", home=home)
    assert said.data[0]["result"] == "registered", said.err
    return found


def copied(database: Path, copy: Path) -> None:
    """While its service runs."""
    with closing(sqlite3.connect(database)) as running, closing(sqlite3.connect(copy)) as kept:
        running.backup(kept)


def refusal(home: Path) -> str:
    with pytest.raises(PlatformNotStarted) as refused:
        LocalPlatform(PlatformPlan(home, services=("intake",))).start()
    return str(refused.value)


def test_up_makes_no_store_anew_and_serves_no_older_copy_before_it_is_replayed(
    tmp_path: Path, fabriques: Fabriques
) -> None:
    home = tmp_path / "var"
    older = tmp_path / "intake.db"
    with LocalPlatform(PlatformPlan(home)) as platform:
        submitted(home, tmp_path, fabriques)
        copied(home / "data" / "intake.db", older)
        second = submitted(home, tmp_path, fabriques)
        said = fabriques("replay", "intake", home=home)
        assert (said.code, "stop it" in said.err) == (1, True)
        receipt = fabriques("status", second, "--json", home=home).data["receipt_number"]
        assert platform.pids()

    [store] = (home / "nats").rglob("streams/INTAKE")
    aside = store.rename(tmp_path / "INTAKE")
    assert "INTAKE" in (told := refusal(home)) and "gone" in told
    shutil.rmtree(store, ignore_errors=True)
    shutil.move(aside, store)

    for path in (home / "data").glob("intake.db*"):
        path.unlink()
    shutil.copyfile(older, home / "data" / "intake.db")
    assert "the database of intake is older than the broker" in (told := refusal(home))
    assert "`fabriques replay intake`" in told

    replayed = fabriques("replay", "intake", "--json", home=home)
    assert replayed.code == 0, replayed.err
    assert (replayed.data["pending"], replayed.data["unexplained"]) == (0, [])

    for path in (home / "data").glob("intake.db*"):
        path.unlink()
    rebuilt = fabriques("replay", "intake", "--from-scratch", "--json", home=home)
    assert rebuilt.code == 0, rebuilt.err
    assert (rebuilt.data["in_place"], rebuilt.data["kept"], rebuilt.data["audit"]["missing"]) == (
        True,
        "",
        [],
    )
    with LocalPlatform(PlatformPlan(home)):
        assert fabriques("status", second, "--json", home=home).data["receipt_number"] == receipt
        assert fabriques("audit", "verify", home=home).code == 0
