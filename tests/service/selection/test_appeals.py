"""Re-examination on a real broker: a fact that makes up for a decision; what was published stays readable."""

from typing import Any

import pytest

from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import funding as facts
from shared.contract.answers import AnswerActRefused
from tests.command import Command
from tests.platform import Platform
from tests.service.selection import ballot
from tests.service.selection.ballot import LATER, dossier

MONTHS_LATER = "2021-08-20T10:00:00+02:00"
GROUND = "Le budget joint n'a pas été lu."
DIRECTOR = ("--as", "director-1", "--role", "director")


async def test_an_upheld_appeal_is_granted_from_what_is_left(platform: Platform) -> None:
    async with platform.running("funding"):
        digest = await ballot.publish(platform, {1: 5, 2: 1})
        before = await ballot.list_of(platform)
        await appeal(platform, 2, upheld=True)
        reexamined = await platform.fact(facts.CandidatureReexamined, dossier(2))
        assert (reexamined.data["outcome_before"], reexamined.data["outcome"]) == (
            "declined",
            "laureate",
        )
        granted = await platform.fact(facts.GrantAwarded, dossier(2))
        assert granted.data["promoted"] is False
        await the_past_is_readable(platform, digest, before)
        why = await platform.ask("funding", "why", candidature_id=dossier(2))
        assert why["ranking"]["outcome"] == "declined"
        assert [(turn["kind"], turn["outcome"], turn["by"]) for turn in why["since"]] == [
            ("reexamined", "laureate", "director-1")
        ]
        assert "réexaminée après recours" in why["text"]
        assert (await platform.ask("funding", "summary"))["committed_cents"] == 30_000_000


async def test_a_rejected_appeal_changes_nothing_but_is_answered(platform: Platform) -> None:
    async with platform.running("funding"):
        digest = await ballot.publish(platform, {1: 5, 2: 1})
        before = await ballot.list_of(platform)
        await appeal(platform, 2, upheld=False)
        answered = await platform.fact(facts.CandidatureReexamined, dossier(2))
        assert (answered.data["upheld"], answered.data["outcome"]) == (False, "declined")
        await the_past_is_readable(platform, digest, before)
        assert await platform.facts(facts.GrantAwarded, dossier(2)) == []


async def test_an_upheld_appeal_never_takes_more_than_is_left(platform: Platform) -> None:
    """Given money for one grant, the second waits in rank and is promoted when the first is given back."""
    ballot.with_programme(platform, envelope_cents="20_000_000")
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        await appeal(platform, 2, upheld=True)
        reexamined = await platform.fact(facts.CandidatureReexamined, dossier(2))
        assert reexamined.data["outcome"] == "waitlisted"
        refused = {"candidature_id": dossier(1), "reason": "Le projet est abandonné."}
        await platform.publish("holders", front.GrantRefused, dossier(1), refused, at=LATER)
        promoted = await platform.fact(facts.GrantAwarded, dossier(2))
        assert promoted.data["promoted"] is True


async def test_a_decision_on_a_grant_is_contested_in_its_own_time_and_answered(
    platform: Platform,
) -> None:
    """Months after the publication a grant is suspended: its letter gives two months to contest it."""
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        body = ballot.act(candidature_id=dossier(1), role="instructor")
        await platform.publish(
            "officers", officers.GrantSuspended, dossier(1), body, at=MONTHS_LATER
        )
        await platform.fact(facts.GrantHeld, dossier(1))
        await file(platform, 2, MONTHS_LATER)
        late = await platform.fact(AnswerActRefused, dossier(2))
        assert [reason["code"] for reason in late.data["reasons"]] == ["appeal-late"], (
            "its front-end is told"
        )
        await file(platform, 1, MONTHS_LATER)
        await platform.fact(facts.AppealReceived, dossier(1))
        await decide(platform, 1, upheld=True, at=MONTHS_LATER)
        answered = await platform.fact(facts.CandidatureReexamined, dossier(1))
        assert (answered.data["upheld"], answered.data["outcome"]) == (True, "laureate")
        assert (await platform.ask("funding", "appeals"))["appeals"] == []
        assert len(await platform.facts(facts.GrantAwarded, dossier(1))) == 1


