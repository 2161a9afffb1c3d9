"""Submissions that wait for a look at their files: across a restart, a replay, and beside others."""

from deploy.local.replay import replay
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from tests.attached import as_said, attached, uploaded
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission


async def test_what_was_undecided_when_the_log_ended_is_decided_once_the_service_runs(
    platform: Platform,
) -> None:
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    tally = await replay(platform.settings, "intake")
    assert (tally.events, tally.decided, tally.unexplained) == (1, 0, [])
    async with platform.running("intake"):
        await platform.fact(CandidatureRegistered, dossier)
