"""How a service's database is: looked at from outside the service, and left as it was."""

from dataclasses import dataclass
from datetime import UTC, datetime

from nats.aio.client import Client
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from deploy.local.database.records import has_records
from deploy.local.database.remembered_log import JOURNAL, records_of_service
from shared.contract.topology import SERVICES, durables_of
from shared.kit.consumer.continuity import check_continuity
from shared.kit.errors import OlderCopy
from shared.kit.settings import Settings
from shared.kit.storage.database import take_writer_turn
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.migrations import is_served, newest_schema, schema_of


@dataclass(frozen=True, slots=True)
class Health:
    """`failure` is why it takes no write; `schema` is the migration it is at, `newest` that of this code.

    `served` tells whether this code may write it, also where newer code has brought it further.
    `unscrubbed_seconds` tells for how long its files have kept traces of somebody who was erased.
    """

    there: bool = True
    failure: str = ""
    schema: str = ""
    newest: str = ""
    served: bool = False
    unscrubbed_seconds: float = 0.0


def health_of(settings: Settings, service: str) -> Health:
    """A transaction that writes is begun, and rolled back."""
    if not has_records(settings, service):
        return Health(there=False)
    with records_of_service(settings, service) as engine:
        try:
            return _found_by_a_write(engine, service)
        except DBAPIError as error:
            return Health(failure=str(error.orig))


def _found_by_a_write(engine: Engine, service: str) -> Health:
    newest = newest_schema(service)
    with engine.connect() as connection:
        take_writer_turn(connection, service)
        schema = schema_of(connection)
        if schema:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        served = is_served(connection, newest)
        seconds = _unscrubbed_seconds(connection, service) if served else 0.0
        connection.rollback()
    return Health(schema=schema or "", newest=newest, served=served, unscrubbed_seconds=seconds)


def _unscrubbed_seconds(connection: Connection, service: str) -> float:
    if service not in SERVICES:
        return 0.0
    owed = InboxOutbox(JOURNAL, connection, service, "").scrubbing_owed()
    return (datetime.now(UTC) - owed[1]).total_seconds() if owed else 0.0


async def older_than_log(client: Client, settings: Settings) -> dict[str, str]:
    """Of each service whose database is an older copy than the log: why, in the service's own words."""
    programme = settings.programme().id
    front_ends = settings.front_ends()
    found: dict[str, str] = {}
    for service in SERVICES:
        durables = durables_of(service, front_ends)
        try:
            with records_of_service(settings, service) as engine:
                await check_continuity(client, engine, JOURNAL, service, programme, durables)
        except OlderCopy as error:
            found[service] = str(error)
    return found
