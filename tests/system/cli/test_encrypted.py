"""Encrypted streams: nothing of them is read on the disk, and a wrong key opens no empty server."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli.main import main
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.keys.store_key import KEY_FILE, StoreKeyWrong
from deploy.local.running.child_process import end
from deploy.local.running.processes import provision_bus
from deploy.local.server.nats_server import free_port, start_server, write_config
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from tests.logs import logs_on
from tests.people import found
from tests.rawfiles import holding

CANARY = "canary-of-the-encrypted-streams"
HOST = "127.0.0.1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A platform with one message, whose server has stopped. Its key lies elsewhere."""
    monkeypatch.delenv("FABRIQUES_NATS_URL", raising=False)
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "stick" / "store.key"))
    folder = tmp_path / "var"
    found(folder)
    asyncio.run(said(folder, CANARY))
    yield folder


async def said(home: Path, word: str) -> int:
    """Says this word, and returns how many messages the stream holds then."""
    port = free_port()
    config = write_config(home, "fabriques", HOST, port)
    server = await asyncio.to_thread(start_server, config, HOST, port, home / "nats.log")
    try:
        settings = Settings(home=home, nats_url=f"nats://{HOST}:{port}", programme_file=SHIPPED)
        await asyncio.to_thread(provision_bus, settings, "fabriques")
        client = await connect(settings, "provisioner")
        await client.jetstream().publish(
            "fabriques.intake.wave.closed.v1.2020-4", word.encode() * 9
        )
        state = (await client.jetstream().stream_info("INTAKE")).state
        await client.close()
        return int(state.messages)
    finally:
        await asyncio.to_thread(end, server, 10.0)


def test_what_is_said_is_found_in_no_file_and_the_next_start_goes_on(home: Path) -> None:
    assert holding(home, CANARY) == []
    key = (home.parent / "stick" / "store.key").read_text(encoding="utf-8")
    assert holding(home, key) == []
    assert asyncio.run(said(home, CANARY)) == 2


def test_control_without_a_key_the_same_word_is_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_FILE)
    shutil.rmtree(home)
    found(home)
    asyncio.run(said(home, CANARY))
    assert holding(home, CANARY)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "are encrypted: name their key's file (FABRIQUES_STORE_KEY)"),
        ("another", "is not the key that the streams of"),
        ("gone", "is not there: bring it back"),
    ],
)
def test_without_its_key_no_server_starts_that_would_show_nothing(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
    told: str,
) -> None:
    if key:
        monkeypatch.setenv(KEY_FILE, str(home.parent / key))
    else:
        monkeypatch.delenv(KEY_FILE)
    if key == "another":
        elsewhere = home.parent / "elsewhere"
        write_config(elsewhere, "fabriques", HOST, free_port())
    monkeypatch.setenv("FABRIQUES_HOME", str(home))
    with logs_on("supervisor"):
        assert main(["up", "--port", "0", "--no-pages", "--no-metrics"]) == 1
    assert told in capsys.readouterr().err
    assert main(["backup", str(home.parent / "copy.sealed")]) == 1


def test_a_key_in_the_data_folder_and_a_store_in_the_clear_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "keys" / "store.key"))
    with pytest.raises(StoreKeyWrong, match="lies in the data folder"):
        write_config(tmp_path, "fabriques", HOST, free_port())
    monkeypatch.setenv(KEY_FILE, str(tmp_path.parent / "elsewhere.key"))
    (tmp_path / "nats" / "jetstream").mkdir(parents=True)
    with pytest.raises(
        StoreKeyWrong, match="are not encrypted: restore a backup into a new folder"
    ):
        write_config(tmp_path, "fabriques", HOST, free_port())
