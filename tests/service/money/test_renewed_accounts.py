"""Accounts under a new field key, beside a service that writes on; who was erased stays erased."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from services.funding.app import field_cipher
from services.funding.bank.sealing import (
    FieldUnreadable,
    account_row,
    drop_earlier_field_keys,
    rotate_field_keys,
)
from services.funding.keys import FIELDS_FILE, create_keys
from services.funding.tables import METADATA
from services.funding.tools import renew_accounts as tool
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from tests.databases import lay

ACCOUNTS = METADATA.tables["accounts"]
COUNT = 7


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Several pages of accounts, the first of them emptied by an erasure."""
    monkeypatch.setattr(tool, "AT_ONCE", 3)
    (tmp_path / "keys").mkdir()
    create_keys(tmp_path / "keys")
    settings = Settings(home=tmp_path)
    lay(settings.database_url("funding"), "funding")
    cipher = field_cipher(settings)
    told = {"sequence": 1, "provided_at": datetime(2021, 3, 1, tzinfo=UTC), "replaces": False}
    engine = open_engine(settings.database_url("funding"))
    with engine.begin() as connection:
        for number in range(COUNT):
            place = account_row(f"dossier-{number}", "f")
            secret = (
                cipher.encrypt(f"account {number}", "accounts", place, "secret") if number else b""
            )
            row = {"candidature_id": f"dossier-{number}", "fingerprint": "f", "secret": secret}
            connection.execute(insert(ACCOUNTS).values(**told | row))
    engine.dispose()
    return settings


def test_each_account_is_opened_by_the_new_key_alone(settings: Settings) -> None:
    path = settings.home / "keys" / FIELDS_FILE
    before = field_cipher(settings)
    assert tool.renew_accounts(settings) == 0
    rotate_field_keys(path)
    assert tool.renew_accounts(settings) == COUNT - 1
    assert tool.renew_accounts(settings) == 0
    drop_earlier_field_keys(path)
    after = field_cipher(settings)
    engine = open_engine(settings.database_url("funding"))
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(ACCOUNTS)).mappings()]
    engine.dispose()
    assert [row["secret"] for row in rows if row["candidature_id"] == "dossier-0"] == [b""]
    opened = {row["candidature_id"]: after.account(row) for row in rows}
    assert opened == {"dossier-0": ""} | {f"dossier-{n}": f"account {n}" for n in range(1, COUNT)}
    with pytest.raises(FieldUnreadable, match="no key of version 2"):
        before.decrypt(rows[-1]["secret"], "accounts", account_row("dossier-6", "f"), "secret")
