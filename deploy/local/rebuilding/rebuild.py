"""Makes a service's database anew from the log, beside the one in use, which it replaces once it is proven.

Not in the log, and brought along: reference data that were imported. The keys are needed as they were.
"""

from dataclasses import dataclass, field
from time import monotonic

from nats.aio.client import Client
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from deploy.loading import part_of
from deploy.local.database.records import has_records
from deploy.local.log.store_server import provisioner
from deploy.local.rebuilding.decided_again import Tally
from deploy.local.rebuilding.rebuilt_places import RebuiltPlace, rebuilt_place
from deploy.local.rebuilding.replay import Telling, built, decide_again, refuse_running
from shared.contract.topology import durables_of
from shared.kit.service import open_database
from shared.kit.settings import Settings
from shared.kit.storage.database import hasten, open_engine
from shared.kit.storage.journal import Journal
from shared.kit.storage.reference import copy_rows


class NotRebuilt(RuntimeError):
    """The database could not be made anew; the one in use is as it was. The message says the way out."""


@dataclass
class Rebuilt:
    """`kept` is where the database before lies; `proven` that every fact of the log was said again.

    `holes` are the messages that heard streams have lost, by stream; `reference` the rows brought along.
    """

    service: str
    database: str
    seconds: float = 0.0
    in_place: bool = False
    proven: bool = False
    kept: str = ""
    was_left: bool = False
    holes: dict[str, int] = field(default_factory=dict)
    reference: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)


async def rebuild(
    settings: Settings, service: str, tell: Telling, accepts_gaps: bool = False
) -> Rebuilt:
    """With facts that nothing in the log explains it takes its place only where one `accepts_gaps`.

    Raises ServiceRuns, NotRebuilt, StoryDiffers, nats errors.
    """
    started = monotonic()
    place = rebuilt_place(settings.database_url(service))
    rebuilt = Rebuilt(service, place.name)
    async with provisioner(settings) as client:
        await refuse_running(settings, service)
        rebuilt.was_left = place.begin()
        fresh = at_place(settings, service, place.url)
        rebuilt.reference = bring_reference(settings, fresh, service)
        rebuilt.tally = await decide_from_scratch(client, fresh, service, tell)
        rebuilt.holes = await _holes(client, settings, service)
        rebuilt.proven = not rebuilt.tally.unexplained_count
        if rebuilt.proven or accepts_gaps:
            await refuse_running(settings, service)
            _take_over(place, rebuilt, settings.database_url(service))
    rebuilt.seconds = round(monotonic() - started, 1)
    return rebuilt


def at_place(settings: Settings, service: str, url: str) -> Settings:
    return settings.model_copy(update={f"{service}_database_url": url})


async def decide_from_scratch(
    client: Client, fresh: Settings, service: str, tell: Telling
) -> Tally:
    async with built(client, fresh, service) as known:
        hasten(known.consumer.work.engine)
        known.consumer.work.alone = True
        return await decide_again(client, known, tell)


def bring_reference(settings: Settings, fresh: Settings, service: str) -> dict[str, int]:
    """What was imported is in no log. Returns the rows of each table. Raises NotRebuilt."""
    journal: Journal = part_of(service, "tables").JOURNAL
    if not journal.reference or not has_records(settings, service):
        return {}
    made = open_database(fresh, service)
    before = open_engine(settings.database_url(service))
    try:
        return copy_rows(before, made, journal.reference)
    except DBAPIError as error:
        raise NotRebuilt(
            f"the reference data of {service} cannot be read ({error.orig}): move its database away, "
            "import them again with `fabriques territory import`, then rebuild"
        ) from None
    finally:
        before.dispose()
        made.dispose()


def _take_over(place: RebuiltPlace, rebuilt: Rebuilt, url: str) -> None:
    rebuilt.kept = place.take_over()
    rebuilt.database = make_url(url).render_as_string()
    rebuilt.in_place = True


async def _holes(client: Client, settings: Settings, service: str) -> dict[str, int]:
    """How many messages each stream that it hears has lost, to an erasure or to damage."""
    holes: dict[str, int] = {}
    for durable in durables_of(service, settings.front_ends()):
        state = (await client.jetstream().stream_info(durable.stream)).state
        if lost := state.last_seq - state.messages:
            holes[durable.stream] = lost
    return holes
