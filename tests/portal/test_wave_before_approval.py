"""A wave before its approval: what officers read where its list is refused, or its funding is older."""

import re
from typing import Any

import pytest

from deploy.portal.bus import PlatformAway
from tests.platform import Platform
from tests.portal.browsing import Browser, enter
from tests.portal.conftest import STAFFED, Served, answer_otherwise, serving
from tests.portal.officers import ranked_wave
from tests.portal.trying import OTHER_RULES
from tests.service.selection.ballot import WAVE

PAGE = f"/bureau/vague/{WAVE}"
CONFIRMED = "Le vérificateur confirme."


async def test_a_refused_list_is_told_in_french_and_an_older_funding_simulates_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        platform.running("intake", "eligibility", "funding"),
        serving(platform, STAFFED) as served,
    ):
        best, weak = await ranked_wave(platform)
        await enter(served.browser, "director-1")
        page = await served.browser.open(PAGE)
        assert (page.status, CONFIRMED in page.text) == (200, True), "the control"
        tried = await served.browser.open(f"{PAGE}/simulation?{OTHER_RULES}")
        assert "Ce qui change" in tried.text, "the control"
        with monkeypatch.context() as patched:
            _refuse(served, patched, best, weak)
            await _reads_why(served.browser, best)
        with monkeypatch.context() as patched:
            _older(served, patched)
            await _simulates_nothing(served.browser)


def _refuse(served: Served, patched: pytest.MonkeyPatch, best: str, weak: str) -> None:
    """The verifier says two things of the list: one that the pages know, and one of tomorrow."""
    said = [
        {"property": "rank-order", "detail": f"{weak} should come before {best} ({best}, {weak})"},
        {"property": "tomorrow", "detail": f"<b>never</b> seen ({best})"},
    ]

    def refused(question: str, answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"verified": False, "violations": said} if question == "verify" else answer

    answer_otherwise(served, patched, refused)


async def _reads_why(browser: Browser, best: str) -> None:
    page = await browser.open(PAGE)
    assert page.status == 200 and CONFIRMED not in page.text
    _, _, beginning = page.page.partition("Le vérificateur refuse cette liste")
    refusal, _, _ = beginning.partition("</section>")
    assert "devrait être classé avant FABT-2020-4-0000" in refusal
    assert "une place pourrait revenir à quelqu'un d'autre" in refusal.replace("&#39;", "'")
    assert "(Le &lt;Phare&gt;, rang 1)" in refusal
    assert '<span lang="en">&lt;b&gt;never&lt;/b&gt; seen</span>' in refusal
    assert best not in refusal, "people know a dossier by its receipt"


def _older(served: Served, patched: pytest.MonkeyPatch) -> None:
    """Nobody listens where the question is asked."""

    def older(question: str, answer: dict[str, Any]) -> dict[str, Any]:
        if question == "simulation":
            raise PlatformAway
        return answer

    answer_otherwise(served, patched, older)


async def _simulates_nothing(browser: Browser) -> None:
    page = await browser.open(PAGE)
    assert page.status == 200 and CONFIRMED in page.text
    assert "Approuver exactement cette liste" in page.text
    page = await browser.open(f"{PAGE}/simulation?{OTHER_RULES}")
    assert page.status == 200
    assert "Personne ne répond à cette simulation pour l'instant" in page.text
    assert "Ce qui change" not in page.text
    assert re.search(r'name="laureates_max"[^>]* value="3"', page.page), "what was typed stays"
