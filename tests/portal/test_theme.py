"""Another look: a second theme, on pages whose platform is away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import expect

from deploy.local.nats_server import free_port
from deploy.local.plan import HOST
from deploy.portal.app import build
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from shared.kit.settings import Settings
from tests.conftest import SHIPPED_PROGRAMME
from tests.portal.looking import CHROMIUM, DESK, Look, chromium_alone, window

THEME = Path(__file__).parent / "theme"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the theme was not looked at")


@contextmanager
def served_in(theme: Path, home: Path) -> Iterator[str]:
    """Pages with another look, whose platform is away."""
    port = free_port(HOST)
    own = PortalSettings(url=f"http://{HOST}:{port}", theme=theme)
    portal = open_portal(Settings(home=home, programme_file=SHIPPED_PROGRAMME), own)
    server = uvicorn.Server(uvicorn.Config(build(portal), HOST, port, log_level="critical"))
    serving = Thread(target=server.run)
    serving.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield own.address
    finally:
        server.should_exit = True
        serving.join()


def test_a_theme_replaces_stylesheet_and_logo_and_axe_finds_nothing_in_it_either(
    tmp_path: Path,
) -> None:
    with (
        served_in(THEME, tmp_path) as url,
        chromium_alone() as chromium,
        window(chromium, url, DESK) as context,
    ):
        page = context.new_page()
        look = Look(page, DESK)
        look.at("theme", "/")
        assert look.found == []
        expect(page.get_by_role("link", name="Lieux du Pays")).to_be_visible()
        bar = page.locator(".top").evaluate("one => getComputedStyle(one).borderTopWidth")
        assert bar == "4px", "its own stylesheet"
        assert page.locator("link[rel=stylesheet]").get_attribute("href") == "/theme/style.css"
