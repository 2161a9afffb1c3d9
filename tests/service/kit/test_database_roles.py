"""On PostgreSQL each process has a role and a database of its own, and reaches no other."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.sql import Composable
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from deploy.local.database.roles import provision_databases
from deploy.local.home.plan import PlatformNotStarted
from shared.contract.topology import PROCESSES
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from tests import role_databases
from tests.role_databases import provisioned_on
from tests.store import administrator, shown

PREFIX = "roletest_"


def url_of(server: str, process: str, database: str = "") -> URL:
    return role_databases.url_of(server, PREFIX, process, database)


@pytest.fixture(scope="module")
def provisioned(postgres_server: str) -> Iterator[Settings]:
    with provisioned_on(postgres_server, PREFIX) as settings:
        yield settings


def connected(url: URL) -> None:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()


def test_a_role_migrates_its_own_database_and_is_let_into_no_other(
    provisioned: Settings, postgres_server: str
) -> None:
    engine = open_engine(provisioned.funding_database_url)
    migrate(engine, "funding")
    engine.dispose()
    for process in PROCESSES:
        for other in PROCESSES:
            url = url_of(postgres_server, process, PREFIX + other)
            if process == other:
                connected(url)
                continue
            with pytest.raises(Exception, match="permission denied for database"):
                connected(url)


def test_where_everybody_may_connect_a_role_is_let_in(
    provisioned: Settings, postgres_server: str
) -> None:
    """The control: it is the grant that keeps roles apart."""
    with administrator(postgres_server) as connection:
        connection.execute(f'GRANT CONNECT ON DATABASE "{PREFIX}funding" TO PUBLIC')
    connected(url_of(postgres_server, "notify", f"{PREFIX}funding"))
    assert provision_databases(provisioned) == []
    with pytest.raises(Exception, match="permission denied for database"):
        connected(url_of(postgres_server, "notify", f"{PREFIX}funding"))


def test_a_password_that_was_replaced_counts_from_the_next_provisioning_on(
    provisioned: Settings, postgres_server: str
) -> None:
    fresh = url_of(postgres_server, "intake").set(password="another")
    assert (
        provision_databases(provisioned.model_copy(update={"intake_database_url": shown(fresh)}))
        == []
    )
    with psycopg.connect(
        host=fresh.host,
        port=fresh.port,
        user=fresh.username,
        password="another",
        dbname=fresh.database,
    ):
        pass


def test_no_password_is_said_to_the_server_in_clear(
    provisioned: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said may stand in its log."""
    said: list[str] = []
    execute = psycopg.Connection.execute

    def recorded(connection: Any, query: Any, *more: Any) -> Any:
        said.append(
            query.as_string(connection) if isinstance(query, Composable) else query.decode()
        )
        return execute(connection, query, *more)

    monkeypatch.setattr(psycopg.Connection, "execute", recorded)
    provision_databases(provisioned)
    assert len([one for one in said if "LOGIN PASSWORD 'SCRAM-SHA-256$" in one]) == len(PROCESSES)
    assert [one for one in said if "own-" in one] == []


@pytest.mark.parametrize("url", ["", "sqlite:///x.db", "postgresql+psycopg://fabriques@host/db"])
def test_a_url_without_role_password_or_database_is_told(url: str) -> None:
    urls = {f"{process}_database_url": "postgresql+psycopg://a:b@host/c" for process in PROCESSES}
    with pytest.raises(PlatformNotStarted, match="ROLE:PASSWORD@HOST/DATABASE"):
        provision_databases(Settings(databases_admin_url=url, **urls))
