"""Reviewers on a real broker: drawn at the closing, kept from their own ties, replaced when they recuse."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import nats.errors
import pytest

from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.eligibility import (
    CandidatureScored,
    EligibilityChecked,
    ReviewReminded,
    ReviewRequested,
    ScoreWithdrawn,
)
from shared.contract.funding import WavePublished
from shared.contract.subjects import ask_subject
from shared.kit.storage.said_before import Retold
from tests.copies import lose
from tests.platform import Platform, build_of
from tests.service.selection import ballot
from tests.service.selection.ballot import CLOSED, REVIEWED, dossier, marks_of

FILES = 6
NAMES = ("anna", "bela", "carl", "dina")


async def test_every_file_gets_two_reviewers_in_turn_when_its_wave_closes(
    platform: Platform,
) -> None:
    async with platform.running("eligibility"):
        await register(platform, *NAMES)
        pairs = await close(platform)
        assert Counter(file for file, _ in pairs) == dict.fromkeys(
            map(dossier, range(1, FILES + 1)), 2
        )
        assert Counter(name for _, name in pairs) == dict.fromkeys(NAMES, 2 * FILES // len(NAMES))
        request = (await platform.facts(ReviewRequested))[0]
        assert (request.data["due_on"], request.data["remind_on"]) == ("2021-01-21", "2021-01-14")


async def test_the_same_wave_is_drawn_alike_on_another_day(platform: Platform) -> None:
    drawn = []
    for _ in range(2):
        await platform.provision()
        lose(platform.home, "eligibility")
        async with platform.running("eligibility"):
            await register(platform, *NAMES)
            drawn.append(await close(platform))
    assert drawn[0] == drawn[1]


async def test_nobody_reads_a_file_they_are_tied_to(platform: Platform) -> None:
    """Given a tie with every holder but one, a reviewer gets that one alone, even from an officer."""
    async with platform.running("eligibility"):
        ties = [ballot.registered(number)["siret"] for number in range(2, FILES + 1)]
        await register(platform, "anna", ties=ties)
        await register(platform, "bela", "carl")
        pairs = await close(platform)
        assert {file for file, name in pairs if name == "anna"} <= {dossier(1)}
        body = ballot.act(candidature_id=dossier(2), reviewer_id="anna")
        await platform.publish("officers", officers.ReviewAssigned, dossier(2), body, at=REVIEWED)
        [letter] = await platform.dead_letters(1)
        assert "tied-to-holder" in letter.data["cause"]


async def test_a_tie_declared_late_takes_the_reviewer_off_and_asks_another(
    platform: Platform,
) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela", "carl")
        pairs = await close(platform)
        tied = next(number for number in range(1, FILES + 1) if (dossier(number), "anna") in pairs)
        await register(platform, "anna", ties=[ballot.registered(tied)["siret"]])
        await platform.fact(ReviewRequested, dossier(tied), count=3)
        state = await platform.ask_as(
            "operators", "eligibility", "reviews", candidature_id=dossier(tied)
        )
        assert state["recused"] == ["anna"] and len(state["reviewers"]) == 2


async def test_files_that_officers_gave_reviewers_are_left_as_they_are(platform: Platform) -> None:
    async with platform.running("eligibility"):
        await register(platform, *NAMES)
        await enter(platform)
        for name in ("by-hand-1", "by-hand-2"):
            body = ballot.act(candidature_id=dossier(1), reviewer_id=name)
            await platform.publish("officers", officers.ReviewAssigned, dossier(1), body)
        await platform.fact(ReviewRequested, dossier(1), count=2)
        await ballot.say(platform, intake.WaveClosed, ballot.closed(FILES))
        await platform.fact(ReviewRequested, dossier(2), count=2)
        await platform.idle("eligibility")
        state = await platform.ask_as(
            "operators", "eligibility", "reviews", candidature_id=dossier(1)
        )
        assert state["reviewers"] == ["by-hand-1", "by-hand-2"]


async def test_a_recusal_takes_the_score_back_and_asks_another(platform: Platform) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela", "carl")
        await close(platform)
        first, second = await reviewers_of(platform, 1)
        await review(platform, 1, first, 4)
        await review(platform, 1, second, 4)
        scored = await platform.fact(CandidatureScored, dossier(1))
        assert scored.data["grid"] == "2020-1"
        recusal = {
            "candidature_id": dossier(1),
            "reviewer_id": first,
            "reason": "Un ami porte le projet.",
        }
        await platform.publish("reviewers", front.ReviewRecused, dossier(1), recusal, at=REVIEWED)
        await platform.fact(ScoreWithdrawn, dossier(1))
        asked = await platform.fact(ReviewRequested, dossier(1), count=3)
        assert asked.data["reviewer_id"] not in (first, second)
        await review(platform, 1, asked.data["reviewer_id"], 2)
        again = await platform.fact(CandidatureScored, dossier(1), count=2)
        assert (again.data["score"], again.data["revision"]) == (1200, 3)
        kept = {given["reviewer_id"]: given["recused"] for given in again.data["reviews"]}
        assert kept == {first: True, second: False, asked.data["reviewer_id"]: False}
        assert all("comment" not in given for given in again.data["reviews"])


async def test_marks_too_far_apart_ask_for_one_more_review(platform: Platform) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela", "carl")
        await close(platform)
        first, second = await reviewers_of(platform, 1)
        await review(platform, 1, first, 5)
        await review(platform, 1, second, 2)
        asked = await platform.fact(ReviewRequested, dossier(1), count=3)
        assert await platform.facts(CandidatureScored) == []
        await review(platform, 1, asked.data["reviewer_id"], 5)
        scored = await platform.fact(CandidatureScored, dossier(1))
        assert scored.data["criteria"] == marks_of(400)


async def test_a_file_without_enough_reviewers_is_drawn_for_when_an_officer_says_so(
    platform: Platform,
) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna")
        await enter(platform)
        await ballot.say(platform, intake.WaveClosed, ballot.closed(FILES))
        await platform.fact(ReviewRequested, count=FILES)
        assert (
            await platform.ask_as("operators", "eligibility", "reviews", candidature_id=dossier(1))
        )["to_find"] == 1
        await register(platform, "bela", "carl")
        body = ballot.act(wave=ballot.WAVE)
        await platform.publish("officers", officers.ReviewOpened, ballot.WAVE, body, at=REVIEWED)
        await platform.fact(ReviewRequested, count=2 * FILES)
        await platform.idle("eligibility")
        names = Counter(fact.data["reviewer_id"] for fact in await platform.facts(ReviewRequested))
        assert names == {"anna": FILES, "bela": FILES // 2, "carl": FILES // 2}


async def test_who_has_not_answered_is_reminded_once(platform: Platform) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela")
        await close(platform)
        await review(platform, 1, "anna", 4, at="2021-01-18T10:00:00+01:00")
        await platform.fact(ReviewReminded, count=2 * FILES - 1)
        await review(platform, 2, "anna", 4, at="2021-01-19T10:00:00+01:00")
        await platform.fact(ReviewReminded, count=2 * FILES - 1)
        reminded = {
            (fact.dossier, fact.data["reviewer_id"])
            for fact in await platform.facts(ReviewReminded)
        }
        assert len(reminded) == len(await platform.facts(ReviewReminded)) == 2 * FILES - 1
        assert (dossier(1), "anna") not in reminded


async def test_reminders_are_told_again_as_the_log_has_them_whoever_has_answered_by_then(
    platform: Platform,
) -> None:
    due_on = date(2021, 1, 21)
    said = [
        ReviewReminded(
            candidature_id=dossier(number), wave=ballot.WAVE, reviewer_id="anna", due_on=due_on
        )
        for number in (1, 2)
    ]
    told = Retold("reminders-1610600000-2", datetime(2021, 1, 14, 9, tzinfo=UTC), list(said))
    # Its records know of nobody who is to be reminded.
    service = build_of("eligibility")(platform.settings)
    arrival = service.consumer.timer_event(told.name, told.now).arrival
    assert arrival
    again = service.retakes["reminders-"](told)
    decision = service.consumer.work.run(lambda _, states: again(states, arrival))
    service.consumer.work.close()
    assert decision.facts == tuple(said)


async def test_marks_change_no_more_once_the_wave_is_published(platform: Platform) -> None:
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela")
        await close(platform)
        for name in ("anna", "bela"):
            await review(platform, 1, name, 3)
        await platform.fact(CandidatureScored, dossier(1))
        published = {"wave": ballot.WAVE, "published_at": ballot.PUBLISHED, "digest": "0" * 64}
        await ballot.say(platform, WavePublished, published)
        await platform.idle("eligibility")
        await review(platform, 1, "anna", 5, at=ballot.LATER)
        await platform.idle("eligibility")
        assert len(await platform.facts(CandidatureScored)) == 1


async def test_no_reviewer_learns_what_another_one_gave(platform: Platform) -> None:
    """The answer to officers holds no marks; reviewers may neither ask nor listen to facts that hold them."""
    async with platform.running("eligibility"):
        await register(platform, "anna", "bela")
        await close(platform)
        await review(platform, 1, "anna", 5)
        await platform.idle("eligibility")
        seen = await platform.ask_as(
            "operators", "eligibility", "reviews", candidature_id=dossier(1)
        )
        assert seen["submitted"] == ["anna"]
        assert "marks" not in repr(seen) and "ambition" not in repr(seen)
        if not platform.bus.guarded:
            pytest.skip("this server knows no permissions")
        client = await platform.connect("reviewers")
        subject = ask_subject(platform.programme, "eligibility", "reviews")
        with pytest.raises(
            (nats.errors.TimeoutError, nats.errors.NoRespondersError, nats.errors.Error)
        ):
            await client.request(
                subject, ballot.as_bytes({"candidature_id": dossier(1)}), timeout=0.3
            )


async def register(platform: Platform, *names: str, ties: list[str] | None = None) -> None:
    for name in names:
        body = ballot.act(reviewer_id=name, department=None, ties=ties or [])
        await platform.publish("officers", officers.ReviewerRegistered, name, body, at=CLOSED)
    await platform.idle("eligibility")


async def enter(platform: Platform) -> None:
    for number in range(1, FILES + 1):
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(number))
    await platform.fact(EligibilityChecked, count=FILES)


async def close(platform: Platform) -> set[tuple[str, str]]:
    """The wave closes. Returns who was asked to read what."""
    await enter(platform)
    await ballot.say(platform, intake.WaveClosed, ballot.closed(FILES))
    await platform.fact(ReviewRequested, count=2 * FILES)
    await platform.idle("eligibility")
    return {
        (fact.dossier, fact.data["reviewer_id"]) for fact in await platform.facts(ReviewRequested)
    }


async def reviewers_of(platform: Platform, number: int) -> list[str]:
    found: list[str] = (
        await platform.ask_as("operators", "eligibility", "reviews", candidature_id=dossier(number))
    )["reviewers"]
    return found


async def review(platform: Platform, number: int, name: str, mark: int, at: str = REVIEWED) -> None:
    body: dict[str, Any] = {
        "candidature_id": dossier(number),
        "reviewer_id": name,
        "marks": marks_of(mark),
        "comment": "Lu.",
        "comments": {name: "Trop peu." for name in ballot.CRITERIA if mark < 3},
    }
    await platform.publish("reviewers", front.ReviewSubmitted, dossier(number), body, at=at)
    await asyncio.sleep(0)
