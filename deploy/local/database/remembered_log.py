"""What the databases of an installation say of the log, before anything is provisioned or served."""

from collections.abc import Iterator
from contextlib import contextmanager

from nats.aio.client import Client
from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.exc import DBAPIError

from deploy.local.database.records import has_records
from deploy.local.home.plan import PlatformNotStarted
from shared.contract.topology import SERVICES, durables_of
from shared.kit.consumer.continuity import check_continuity, check_stores
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.log_memory import Memory

JOURNAL = journal_tables(MetaData())


async def check_known_stores(client: Client, settings: Settings) -> None:
    """Raises OlderCopy where a store is not the one that the databases speak of: it must not be made anew."""
    for service in SERVICES:
        with records_of_service(settings, service) as engine:
            await check_stores(client, Memory(engine, JOURNAL, service).places())


async def check_databases(client: Client, settings: Settings, programme: str) -> None:
    """Raises OlderCopy in the words the service itself would use: nobody need look at its log."""
    for service in SERVICES:
        with records_of_service(settings, service) as engine:
            durables = durables_of(service, settings.front_ends())
            await check_continuity(client, engine, JOURNAL, service, programme, durables)


@contextmanager
def records_of_service(settings: Settings, service: str) -> Iterator[Engine]:
    """To look must not make any: a SQLite file that is not there is read as an empty one."""
    there = has_records(settings, service)
    engine = open_engine(settings.database_url(service)) if there else create_engine("sqlite://")
    try:
        yield engine
    except DBAPIError as error:
        raise PlatformNotStarted(
            f"the database of {service} cannot be used: {error.orig}"
        ) from None
    finally:
        engine.dispose()
