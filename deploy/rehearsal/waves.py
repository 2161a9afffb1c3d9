"""One wave, from its first file to the accounts of its laureates."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Applicant
from deploy.rehearsal.cast import Player
from deploy.rehearsal.clients import RehearsalStuck, Saying
from deploy.rehearsal.communes import told_by
from deploy.rehearsal.community import play_peers
from deploy.rehearsal.season import Season
from deploy.rehearsal.story import AWARDED, COUNTER, NEXT_DAY, REVIEWED, TOO_LATE
from deploy.rehearsal.support import hold_interviews, meet_the_introduced
from shared.contract.intake import CandidatureRegistered, CandidatureWithdrawn
from shared.contract.values import Role
from shared.programme import Programme, Wave, ZoneRule

AWAITED = ("asked", "late")  # reviews that are still to be given
PROPOSED = ("laureates", "waitlisted", "declined", "awarded_cents")
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
    a_month_before = wave.closes_on - timedelta(days=30)
    clock.move_to(max(clock.today, wave.opens_on, a_month_before))
    crowd = season.cast.crowd[wave.id]
    await season.say(acts.submission(applicant) for applicant in crowd)
    clock.move_to(wave.closes_on - timedelta(days=3))
    await season.settle(season.acts_at(COUNTER, players))
    clock.move_to(wave.closes_on - timedelta(days=2))
    await season.play_acts(NEXT_DAY, players)


async def _close(season: Season, wave: Wave, players: Sequence[Player]) -> None:
    """The first act that the counter hears after the deadline tells it the time: it closes the wave."""
    season.clients.clock.move_to(wave.closes_on + timedelta(days=2))
    sayings = season.acts_at(TOO_LATE, players)
    if not sayings:
        sayings = [acts.submission(_next_to_come(season, wave))]
    await season.settle(sayings)

    async def closed() -> dict[str, Any] | None:
        calendar = await season.clients.ask("intake", "calendar")
        entry = next(entry for entry in calendar["waves"] if entry["wave"] == wave.id)
        return dict(entry) if entry["closed"] else None

    entry = await season.clients.until(f"wave {wave.id} is closed", closed)
    season.tally.waves[wave.id] = {"registered": entry["registered"]}
    await season.clients.quiet()


def _next_to_come(season: Season, wave: Wave) -> Applicant:
    """Somebody who sends a file to the next wave as soon as it is open, or too late where there is none."""
    waves = season.programme.waves
    if wave is waves[-1]:
        return season.cast.latecomer
    following = waves[waves.index(wave) + 1]
    return season.cast.crowd[following.id].pop(0)


async def _instruct(season: Season) -> None:
    """Officers answer where data cannot tell, or only the holder's word does."""
    season.days_later(8)
    waiting: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = await season.clients.ask("eligibility", "instructions", after=page["next"])
        waiting += [line["candidature_id"] for line in page["waiting"]]
    files = [season.cast.known[candidature_id] for candidature_id in waiting]
    await season.settle([_territory(season.programme, file) for file in files])


def _territory(programme: Programme, file: Applicant) -> Saying:
    near_qpv = told_by(programme, file.zones, ZoneRule.NEAR_QPV)
    found = file.file["place"]["declared_qpv"] if near_qpv else None
    return acts.territory(file.candidature_id, file.zones, found)


async def _review(season: Season, wave: Wave, players: Sequence[Player]) -> None:
    """Two reviewers for each file, drawn as its wave closed; another one is drawn where one steps aside."""
    season.days_later(2)
    season.drawn = await _drawn(season, wave)
    season.days_later(3)
    recused = [player.applicant for player in players if player.story.recused]
    aside = [file for file in recused if file.candidature_id in season.drawn]
    await season.settle(_steps_aside(season, file) for file in aside)
    if aside:
        season.drawn = await _drawn(season, wave)
    await season.settle(list(_reviews(season)))
    await season.play_acts(REVIEWED, players)


def _steps_aside(season: Season, file: Applicant) -> Saying:
    first, *_ = season.drawn[file.candidature_id]
    return acts.recusal(file, first)


async def _drawn(season: Season, wave: Wave) -> dict[str, list[str]]:
    """Who was asked to read each file of a wave, as each reviewer is told."""
    asked = (
        season.clients.read_as(name, Role.REVIEWER, "eligibility.my-reviews")
        for name in acts.REVIEWERS
    )
    answers = await asyncio.gather(*asked)
    found: dict[str, list[str]] = {}
    for name, told in zip(acts.REVIEWERS, answers, strict=True):
        for review in told["reviews"]:
            if review["wave"] == wave.id and review["state"] in AWAITED:
                found.setdefault(review["candidature_id"], []).append(name)
    return dict(sorted(found.items()))


def _reviews(season: Season) -> Iterator[Saying]:
    for candidature_id, names in season.drawn.items():
        file = season.cast.known[candidature_id]
        for name, marks in zip(names, file.marks, strict=True):
            yield acts.review(file, name, marks)


async def _publish(season: Season, wave: Wave) -> dict[str, Any]:
    """Funding ranks by itself once the wave is complete; two officers approve what they saw."""

    async def ranked() -> dict[str, Any] | None:
        seen = await season.clients.ask("funding", "wave", wave=wave.id)
        if seen["state"] == "closed" and seen["missing"]["ids"]:
            raise RehearsalStuck(f"wave {wave.id} cannot be ranked, it lacks {seen['missing']}")
        return seen if seen["state"] in ("ranked", "approved", "published") else None

    seen = await season.clients.until(f"wave {wave.id} is ranked", ranked)
    season.days_later(16)
    await season.settle(acts.wave_approvals(wave.id, seen["proposal"]["digest"]))
    approved = await season.clients.ask("funding", "wave", wave=wave.id)
    if approved["state"] != "published":
        raise RehearsalStuck(
            f"wave {wave.id} was approved by two officers and is {approved['state']}"
        )
    season.published_on = season.clients.clock.today
    proposal = {name: seen["proposal"][name] for name in PROPOSED}
    return proposal | await _left_out(season, wave)


async def _left_out(season: Season, wave: Wave) -> dict[str, int]:
    """The registered files of this wave that were never ranked, as services count at its publication."""
    clients = season.clients
    registered = await clients.tally_of(CandidatureRegistered)
    withdrawn = await clients.tally_of(CandidatureWithdrawn)
    left = 0
    for dossier in sorted(registered.keys() & withdrawn.keys()):
        fact = await clients.last_fact(CandidatureWithdrawn, dossier)
        if fact and fact["wave"] == wave.id:
            left += 1
    examined = await clients.ask("eligibility", "summary")
    waves = season.tally.waves.values()
    earlier = sum(told.get("ineligible", 0) for told in waves)
    return {"ineligible": examined["ineligible"] - earlier, "withdrawn": left}


async def _agree(season: Season, wave: Wave) -> None:
    """Every laureate of the wave, promoted ones included, signs the agreement and gives a bank account."""
    season.days_later(4)
    awarded = [grant for grant in await season.grants() if grant["state"] == "awarded"]
    ids = sorted(grant["candidature_id"] for grant in awarded if grant["wave"] == wave.id)
    laureates = [season.cast.known[candidature_id] for candidature_id in ids]
    await season.settle(acts.agreement(applicant) for applicant in laureates)
    await hold_interviews(season, laureates)
    await season.open_accounts(laureates)
    await meet_the_introduced(season, laureates)
    await play_peers(season)
