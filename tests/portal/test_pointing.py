"""A click on a map where outlines of communes are imported: the point tells its commune, and so the zone."""

from pathlib import Path

from deploy.portal.place_map import view_of
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from tests.platform import Platform
from tests.portal.conftest import serving
from tests.rules.eligibility.territory.territory_samples import commune, geojson, put

VICHY = (3.4217, 46.1271)
SAINT_ETIENNE = (4.3872, 45.4397)


async def test_a_click_is_answered_for_the_commune_there_which_the_page_says_it_supposes(
    production: Platform, tmp_path: Path
) -> None:
    engine = open_engine(production.settings.database_url("eligibility"))
    migrate(engine, "eligibility")
    put(
        engine,
        tmp_path,
        "communes.geojson",
        geojson(commune("03310", VICHY, 5_000), commune("42218", SAINT_ETIENNE, 5_000)),
    )
    engine.dispose()
    async with production.running("eligibility"), serving(production) as served:
        browser = served.browser
        for department, place, told, name in (
            ("03", VICHY, "Oui, ce lieu est dans une zone", "Vichy (03310)"),
            (
                "42",
                SAINT_ETIENNE,
                "Les données ne suffisent pas à le dire",
                "Saint-Étienne (42218)",
            ),
        ):
            x, y = view_of(department).pixels(*place)
            await browser.open(f"/carte?departement={department}&point.x={x:.0f}&point.y={y:.0f}")
            assert told in browser.text
            assert f"Commune : {name}" in browser.text
            assert "Nous supposons la commune qui est là" in browser.text
            assert f'value="{name}"' in browser.page, "it is there to be corrected"
