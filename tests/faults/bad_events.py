"""Events nobody can handle, rules that always fail, and clocks that jump."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from random import Random

from services.intake.timer import ExtensionsRead
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRefused, CandidatureRegistered
from shared.kit.consumer import batch, decide
from shared.kit.delivery import Delivery
from tests.broker import counting
from tests.faults.experiment import Tally, Trial
from tests.faults.in_process import platform_in
from tests.faults.paper import PaperPlatform, changed
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, candidature_id, submission

GARBAGE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"candidature_id": NaN}',
    b'{"a": 1, "a": 2}',
    b"[" * 50_000,
)
GOOD_EVERY = 4
DST_NIGHTS = ("2021-03-28T00:30:00+00:00", "2021-03-28T01:30:00+00:00", "2020-10-25T00:30:00+00:00")
LEAP_DAYS = ("2020-02-29T12:00:00+01:00", "2024-02-29T23:59:59+01:00")


def poison(trial: Trial) -> Tally:
    """A rule that always fails, among all kinds of garbage: letters are limited, then the process stops."""
    limit = 10**9 if trial.sabotaged else batch.UNEXPECTED_MAX
    with (
        platform_in(trial.folder) as platform,
        changed(decide, "ATTEMPTS_MAX", 1),
        changed(batch, "UNEXPECTED_MAX", limit),
    ):
        return asyncio.run(_poisoned(trial, platform, limit))


async def _poisoned(trial: Trial, platform: Platform, limit: int) -> Tally:
    tally = Tally()
    random = trial.random
    await platform.provision()
    good = []
    for number in range(trial.count):
        dossier = candidature_id()
        await platform.publish(
            "holders", WithdrawalRequested, dossier, random.choice(GARBAGE), at=OPEN_DAY
        )
        if number % GOOD_EVERY == 0:
            good.append(dossier := candidature_id())
            body = {"candidature_id": dossier, "reason": "déménagement"}
            await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
        tally.faults += 1
    async with platform.running(counting.build):
        for dossier in good:
            facts = await _said(platform, dossier)
            tally.lost += facts < 2
            tally.doubled += max(0, facts - 2)
    tally.accepted = len(good) + trial.count
    garbage = len(await platform.dead_letters(trial.count))
    tally.lost += trial.count - garbage
    await _always_failing(trial, platform, tally, garbage, limit)
    await platform.close()
    return tally


async def _said(platform: Platform, dossier: str) -> int:
    async def found() -> int | None:
        facts = await platform.facts("INTAKE", dossier)
        return len(facts) if len(facts) >= 2 else None

    return await until(found, f"the good event of {dossier} is counted")


async def _always_failing(
    trial: Trial, platform: Platform, tally: Tally, before: int, limit: int
) -> None:
    """A bad deploy: every event fails for an unknown cause.

    What is over the limit must stay at the broker.
    """
    events = 4 * batch.UNEXPECTED_MAX if limit < 10**6 else 80
    for _ in range(events):
        body = {"candidature_id": (dossier := candidature_id()), "reason": "bug"}
        await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
    service = counting.build(platform.settings)
    running = asyncio.create_task(service.run())

    async def ended() -> bool:
        return running.done() or len(await platform.stored("DEAD_LETTERS")) - before >= events

    await until(ended, "the service stops", seconds=60)
    service.app.exit()
    code = await running
    service.consumer.work.engine.dispose()
    letters = len(await platform.stored("DEAD_LETTERS")) - before
    tally.faults += events
    tally.notes |= {"letters": letters, "of": events, "exit_code": code}
    if letters > 20 or code != 1:
        tally.wrong.append(
            f"{letters} of {events} events were drained into the dead letters; exit code {code}"
        )


def jump_clocks(trial: Trial) -> Tally:
    """Each sending has its own time, a year forth or back, on leap days and nights when clocks change."""
    with changed(ExtensionsRead, "read_before", lambda *_: True):  # nobody extends a wave here
        paper = PaperPlatform(trial.folder, ("intake",))
        random = trial.random
        tally = Tally()
        if not trial.sabotaged:
            return _jumped(trial, paper, random, tally)
        with changed(Delivery, "_now", lambda self, clock: clock.seen() or datetime.now(UTC)):
            return _jumped(trial, paper, random, tally)


def _jumped(trial: Trial, paper: PaperPlatform, random: Random, tally: Tally) -> Tally:
    expected = {}
    for number in range(trial.count):
        instant = _some_instant(paper, random)
        key, body = submission(1_000_000 + number)
        expected[key] = wave_of_the_day(paper, instant)
        paper.say(CandidatureSubmitted, key, body, instant.isoformat())
        if random.random() < 0.3:
            paper.settle()
        tally.faults += 1
    paper.settle()
    tally.accepted = trial.count
    found = dict.fromkeys(expected, "")
    for stored in paper.log.streams["INTAKE"]:
        delivery = stored.delivery("")
        if delivery.event_type == CandidatureRegistered.event_type():
            tally.doubled += bool(found[delivery.dossier])
            found[delivery.dossier] = json.loads(stored.data)["wave"]
        elif delivery.event_type == CandidatureRefused.event_type():
            tally.doubled += bool(found[delivery.dossier])
            found[delivery.dossier] = "refused"
    wrong = [key for key in expected if found[key] != expected[key]]
    tally.lost = len(wrong)
    tally.wrong += [f"{key}: {found[key] or 'no answer'}, not {expected[key]}" for key in wrong[:5]]
    return tally


def _some_instant(paper: PaperPlatform, random: Random) -> datetime:
    """At the edges of a wave, at odd moments of the calendar, or anywhere within a year of an edge."""
    programme = paper.programme
    wave = random.choice(paper.programme.waves)
    edge = random.choice((programme.opening(wave), programme.deadline(wave)))
    chance = random.random()
    if chance < 0.5:
        return edge + timedelta(seconds=random.choice((-1, 0, 1)))
    if chance < 0.7:
        return datetime.fromisoformat(random.choice((*DST_NIGHTS, *LEAP_DAYS)))
    return edge + timedelta(seconds=random.randint(-366 * 86_400, 366 * 86_400))


def wave_of_the_day(paper: PaperPlatform, instant: datetime) -> str:
    """By the wall calendar in France, whatever its clocks do that night: the rule said in another way."""
    day = (
        (instant - timedelta(minutes=paper.programme.intake.grace_minutes))
        .astimezone(paper.programme.zone)
        .date()
    )
    opened = instant.astimezone(paper.programme.zone).date()
    return next(
        (w.id for w in paper.programme.waves if w.opens_on <= opened and day <= w.closes_on),
        "refused",
    )
