"""From proposal to the instant of publication: who must agree, what is checked, who knows what before."""

import asyncio

import nats.errors
import pytest
from sqlalchemy import text

from services.funding.questions import waves
from shared.contract import eligibility, intake
from shared.contract import funding as facts
from shared.contract.permissions import permissions_of
from shared.kit.storage.database import open_engine
from tests.platform import Platform, Stored
from tests.service.selection import ballot
from tests.service.selection.ballot import dossier, marks_of

ANSWERS = (
    facts.WavePublished,
    facts.GrantAwarded,
    facts.CandidatureDeclined,
    facts.CandidatureWaitlisted,
)


async def test_one_officer_twice_is_not_two_officers(platform: Platform) -> None:
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 1}))["proposal"]["digest"]
        await ballot.approve(platform, digest, "director-1", "director-1")
        await platform.idle("funding")
        assert (await ballot.state_is(platform, "ranked"))["approvals"][0]["actor"] == "director-1"
        assert await said(platform) == []
        await ballot.approve(platform, digest, "director-2")
        await ballot.state_is(platform, "published")
        assert len(await said(platform)) == 3


async def test_everybody_is_answered_at_the_same_instant(platform: Platform) -> None:
    """Decided is one state, told another: every answer follows the one publication and carries its time."""
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 1, 3: 4})
        published, *answers = await said(platform)
        assert published.subject.endswith(f"wave.published.v1.{ballot.WAVE}")
        assert {answer.dossier for answer in answers} == set(map(dossier, (1, 2, 3)))
        assert len({answer.headers["ce-time"] for answer in (published, *answers)}) == 1
        assert min(answer.sequence for answer in answers) > published.sequence


async def test_no_front_end_of_holders_or_reviewers_hears_of_a_ranking(platform: Platform) -> None:
    for identity in ("holders", "reviewers"):
        rights = permissions_of(identity, platform.programme)
        assert not any("funding" in subject or subject == ">" for subject in rights.subscribe)
    if not platform.bus.guarded:
        pytest.skip("this server knows no permissions")
    refusals: list[Exception] = []
    heard: list[str] = []

    async def hear(message: object) -> None:
        heard.append(str(message))

    async def refused(error: Exception) -> None:
        refusals.append(error)

    client = await platform.connect("holders")
    client._error_cb = refused
    await client.subscribe(f"{platform.programme}.funding.>", cb=hear)
    async with platform.running("funding"):
        await ballot.rank(platform, {1: 5, 2: 1})
        assert (await platform.ask("funding", "why", candidature_id=dossier(1)))["ranking"] is None
        subject = f"{platform.programme}.ask.funding.ranking"
        with pytest.raises(nats.errors.Error):
            await client.request(subject, ballot.as_bytes({"wave": ballot.WAVE}), timeout=0.3)
    await client.flush()
    await asyncio.sleep(0)
    assert heard == [] and any("permissions" in str(error).lower() for error in refusals)


async def test_a_list_tells_marks_without_whose_they_are(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the key of an officers' front-end asks for it unsigned."""
    async with platform.running("funding"):
        await ballot.rank(platform, {1: 5})
        [place] = await ballot.list_of(platform)
        assert [one["reviewer_id"] for one in place["reviews"]] == ["reviewer-1", "reviewer-2"]
        assert {one["marks"]["ambition"] for one in place["reviews"]} == {5}
        monkeypatch.setattr(waves, "_unnamed", list)
        [place] = await ballot.list_of(platform)
        assert [one["reviewer_id"] for one in place["reviews"]] == ["r1", "r2"], "the control"


async def test_a_score_that_is_taken_back_takes_the_proposal_with_it(platform: Platform) -> None:
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 4}))["proposal"]["digest"]
        await ballot.approve(platform, digest, "director-1")
        pending = {
            "code": "review-pending",
            "field": None,
            "message": "Une relecture de plus est attendue.",
        }
        taken = {
            "candidature_id": dossier(1),
            "wave": ballot.WAVE,
            "revision": 2,
            "reasons": [pending],
        }
        await ballot.say(platform, eligibility.ScoreWithdrawn, taken)
        closed = await ballot.state_is(platform, "closed")
        assert (
            closed["missing"]["unscored"] == 1
            and closed["approvals"] == []
            and closed["proposal"] is None
        )
        await ballot.approve(platform, digest, "director-2")
        [letter] = await platform.dead_letters(1)
        assert "not the wave's current proposal" in letter.data["cause"]
        await ballot.say(platform, eligibility.CandidatureScored, ballot.scored(1, 3, revision=3))
        assert (await ballot.state_is(platform, "ranked"))["proposal"]["proposal"] == 2
        assert (await ballot.list_of(platform))[0]["id"] == dossier(2)


async def test_a_score_that_counts_a_recused_review_is_not_published(platform: Platform) -> None:
    """A score of 5 holds with a recused review alone: the verifier counts the marks again, and refuses."""
    async with platform.running("funding"):
        first = {"reviewer_id": "r1", "marks": marks_of(5), "recused": True}
        second = {"reviewer_id": "r2", "marks": marks_of(1), "recused": False}
        wrong = ballot.scored(1, 5, reviews=[first, second])
        await ballot.enter(platform, 2, 4)
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        await ballot.say(
            platform, eligibility.EligibilityChecked, ballot.checked(1, "outside-urban")
        )
        await ballot.say(platform, eligibility.CandidatureScored, wrong)
        await ballot.say(platform, intake.WaveClosed, ballot.closed(2))
        digest = (await ballot.state_is(platform, "ranked"))["proposal"]["digest"]
        await it_is_refused(platform, digest, "scores", dossier(1))


async def test_a_list_altered_in_the_database_is_not_published(platform: Platform) -> None:
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 1}))["proposal"]["digest"]
        engine = open_engine(platform.settings.database_url("funding"))
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE rankings SET outcome = 'laureate', zone = 'outside-urban' WHERE "
                    "candidature_id "
                    "= :id"
                ),
                {"id": dossier(2)},
            )
        engine.dispose()
        await it_is_refused(platform, digest, "pass-marks", dossier(2))


async def it_is_refused(platform: Platform, digest: str, property_: str, named: str) -> None:
    seen = await platform.ask("funding", "verify", wave=ballot.WAVE)
    assert property_ in {violation["property"] for violation in seen["violations"]}
    await ballot.approve(platform, digest)
    failed = await platform.fact(facts.WaveVerificationFailed, ballot.WAVE)
    [told] = [reason for reason in failed.data["reasons"] if reason["code"] == property_][:1]
    assert named in told["message"]
    await platform.idle("funding")
    assert (await ballot.state_is(platform, "ranked"))["published_at"] is None
    assert await said(platform) == []


async def said(platform: Platform) -> list[Stored]:
    """What anybody outside would learn from."""
    kinds = tuple(f".{fact.event_type()}." for fact in ANSWERS)
    return [
        stored
        for stored in await platform.stored("FUNDING")
        if any(kind in stored.subject for kind in kinds)
    ]
