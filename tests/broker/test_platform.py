"""The platform fixture itself: a submission goes in, its registration comes out."""

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission


async def test_a_submission_published_by_a_front_end_is_registered(platform: Platform) -> None:
    candidature_id, body = submission()
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, candidature_id, body, at=OPEN_DAY)
        registered = await platform.fact(CandidatureRegistered, candidature_id)
        assert registered.data["wave"] == "2020-4"
        assert (await platform.ask("intake", "dossier", candidature_id=candidature_id))[
            "status"
        ] == "registered"
