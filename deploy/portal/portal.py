"""What every page stands on, put together once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from jinja2 import Environment, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from deploy.portal import french, rooms, words
from deploy.portal.bus import Bus, Heard, PlatformAway
from deploy.portal.communes import Places, load_places
from deploy.portal.drawing import TEMPLATES, environment
from deploy.portal.geocoder import Geocoder
from deploy.portal.limits import Limits
from deploy.portal.mail import Post, post_of
from deploy.portal.map_svg import department
from deploy.portal.recent import Recent
from deploy.portal.seals import Seals, load_seals
from deploy.portal.settings import PortalSettings, folder_of
from deploy.portal.staff import Staff, open_staff
from deploy.portal.standings import standing
from deploy.portal.store import Store, open_store
from deploy.portal.theme import Theme, load_theme
from shared.contract.front_ends import ASSOCIATION, OFFICERS, REVIEWERS
from shared.french import marks
from shared.kit.settings import Settings
from shared.programme import Programme

CLEANING_SECONDS = 3600.0
DAY_SECONDS = 86_400
ERASED = "erased"  # as an answer, and as a status
SESSION_DAYS_MAX = 92
log = structlog.get_logger()


class Absent(StrictUndefined):
    """A name that is not there is false in a condition, and an error where it would be shown."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


@dataclass
class Portal:
    """`settings` are those of the platform, `own` those of the pages; `staff` are people with a key."""

    settings: Settings
    own: PortalSettings
    programme: Programme
    seals: Seals
    store: Store
    post: Post
    places: Places
    templates: Environment
    limits: Limits
    bus: Bus
    recent: Recent
    staff: Staff
    theme: Theme
    geocoder: Geocoder | None

    @property
    def session_seconds(self) -> int:
        """As long as a draft may wait for its author."""
        days = min(SESSION_DAYS_MAX, self.programme.retention.drafts_months * 31)
        return max(1, days) * DAY_SECONDS

    @staticmethod
    def now() -> datetime:
        """For what a page tells its reader; what counts is decided by the broker's time."""
        return datetime.now(UTC)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connected to the bus, and tidied once an hour."""
        buses = [self.bus, *self.staff.buses.values()]
        tasks = [
            asyncio.create_task(work) for work in (*(bus.run() for bus in buses), self._tidy())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
            self.store.dispose()

    async def _tidy(self) -> None:
        while True:
            try:
                self.store.forget_expired()
                await self._erase_missed()
            except (SQLAlchemyError, PlatformAway) as error:
                log.warning("drafts not tidied", cause=type(error).__name__)
            await asyncio.sleep(CLEANING_SECONDS)

    async def _erase_missed(self) -> None:
        """An erasure that was said while these pages were stopped is told by the dossier's public status."""
        for dossier in self.store.filed_ids() if self.bus.is_there else ():
            status = await self.bus.status(dossier)
            if status and status["status"] == ERASED:
                self.store.erase(dossier)


def open_portal(settings: Settings, own: PortalSettings) -> Portal:
    """Raises ProgrammeInvalid, KeyFileInvalid, ThemeInvalid, or ValueError for a relay's URL that is none."""
    programme = settings.programme()
    theme = load_theme(own.theme)
    folder = folder_of(settings.home)
    store = open_store(folder, programme)
    bus = Bus(settings, own.front_end, partial(_note, store))
    return Portal(
        settings=settings,
        own=own,
        programme=programme,
        seals=load_seals(folder),
        store=store,
        post=post_of(settings, programme),
        places=load_places(),
        templates=_templates(programme, theme),
        limits=Limits(),
        bus=bus,
        recent=Recent(bus),
        staff=open_staff(
            settings,
            {REVIEWERS: own.reviewers, OFFICERS: own.officers, ASSOCIATION: own.association},
        ),
        theme=theme,
        geocoder=Geocoder(own.geocoder) if own.geocoder else None,
    )


def _note(store: Store, heard: Heard) -> None:
    """What cannot be written now is read later from the dossier's public status."""
    try:
        if heard.verb == ERASED:
            return store.erase(heard.dossier)
        store.answered(heard.dossier, heard.attempt, heard.verb, heard.body)
    except SQLAlchemyError as error:
        log.warning("answer not kept", dossier=heard.dossier, cause=type(error).__name__)


def _templates(programme: Programme, theme: Theme) -> Environment:
    found = environment(programme, TEMPLATES, theme=theme, undefined=Absent)
    zone = programme.zone
    filters: dict[str, Any] = {
        "capital": french.capital,
        "day": french.day,
        "from_to": french.from_to,
        "fours": french.in_fours,
        "local_day": partial(french.local_day, zone=zone),
        "marks": marks,
        "need": words.need,
        "department": department,
        "degrees": french.degrees,
        "standing": standing,
        "moment": partial(french.moment, zone=zone),
        "last_moment": partial(french.last_moment, zone=zone),
    }
    found.filters |= filters
    found.globals |= {"words": words, "rooms": rooms}
    return found
