"""New pages beside services of the release before: what those do not tell is left out, the rest is shown."""

from typing import Any

import pytest

from deploy.portal.portal import Portal
from tests.platform import Platform
from tests.portal.browsing import Browser, enter
from tests.portal.conftest import STAFFED, answer_otherwise, serving
from tests.portal.officers import doubtful_place

POINT = "place.latitude=46,12&place.longitude=3,42"


async def test_officers_decide_on_a_territory_whose_point_is_not_told(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        platform.running("intake", "eligibility", "funding"),
        serving(platform, STAFFED) as served,
    ):
        dossier = await doubtful_place(platform)
        await enter(served.browser, "director-1")
        page = await served.browser.open(f"/bureau/dossier/{dossier}")
        assert "et le point 45,7690, 4,8345" in page.text, "the control"

        def older(question: str, answer: dict[str, Any]) -> dict[str, Any]:
            for one in answer.get("waiting", ()):
                del one["latitude"], one["longitude"]
            return answer

        answer_otherwise(served, monkeypatch, older)
        page = await served.browser.open(f"/bureau/dossier/{dossier}")
        assert page.status == 200
        assert "Le porteur a donné la commune" in page.text
        assert "Zones où est le lieu" in page.text and "le point" not in page.text


async def test_who_asks_for_a_point_is_asked_for_the_commune_that_is_not_told(
    browser: Browser, alone: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def older(service: str, question: str, **body: Any) -> dict[str, Any]:
        return {"eligible": False, "zones": [], "needs_instruction": True, "reasons": [],
                "datasets": [], "commune_code": None}  # fmt: skip

    monkeypatch.setattr(alone.bus, "ask", older)
    page = await browser.open(f"/eligibilite?{POINT}")
    assert page.status == 200
    assert "Indiquez la commune : ce point ne la dit pas." in page.text
