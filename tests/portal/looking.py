"""What a browser shows: kept as a picture where somebody asks for it, and asked of axe."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
PICTURES = Path(__file__).parents[2] / "build" / "pages"
TELEPHONE, DESK = 360, 1280
HEIGHT = 900
# What 400 % leaves of a window of 1280 × 1024 (WCAG 1.4.10).
ZOOMED_WIDTH, ZOOMED_HEIGHT = 320, 256
PAGE_BYTES_MAX = 150_000
# The pages that show a point on a map, or ask for one.
AT_VICHY = "place.commune_code=Vichy&place.latitude=46,12&place.longitude=3,42"
POINTED = {
    "eligible": f"/eligibilite?{AT_VICHY}",
    "pointed": f"/eligibilite?{AT_VICHY}&carte=03",
    "where": "/carte",
    "where-department": "/carte?departement=03",
}
# A busy machine is no failure: an act alone may take ten seconds.
expect.set_options(timeout=30_000)
# What a page and all it brings weigh, without pictures.
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((one) => !/\\.(svg|png|webp)$/.test(new URL(one.name).pathname))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""


@contextmanager
def chromium_alone() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def window(browser: Browser, url: str, width: int, **more: Any) -> BrowserContext:
    """Of somebody who reads French, and sees no movement."""
    size = {"width": width, "height": HEIGHT}
    return browser.new_context(
        base_url=url, viewport=size, locale="fr-FR", reduced_motion="reduce", **more
    )


def pictured(page: Page, name: str, whole: bool = True) -> None:
    """Nothing is proved by it, and it takes as long as the rest."""
    if os.environ.get("FABRIQUES_TEST_PICTURES") != "yes":
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)


class Look:
    """Looks at pages one after the other, and gathers what is wrong with them."""

    def __init__(self, page: Page, width: int, bytes_max: int = PAGE_BYTES_MAX) -> None:
        self.found: list[str] = []
        self._bytes_max = bytes_max
        self._page = page
        self._width = width
        page.on("console", self._note)

    def _note(self, said: ConsoleMessage) -> None:
        if "status of 4" not in said.text:  # a page that is not there says so
            self.found.append(f"console: {said.text}")

    def at(self, name: str, path: str, words: str = "", in_the_dark: bool = True) -> None:
        """The dark theme differs by its colours alone, and a telephone by where things are.

        `words` are those that a page's script brings.
        """
        self._page.goto(path)
        if words:
            expect(self._page.locator("main")).to_contain_text(words)
        pictured(self._page, f"{self._width}-light-{name}")
        if self._width == DESK:
            self._page.evaluate(AXE_SCRIPT)
            self._ask_axe(name, "light")
            if in_the_dark:
                self._ask_axe(name, "dark", runOnly=["color-contrast"])
                pictured(self._page, f"{self._width}-dark-{name}")
                self._page.emulate_media(color_scheme="light")
        if (weight := self._page.evaluate(WEIGHT)) > self._bytes_max:
            self.found.append(f"{name}: {weight} bytes")
        if is_wider(self._page):
            self.found.append(f"{name}: wider than the window")
        with zoomed(self._page):
            pictured(self._page, f"{ZOOMED_WIDTH}-light-{name}")
            if is_wider(self._page):
                self.found.append(f"{name}: wider than the window at 400 %")

    def _ask_axe(self, name: str, theme: Literal["light", "dark"], **rules: Any) -> None:
        """Asks for what is violated alone: to tell of every element what it passed takes longer."""
        self._page.emulate_media(color_scheme=theme)
        violated = violations(self._page, **rules)
        self.found += [f"{name} {theme}: {one['id']}: {_where(one)}" for one in violated]


def is_wider(page: Page) -> bool:
    """Whether one has to scroll sideways. A table may, in a box of its own."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def zoomed(page: Page) -> Iterator[None]:
    """As who enlarges a desk's window to 400 % sees the page."""
    before = page.viewport_size
    assert before
    page.set_viewport_size({"width": ZOOMED_WIDTH, "height": ZOOMED_HEIGHT})
    yield
    page.set_viewport_size(before)


def find_the_menu(browser: Browser, url: str, state: Any) -> None:
    """Of people with a key: one line of a telephone that opens without a script; a list on a desk."""
    with window(
        browser, url, TELEPHONE, storage_state=state, java_script_enabled=False
    ) as telephone:
        page = telephone.new_page()
        page.goto("/espace")
        menu = page.get_by_role("navigation", name="Pages")
        expect(menu.get_by_role("link", name="Mes évaluations")).to_be_hidden()
        menu.get_by_text("Menu").click()
        expect(menu.get_by_role("link", name="Mes évaluations")).to_be_visible()
    with window(browser, url, DESK, storage_state=state) as desk:
        page = desk.new_page()
        page.goto("/espace")
        menu = page.get_by_role("navigation", name="Pages")
        expect(menu.get_by_text("Menu")).to_be_hidden()
        menu.get_by_role("link", name="Mes évaluations").click()
        page.wait_for_url("/evaluations")


def violations(page: Page, **rules: Any) -> list[dict[str, Any]]:
    """What axe, which is on the page already, finds wrong with it.

    It would copy imported stylesheets into the page, which the page's policy refuses.
    """
    options = json.dumps(DEFAULT_OPTIONS | {"preload": False} | rules)
    found: list[dict[str, Any]] = page.evaluate(
        f"axe.run({options}).then(found => found.violations)"
    )
    return found


def _where(violation: dict[str, Any]) -> str:
    return ", ".join(str(node["target"]) for node in violation["nodes"][:3])
