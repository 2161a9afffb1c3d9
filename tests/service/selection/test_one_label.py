"""One place, one label: a project that files in two waves cannot be awarded twice."""

from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import WaveClosed
from tests.platform import Platform
from tests.system.pipeline import season

SERVICES = ("intake", "eligibility", "funding")
SECOND_WAVE = "2021-01-10T10:00:00+01:00"
SECOND_REVIEWS = "2021-04-05T10:00:00+02:00"
SECOND_PUBLICATION = "2021-04-20T10:00:00+02:00"


async def test_a_place_that_files_again_before_the_first_answer_is_awarded_once(
    platform: Platform,
) -> None:
    """Given two files of one project in two waves, both filed before any answer, the second is declined."""
    async with platform.running(*SERVICES):
        first = await season.submit(platform, holder__siret="90009001000019")
        again = await season.submit(platform, at=SECOND_WAVE, holder__siret="90009001000019")
        for candidature in (first, again):
            await platform.fact(EligibilityChecked, candidature)
        await season.review(platform, first, 5, at=SECOND_WAVE)
        await platform.fact(WaveClosed, "2020-4")
        await season.publish_wave(platform, "2020-4", at=season.PUBLICATION_DAY)
        await platform.fact(facts.GrantAwarded, first)
        await season.review(platform, again, 5, at=SECOND_REVIEWS)
        await platform.fact(WaveClosed, "2021-1")
        await season.publish_wave(platform, "2021-1", at=SECOND_PUBLICATION)
        declined = await platform.fact(facts.CandidatureDeclined, again)
        assert [reason["code"] for reason in declined.data["reasons"]] == ["already-labelled"]
        assert [fact.dossier for fact in await platform.facts(facts.GrantAwarded)] == [first]
