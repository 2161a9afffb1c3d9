"""The pages of a test: alone, as when the platform is away; or with the services that they speak to."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local.home.programme_copy import as_toml
from deploy.portal import bus
from deploy.portal.pages import acting, carrying, filing
from deploy.portal.portal import Portal, open_portal
from deploy.portal.settings import PortalSettings
from shared.contract.front_ends import OFFICERS
from shared.kit.settings import Settings
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import PATIENCE_SECONDS, Platform, until
from tests.portal.browsing import ADDRESS, Browser, browser_of

OWN = PortalSettings(url=ADDRESS)
STAFFED = PortalSettings(
    url=ADDRESS, reviewers="reviewers", officers="officers", association="association"
)


@pytest.fixture(autouse=True, scope="session")
def _patient_pages() -> Iterator[None]:
    """Pages in this process wait for answers as long as a test does: a busy machine is no failure."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bus, "ANSWER_SECONDS_MAX", PATIENCE_SECONDS)
        patched.setattr(filing, "ANSWER_SECONDS_MAX", PATIENCE_SECONDS)
        patched.setattr(acting, "PIECES_SECONDS_MAX", PATIENCE_SECONDS)
        patched.setattr(carrying, "VERDICT_SECONDS_MAX", PATIENCE_SECONDS)
        yield


@dataclass
class Served:
    """Pages in this process, on a real broker, with a wave open today."""

    portal: Portal
    platform: Platform
    browser: Browser


def open_today(folder: Path) -> Path:
    """The shipped programme, moved so that its first wave opened yesterday."""
    file = folder / "open-today.toml"
    file.write_text(
        as_toml(load_programme(SHIPPED_PROGRAMME).moved_to(datetime.now(UTC))), encoding="utf-8"
    )
    return file


@pytest.fixture
def alone(tmp_path: Path) -> Portal:
    """Nobody answers on its bus."""
    settings = Settings(home=tmp_path / "var", programme_file=open_today(tmp_path))
    return open_portal(settings, OWN)


@pytest.fixture
async def browser(alone: Portal) -> AsyncIterator[Browser]:
    async with browser_of(alone) as found:
        yield found
    alone.store.dispose()


@asynccontextmanager
async def serving(platform: Platform, own: PortalSettings = OWN) -> AsyncIterator[Served]:
    """Pages on a platform whose services run; with STAFFED those of people with a key too."""
    portal = open_portal(platform.settings, own)
    async with portal.running(), browser_of(portal) as found:

        async def there() -> bool:
            return all(bus.is_there for bus in (portal.bus, *portal.staff.buses.values()))

        await until(there, "the pages reach the bus")
        yield Served(portal, platform, found)


def answer_otherwise(
    served: Served,
    patched: pytest.MonkeyPatch,
    change: Callable[[str, dict[str, Any]], dict[str, Any]],
) -> None:
    """Officers' pages hear what `change` makes of a question's name and of its real answer."""
    officers = served.portal.staff.buses[OFFICERS]
    ask = officers.ask

    async def changed(service: str, question: str, **body: Any) -> dict[str, Any]:
        return change(question, await ask(service, question, **body))

    patched.setattr(officers, "ask", changed)


@pytest.fixture
async def served(production: Platform, tmp_path: Path) -> AsyncIterator[Served]:
    settings = production.settings.model_copy(update={"programme_file": open_today(tmp_path)})
    platform = replace(production, settings=settings)
    async with platform.running("intake", "eligibility", "funding"), serving(platform) as found:
        yield found
