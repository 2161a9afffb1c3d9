"""Brings a service's database to the schema of its code.

Migrations only add: old and new code run side by side.
"""

from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from shared.kit.storage.database import take_writer_turn


def migrate(engine: Engine, service: str) -> None:
    """Runs the missing migrations in one transaction.

    Replicas that start at once wait for each other's turn.
    """
    folder = Path(str(files(f"services.{service}"))) / "migrations"
    newest = max(path.stem for path in (folder / "versions").glob("[0-9]*.py"))
    with engine.begin() as connection:
        take_writer_turn(connection, service)
        if _version(connection) != newest.partition("_")[0]:
            _upgrade(connection, folder)


def _version(connection: Connection) -> str | None:
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
