"""A backup goes through the server it is told of, and starts none where one may be writing the store."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from nacl.pwhash import argon2id

from deploy.cli.main import main
from deploy.cli.safekeeping.backup import ASKED_IN
from deploy.local.backup import copies
from deploy.local.backup.copies import BackupRefused
from deploy.local.backup.key import make_backup_key, secret_in
from deploy.local.backup.sealed_file import read_head, unseal
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.home.unfinished import MARK
from deploy.local.installation.front_ends import keep_front_ends
from deploy.local.keys import sealed_keys
from deploy.local.keys.certificates import certify
from deploy.local.keys.identities import make_keys
from deploy.local.keys.sealed_keys import Keys, KeysSealed, open_keys, read_keys, write_keys
from deploy.local.log.store_server import servers_on
from deploy.local.running.child_process import end
from deploy.local.running.processes import migrate_databases
from deploy.local.server.nats_server import free_port, start_server, write_config
from shared.contract.front_ends import EMBEDDED
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.topology import PROCESSES
from shared.kit.front_ends import registry_file
from shared.kit.settings import Settings
from tests.conftest import ROOT
from tests.databases import lay_all
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

HOST = "127.0.0.1"
BEFORE, MEANWHILE = 10, 30
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PASSPHRASE = "quatre mots tirés au sort"
pytestmark = pytest.mark.sqlite("`fabriques backup` copies its files")
Errors = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _passphrases_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess may cost little here: what is sealed tells itself how long it takes to open."""
    monkeypatch.setattr(sealed_keys, "OPERATIONS", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(sealed_keys, "MEMORY_BYTES", argon2id.MEMLIMIT_MIN)


@pytest.fixture
def named(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform's server is named in the environment, as it is for services in processes of their own."""
    monkeypatch.setenv("FABRIQUES_HOME", str(platform.home))
    monkeypatch.setenv("FABRIQUES_NATS_URL", platform.bus.url)
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(platform.settings.programme_file))
    monkeypatch.setenv("FABRIQUES_REHEARSAL", "true")
    monkeypatch.setenv("FABRIQUES_BACKUP_KEY", str(tmp_path / "backup.key"))
    make_backup_key(platform.home, tmp_path / "backup.key")
    (platform.home / "erasures.jsonl").touch()
    monkeypatch.setenv("FABRIQUES_ERASURES_FILE", str(platform.home / "erasures.jsonl"))
    lay_all(platform.settings)
    migrate_databases(platform.settings, PROCESSES)
    return platform


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with databases and no supervisor; its keys and programme are there."""
    folder = tmp_path / "own"
    make_keys(folder / "keys")
    make_backup_key(folder, tmp_path / "backup.key")
    (folder / "programme.toml").write_bytes(SHIPPED.read_bytes())
    lay_all(Settings(home=folder))
    migrate_databases(Settings(home=folder), PROCESSES)
    monkeypatch.delenv("FABRIQUES_NATS_URL", raising=False)
    monkeypatch.setenv("FABRIQUES_HOME", str(folder))
    return folder


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def server(
    home: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Path, "subprocess.Popen[bytes]"]]:
    """A server on that folder's store that somebody else runs."""
    port = free_port()
    certify(home)
    config = write_config(home, "fabriques", HOST, port, sync="10s", tls=request.param)
    process = start_server(config, HOST, port, home / "logs" / "nats.log")
    yield config, process
    end(process, 10.0)


async def test_a_backup_of_services_in_processes_of_their_own_goes_through_their_server_and_comes_back_whole(
    named: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, again = tmp_path / "copy.sealed", tmp_path / "again"
    monkeypatch.setenv(ASKED_IN, PASSPHRASE)
    keep_front_ends(named.home, EMBEDDED)
    async with named.running("intake", "eligibility", "notify"):
        for _ in range(BEFORE):
            await submit(named)
        copying = asyncio.create_task(asyncio.to_thread(main, ["backup", str(file), "--with-keys"]))
        for _ in range(MEANWHILE):
            await submit(named)
        assert await copying == 0
        await named.fact(CandidatureRegistered, count=BEFORE + MEANWHILE)
    assert not (named.home / "nats").exists(), "no server was made for it"
    assert main(["--home", str(again), "restore", str(file)]) == 1, (
        "a restore makes a folder of its own"
    )
    monkeypatch.delenv("FABRIQUES_NATS_URL")
    assert await asyncio.to_thread(main, ["--home", str(again), "restore", str(file)]) == 0
    assert registry_file(again).read_bytes() == registry_file(named.home).read_bytes()
    assert not (again / MARK).exists()


async def test_no_key_is_found_in_a_backup_and_they_come_back_with_the_passphrase_alone(
    named: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Errors
) -> None:
    """Sealed twice: whoever opens the backup holds no key of the platform yet."""
    kept, again = tmp_path / "kept", tmp_path / "again"
    without, sealed = kept / "without.sealed", kept / "with.sealed"
    keys = read_keys(named.home / "keys")
    assert {"funding.nk", "notify-proof.nk", "people/administrator-1.key"} <= keys.keys()
    assert await run("backup", without) == 0
    [_, line] = capsys.readouterr().out.splitlines()
    assert (
        line
        == f"The platform's keys ({named.home / 'keys'}) are left out: --with-keys puts them in."
    )
    monkeypatch.setenv(ASKED_IN, "short")
    assert await run("backup", sealed, "--with-keys") == 1
    assert "too short: 12 characters" in capsys.readouterr().err
    monkeypatch.setenv(ASKED_IN, PASSPHRASE)
    assert await run("backup", sealed, "--with-keys") == 0
    opener = secret_in(tmp_path / "backup.key")
    unseal(sealed, opener, tmp_path / "opened")
    write_keys(tmp_path / "in-clear", keys)
    assert [found_in(folder, keys) for folder in (kept, tmp_path / "opened")] == [set(), set()]
    assert found_in(tmp_path / "in-clear", keys) == keys.keys(), (
        "the control: what is not sealed is found"
    )
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}

    monkeypatch.delenv("FABRIQUES_NATS_URL")
    monkeypatch.setenv("FABRIQUES_HOME", str(again))
    assert await run("restore", without) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "keys are missing: provisioner.nk, intake.nk" in line
    assert "name that folder with --keys" in line
    monkeypatch.setenv(ASKED_IN, "another passphrase")
    assert await run("restore", sealed) == 1
    assert "the passphrase does not open keys.sealed" in capsys.readouterr().err
    assert not again.exists()
    monkeypatch.setenv(ASKED_IN, PASSPHRASE)
    assert await run("restore", sealed) == 0
    assert read_keys(again / "keys") == keys
    assert modes(again / "keys") == {("folder", 0o700), ("file", 0o600)}
    monkeypatch.setenv("FABRIQUES_HOME", str(tmp_path / "third"))
    assert await run("restore", without, "--keys", str(named.home / "keys")) == 0


async def test_a_backup_whose_time_is_over_is_refused_as_is_another_file(
    named: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Errors
) -> None:
    file, other, again = tmp_path / "copy.sealed", tmp_path / "other", tmp_path / "again"
    assert await run("backup", file, "--kept-days", "1") == 0
    taken_at = datetime.fromisoformat(read_head(file)["taken_at"])
    assert (
        f"it is brought back until {taken_at + timedelta(days=1):%Y-%m-%d}."
        in capsys.readouterr().out
    )
    other.write_text("{}\n")
    key = secret_in(tmp_path / "backup.key")
    for path, when, said in (
        (file, timedelta(days=1), "expired on"),
        (other, timedelta(), "is no backup of this format"),
    ):
        monkeypatch.setattr(copies, "datetime", frozen_at(taken_at + when))
        with pytest.raises(BackupRefused, match=said):
            await copies.restore(path, key, again, lambda _: {})
    assert not again.exists()
    monkeypatch.setattr(copies, "datetime", frozen_at(taken_at + timedelta(hours=23)))
    with pytest.raises(BackupRefused, match="keys are missing"):
        await copies.restore(file, key, again, lambda _: {})
    assert not (named.home / copies.COPYING).exists()


def frozen_at(now: datetime) -> type[datetime]:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Frozen":
            return cls.fromisoformat(now.isoformat())

    return Frozen


def test_a_backup_needs_a_key_that_lies_elsewhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Errors
) -> None:
    for words, said in (
        (["backup", "copy"], "backups have no key yet: make one with `fabriques keys backup FILE`"),
        (["keys", "backup", str(home / "keys" / "backup.key")], "lies in the data folder"),
        (["keys", "backup", str(tmp_path / "backup.key")], "is there already"),
        (["restore", "copy", "--nobody-erased"], "holds no key of backups"),
    ):
        (home / "keys" / "backup.pub").unlink(missing_ok=True)
        monkeypatch.setenv("FABRIQUES_BACKUP_KEY", str(tmp_path / "no.key"))
        (tmp_path / "backup.key").touch()
        assert main(words) == 1
        assert said in capsys.readouterr().err


