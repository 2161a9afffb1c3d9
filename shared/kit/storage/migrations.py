"""Brings a service's database to the schema of its code.

Migrations only add: old and new code run side by side.
"""

from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from shared.kit.packages import package_of
from shared.kit.storage.database import take_writer_turn


def migrate(engine: Engine, service: str) -> None:
    """Runs the missing migrations in one transaction.

    Replicas that start at once wait for each other's turn.
    """
    folder = _folder(service)
    with engine.begin() as connection:
        take_writer_turn(connection, service)
        if schema_of(connection) != newest_schema(service):
            _upgrade(connection, folder)


def newest_schema(service: str) -> str:
    """The number of the last migration of this code."""
    newest = max(path.stem for path in (_folder(service) / "versions").glob("[0-9]*.py"))
    return newest.partition("_")[0]


def _folder(service: str) -> Path:
    return Path(str(files(package_of(service)))) / "migrations"


def schema_of(connection: Connection) -> str | None:
    """The number of the migration a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection, folder: Path) -> None:
    from alembic import command  # noqa: PLC0415  # a tenth of a second at each start, for what runs once
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
