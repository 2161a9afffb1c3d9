"""The map of the departments in a real browser. Skipped where there is no Chromium."""

from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from deploy.portal.drawing import STATIC
from deploy.portal.map_svg import counted, map_of
from tests.portal.looking import (
    CHROMIUM,
    DESK,
    HEIGHT,
    TELEPHONE,
    chromium_alone,
    is_wider,
    pictured,
    violations,
    window,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: no map was looked at")
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_a_department_of_the_map_is_reached_by_the_keyboard_and_axe_finds_nothing() -> None:
    departments = counted({"03": 2, "93": 12, "974": 5, "2A": 8}, "/resultats", {})
    drawing = map_of(departments, "Carte des lauréats par département")
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    head = f'<html lang="fr"><title>Carte</title><style>{style}</style>'
    with chromium_alone() as chromium, window(chromium, "", DESK) as context:
        page = context.new_page()
        page.set_content(f"{head}<main><h1>Carte</h1>{drawing}</main>")
        page.keyboard.press("Tab")
        expect(page.locator("a").first).to_be_focused()
        expect(page.get_by_role("link", name="Corse-du-Sud (2A) : 8")).to_have_count(1)
        page.evaluate(AXE_SCRIPT)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            assert violations(page) == []
            for width in (TELEPHONE, DESK):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                assert not is_wider(page)
                pictured(page, f"{width}-{theme}-map")