async def run(*words: Path | str) -> int:
    return await asyncio.to_thread(main, [str(word) for word in words])


def found_in(folder: Path, keys: Keys) -> set[str]:
    """The keys whose bytes are in some file of this folder, however deep."""
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {place for place, key in keys.items() if any(key.strip() in data for data in written)}


def modes(folder: Path) -> set[tuple[str, int]]:
    found = [
        ("folder" if path.is_dir() else "file", path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
    ]
    return {*found, ("folder", folder.stat().st_mode & 0o777)}


def test_a_sealed_file_that_asks_too_much_of_this_machine_is_not_opened() -> None:
    greedy = json.dumps(
        {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "operations": 3, "memory_bytes": 2**40}
    ).encode()
    with pytest.raises(KeysSealed, match="damaged"):
        open_keys(greedy + b"\n" + bytes(100), PASSPHRASE)


async def submit(platform: Platform) -> None:
    dossier, body = submission()
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)


async def test_what_is_not_ours_to_copy_is_refused_with_the_way_out(
    named: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Errors
) -> None:
    folder, other = tmp_path / "backup", tmp_path / "other.toml"
    text = named.settings.programme_file.read_text(encoding="utf-8")
    other.write_text(text.replace('id = "fabriques"', 'id = "another"', 1), encoding="utf-8")
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(other))
    assert await asyncio.to_thread(main, ["backup", str(folder)]) == 1
    assert "the server serves programme fabriques" in capsys.readouterr().err
    monkeypatch.setenv("FABRIQUES_FUNDING_DATABASE_URL", "postgresql+psycopg://db/funding")
    assert await asyncio.to_thread(main, ["backup", str(folder)]) == 1
    refusal = capsys.readouterr().err
    assert "pg_dump" in refusal
    assert "docs/runbook.md" in refusal and "(PostgreSQL is lost or brought back)" in refusal
    assert "\n## PostgreSQL is lost or brought back\n" in RUNBOOK and "\npg_dump " in RUNBOOK
    assert not folder.exists()


