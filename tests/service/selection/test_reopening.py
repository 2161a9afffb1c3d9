"""Attack 10, after the fact: a wave closed by mistake is open again everywhere, and closes once more."""

from datetime import UTC, datetime
from pathlib import Path

from services.eligibility import store as eligibility_store
from services.intake.store import turned_away
from services.intake.tables import JOURNAL
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.people import PersonRevoked
from tests.databases import states_in
from tests.platform import Platform, until
from tests.rules.intake.given import PROGRAMME, a_dossier, a_file
from tests.service.selection import ballot
from tests.submissions import OPEN_DAY, submission

AFTER = "2021-01-02T10:00:00+01:00"
IN_TIME = "2021-01-10T10:00:00+01:00"
CLOSED_AGAIN = "2021-01-20T10:00:00+01:00"


async def send(platform: Platform, at: str, **changes: object) -> str:
    dossier, body = submission(**changes)
    await platform.publish("holders", front.CandidatureSubmitted, dossier, body, at=at)
    return dossier


async def reopen(platform: Platform, *actors: str) -> None:
    for actor in actors:
        body = ballot.act(actor, wave=ballot.WAVE, closes_on="2021-01-15")
        await platform.publish("officers", officers.WaveReopened, ballot.WAVE, body, at=AFTER)


async def test_two_officers_open_a_wave_again_and_its_second_closing_counts_what_came_meanwhile(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility", "funding") as [_, reviews, _]:

        async def review_round_open() -> bool:
            return (
                await reviews.consumer.read(
                    lambda states: eligibility_store.round_of(states, ballot.WAVE)
                )
            ).open

        filed = await send(platform, OPEN_DAY)
        late = await send(platform, OPEN_DAY, project__governance=None)
        await send(platform, AFTER)
        first = await platform.fact(intake.WaveClosed, ballot.WAVE)
        await platform.fact(intake.CandidatureRefused, late)
        await until(review_round_open, "reviews are open")

        await reopen(platform, "director-1")
        await platform.idle("intake")
        assert await platform.facts(intake.WaveOpenedAgain) == [], "one officer is not enough"
        await reopen(platform, "director-2")
        await platform.fact(intake.WaveOpenedAgain, ballot.WAVE)
        await ballot.state_is(platform, "open")
        told = await platform.fact(intake.CandidatureDeadlineMoved, filed)
        assert (told.data["reopened"], told.data["complete"]) == (True, True)
        assert (await platform.facts(intake.CandidaturePiecesRequested, late))[-1].data[
            "reopened"
        ] is True

        pieces = {"candidature_id": late, "pieces": {"governance": "Un conseil."}}
        await platform.publish("holders", front.PiecesCompleted, late, pieces, at=IN_TIME)
        await platform.fact(intake.CandidatureRegistered, late)
        assert not await review_round_open()
        await send(platform, CLOSED_AGAIN)
        second = await platform.fact(intake.WaveClosed, ballot.WAVE, count=2)
        assert (first.data["registered"], second.data["registered"]) == (1, 2)
        assert first.headers["ce-id"] != second.headers["ce-id"]
        assert second.data["deadline"] == "2021-01-15T23:00:00Z"
        await until(review_round_open, "reviews are open again")
        assert (await ballot.state_is(platform, "closed"))["registered"] == 2


async def test_one_officers_word_is_void_once_its_author_is_revoked(platform: Platform) -> None:
    async with platform.running("intake"):
        await send(platform, AFTER)
        await platform.fact(intake.WaveClosed, ballot.WAVE)
        await reopen(platform, "director-1")
        for by in ("administrator-1", "administrator-2"):
            gone = ballot.act(by, "administrator", person_id="director-1")
            await platform.publish("officers", PersonRevoked, "director-1", gone, at=AFTER)
        await reopen(platform, "director-2")
        await platform.idle("intake")
        assert await platform.facts(intake.WaveOpenedAgain) == []
        await reopen(platform, "d-1")
        await platform.fact(intake.WaveOpenedAgain, ballot.WAVE)


async def test_a_reopened_wave_loses_its_proposal_and_the_approvals_it_had(
    platform: Platform,
) -> None:
    async with platform.running("funding"):
        before = (await ballot.rank(platform, {1: 5, 2: 4}))["proposal"]
        await ballot.approve(platform, before["digest"], "director-1")
        await platform.idle("funding")
        assert len((await ballot.state_is(platform, "ranked"))["approvals"]) == 1, "the control"
        await ballot.say(platform, intake.WaveOpenedAgain, ballot.reopened())
        assert (await ballot.state_is(platform, "open"))["proposal"] is None
        await ballot.approve(platform, before["digest"], "director-2")
        [letter] = await platform.dead_letters(1)
        assert "not the wave's current proposal" in letter.data["cause"]
        await ballot.enter(platform, 3, 5)
        await ballot.say(platform, intake.WaveClosed, ballot.closed(3), at=CLOSED_AGAIN)
        after = await ballot.state_is(platform, "ranked")
        assert (after["proposal"]["proposal"], after["approvals"]) == (before["proposal"] + 1, [])


async def test_what_is_published_is_not_reopened(platform: Platform) -> None:
    async with platform.running("intake", "funding"):
        await ballot.publish(platform, {1: 5, 2: 4})
        await platform.idle("intake")
        await reopen(platform, "director-1", "director-2")
        for letter in await platform.dead_letters(2):
            assert "is published" in letter.data["cause"]
        await ballot.say(platform, intake.WaveOpenedAgain, ballot.reopened())
        await platform.idle("funding")
        await ballot.state_is(platform, "published")


def test_whose_file_came_while_every_wave_was_closed_is_found_unless_the_counter_has_it(
    tmp_path: Path,
) -> None:
    taken = a_dossier(a_file())
    heard = {
        "late": ("refused", "no-open-wave"),
        "after-the-last": ("refused", "programme-closed"),
        "sent-again": ("duplicate", "no-open-wave"),
        "said-twice": ("duplicate", ""),
        "wrong": ("refused", "unknown-commune"),
        "answered": ("registered", ""),
        taken.candidature_id: ("refused", "no-open-wave"),
    }
    with states_in(tmp_path, "intake") as states:
        states.keep(taken)
        rows = [
            {
                "event_id": f"FRONTDESK_HOLDERS-{place:012}-1",
                "consumer": "intake-on-frontdesk_holders",
                "type": "CandidatureSubmitted",
                "dossier": dossier,
                "sequence": place,
                "decided_at": datetime(2020, 12, 20, tzinfo=UTC),
                "result": result,
                "reasons": [{"code": code}] if code else None,
                "changed": False,
            }
            for place, (dossier, (result, code)) in enumerate(heard.items(), start=1)
        ]
        states.connection.execute(JOURNAL.inbox.insert(), rows)
        states.write()
        assert turned_away(states, PROGRAMME, ballot.WAVE) == [
            "after-the-last",
            "late",
            "sent-again",
        ]
        assert turned_away(states, PROGRAMME, "2021-1") == [], "the control: it opened later"
