"""A role and a database of its own for each process on one server, as `provision databases` makes them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, make_url

from deploy.local.database.roles import provision_databases
from shared.contract.topology import PROCESSES
from shared.kit.settings import Settings
from tests.store import administrator, shown


def url_of(server: str, prefix: str, process: str, database: str = "") -> URL:
    """With a password that has to be quoted."""
    name = prefix + process
    return make_url(server).set(
        username=name, password=f"its'own-{process}", database=database or name
    )


@contextmanager
def provisioned_on(server: str, prefix: str) -> Iterator[Settings]:
    urls = {
        f"{process}_database_url": shown(url_of(server, prefix, process)) for process in PROCESSES
    }
    settings = Settings(databases_admin_url=server, **urls)
    try:
        assert len(provision_databases(settings)) == 2 * len(PROCESSES)
        yield settings
    finally:
        lose_all(server, prefix)
        with administrator(server) as connection:
            for process in PROCESSES:
                connection.execute(f'DROP ROLE IF EXISTS "{prefix}{process}"')


def lose_all(server: str, prefix: str) -> None:
    with administrator(server) as connection:
        for process in PROCESSES:
            connection.execute(f'DROP DATABASE IF EXISTS "{prefix}{process}" WITH (FORCE)')
