"""Another look: a second theme, on pages whose platform is away."""

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import expect

from shared.kit.settings import Settings
from tests.conftest import SHIPPED_PROGRAMME
from tests.portal.looking import CHROMIUM, DESK, Look, chromium_alone, window
from tests.portal.officers import opened_pages

THEME = Path(__file__).parent / "theme"
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the theme was not looked at"
)


async def test_a_theme_replaces_stylesheet_and_logo_and_axe_finds_nothing_in_it_either(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path, programme_file=SHIPPED_PROGRAMME)
    async with opened_pages(settings, theme=THEME) as url:
        await asyncio.to_thread(look_at_theme, url)


def look_at_theme(url: str) -> None:
    with chromium_alone() as chromium, window(chromium, url, DESK) as context:
        page = context.new_page()
        look = Look(page, DESK)
        look.at("theme", "/")
        assert look.found == []
        expect(page.get_by_role("link", name="Lieux du Pays")).to_be_visible()
        bar = page.locator(".top").evaluate("one => getComputedStyle(one).borderTopWidth")
        assert bar == "4px", "its own stylesheet"
        assert page.locator("link[rel=stylesheet]").get_attribute("href") == "/theme/style.css"
