"""The agenda on the real bus: an officer announces, laureates answer, and nobody answers for another."""

from typing import Any

import pytest
from icalendar import Calendar

from services.notify.handlers import peers
from shared.contract import backoffice, frontdesk, funding, intake
from shared.contract.answers import AnswerActRefused
from shared.contract.notify import NoticeSent
from shared.kit.people.signatures import public_key_of
from tests.broker.notified import awarded, holder_says, mails, ranked, registered, sent, submit
from tests.people import key_of
from tests.platform import Platform, until

KEY, THIEF = key_of("holder"), key_of("thief")
NOW = "2021-03-01T10:00:00+01:00"


async def laureate(platform: Platform, promoted: bool = False, key: Any = None) -> str:
    found = await submit(platform)
    owned = {"front_end": "holders", "public_key": public_key_of(key) if key else None}
    await platform.publish(
        "intake", intake.CandidatureRegistered, found, registered(found, **owned)
    )
    await platform.publish("funding", funding.WaveRanked, "2020-4", ranked(1))
    await platform.publish(
        "funding", funding.GrantAwarded, found, awarded(found, promoted=promoted)
    )
    return found


async def announce(platform: Platform, **changes: Any) -> None:
    body = {
        "actor": {"id": "officer-1", "role": "instructor"}, "reason": "Programme de la communauté.",
        "gathering": "rencontre-2022", "title": "Rencontre annuelle", "starts_on": "2022-06-16",
        "ends_on": "2022-06-17", "place": "Paris",
    } | changes  # fmt: skip
    await platform.publish(
        "officers", backoffice.GatheringAnnounced, "rencontre-2022", body, at=NOW
    )


async def answer(platform: Platform, dossier: str, people: int, key: Any = None) -> None:
    said = {"gathering": "rencontre-2022", "comes": True, "people": people}
    await holder_says(platform, frontdesk.InvitationAnswered, dossier, at=NOW, key=key, **said)


async def is_told(platform: Platform, dossier: str, template: str) -> bool:
    return any(
        one.data["template"] == template for one in await platform.facts(NoticeSent, dossier)
    )


async def told(platform: Platform, **expected: int) -> dict[str, Any]:
    """The answers to the meeting, once they are these."""

    async def reached() -> dict[str, Any] | None:
        found = await platform.ask_as("officers", "notify", "answers", gathering="rencontre-2022")
        return found if expected.items() <= found.items() else None

    return await until(reached, f"the answers are {expected}")


async def test_a_meeting_is_announced_answered_cancelled_and_the_next_laureate_is_not_asked(
    platform: Platform,
) -> None:
    async with platform.running("notify"):
        first = await laureate(platform)
        await sent(platform, first, 3)
        await announce(platform)
        await told(platform, invited=1)
        second = await laureate(platform, promoted=True)
        await told(platform, invited=2)
        await answer(platform, first, 3)
        found = await told(platform, yes=1, people=3)
        assert [one["answer"] for one in found["guests"]] == ["yes", ""]
        await announce(platform, cancelled=True)
        await told(platform, people=0)
        third = await laureate(platform, promoted=True)
        assert "invitation" not in await sent(platform, third, 3)
        await until(lambda: is_told(platform, second, "invitation_cancelled"), "the second is told")
        [off] = [
            mail for mail in mails(platform).values() if mail["Subject"].startswith("Annulée")
        ][:1]
        calendar = Calendar.from_ical(next(off.iter_attachments()).get_content())
        assert calendar["method"] == "CANCEL"


async def declare(platform: Platform, dossier: str, **said: Any) -> None:
    body = {"candidature_id": dossier, "offers": ["legal"], **said}
    await platform.publish("holders", frontdesk.CommunityDeclared, dossier, body, at=NOW)


async def listed(platform: Platform, *receipts: str) -> list[dict[str, Any]]:
    """The directory as a front-end reads it, once it holds as many."""

    async def read() -> list[dict[str, Any]] | None:
        found = await platform.ask_as("holders", "notify", "directory")
        return found["fabriques"] if len(found["fabriques"]) == len(receipts) else None

    return await until(read, f"the directory has {len(receipts)}")


async def test_nobody_is_in_the_directory_who_did_not_say_so_or_is_gone(platform: Platform) -> None:
    async with platform.running("notify"):
        first, second = await laureate(platform), await laureate(platform, promoted=True)
        await sent(platform, first, 3)
        await sent(platform, second, 3)
        assert await listed(platform) == []
        await declare(platform, first, listed=True)
        await declare(platform, second)
        [found] = await listed(platform, "first")
        assert (found["offers"], found["kinds"]) == (["legal"], ["coworking", "fablab"])
        assert not {"email", "representative"} & found.keys()
        await declare(platform, second, listed=True, peers=False)
        await listed(platform, "first", "second")
        await platform.publish("intake", intake.CandidatureErased, first, {"candidature_id": first})
        await listed(platform, "second")
        await declare(platform, second)
        await listed(platform)


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
async def test_nobody_answers_an_invitation_for_another(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    if not looked_at:
        monkeypatch.setattr(peers, "require_own", lambda *_: None)
    async with platform.running("notify"):
        victim = await laureate(platform, key=KEY)
        await sent(platform, victim, 3)
        await announce(platform)
        await told(platform, invited=1)
        await answer(platform, victim, 20)
        await answer(platform, victim, 50, THIEF)
        if not looked_at:
            await told(platform, people=50)
            return
        await platform.fact(AnswerActRefused, victim, count=2)
        await answer(platform, victim, 2, KEY)
        await told(platform, people=2)
