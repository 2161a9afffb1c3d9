"""A PostgreSQL role and a database for each process: each role reaches its own database and no other."""

import secrets
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import Connection, sql
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from deploy.local.home.plan import PlatformNotStarted
from shared.contract.topology import PROCESSES
from shared.kit.key_files import create_key, kept_text
from shared.kit.settings import PREFIX, Settings

DRIVER = "postgresql+psycopg"
FOLDER = "secrets"
ADMINISTRATOR = "postgres"
PASSWORD_FILE = "postgres_password"  # noqa: S105 - the name of a file
ADMINISTRATOR_FILE = f"{PREFIX.lower()}databases_admin_url"
PASSWORD_BYTES = 24


def make_database_secrets(home: Path, host: str, programme: str) -> None:
    """A file for each process with the URL of its database, once; and what the server's administrator is.

    Roles and databases have the programme in their names: those of another on the same server are its own.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    create_key(folder / PASSWORD_FILE, secrets.token_urlsafe(PASSWORD_BYTES))
    password = kept_text(folder / PASSWORD_FILE)
    create_key(folder / ADMINISTRATOR_FILE, _url(host, ADMINISTRATOR, password, ADMINISTRATOR))
    for process in PROCESSES:
        name = f"{programme}_{process}"
        own = _url(host, name, secrets.token_urlsafe(PASSWORD_BYTES), name)
        create_key(folder / f"{PREFIX}{process}_database_url".lower(), own)


def _url(host: str, role: str, password: str, database: str) -> str:
    return URL.create(DRIVER, role, password, host, database=database).render_as_string(
        hide_password=False
    )


def provision_databases(settings: Settings) -> list[str]:
    """Makes what is missing of the roles and databases that the processes' URLs name; says each.

    Raises PlatformNotStarted where the server cannot be reached as `databases_admin_url` says.
    """
    wanted = {process: _checked(settings.database_url(process), process) for process in PROCESSES}
    admin = _checked(settings.databases_admin_url, "the administrator")
    try:
        with _administrator(admin) as connection:
            return [line for process in PROCESSES for line in _provide(connection, wanted[process])]
    except psycopg.Error as error:
        raise PlatformNotStarted(f"PostgreSQL at {admin.host} made no databases: {error}") from None


def _checked(url: str, whose: str) -> URL:
    """Raises PlatformNotStarted."""
    try:
        parts = make_url(url)
    except ArgumentError:
        parts = make_url("sqlite://")
    if parts.drivername != DRIVER or not (parts.username and parts.password and parts.database):
        raise PlatformNotStarted(
            f"the database URL of {whose} is no {DRIVER}://ROLE:PASSWORD@HOST/DATABASE"
        )
    return parts


def _administrator(url: URL) -> Connection:
    return psycopg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
        autocommit=True,
        connect_timeout=10,
    )


def _provide(connection: Connection, url: URL) -> Iterable[str]:
    role = sql.Identifier(str(url.username))
    database = sql.Identifier(str(url.database))
    known = _there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", url.username)
    verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
    # The password is said again each time, so that a new one in the file counts.
    password = sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(_encrypted(connection, url)))
    connection.execute(sql.SQL(" ").join([verb, role, password]))
    if not known:
        yield f"role {url.username} made"
    if not _there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", url.database):
        # Whoever makes a database for a role must be a member of it, where it is no superuser.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        yield f"database {url.database} made"
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def _encrypted(connection: Connection, url: URL) -> str:
    """As the server keeps it: in clear, a password would stand in the server's log of statements."""
    password = str(url.password).encode()
    role = str(url.username).encode()
    return connection.pgconn.encrypt_password(password, role).decode()


def _there(connection: Connection, question: str, name: str | None) -> bool:
    return connection.execute(question.encode(), (name,)).fetchone() is not None
