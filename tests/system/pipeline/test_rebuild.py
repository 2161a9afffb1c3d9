"""Databases made anew from the log where that is less usual: on PostgreSQL, and after a real erasure."""

import pytest

from deploy.keeper import keeper as at_work
from deploy.local.audit.replay import audit_replay
from deploy.local.rebuilding.decided_again import Tally
from deploy.local.rebuilding.rebuild import rebuild
from deploy.local.rebuilding.replay import replay
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.answers import AnswerActRefused
from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.keeper import LogErased
from shared.contract.notify import NoticeSent
from shared.contract.topology import SERVICES
from shared.kit.errors import OlderCopy
from tests.broker.test_erasure import keeping
from tests.copies import put_aside, put_back
from tests.platform import Platform, until
from tests.rawfiles import records_holding
from tests.submissions import submission
from tests.system.pipeline import season
from tests.system.pipeline.rows import kept_url, rows_at, rows_of

CANARY = "zenobie.canari@serin.example"
UNTOUCHED = ("eligibility", "funding")  # they decided nothing on what was taken out of the log
ID_CHARACTERS_MIN = 36
COUNTS = {
    "waves",
    "project_claims",
    "mailboxes",
}  # of all files, and of which an erasure leaves no name


def quiet(_done: int, _of: int) -> None:
    pass


async def test_a_database_of_postgresql_is_made_anew_row_by_row_in_the_place_of_the_one_before(
    platform: Platform, postgres_url: str
) -> None:
    platform.settings = platform.settings.model_copy(update={"intake_database_url": postgres_url})
    async with platform.running("intake", "eligibility"):
        for _ in range(3):
            await platform.fact(EligibilityChecked, await season.submit(platform))
        await platform.idle("intake")
    before = rows_at(postgres_url)
    found = await rebuild(platform.settings, "intake", quiet)
    assert (found.in_place, found.proven, found.tally.pending) == (True, True, 0)
    assert rows_at(postgres_url) == before
    assert rows_at(kept_url(postgres_url, found.kept)) == before, "the one before was kept whole"
    [audited] = [one async for one in audit_replay(platform.settings, ["intake"], quiet)]
    assert (audited.differences, audited.events) == ([], found.tally.events)


