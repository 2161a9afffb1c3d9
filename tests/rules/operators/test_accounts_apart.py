"""The accounts of two programmes on one server have no name in common, and none imports of the other."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.cli.connection.whereabouts import kept_platform
from deploy.local.home.beside import homes_beside, is_beside, mark_beside, server_home
from deploy.local.home.folder_lock import only_one
from deploy.local.home.plan import PlatformNotStarted, PlatformRecord, programme_copy, write_record
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.installation.preparing import Hosts, prepare
from deploy.local.keys.certificates import certify
from deploy.local.keys.identities import PIECE, accounts_block, accounts_config, make_keys
from deploy.local.running.adding import add_programme
from deploy.local.server.nats_server import (
    ACCOUNTS_FILE,
    accounts_of_all,
    configurations,
    write_piece,
)
from deploy.local.server.written_accounts import accounts_in
from shared.contract.accounts import CORE
from shared.contract.front_ends import EMBEDDED
from shared.kit.settings import Settings
from tests.conftest import PROGRAMMES

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MORE = PROGRAMMES / "manufactures-de-proximite.toml"
NODES = Hosts(nodes=("nats-0", "nats-1"))
NAMED = re.compile(r'account: "([^"]+)"|accounts: \[([^\]]*)\]')


def test_no_account_of_a_programme_names_one_of_another(tmp_path: Path) -> None:
    texts = {name: accounts_config(make_keys(tmp_path / name), name) for name in ("one", "other")}
    block = accounts_block(texts.values())
    for name, text in texts.items():
        told = {
            account
            for pair in NAMED.findall(text)
            for account in re.findall(r"[\w-]+", "".join(pair))
        }
        assert told and all(account.startswith(f"{name}_") for account in told)
        accounts = accounts_in(block, name)
        assert accounts == accounts_in(accounts_block([text]), name)
        assert {CORE, *(front_end.name for front_end in EMBEDDED)} < set(accounts)
    keys = [
        {key for account in accounts_in(block, name).values() for key in account.rights}
        for name in texts
    ]
    assert keys[0].isdisjoint(keys[1])


def test_what_an_account_imports_is_exported_to_it_by_name(tmp_path: Path) -> None:
    """The control of the pattern above: what is read back is what was written."""
    accounts = accounts_in(
        accounts_block([accounts_config(make_keys(tmp_path / "keys"), "one")]), "one"
    )
    exported = "\n".join(accounts[CORE].exports)
    assert accounts["holders"].imports
    assert '"one_holders"' in exported
    assert "account_token_position" not in exported


def test_a_programme_that_was_added_knows_whose_server_it_is_on(tmp_path: Path) -> None:
    home = tmp_path / "programmes" / "more"
    home.mkdir(parents=True)
    assert (server_home(home), is_beside(home), homes_beside(tmp_path)) == (home, False, ())
    mark_beside(home)
    assert (server_home(home), homes_beside(tmp_path)) == (tmp_path.resolve(), (home,))


def prepared(home: Path, hosts: Hosts = NODES) -> None:
    prepare(Settings(home=home, programme_file=SHIPPED), hosts, NOW)


def test_a_folder_takes_the_accounts_of_its_own_programme_alone(tmp_path: Path) -> None:
    programme_copy(tmp_path).write_bytes(SHIPPED.read_bytes())
    with pytest.raises(PlatformNotStarted, match="is the folder of fabriques, not of manufactures"):
        write_piece(tmp_path, "manufactures", EMBEDDED)
    assert not (tmp_path / "nats" / PIECE).exists()


def test_beside_another_a_command_is_about_the_folders_programme_whatever_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme_copy(tmp_path).write_bytes(SHIPPED.read_bytes())
    home, _ = add_programme(tmp_path, MORE, NOW)
    monkeypatch.setenv("FABRIQUES_NATS_URL", "nats://nats-0:4222")
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(SHIPPED))
    for folder, programme in ((tmp_path, "fabriques"), (home, "manufactures")):
        monkeypatch.setenv("FABRIQUES_HOME", str(folder))
        assert kept_platform().programme().id == programme


def test_an_account_that_two_pieces_have_is_refused(tmp_path: Path) -> None:
    prepared(tmp_path)
    home, _ = add_programme(tmp_path, MORE, NOW)
    accounts_of_all(tmp_path)
    (home / "nats" / PIECE).write_bytes((tmp_path / "nats" / PIECE).read_bytes())
    with pytest.raises(PlatformNotStarted, match="have the account fabriques_"):
        accounts_of_all(tmp_path)


def test_prepared_again_the_servers_keep_the_accounts_of_programmes_beside(tmp_path: Path) -> None:
    prepared(tmp_path)
    add_programme(tmp_path, MORE, NOW)
    prepared(tmp_path)
    files = [*configurations(tmp_path), tmp_path / ACCOUNTS_FILE]
    assert len(files) == 3
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert set(accounts_in(text, "manufactures")) == set(accounts_in(text, "fabriques"))


def test_prepared_again_a_server_that_spoke_tls_does_so(tmp_path: Path) -> None:
    prepared(tmp_path, Hosts())
    certify(tmp_path)
    prepared(tmp_path, Hosts())
    assert "tls {" in configurations(tmp_path)[0].read_text(encoding="utf-8")


def test_while_a_platform_runs_on_the_folder_nothing_of_it_is_prepared(tmp_path: Path) -> None:
    with only_one(tmp_path):
        write_record(
            tmp_path, PlatformRecord(os.getpid(), "nats://127.0.0.1:4222", "", rehearsal=False)
        )
        with pytest.raises(PlatformNotStarted, match="a platform runs on"):
            prepared(tmp_path)
    assert configurations(tmp_path) == []
