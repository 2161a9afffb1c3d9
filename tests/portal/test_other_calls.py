"""The pages of another call say what its file says: its zones, its years, its sums."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.home.programme_copy import as_toml
from deploy.portal.portal import open_portal
from shared.kit.settings import Settings
from shared.programme import load_programme
from tests.conftest import PROGRAMMES
from tests.portal.browsing import browser_of
from tests.portal.conftest import OWN

SAID = {
    "fabriques-de-territoire-2023": (
        ("qui n'a pas encore de Fabrique", "50 000 €", "en une fois"),
        ("75 000 €", "Par an, au plus", "quartier prioritaire"),
        "La subvention est la même pour tous : 50 000 € en tout.",
    ),
    "manufactures-de-proximite": (
        ("100 places en France", "100 000 € à 400 000 €", "2 ans", "versé chaque année"),
        ("à proximité immédiate", "quartier prioritaire (QPV)"),
        "Entre 100 000 € et 400 000 € en tout, et 250 000 € au plus par an.",
    ),
}


@pytest.mark.parametrize("name", SAID)
async def test_the_call_and_the_form_of_another_programme(name: str, tmp_path: Path) -> None:
    file = tmp_path / "call.toml"
    programme = load_programme(PROGRAMMES / f"{name}.toml").moved_to(datetime.now(UTC))
    file.write_text(as_toml(programme), encoding="utf-8")
    portal = open_portal(Settings(home=tmp_path / "var", programme_file=file), OWN)
    shown, absent, sums = SAID[name]
    async with browser_of(portal) as browser:
        await browser.open("/")
        text = " ".join(browser.text.split())
        assert [one for one in shown if one not in text] == []
        assert [one for one in absent if one in text] == []
        await browser.open("/eligibilite")
        assert "Préciser, pour les quartiers prioritaires" not in browser.text
        await browser.open("/candidature")
        await browser.send("/candidature")
        await browser.open(f"/candidature/{browser.dossier}/budget")
        assert sums in " ".join(browser.text.split())
        await browser.open(f"/candidature/{browser.dossier}/lieu")
        asks = "Zones déclarées" in browser.text
        assert asks == programme.asks("declared")
    portal.store.dispose()
