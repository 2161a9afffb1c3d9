"""A whole programme's laureates and commons are read page by page: no page of them is too heavy."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deploy.portal.drawing import STATIC
from deploy.portal.pages import public
from deploy.portal.portal import Portal
from tests.portal.browsing import Browser

BYTES_MAX = 150_000
LAUREATES, COMMONS = 300, 130
PLACES = ("03310", "59350", "97411", "75056", "2A004")


def answering(told: list[dict[str, Any]]) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    async def answer() -> list[dict[str, Any]]:
        return told

    return answer


@pytest.fixture(autouse=True)
def programme_that_is_over(alone: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a long name; each in the directory."""
    numbers = range(LAUREATES)
    names = [f"Syndicat mixte du Pays des Sources et des Vallées {at:03}" for at in numbers]
    results = [
        {"legal_name": name, "wave": "2021-1" if at % 2 else "2020-4", "zone": "outside-urban",
         "commune_code": PLACES[at % len(PLACES)], "awarded_cents": [5_000_000] * 3}
        for at, name in enumerate(names)
    ]  # fmt: skip
    listed = [
        {"place": f"Le Phare {name}", "holder": name, "kinds": ["coworking", "fablab"],
         "commune_code": "03310", "offers": ["governance", "training"], "needs": ["business-model"]}
        for name in names
    ]  # fmt: skip
    commons = [
        {"title": f"Guide de l'atelier {at:03}", "url": f"https://phare.example/{at}",
         "about": "Règles. " * 20, "licence": "cc-by-4.0", "place": "Le Phare",
         "holder": names[0], "shared_on": "2022-03-01"}
        for at in range(COMMONS)
    ]  # fmt: skip
    for name, told in (("laureates", results), ("directory", listed), ("commons", commons)):
        monkeypatch.setattr(alone.recent, name, answering(told))


def weight(browser: Browser) -> int:
    """With what every page brings."""
    brought = sum((STATIC / name).stat().st_size for name in ("style.css", "pages.js"))
    return len(browser.page.encode()) + brought


@pytest.mark.parametrize("path", ["/resultats", "/annuaire"])
async def test_a_long_list_is_light_and_read_to_its_end(path: str, browser: Browser) -> None:
    await browser.open(path)
    assert weight(browser) <= BYTES_MAX
    assert "Sources et des Vallées 000" in browser.text
    assert "Lauréats précédents" not in browser.text
    await browser.open(f"{path}?page={-(-LAUREATES // public.LISTED_MAX)}")
    assert "Lauréats précédents" in browser.text
    assert "Lauréats suivants" not in browser.text


@pytest.mark.parametrize("path", ["/resultats", "/annuaire"])
async def test_control_a_list_that_is_shown_whole_is_too_heavy(
    path: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "LISTED_MAX", LAUREATES)
    await browser.open(path)
    assert weight(browser) > BYTES_MAX


async def test_the_next_page_keeps_what_was_chosen(browser: Browser) -> None:
    await browser.open("/resultats?vague=2020-4&departement=")
    assert "300 lauréats à ce jour, dont 150 dans ce choix" in browser.text.replace("\u00a0", " ")
    assert "vague=2020-4&amp;zone=&amp;departement=&amp;page=2" in browser.page
    await browser.open("/annuaire?region=84&communs=2")
    assert "Guide de l'atelier 060" in browser.text
    assert "region=84&amp;departement=&amp;communs=3#communs" in browser.page
