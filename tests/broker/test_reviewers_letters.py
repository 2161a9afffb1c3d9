"""Letters to reviewers on the real bus: one for each day that brought something, after a restart too."""

from datetime import datetime, timedelta
from typing import Any

from shared.contract import backoffice as officers
from shared.contract.eligibility import ReviewerBriefed
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.notify import DigestSent
from tests.broker.notified import mails, plain
from tests.platform import Platform
from tests.service.selection.ballot import act, dossier, marks_of, registered
from tests.submissions import OPEN_DAY

ADDRESS = "anna@exemple.fr"
FIRST, SECOND = dossier(1), dossier(2)


def days_later(days: int) -> str:
    return (datetime.fromisoformat(OPEN_DAY) + timedelta(days=days)).isoformat()


async def say(platform: Platform, kind: Any, about: str, at: str, **fields: Any) -> None:
    body = act("officer-1", "instructor", **{kind.dossier_field: about}, **fields)
    await platform.publish("officers", kind, about, body, at=at)


async def give(platform: Platform, about: str, at: str) -> None:
    body = {
        "candidature_id": about,
        "reviewer_id": "anna",
        "marks": marks_of(4),
        "comment": "Un projet solide.",
    }
    await platform.publish("reviewers", ReviewSubmitted, about, body, at=at)


async def letters(platform: Platform, count: int) -> list[str]:
    """Those to the reviewer, oldest first, once there are so many."""
    await platform.fact(DigestSent, "anna", count)
    sent = [fact.data for fact in await platform.facts(DigestSent, "anna")]
    written = mails(platform)
    assert {str(mail["To"]) for mail in written.values()} == {ADDRESS}
    assert len(written) == len(sent)
    return [plain(written[fact["notice_id"]]) for fact in sent]


async def test_a_reviewer_gets_one_letter_a_day_of_all_that_it_brought(platform: Platform) -> None:
    async with platform.running("eligibility", "notify"):
        await say(platform, officers.ReviewerRegistered, "anna", OPEN_DAY, email=ADDRESS)
        for number in (1, 2):
            body = registered(number)
            await platform.publish(
                "intake", CandidatureRegistered, dossier(number), body, at=OPEN_DAY
            )
        await platform.idle("eligibility")
        for about in (FIRST, SECOND):
            await say(platform, officers.ReviewAssigned, about, OPEN_DAY, reviewer_id="anna")
        await platform.idle("eligibility")
        await give(platform, FIRST, days_later(1))
        [asked] = await letters(platform, 1)
        assert "2 dossiers vous sont confiés" in asked
        assert SECOND in asked
        assert "Association" not in asked, "nothing of an applicant"
    async with platform.running("eligibility", "notify"):
        await give(platform, SECOND, days_later(2))
        await say(platform, officers.ReviewerRegistered, "bela", days_later(3))
        _, first, second = await letters(platform, 3)
        assert "Une évaluation est bien reçue" in first
        assert "Vous n'avez plus rien à lire" in second
        days = [fact.data["day"] for fact in await platform.facts(ReviewerBriefed, "anna")]
        assert days == [days_later(day)[:10] for day in range(3)]
