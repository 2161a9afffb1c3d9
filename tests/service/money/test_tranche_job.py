"""The annual job on the real bus: two copies at once, a run that stops half-way, a second run years later."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from deploy.cli.payments.tranches import _tell
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.printing import as_data
from services.funding import store
from services.funding.app import NAME
from services.funding.handlers import payment
from services.funding.tools import annual_job as tranches
from services.funding.tools.annual_job import Wanted, publish_tranches
from services.funding.tools.job_outcome import Outcome
from shared.contract import backoffice as officers
from shared.contract.funding import GrantTrancheDue, TrancheOrdered
from shared.contract.subjects import subject_of
from shared.contract.topology import TRANCHES_BYTES_MAX
from shared.kit.storage.database import open_engine
from tests.platform import Platform
from tests.service.money.paying import person
from tests.service.money.treasury import Treasury


class Killed(Exception):
    """The job ends here."""


GRANTS, DUE = 30, date(2021, 4, 20)


@pytest.fixture
def due(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Treasury]:
    """Thirty tranches that fall due, in pages of seven."""
    read = tranches.pages
    monkeypatch.setattr(tranches, "pages", lambda engine, as_of: read(engine, as_of, 7))
    treasury = Treasury.on(open_engine(platform.settings.database_url(NAME)), platform.home)
    treasury.award_ready(GRANTS)
    treasury.lies_in_no_log()
    yield treasury
    treasury.must_hold()
    treasury.engine.dispose()


async def ordered(platform: Platform) -> list[str]:
    async with platform.running("funding"):
        await platform.fact(TrancheOrdered, count=GRANTS)
        await platform.idle("funding")
    return [fact.dossier for fact in await platform.facts(TrancheOrdered)]


async def test_two_copies_at_once_say_and_order_each_tranche_once(
    platform: Platform, due: Treasury
) -> None:
    reports = await asyncio.gather(
        *(asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE)) for _ in range(2))
    )
    assert sum(report.published for report in reports) == GRANTS
    assert sum(report.already for report in reports) == GRANTS
    assert len(await platform.facts(GrantTrancheDue)) == GRANTS
    assert len(set(await ordered(platform))) == GRANTS
    later = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(date(2031, 1, 1)))
    assert (later.due, later.published) == (0, 0)


async def test_a_job_that_dies_half_way_is_finished_by_the_next_one(
    platform: Platform, due: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tranches._say

    async def dies(publisher: Any, letters: Any, report: Any) -> list[bool]:
        news = await said(publisher, letters, report)
        if report.published > GRANTS // 2:
            raise Killed
        return news

    with monkeypatch.context() as patched:
        patched.setattr(tranches, "_say", dies)
        with pytest.raises(Killed):
            await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    assert 0 < report.published < GRANTS == report.published + report.already
    assert len(set(await ordered(platform))) == GRANTS


async def give_room(platform: Platform, bytes_max: int) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    config = (await js.stream_info("TRANCHES")).config
    await js.update_stream(config.evolve(max_bytes=bytes_max))


async def test_a_full_stream_is_told_and_the_job_goes_on_once_it_has_room(
    platform: Platform, due: Treasury
) -> None:
    await give_room(platform, 6_000)
    with (
        pytest.raises(CommandFailed, match=r"the stream is full .* docs/front-ends\.md"),
        bus_failures(""),
    ):
        await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    said = len(await platform.facts(GrantTrancheDue))
    assert 0 < said < GRANTS
    await give_room(platform, TRANCHES_BYTES_MAX)
    report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    assert (report.already, report.published) == (said, GRANTS - said)
    assert len(set(await ordered(platform))) == GRANTS


async def test_a_word_with_another_tranches_id_hides_no_tranche(
    platform: Platform, due: Treasury
) -> None:
    """Whoever holds the job's key may name any event id: what it says is known by its place in the log."""
    victim = next(tranches.pages(due.engine, DUE))[0]
    kind = GrantTrancheDue.event_type()
    headers = {
        "ce-id": tranches.event_id_of(victim),
        "ce-type": kind,
        "ce-source": f"/{platform.programme}/tranche-job",
    }
    async with platform.running("funding"):
        await platform.publish(
            "tranche-job", f"{platform.programme}.{kind}.nobodys", headers=headers
        )
        await platform.dead_letters(1)
    await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    assert len(set(await ordered(platform))) == GRANTS


COPY = {"Nats-Stream": "TRANCHES", "Nats-Subject": "x", "Nats-Sequence": "1"}
OF_ANOTHER = (
    b'{"tranche_id": "%s", "candidature_id": "%s",'
    b' "number": 1, "due_on": "2199-01-01", "amount_cents": 1}'
)
WORDS = {
    "garbage": (b"\x00garbage", {}),
    "another's, for a cent, in 2199": (
        OF_ANOTHER % (b"x-T1", b"x"),
        {"ce-type": "x", "ce-source": "/x/funding"},
    ),
    "a copy of a message": (b"{}", COPY),
}


