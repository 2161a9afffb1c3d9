"""A restore that failed or was killed leaves no folder that serves: who was erased since would be back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from nacl.public import PrivateKey

from deploy import service
from deploy.cli.main import main
from deploy.local.backup.copies import FORMAT, MANIFEST, BackupRefused, restore
from deploy.local.backup.sealed_file import sealing
from deploy.local.home.plan import PlatformPlan
from deploy.local.home.unfinished import MARK, OPENED, RestoreUnfinished, begin_restore
from deploy.local.keys.identities import key_names
from deploy.local.keys.sealed_keys import Keys
from deploy.local.running.supervisor import Supervisor
from shared.contract.front_ends import EMBEDDED
from tests.logs import logs_on

KEY = PrivateKey.generate()
KEYS = dict.fromkeys(key_names(EMBEDDED), b"key")


@pytest.fixture
def lacking(tmp_path: Path) -> Path:
    """Whole as far as a seal tells, and without the programme: keys come back, then it fails."""
    now = datetime.now(UTC)
    told = {
        "format": FORMAT,
        "taken_at": now.isoformat(),
        "expires_at": (now + timedelta(1)).isoformat(),
    }
    with sealing(tmp_path / "copy.sealed", KEY.public_key, told) as kept:
        kept.add(MANIFEST, [json.dumps(told).encode()])
    return tmp_path / "copy.sealed"


async def fail(file: Path, home: Path, keys: Keys = KEYS) -> None:
    await restore(file, KEY, home, lambda _: keys)


async def test_nothing_serves_from_what_a_restore_left_that_failed(
    lacking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "again"
    with pytest.raises(FileNotFoundError):
        await fail(lacking, home)
    assert {path.name for path in home.iterdir()} == {MARK, "keys"}
    with pytest.raises(RestoreUnfinished, match="delete that folder, and restore again"):
        Supervisor(PlatformPlan(home), cast(Any, None))
    monkeypatch.setenv("FABRIQUES_HOME", str(home))
    assert main(["provision", "keys"]) == 1
    with logs_on("intake"):
        assert service.main(["intake"]) == 4
    assert "who was erased may be in it" in capsys.readouterr().err
    with pytest.raises(RestoreUnfinished):
        await fail(lacking, home)


async def test_what_a_killed_restore_left_in_the_clear_goes_at_the_next_try(
    lacking: Path, tmp_path: Path
) -> None:
    home = tmp_path / "again"
    begin_restore(home)
    (home / OPENED / "databases").mkdir(parents=True)
    (home / OPENED / "databases" / "intake.db").write_bytes(b"amelie@example.org")
    with pytest.raises(BackupRefused, match="keys are missing"):
        await fail(lacking, home, keys={})
    assert not home.exists(), "what brought nothing back is no restore"
    begin_restore(home)
    (home / OPENED).mkdir()
    (home / "data").mkdir()
    with pytest.raises(RestoreUnfinished):
        await fail(lacking, home)
    assert {path.name for path in home.iterdir()} == {MARK, "data"}