async def test_after_a_real_erasure_what_took_no_part_in_it_is_made_anew_row_by_row(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts that came from what was erased are unexplained, and of that dossier alone."""
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    async with platform.running(*SERVICES), keeping(platform):
        gone = await season.submit(platform, holder__email=CANARY)
        stays = await season.submit(platform)
        for dossier in (gone, stays):
            await platform.fact(EligibilityChecked, dossier)
        await platform.fact(NoticeSent, gone)
        await erase(platform, gone)
        for service in SERVICES:
            await platform.idle(service)

        async def forgotten() -> bool:
            """The letter that tells the erasure bears the address until it has left."""
            return not any(in_files_of(platform, service) for service in SERVICES)

        await until(forgotten, "no database holds the canary")
    for service in SERVICES:
        before = rows_of(platform.home, service)
        found = await rebuild(platform.settings, service, quiet)
        assert {fact.dossier for fact in found.tally.unexplained} <= {gone}, service
        assert (found.in_place, found.proven) == (service in UNTOUCHED, service in UNTOUCHED)
        if not found.in_place:
            assert rows_of(platform.home, service) == before, "what is in use is as it was"
            found = await rebuild(platform.settings, service, quiet, accepts_gaps=True)
        assert (found.in_place, found.tally.pending) == (True, 0)
        names = names_of(before, gone)
        assert of_others(rows_of(platform.home, service), names) == of_others(before, names)
        assert in_files_of(platform, service) == []


async def test_an_older_copy_is_brought_up_to_date_without_who_was_erased_since(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their withdrawal is gone from the log, so that the request decided again would be refused."""
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    async with platform.running(*SERVICES), keeping(platform):
        gone = await season.submit(platform, holder__email=CANARY)
        await platform.fact(NoticeSent, gone)
        older = put_aside(platform.home, "intake")
        await erase(platform, gone)
        await platform.idle("intake")
    lengths = len(await platform.stored("INTAKE"))
    put_back(platform.home, "intake", older)
    assert in_files_of(platform, "intake"), "the copy has them"
    tally = await replay(platform.settings, "intake")
    all_is_explained_but(gone, tally)
    assert in_files_of(platform, "intake") == []
    async with platform.running("intake"):
        await platform.idle("intake")
        status = await platform.ask("intake", "dossier", candidature_id=gone)
        assert status["status"] == "erased"
    assert len(await platform.stored("INTAKE")) == lengths, "nothing is said again"


@pytest.mark.parametrize("from_scratch", [False, True])
async def test_who_came_and_was_erased_after_a_copy_stays_erased_in_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, from_scratch: bool
) -> None:
    """No file of theirs is in the copy or the log, and the last that intake said is their erasure."""
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    async with platform.running(*SERVICES):
        await platform.fact(EligibilityChecked, await season.submit(platform))
        await platform.idle("intake")
    older = put_aside(platform.home, "intake")
    async with platform.running(*SERVICES), keeping(platform):
        gone = await season.submit(platform)
        await platform.fact(EligibilityChecked, gone)
        await erase(platform, gone)
        for service in SERVICES:
            await platform.idle(service)
    lengths = len(await platform.stored("INTAKE"))
    put_back(platform.home, "intake", older)
    with pytest.raises(OlderCopy, match="which it said"):
        async with platform.running("intake"):
            pass
    if from_scratch:
        tally = (await rebuild(platform.settings, "intake", quiet, accepts_gaps=True)).tally
    else:
        tally = await replay(platform.settings, "intake")
    all_is_explained_but(gone, tally)
    async with platform.running("intake"):
        status = await platform.ask("intake", "dossier", candidature_id=gone)
        assert status["status"] == "erased"
        _, body = submission()
        again = body | {"candidature_id": gone}
        await platform.publish(
            "holders", front.CandidatureSubmitted, gone, again, at=season.OPEN_DAY
        )
        await platform.fact(AnswerActRefused, gone)
        await platform.idle("intake")
    assert len(await platform.stored("INTAKE")) == lengths, "nothing is said again"


def all_is_explained_but(gone: str, tally: Tally) -> None:
    assert [fact.stream for fact in tally.unexplained if "erased" in fact.subject] == []
    assert tally.pending == 0
    assert {fact.dossier for fact in tally.unexplained} <= {gone}, "of that dossier alone"


def in_files_of(platform: Platform, service: str) -> list[str]:
    """The files of its database that hold the canary."""
    return records_holding(platform.home, service, CANARY)


async def erase(platform: Platform, dossier: str) -> None:
    """Withdrawn, erased at a person's request, and taken out of the log."""
    text = {"candidature_id": dossier, "reason": "Nous renonçons."}
    await platform.publish("holders", front.WithdrawalRequested, dossier, text, at=season.OPEN_DAY)
    await platform.fact(CandidatureWithdrawn, dossier)
    asked = season.act("director-1", "director", candidature_id=dossier)
    await platform.publish(
        "officers", officers.ErasureRequested, dossier, asked, at=season.OPEN_DAY
    )
    await platform.fact(LogErased, dossier)


def names_of(rows: dict[str, list[str]], dossier: str) -> set[str]:
    """The dossier, the ids of its events and facts, and those of the decisions that said them."""
    of_it = [row for table in ("inbox", "outbox") for row in rows[table] if dossier in row]
    return {dossier}.union(*(ids_in(row) for row in of_it))


def ids_in(row: str) -> set[str]:
    return {word for word in row.split("'") if len(word) >= ID_CHARACTERS_MIN}


def of_others(rows: dict[str, list[str]], gone: set[str]) -> dict[str, list[str]]:
    """Without the rows that name one of these."""
    return {
        table: [row for row in rows[table] if not any(name in row for name in gone)]
        for table in rows.keys() - COUNTS
    }
