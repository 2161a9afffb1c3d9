"""`up` refuses an older copy of a database and a lost store; `replay` mends the copy, or makes it anew."""

import shutil
from pathlib import Path

import pytest

from deploy.local.home.plan import PlatformNotStarted, PlatformPlan
from deploy.local.running.platform import LocalPlatform
from tests.copies import lose, put_aside, put_back
from tests.store import on_postgres
from tests.submissions import submission
from tests.system.cli.conftest import Fabriques
from tests.system.cli.test_operators import written

pytestmark = pytest.mark.long


def submitted(home: Path, folder: Path, fabriques: Fabriques) -> str:
    found, body = submission()
    said = fabriques("submit", written(folder, body), "--json", home=home)
    assert said.data[0]["result"] == "registered", said.err
    return found


def refusal(home: Path) -> str:
    with pytest.raises(PlatformNotStarted) as refused:
        LocalPlatform(PlatformPlan(home, services=("intake",))).start()
    return str(refused.value)


def test_up_makes_no_store_anew_and_serves_no_older_copy_before_it_is_replayed(
    tmp_path: Path, fabriques: Fabriques
) -> None:
    home = tmp_path / "var"
    with LocalPlatform(PlatformPlan(home)) as platform:
        submitted(home, tmp_path, fabriques)
        older = put_aside(home, "intake")
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

    put_back(home, "intake", older)
    assert "the database of intake is older than the broker" in (told := refusal(home))
    assert "`fabriques replay intake`" in told

    replayed = fabriques("replay", "intake", "--json", home=home)
    assert replayed.code == 0, replayed.err
    assert (replayed.data["pending"], replayed.data["unexplained"]) == (0, [])

    lose(home, "intake")
    rebuilt = fabriques("replay", "intake", "--from-scratch", "--json", home=home)
    assert rebuilt.code == 0, rebuilt.err
    assert (rebuilt.data["in_place"], rebuilt.data["audit"]["missing"]) == (True, [])
    assert rebuilt.data["kept"] == "" or on_postgres(), "a schema is always there"
    with LocalPlatform(PlatformPlan(home)):
        assert fabriques("status", second, "--json", home=home).data["receipt_number"] == receipt
        assert fabriques("audit", "verify", home=home).code == 0