async def test_an_appeal_is_decided_once(platform: Platform) -> None:
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        await appeal(platform, 2, upheld=True)
        await decide(platform, 2, upheld=True)
        await platform.fact(facts.GrantAwarded, dossier(2))
        await platform.idle("funding")
        assert len(await platform.facts(facts.GrantAwarded, dossier(2))) == 1
        assert len(await platform.facts(facts.CandidatureReexamined)) == 1


async def test_the_command_shows_the_grounds_and_answers_no_others(
    platform: Platform, fabriques: Command
) -> None:
    """A ground that came after the appeal was shown is read before it is answered."""
    async with platform.running("intake", "funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        await file(platform, 2)
        [waiting] = (await fabriques.data("appeals", "list"))["appeals"]
        receipt = waiting["receipt_number"]
        shown = await fabriques.data("appeals", "show", receipt, *DIRECTOR)
        assert shown["grounds"] == [GROUND]
        await file(platform, 2, grounds="Le bail est signé.")
        decide = (
            "appeals",
            "decide",
            receipt,
            "--reject",
            "--reason",
            "Le budget a été lu.",
            *DIRECTOR,
        )
        code, said = await fabriques(*decide, "--grounds-read", "1")
        assert code == 1 and "1 grounds were read, and there are 2" in " ".join(said.split())
        code, said = await fabriques(*decide, "--grounds-read", "2")
        assert code == 0 and f"Ground 1 of 2: {GROUND}" in said and "Le bail est signé." in said
        answered = await platform.fact(facts.CandidatureReexamined, dossier(2))
        assert answered.data["upheld"] is False


async def test_who_prepares_an_answer_stands_in_no_work_list_of_the_officers_front_end(
    platform: Platform,
) -> None:
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        await file(platform, 2)
        body = ballot.act(candidature_id=dossier(2), officer_id="moreau")
        await platform.publish("officers", officers.AppealAssigned, dossier(2), body, at=LATER)
        await platform.idle("funding")
        told = {
            by: (await platform.ask_as(by, "funding", "todo"))["work"][0]["detail"]
            for by in ("officers", "operators")
        }
        assert told["operators"].endswith("préparé par moreau"), "they read the log"
        assert told["officers"].endswith("préparé par quelqu'un")


async def test_a_decision_that_comes_before_its_appeal_waits_for_it(platform: Platform) -> None:
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1})
        await decide(platform, 2, upheld=False)
        await platform.idle("funding")
        assert await platform.facts(facts.CandidatureReexamined) == []
        await file(platform, 2)
        await platform.fact(facts.CandidatureReexamined, dossier(2))


async def appeal(platform: Platform, number: int, upheld: bool) -> None:
    await file(platform, number)
    await decide(platform, number, upheld)


async def file(platform: Platform, number: int, at: str = LATER, grounds: str = GROUND) -> None:
    body = {"candidature_id": dossier(number), "grounds": grounds}
    await platform.publish("holders", front.AppealFiled, dossier(number), body, at=at)
    await platform.idle("funding")


async def decide(platform: Platform, number: int, upheld: bool, at: str = LATER) -> None:
    body = ballot.act(candidature_id=dossier(number), upheld=upheld)
    await platform.publish("officers", officers.AppealDecided, dossier(number), body, at=at)


async def the_past_is_readable(
    platform: Platform, digest: str, before: list[dict[str, Any]]
) -> None:
    """The published list says the same to the byte, and still proves itself."""
    await platform.idle("funding")
    verified = await platform.ask("funding", "verify", wave=ballot.WAVE)
    assert (verified["verified"], verified["digest"]) == (True, digest)
    now = await ballot.list_of(platform)
    assert [{**place, "current": ""} for place in now] == [
        {**place, "current": ""} for place in before
    ]


@pytest.mark.parametrize("upheld", [True, False])
async def test_nothing_is_reopened_before_it_is_decided(platform: Platform, upheld: bool) -> None:
    async with platform.running("funding"):
        await ballot.rank(platform, {1: 5, 2: 1})
        await appeal(platform, 2, upheld)
        [letter] = await platform.dead_letters(1)
        assert "not published yet" in letter.data["cause"]
