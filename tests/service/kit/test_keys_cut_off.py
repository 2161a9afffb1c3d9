"""What a rotation or a revocation that was cut off left among the keys lets nobody in, and stops nobody."""

from pathlib import Path

import pytest

from deploy.local.home.programme_copy import SHIPPED
from deploy.local.installation.rotation import RotationRefused, finish, rotate
from deploy.local.keys.identities import (
    NEW,
    OLD,
    drop_keys,
    make_key,
    make_keys,
    public_key,
    seed_file,
)
from deploy.local.server import account_reload
from deploy.local.server.account_reload import ReloadFailed
from deploy.local.server.nats_server import write_config
from shared.kit.settings import Settings

NAME = "holders"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No server runs on it: whoever waits for one gives up at once."""
    make_keys(tmp_path / "keys")
    write_config(tmp_path, "fabriques", "127.0.0.1", 1)
    return Settings(home=tmp_path, programme_file=SHIPPED, nats_url="nats://127.0.0.1:1")


def test_a_key_of_before_a_revocation_is_not_let_in_once_the_name_is_back(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    before = make_keys(keys)[NAME]
    seed_file(keys, NAME).rename(seed_file(keys, NAME, OLD))
    make_key(seed_file(keys, NAME))
    assert set(before) < set(make_keys(keys)[NAME]), "the control: with an overlap both are let in"
    make_key(seed_file(keys, NAME, NEW))
    drop_keys(keys, NAME)
    make_key(seed_file(keys, NAME))
    assert make_keys(keys)[NAME] == (public_key(seed_file(keys, NAME).read_bytes()),)
    assert set(before).isdisjoint(make_keys(keys)[NAME])


async def test_a_rotation_killed_before_its_key_came_into_use_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_reload, "SERVED_SECONDS_MAX", 0)
    keys = settings.home / "keys"
    make_key(seed_file(keys, NAME, NEW))
    seed_file(keys, NAME, OLD).hardlink_to(seed_file(keys, NAME))
    with pytest.raises(ReloadFailed, match="not served"):
        await rotate(settings, NAME)
    with pytest.raises(RotationRefused, match="has one key"):
        await finish(settings, NAME)
    seed_file(keys, NAME, NEW).replace(seed_file(keys, NAME))
    with pytest.raises(RotationRefused, match="two keys"):
        await rotate(settings, NAME)
