"""The records of a service on this machine, for the tools that read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from shared.kit.settings import Settings


class NoRecords(RuntimeError):
    """There are none, or they cannot be read; the message says what to do."""


def has_records(settings: Settings, service: str) -> bool:
    """A SQLite file may not be there yet; a database of PostgreSQL is taken to be."""
    url = settings.database_url(service)
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).is_file()


@contextmanager
def records_of(settings: Settings, service: str) -> Iterator[None]:
    """Raises NoRecords. To look must not make any."""
    is_file = settings.database_url(service).startswith("sqlite")
    where = settings.home if is_file else f"the database of {service}"
    if not has_records(settings, service):
        raise NoRecords(
            f"no data in {where}: start a platform there with `fabriques up`, "
            "or name its folder with FABRIQUES_HOME"
        )
    try:
        yield
    except DBAPIError as error:
        raise NoRecords(f"the data of {service} in {where} cannot be read: {error.orig}") from None
