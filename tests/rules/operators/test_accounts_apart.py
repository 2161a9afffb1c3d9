"""The accounts of two programmes on one server have no name in common, and none imports of the other."""

import re
from pathlib import Path

from deploy.local.beside import homes_beside, is_beside, mark_beside, server_home
from deploy.local.identities import accounts_block, accounts_config, make_keys
from deploy.local.written_accounts import accounts_in
from shared.contract.accounts import CORE
from shared.contract.front_ends import EMBEDDED

NAMED = re.compile(r'account: "([^"]+)"|accounts: \[([^\]]*)\]')


def test_no_account_of_a_programme_names_one_of_another(tmp_path: Path) -> None:
    texts = {name: accounts_config(make_keys(tmp_path / name), name) for name in ("one", "other")}
    block = accounts_block(texts.values())
    for name, text in texts.items():
        told = {account for pair in NAMED.findall(text) for account in re.findall(r"[\w-]+", "".join(pair))}
        assert told and all(account.startswith(f"{name}_") for account in told)
        accounts = accounts_in(block, name)
        assert accounts == accounts_in(accounts_block([text]), name)
        assert {CORE, *(front_end.name for front_end in EMBEDDED)} < set(accounts)
    keys = [
        {key for account in accounts_in(block, name).values() for key in account.rights} for name in texts
    ]
    assert keys[0].isdisjoint(keys[1])


def test_what_an_account_imports_is_exported_to_it_by_name(tmp_path: Path) -> None:
    """The control of the pattern above: what is read back is what was written."""
    accounts = accounts_in(accounts_block([accounts_config(make_keys(tmp_path / "keys"), "one")]), "one")
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
