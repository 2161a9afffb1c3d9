"""Answers that are the same for everybody, kept for a moment: a thousand readers ask the platform once."""

import asyncio
import time
from functools import partial
from typing import Any

from deploy.portal.bus import Bus, PlatformAway
from shared.contract.asked import COMMONS_PAGE_MAX

CALENDAR_SECONDS = 5.0
LAUREATES_SECONDS = 60.0
IMPACT_SECONDS = 60.0
COMMUNITY_SECONDS = 5.0
PEOPLE_SECONDS = 2.0
STATUS_SECONDS = 1.5
AWAY_SECONDS = 1.0
AWAY = object()
KEPT_MAX = 2_000
PAGE = 500


class Recent:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._kept: dict[str, tuple[float, Any]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def calendar(self) -> list[dict[str, Any]]:
        """The waves, as the counter tells them. Raises PlatformAway."""
        ask = partial(self._bus.answer, "intake", "calendar")
        told = await self._kept_for(CALENDAR_SECONDS, "calendar", ask)
        return list(told["waves"])

    async def laureates(self) -> list[dict[str, Any]]:
        """The published laureates. Raises PlatformAway."""
        ask = partial(self._bus.lines, "funding", "laureates", "laureates", limit=PAGE)
        return list(await self._kept_for(LAUREATES_SECONDS, "laureates", ask))

    async def impact(self) -> dict[str, Any]:
        """What the accepted reports add up to: `reports`, `indicators`. Raises PlatformAway."""
        ask = partial(self._bus.answer, "funding", "impact")
        return dict(await self._kept_for(IMPACT_SECONDS, "impact", ask))

    async def directory(self) -> list[dict[str, Any]]:
        """The laureates who want to be found. Raises PlatformAway."""
        ask = partial(self._bus.lines, "notify", "directory", "fabriques", limit=PAGE)
        return list(await self._kept_for(COMMUNITY_SECONDS, "directory", ask))

    async def commons(self) -> list[dict[str, Any]]:
        """What laureates share, as officers accepted it. Raises PlatformAway."""
        ask = partial(self._bus.lines, "notify", "commons", "commons", limit=COMMONS_PAGE_MAX)
        return list(await self._kept_for(COMMUNITY_SECONDS, "commons", ask))

    async def people(self, service: str) -> dict[str, Any]:
        """Whom a service knows: `platform`, `people` with their keys and roles. Raises PlatformAway."""
        ask = partial(self._bus.answer, service, "people")
        return dict(await self._kept_for(PEOPLE_SECONDS, "people", ask))

    async def status(self, dossier: str) -> dict[str, Any] | None:
        """The public status of a dossier of ours, for a list. Raises PlatformAway."""
        found: dict[str, Any] | None = await self._kept_for(
            STATUS_SECONDS, dossier, partial(self._bus.status, dossier)
        )
        return found

    async def _kept_for(self, seconds: float, name: str, ask: Any) -> Any:
        self._forget_the_old()
        async with self._asking.setdefault(name, asyncio.Lock()):
            until, found = self._kept.get(name, (0.0, None))
            if time.monotonic() >= until:
                found = await self._asked(ask)
                kept_for = AWAY_SECONDS if found is AWAY else seconds
                self._kept[name] = (time.monotonic() + kept_for, found)
        if found is AWAY:
            raise PlatformAway
        return found

    async def _asked(self, ask: Any) -> Any:
        """A platform that is away is kept too: those who wait for the same answer do not each ask again."""
        try:
            return await ask()
        except PlatformAway:
            return AWAY

    def _forget_the_old(self) -> None:
        if len(self._asking) <= KEPT_MAX:
            return
        now = time.monotonic()
        for name in [name for name, asking in self._asking.items() if not asking.locked()]:
            if self._kept.get(name, (0.0, None))[0] <= now:
                self._kept.pop(name, None)
                del self._asking[name]
