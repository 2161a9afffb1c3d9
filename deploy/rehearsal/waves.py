"""One wave, from its first file to the accounts of its laureates."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Applicant
from deploy.rehearsal.cast import Player
from deploy.rehearsal.clients import RehearsalStuck
from deploy.rehearsal.season import Season
from deploy.rehearsal.story import AWARDED, COUNTER, NEXT_DAY, REVIEWED, TOO_LATE
from shared.contract.intake import CandidatureRegistered, CandidatureWithdrawn
from shared.programme import Wave

OUT_OF_THE_WAVE = ("refused", "withdrawn", "ineligible", "incomplete")
WAVE_STEPS = 6


async def play_wave(season: Season, wave: Wave) -> None:
    players = season.cast.players[wave.id]
    season.tell(f"wave {wave.id} · files arrive")
    await _counter(season, wave, players)
    season.tell(f"wave {wave.id} · the deadline passes")
    await _close(season, wave, players)
    season.tell(f"wave {wave.id} · officers look at the territory")
    await _instruct(season)
    season.tell(f"wave {wave.id} · reviews")
    await _review(season, wave, players)
    season.tell(f"wave {wave.id} · ranking, approvals, publication")
    proposal = await _publish(season, wave)
    season.tell(f"wave {wave.id} · agreements and bank details")
    await season.play_acts(AWARDED, players)
    await _agree(season, wave)
    season.tally.waves[wave.id] |= proposal


async def _counter(season: Season, wave: Wave, players: Sequence[Player]) -> None:
    clock = season.clients.clock
    clock.move_to(wave.closes_on - timedelta(days=30))
    await season.say(acts.submission(applicant) for applicant in season.cast.crowd[wave.id])
    clock.move_to(wave.closes_on - timedelta(days=3))
    await season.settle(season.acts_at(COUNTER, players))
    clock.move_to(wave.closes_on - timedelta(days=2))
    await season.play_acts(NEXT_DAY, players)


async def _close(season: Season, wave: Wave, players: Sequence[Player]) -> None:
    """The first act that the counter hears after the deadline tells it the time; it closes the wave by itself."""
    season.clients.clock.move_to(wave.closes_on + timedelta(days=2))
    sayings = season.acts_at(TOO_LATE, players)
    await season.settle(sayings or [acts.submission(_early_bird(season, wave))])

    async def closed() -> dict[str, Any] | None:
        calendar = await season.clients.ask("intake", "calendar")
        return next((line for line in calendar["waves"] if line["wave"] == wave.id and line["closed"]), None)

    line = await season.clients.until(f"wave {wave.id} is closed", closed)
    season.tally.waves[wave.id] = {"registered": line["registered"]}
    await season.clients.quiet()


def _early_bird(season: Season, wave: Wave) -> Applicant:
    """Somebody who sends a file to the next wave as soon as it is open."""
    ids = [w.id for w in season.programme.waves]
    return season.cast.crowd[ids[ids.index(wave.id) + 1]].pop(0)


async def _instruct(season: Season) -> None:
    """Officers answer where data cannot tell, or only the holder's word does."""
    season.days_later(8)
    waiting = (await season.clients.ask("eligibility", "instructions"))["waiting"]
    files = [season.cast.known[line["candidature_id"]] for line in waiting]
    await season.settle(
        acts.territory(file.candidature_id, file.zones, file.file["place"]["declared_qpv"])
        for file in sorted(files, key=lambda file: file.candidature_id)
    )


async def _review(season: Season, wave: Wave, players: Sequence[Player]) -> None:
    """Two reviewers for each file, and a third where one steps aside."""
    season.days_later(6)
    files = season.cast.wave_files(wave.id) + await _files_of_stories(season, players)
    recused = {p.applicant.candidature_id for p in players if p.story.recused}
    pairs = [(file, reviewer) for file in files for reviewer in acts.reviewers_of(file)[:2]]
    await season.settle(acts.assignment(file, reviewer) for file, reviewer in pairs)
    season.days_later(10)
    aside = [file for file in files if file.candidature_id in recused]
    await season.settle(acts.recusal(file, acts.reviewers_of(file)[0]) for file in aside)
    await season.settle(acts.assignment(file, acts.reviewers_of(file)[2]) for file in aside)
    await season.settle(
        acts.review(file, acts.reviewers_of(file)[2 if file in aside and place == 0 else place], marks)
        for file in files
        for place, marks in enumerate(file.marks)
    )
    await season.play_acts(REVIEWED, players)


async def _files_of_stories(season: Season, players: Sequence[Player]) -> list[Applicant]:
    """The special cases that are still in the wave, under either of their ids."""
    files = []
    for player in players:
        for file in (player.applicant, player.second):
            fact = await season.clients.ask_or_none("intake", "dossier", candidature_id=file.candidature_id)
            if file.zones and fact and fact["receipt_number"] and fact["status"] not in OUT_OF_THE_WAVE:
                files.append(file)
    return files


async def _publish(season: Season, wave: Wave) -> dict[str, Any]:
    """Funding ranks by itself once the wave is complete; two officers approve what they saw."""

    async def ranked() -> dict[str, Any] | None:
        seen = await season.clients.ask("funding", "wave", wave=wave.id)
        if seen["state"] == "closed" and (missing := seen["missing"])["ids"]:
            raise RehearsalStuck(f"wave {wave.id} cannot be ranked, it lacks {missing}")
        return seen if seen["state"] in ("ranked", "approved", "published") else None

    seen = await season.clients.until(f"wave {wave.id} is ranked", ranked)
    season.days_later(5)
    await season.settle(acts.wave_approvals(wave.id, seen["proposal"]["digest"]))
    state = (await season.clients.ask("funding", "wave", wave=wave.id))["state"]
    if state != "published":
        raise RehearsalStuck(f"wave {wave.id} was approved by two officers and is {state}, not published")
    season.published_on = season.clients.clock.today
    proposal = {name: seen["proposal"][name] for name in ("laureates", "waitlisted", "declined", "awarded_cents")}
    return proposal | await _left_out(season, wave)


async def _left_out(season: Season, wave: Wave) -> dict[str, int]:
    """The registered files of this wave that never came to be ranked, as the services count them at its publication."""
    clients = season.clients
    registered, gone = [set(await clients.tally_of(fact)) for fact in (CandidatureRegistered, CandidatureWithdrawn)]
    facts = [await clients.last_fact(CandidatureWithdrawn, dossier) for dossier in sorted(registered & gone)]
    ineligible = (await clients.ask("eligibility", "summary"))["ineligible"]
    earlier = sum(told.get("ineligible", 0) for told in season.tally.waves.values())
    withdrawn = sum(fact is not None and fact["wave"] == wave.id for fact in facts)
    return {"ineligible": ineligible - earlier, "withdrawn": withdrawn}


async def _agree(season: Season, wave: Wave) -> None:
    """Every laureate of the wave, promoted ones included, signs the agreement and gives a bank account."""
    season.days_later(4)
    laureates = [
        season.cast.known[grant["candidature_id"]]
        for grant in await season.grants()
        if grant["wave"] == wave.id and grant["state"] == "awarded"
    ]
    laureates.sort(key=lambda applicant: applicant.candidature_id)
    await season.settle(acts.agreement(applicant) for applicant in laureates)
    await season.open_accounts(laureates)
