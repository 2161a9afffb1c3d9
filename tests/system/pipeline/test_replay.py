"""An older copy of a database, brought up to date from the log, is the database that was lost: row by row."""

import asyncio
from pathlib import Path

import pytest

from deploy.local.audit.comparison import audit
from deploy.local.rebuilding.rebuild import rebuild
from deploy.local.rebuilding.rebuilt_places import rebuilt_place
from deploy.local.rebuilding.replay import ServiceRuns, replay
from services.funding.tools.annual_job import Wanted, publish_tranches
from services.funding.tools.payment_export import NothingToExport, opened
from services.funding.tools.payment_proof import verify_payments
from services.intake.domain import registration
from shared.contract import frontdesk as front
from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.funding import TrancheOrdered
from shared.contract.intake import CandidatureRegistered, WaveClosed
from shared.contract.subjects import question_subject
from shared.contract.topology import SERVICES, STREAMS
from shared.kit.errors import OlderCopy
from shared.kit.storage.said_before import StoryDiffers
from tests.copies import put_aside, put_back
from tests.platform import Platform, until
from tests.store import on_postgres
from tests.system.pipeline import season
from tests.system.pipeline.rows import kept_url, rows_at, rows_of


def copies(home: Path, name: str) -> dict[str, str]:
    return {service: put_aside(home, service, name) for service in SERVICES}


async def settled(platform: Platform) -> None:
    """All is heard, said, and sent."""
    for service in SERVICES:
        await platform.idle(service)

    async def sent() -> bool:
        return not (await platform.ask("notify", "summary"))["queued"]

    await until(sent, "every letter is sent")


async def file(platform: Platform) -> tuple[str, str]:
    first, second = [await season.submit(platform) for _ in range(2)]
    await settled(platform)
    return first, second


async def select_laureates(platform: Platform, first: str, second: str) -> None:
    """The wave closes by the timer, is ranked and published.

    Then an agreement is signed, and an act becomes a dead letter.
    """
    for key, mark in ((first, 5), (second, 4)):
        await season.review(platform, key, mark)
    await platform.fact(WaveClosed, "2020-4")
    await season.publish_wave(platform, "2020-4")
    await platform.fact(facts.GrantAwarded, count=2)
    await season.sign(platform, first)
    await platform.publish("holders", front.AgreementSigned, second, b"{}", at=season.SIGNING_DAY)
    await platform.dead_letters(1)
    await settled(platform)


async def pay(platform: Platform, first: str) -> None:
    """An account cools off, which the timer says; the tranche is ordered, approved and exported."""
    print_ = await season.give_account(platform, first, 7)
    await season.verify_account(platform, first, print_)
    await platform.idle("funding")
    await asyncio.to_thread(publish_tranches, platform.settings, Wanted(season.FIRST_DUE))
    await platform.fact(TrancheOrdered, f"{first}-T1")
    await season.approve_payments(platform, "run-1", "2021-04-21T10:00:00+02:00")
    await season.export_run(platform, "run-1", "2021-04-21T11:00:00+02:00")
    await season.submit(platform, "2021-04-22T11:00:00+02:00")
    for wave in ("2021-1", "2021-2", "2021-3"):  # the timer says each closing, in its own second
        await platform.fact(WaveClosed, wave)
    await platform.fact(facts.WaveRanked, "2021-1")
    await settled(platform)


def nothing_goes_to_the_bank_again(platform: Platform) -> None:
    """The same order is not exported twice: its run was exported, and its file is the same, byte for byte."""
    [sent] = (platform.home / "payments").glob("*.xml")
    data = sent.read_bytes()
    with opened(platform.settings) as payments:
        with pytest.raises(NothingToExport, match="nothing new to export"):
            payments.look(None)
        assert payments.write("run-1", platform.home / "payments") == [sent]
    assert sent.read_bytes() == data


async def test_each_service_is_brought_up_to_date_from_older_copies(platform: Platform) -> None:
    older = []
    async with platform.running(*SERVICES):
        first, second = await file(platform)
    older.append(copies(platform.home, "filed"))
    async with platform.running(*SERVICES):
        await select_laureates(platform, first, second)
    older.append(copies(platform.home, "selected"))
    async with platform.running(*SERVICES):
        await pay(platform, first)
    newest = {service: rows_of(platform.home, service) for service in SERVICES}
    lengths = {stream.name: len(await platform.stored(stream.name)) for stream in STREAMS}
    mails = sorted((platform.home / "mail").iterdir())
    for copy in older:
        for service in SERVICES:
            put_back(platform.home, service, copy[service])
            with pytest.raises(OlderCopy, match=f"fabriques replay {service}"):
                async with platform.running(service):
                    pass
            tally = await replay(platform.settings, service)
            assert (tally.unexplained, tally.pending) == ([], 0)
            assert rows_of(platform.home, service) == newest[service], copy[service]
    assert (await audit(platform.settings)).sound
    assert (await asyncio.to_thread(verify_payments, platform.settings)).verified
    await asyncio.to_thread(nothing_goes_to_the_bank_again, platform)
    async with platform.running(*SERVICES):
        await settled(platform)
    assert {name: len(await platform.stored(name)) for name in lengths} == lengths, (
        "nothing is said twice"
    )
    assert sorted((platform.home / "mail").iterdir()) == mails, "no letter is sent twice"


