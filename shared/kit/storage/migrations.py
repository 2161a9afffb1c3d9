"""Brings a service's database to the schema of its code.

A migration only adds, so that old and new code run side by side. One that takes away what older code reads
or writes says which code it leaves at work: `serves_from` is the schema of the oldest that may serve on.
The database keeps that beside its own schema, for code too old to know the migration.
"""

from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from shared.kit.errors import NewerSchema
from shared.kit.packages import package_of
from shared.kit.storage.database import take_writer_turn

FIRST = "0001"
KEPT_IN = "code_served"


def migrate(engine: Engine, service: str) -> None:
    """Runs the missing migrations in one transaction. Raises NewerSchema.

    Replicas that start at once wait for each other's turn.
    """
    newest = newest_schema(service)
    with engine.begin() as connection:
        take_writer_turn(connection, service)
        schema = schema_of(connection) or ""
        if schema < newest:
            _upgrade(connection, folder_of(service))
        # Most migrations only add: an old replica that starts again on a newer schema serves on.
        elif not is_served(connection, newest):
            raise NewerSchema(
                f"the database of {service} is at schema {schema}, where code of schema {newest} must not "
                f"write: start {service} of the release that migrated it, or bring back the copy from before"
            )


def newest_schema(service: str) -> str:
    """The number of the last migration of this code."""
    newest = max(path.stem for path in (folder_of(service) / "versions").glob("[0-9]*.py"))
    return newest.partition("_")[0]


def folder_of(service: str) -> Path:
    return Path(str(files(package_of(service)))) / "migrations"


def schema_of(connection: Connection) -> str | None:
    """The number of the migration a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_served(connection: Connection, newest: str) -> bool:
    """Whether code whose newest schema is this one may write here, at its schema or at a later one."""
    if schema_of(connection) == newest:
        return True
    if not inspect(connection).has_table(KEPT_IN):
        return False
    oldest: str = connection.scalar(text("SELECT oldest FROM code_served"))
    return oldest <= newest


def _upgrade(connection: Connection, folder: Path) -> None:
    from alembic import command  # noqa: PLC0415  # a tenth of a second at each start, for what runs once
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    migrations = ScriptDirectory.from_config(config).walk_revisions()
    oldest = max(getattr(one.module, "serves_from", FIRST) for one in migrations)
    _keep_served(connection, oldest)


def _keep_served(connection: Connection, oldest: str) -> None:
    """For code too old to know the migration that says so."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS code_served (oldest VARCHAR(4) NOT NULL)"))
    connection.execute(text("DELETE FROM code_served"))
    connection.execute(
        text("INSERT INTO code_served (oldest) VALUES (:oldest)"), {"oldest": oldest}
    )
