"""What the accepted reports add up to, as everybody reads it; one that waits to be read adds nothing."""

from shared.contract.backoffice import ReportAccepted
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import ReportSubmitted
from shared.contract.funding import GrantAgreed, GrantAwarded, ReportReceived
from tests.platform import Platform
from tests.portal.conftest import serving
from tests.system.pipeline import season

REPORT_DAY = "2022-03-01T10:00:00+01:00"
COUNTED = (
    {"people_trained": 1_200},
    {"people_trained": 34, "firms_accompanied": 5},
    {"people_trained": 777},
)


async def laureates(platform: Platform) -> list[str]:
    """As many as there are reports, each with its agreement signed."""
    found = [await season.submit(platform) for _ in COUNTED]
    for one in found:
        await platform.fact(EligibilityChecked, one)
        await season.review(platform, one, 5)
    await season.publish_wave(platform, "2020-4")
    for one in found:
        await platform.fact(GrantAwarded, one)
        await season.sign(platform, one)
        await platform.fact(GrantAgreed, one)
    return found


async def report(platform: Platform, laureate: str, indicators: dict[str, int]) -> None:
    line = {"label": "Salaires", "planned_cents": 100, "spent_cents": 90}
    said = {"candidature_id": laureate, "year": 1, "activity": "Ouvert.", "lines": [line]}
    body = said | {"indicators": indicators}
    await platform.publish("holders", ReportSubmitted, laureate, body, at=REPORT_DAY)
    await platform.fact(ReportReceived, laureate)


async def accept(platform: Platform, laureate: str) -> None:
    body = season.act("officer-1", candidature_id=laureate, year=1, version=1)
    await platform.publish("officers", ReportAccepted, laureate, body, at=REPORT_DAY)


async def test_sums_of_accepted_reports_are_read_by_everybody_and_name_nobody(
    platform: Platform,
) -> None:
    async with (
        platform.running("intake", "eligibility", "funding"),
        serving(platform) as served,
    ):
        found = await laureates(platform)
        for laureate, indicators in zip(found, COUNTED, strict=True):
            await report(platform, laureate, indicators)
        for laureate in found[:2]:
            await accept(platform, laureate)
        await platform.idle("funding")
        page = (await served.browser.open("/impact")).text
        assert "2 bilans acceptés à ce jour" in page
        assert "Sommes des bilans acceptés" in page
        assert "Personnes formées 1 234 1 234" in page
        assert "Entreprises accompagnées dans leur transition numérique 5 5" in page
        assert "FABT-" not in page
        assert "Passerelle" not in page
        assert 'href="/donnees#publie"' in served.browser.page


async def test_before_any_report_was_accepted_the_page_says_so(platform: Platform) -> None:
    async with platform.running("funding"), serving(platform) as served:
        assert "Aucun bilan n'est encore accepté." in (await served.browser.open("/impact")).text
        assert 'href="/impact" aria-current="page"' in served.browser.page