async def test_a_decision_that_would_say_something_else_stops_the_replay_and_is_not_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.running("intake"):
        await season.submit(platform)
        await platform.idle("intake")
    older = copies(platform.home, "older")
    async with platform.running("intake"):
        key = await season.submit(platform)
        await platform.fact(CandidatureRegistered, key)
        await platform.idle("intake")
    put_back(platform.home, "intake", older["intake"])
    before = rows_of(platform.home, "intake")
    with monkeypatch.context() as other_code:
        other_code.setattr(registration, "receipt_of", lambda *_: "FABT-2020-4-99999")
        with pytest.raises(
            StoryDiffers, match=r"of (INTAKE|ANSWERS), is not what would be said now"
        ):
            await replay(platform.settings, "intake")
    assert rows_of(platform.home, "intake") == before
    assert (await replay(platform.settings, "intake")).unexplained == []


async def test_a_service_that_runs_is_not_replayed(platform: Platform) -> None:
    async with platform.running("intake"):
        with pytest.raises(ServiceRuns, match="stop it"):
            await replay(platform.settings, "intake")


async def test_a_service_that_hangs_and_asks_for_no_event_counts_as_one_that_runs(
    platform: Platform,
) -> None:
    client = await platform.connect("intake")
    await client.subscribe(question_subject(platform.programme, "intake", "ready"))
    await client.flush()
    with pytest.raises(ServiceRuns, match="stop it"):
        await replay(platform.settings, "intake")


async def test_what_an_operator_did_with_a_dead_letter_is_done_again_at_its_place(
    platform: Platform,
) -> None:
    async with platform.running("intake"):
        key = await season.submit(platform)
        await platform.fact(CandidatureRegistered, key)
        await platform.idle("intake")
    older = copies(platform.home, "older")
    async with platform.running("intake"):
        await platform.publish(
            "holders", front.WithdrawalRequested, key, b"{}", at=season.SIGNING_DAY
        )
        letter = (await platform.dead_letters(1))[0].dossier
        discarded = await platform.ask_as(
            "operators", "intake", "discard", letter_id=letter, by="operator-1", reason="illisible"
        )
        assert discarded["closed"], discarded
        await platform.dead_letters(2)
        await platform.idle("intake")
    newest = rows_of(platform.home, "intake")
    put_back(platform.home, "intake", older["intake"])
    tally = await replay(platform.settings, "intake")
    assert (tally.unexplained, tally.pending) == ([], 0)
    assert rows_of(platform.home, "intake") == newest


async def test_what_lost_its_cause_in_the_log_is_told_and_takes_no_place_unasked(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility"):
        first, second = [await season.submit(platform) for _ in range(2)]
        for key in (first, second):
            await platform.fact(EligibilityChecked, key)
        await platform.idle("eligibility")
    client = await platform.connect("provisioner")
    lost = await platform.fact(CandidatureRegistered, first)
    before = rows_of(platform.home, "eligibility")
    url = platform.settings.database_url("eligibility")
    rebuilt_place(url).begin()
    if not on_postgres():
        (platform.home / "data" / "eligibility.db.rebuilding").write_bytes(b"half of one")
    await client.jetstream().delete_msg("INTAKE", lost.sequence)

    found = await rebuild(platform.settings, "eligibility", quiet)
    assert (found.was_left, found.in_place, found.holes) == (True, False, {"INTAKE": 1})
    [gone] = found.tally.unexplained
    assert (found.tally.unexplained_count, gone.cause_id) == (1, lost.headers["ce-id"])
    assert rows_of(platform.home, "eligibility") == before, "what is in use is as it was"

    found = await rebuild(platform.settings, "eligibility", quiet, accepts_gaps=True)
    assert (found.in_place, rows_of(platform.home, "eligibility") == before) == (True, False)
    assert rows_at(kept_url(url, found.kept)) == before, "the one before was kept whole"


async def test_where_the_story_differs_the_database_in_use_stays_as_it_was(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.running("intake"):
        key = await season.submit(platform)
        await platform.fact(CandidatureRegistered, key)
        await platform.idle("intake")
    before = rows_of(platform.home, "intake")
    monkeypatch.setattr(registration, "receipt_of", lambda *_: "FABT-2020-4-99999")
    with pytest.raises(StoryDiffers, match="is not what would be said now"):
        await rebuild(platform.settings, "intake", quiet)
    assert rows_of(platform.home, "intake") == before


def quiet(_done: int, _of: int) -> None:
    pass