async def say_in_the_jobs_place(
    platform: Platform, treasury: Treasury, body: bytes, headers: dict[str, str]
) -> None:
    """Whoever holds the job's key fills a subject that is written once for ever."""
    victim = next(tranches.pages(treasury.engine, DUE))[0]
    subject = subject_of(platform.programme, victim)
    await platform.publish("tranche-job", subject, body=body, headers=headers)


@pytest.mark.parametrize("word", WORDS)
async def test_whatever_was_said_in_the_jobs_place_the_laureate_is_paid_what_the_schedule_says(
    platform: Platform, due: Treasury, word: str
) -> None:
    await say_in_the_jobs_place(platform, due, *WORDS[word])
    report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    assert (report.published, report.already, report.dead_letters) == (GRANTS - 1, 1, [])
    assert len(set(await ordered(platform))) == GRANTS
    assert {fact.data["amount_cents"] for fact in await platform.facts(TrancheOrdered)} == {
        5_000_000
    }
    assert await platform.dead_letters() == []


async def test_a_word_that_nobody_could_decide_is_named_by_each_later_run_until_it_is_decided_again(
    platform: Platform, due: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test before: a funding that reads the body leaves that tranche unpaid."""
    await say_in_the_jobs_place(platform, due, *WORDS["garbage"])
    with monkeypatch.context() as patched:
        patched.setattr(payment, "named_tranche", None)
        async with platform.running("funding"):
            [letter] = await platform.dead_letters(1)
    runs = [
        await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE)) for _ in range(2)
    ]
    assert [run.dead_letters for run in runs] == [[letter.dossier]] * 2
    with pytest.raises(CommandFailed, match=letter.dossier):
        _tell(as_data(runs[-1]), "", as_json=True)
    async with platform.running("funding"):
        await platform.fact(TrancheOrdered, count=GRANTS - 1)
        await platform.ask_as(
            "operators", "funding", "redrive", letter_id=letter.dossier, by="moreau"
        )
        await platform.fact(TrancheOrdered, count=GRANTS)
    assert (
        await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
    ).dead_letters == []


SUSPENDED = 2


def held_up(treasury: Treasury) -> None:
    """Some of the grants are suspended, so that their tranches will be withheld."""
    for grant in treasury.read(store.all_grants)[:SUSPENDED]:
        named = {"candidature_id": grant.candidature_id}
        treasury.say(officers.GrantSuspended(**named, **person("officer-1")))
    treasury.lies_in_no_log()


async def test_the_job_tells_what_was_ordered_what_withheld_and_why_as_its_dry_run_had_counted(
    platform: Platform, due: Treasury
) -> None:
    held_up(due)
    wanted = Wanted(DUE, wait_seconds=15)
    foreseen = await asyncio.to_thread(
        publish_tranches, platform.settings, replace(wanted, dry_run=True)
    )
    async with platform.running("funding"):
        report = await asyncio.to_thread(publish_tranches, platform.settings, wanted)
    assert report.outcome == foreseen.outcome
    assert report.outcome == Outcome(GRANTS - SUSPENDED, SUSPENDED, Counter(suspended=SUSPENDED))


def test_only_what_was_ordered_counts_as_ordered() -> None:
    outcome = Outcome()
    for state in ("ordered", "settled", "cancelled", "cancelled", "rejected", "already-cancelled"):
        outcome.note(state, [])
    others = Counter({"cancelled": 2, "rejected": 1, "already-cancelled": 1})
    assert outcome == Outcome(ordered=2, others=others)


async def test_a_job_whose_words_nobody_decides_says_so_and_ends(
    platform: Platform, due: Treasury
) -> None:
    report = await asyncio.to_thread(
        publish_tranches, platform.settings, Wanted(DUE, wait_seconds=0.1)
    )
    assert report.outcome == Outcome(undecided=GRANTS)
    with pytest.raises(CommandFailed, match=f"{GRANTS} tranches are said"):
        _tell(as_data(report), "", as_json=True)


async def test_a_dry_run_of_a_day_to_come_counts_as_that_day_will_and_one_of_today_as_today(
    platform: Platform, due: Treasury
) -> None:
    on_the_day = Wanted(DUE, dry_run=True)
    before = replace(on_the_day, decided_at=due.now)
    then = await asyncio.to_thread(publish_tranches, platform.settings, on_the_day)
    today = await asyncio.to_thread(publish_tranches, platform.settings, before)
    assert then.outcome == Outcome(ordered=GRANTS)
    assert today.outcome
    assert (today.outcome.ordered, today.outcome.why["not-due-yet"]) == (0, GRANTS)


async def test_a_dry_run_says_nothing(platform: Platform, due: Treasury) -> None:
    report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE, dry_run=True))
    assert (report.due, report.published, report.total_cents) == (GRANTS, 0, GRANTS * 5_000_000)
    assert await platform.facts(GrantTrancheDue) == []