def test_no_second_server_is_started_on_a_store_that_one_writes(
    home: Path, server: tuple[Path, "subprocess.Popen[bytes]"], tmp_path: Path, capsys: Errors
) -> None:
    config, process = server
    before = config.read_bytes()
    assert main(["backup", str(tmp_path / "backup")]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "FABRIQUES_NATS_URL" in line
    assert config.read_bytes() == before
    assert servers_on(home / "nats") == [process.pid]
    config.unlink()
    assert main(["backup", str(tmp_path / "backup")]) == 1
    assert f"process {process.pid} is a server on the store" in capsys.readouterr().err


def test_the_server_of_containers_is_not_started_beside_them(
    home: Path, tmp_path: Path, capsys: Errors
) -> None:
    config = write_config(home, "fabriques", "0.0.0.0", 4222)
    before = config.read_bytes()
    assert main(["backup", str(tmp_path / "backup")]) == 1
    assert "is run on its own, at 0.0.0.0:4222" in capsys.readouterr().err
    assert config.read_bytes() == before


def test_another_folders_server_on_the_port_of_before_stops_nobody(
    home: Path, tmp_path: Path, capsys: Errors
) -> None:
    port, stranger = free_port(), tmp_path / "stranger"
    ours = write_config(home, "fabriques", HOST, port)
    before = ours.read_bytes()
    theirs = start_server(
        write_config(stranger, "fabriques", HOST, port), HOST, port, stranger / "nats.log"
    )
    try:
        assert main(["backup", str(tmp_path / "backup")]) == 1
    finally:
        end(theirs, 10.0)
    assert "lacks the streams" in capsys.readouterr().err, (
        "our own store was looked at, and it is empty"
    )
    assert not (tmp_path / "backup").exists()
    assert ours.read_bytes() == before
