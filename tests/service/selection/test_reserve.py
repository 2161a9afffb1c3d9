"""The reserve list on a real broker: the next in rank, exactly once, whatever comes at once."""

import asyncio
from typing import Any

import pytest

from shared.contract import eligibility, intake
from shared.contract import frontdesk as front
from shared.contract import funding as facts
from tests.platform import Platform, until
from tests.service.selection import ballot
from tests.service.selection.ballot import LATER, dossier

LAUREATES, WAITING, GONE = 24, 26, 20
MARKS = dict.fromkeys(range(1, LAUREATES + WAITING + 1), 5)  # the earliest receipt decides


async def test_twenty_withdrawals_at_once_promote_exactly_the_next_twenty(
    platform: Platform,
) -> None:
    ballot.with_programme(platform, laureates_max=str(LAUREATES))
    async with platform.running("funding"):
        digest = await ballot.publish(platform, MARKS)
        await withdraw_at_once(platform)
        await the_next_twenty_are_promoted(platform)
        assert (await platform.ask("funding", "wave", wave=ballot.WAVE))["proposal"][
            "digest"
        ] == digest
        assert (await platform.ask("funding", "verify", wave=ballot.WAVE))["verified"]
        why = await platform.ask("funding", "why", candidature_id=dossier(LAUREATES + 1))
        assert why["ranking"]["outcome"] == "waitlisted"  # what was published stays readable
        assert [turn["kind"] for turn in why["since"]] == ["promoted"]


async def test_two_replicas_on_one_database_promote_the_same_twenty(
    platform: Platform, postgres_url: str
) -> None:
    ballot.with_programme(platform, laureates_max=str(LAUREATES))
    platform.settings = platform.settings.model_copy(update={"funding_database_url": postgres_url})
    async with platform.running("funding", "funding"):
        await ballot.publish(platform, MARKS)
        await withdraw_at_once(platform)
        await the_next_twenty_are_promoted(platform)


async def test_who_waits_and_withdraws_is_passed_over(platform: Platform) -> None:
    ballot.with_programme(platform, laureates_max="2")
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 5, 3: 4, 4: 4})
        await withdraw(platform, 3)
        await withdraw(platform, 1)
        await promoted_are(platform, {4})


async def test_a_refused_grant_goes_to_the_next_in_rank_once(platform: Platform) -> None:
    ballot.with_programme(platform, laureates_max="1")
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 4, 3: 3})
        body = {"candidature_id": dossier(1), "reason": "Un autre financement a été trouvé."}
        for _ in range(2):
            await platform.publish("holders", front.GrantRefused, dossier(1), body, at=LATER)
        await promoted_are(platform, {2})
        cancelled = await platform.fact(facts.AwardCancelled, dossier(1))
        assert [reason["code"] for reason in cancelled.data["reasons"]] == ["grant-refused"]


async def test_a_place_found_ineligible_later_goes_to_the_next_in_rank(platform: Platform) -> None:
    ballot.with_programme(platform, laureates_max="1")
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 4})
        await ballot.say(
            platform, eligibility.EligibilityChecked, ballot.checked(1, revision=2), at=LATER
        )
        await promoted_are(platform, {2})


async def withdraw(platform: Platform, number: int) -> None:
    body = {"candidature_id": dossier(number), "wave": ballot.WAVE}
    await ballot.say(platform, intake.CandidatureWithdrawn, body, at=LATER)


async def withdraw_at_once(platform: Platform) -> None:
    """Twenty laureates, each of them twice: two facts of one withdrawal must not free two places."""
    await asyncio.gather(
        *(withdraw(platform, number) for number in range(1, GONE + 1) for _ in range(2))
    )


async def the_next_twenty_are_promoted(platform: Platform) -> None:
    await promoted_are(platform, set(range(LAUREATES + 1, LAUREATES + GONE + 1)))
    summary = await platform.ask("funding", "summary")
    assert summary["promoted"] == GONE
    assert summary["laureates"] == {"outside-urban": LAUREATES, "qpv": 0}
    assert summary["waitlisted"] == WAITING - GONE
    assert summary["committed_cents"] == LAUREATES * 15_000_000


async def promoted_are(platform: Platform, numbers: set[int]) -> None:
    """Waits for as many promotions, then until nothing moves: exactly these, each once."""

    async def promoted() -> list[Any] | None:
        found = [fact for fact in await platform.facts(facts.GrantAwarded) if fact.data["promoted"]]
        return found if len(found) >= len(numbers) else None

    await until(promoted, f"{len(numbers)} promotions")
    await platform.idle("funding")
    found = [
        fact.dossier for fact in await platform.facts(facts.GrantAwarded) if fact.data["promoted"]
    ]
    assert sorted(found) == sorted(map(dossier, numbers))


@pytest.mark.parametrize("page", [1, 7, 250])
async def test_the_list_is_read_page_by_page(platform: Platform, page: int) -> None:
    async with platform.running("funding"):
        await ballot.rank(platform, {1: 5, 2: 4, 3: 3, 4: 1, 5: 5, 6: 2, 7: 4, 8: 3})
        places = await ballot.list_of(platform, page)
        assert [place["rank"] for place in places] == list(range(1, 9))
        assert [place["id"] for place in places[:2]] == [dossier(1), dossier(5)]
