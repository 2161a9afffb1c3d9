"""Incidents of waves and money, in one season: each begins where the one before ended."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.bank.pain001_reading import read_pain001
from services.funding.tools import annual_job
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.bank.answers import parts, read_answers
from shared.contract import backoffice as officers
from shared.contract.funding import GrantAwarded, TrancheOrdered, TrancheRejected, TrancheWithheld
from shared.contract.intake import CandidatureRegistered, WaveClosed
from tests.faults.paper import changed
from tests.incidents.incident import Stage
from tests.platform import until
from tests.system.pipeline import season

WEEKS_LATER = "2022-03-14T10:00:00+01:00"
BANK_DAY = "2022-03-16T10:00:00+01:00"
RUN = "paiement-2022-03-14"
CLOSED_ACCOUNT = "AC04"
TWO = 2


@asynccontextmanager
async def leave_a_review_out(stage: Stage) -> AsyncIterator[None]:
    """A wave closes while one of its dossiers has no marks; then they come, and the list is published."""
    platform = stage.platform
    paid, unsigned = [await season.submit(platform) for _ in range(TWO)]
    stage.kept |= {"paid": paid, "unsigned": unsigned}
    await platform.fact(CandidatureRegistered, unsigned)
    await season.review(platform, paid, 5)
    await platform.fact(WaveClosed, "2020-4")
    yield
    await season.review(platform, unsigned, 5)
    await season.publish_wave(platform, "2020-4")
    for grant in (paid, unsigned):
        await platform.fact(GrantAwarded, grant)


@asynccontextmanager
async def forget_the_annual_job(stage: Stage) -> AsyncIterator[None]:
    """A year later nobody has said which tranches are due."""
    platform, paid = stage.platform, stage.kept["paid"]
    await season.sign(platform, paid)
    fingerprint = await season.give_account(platform, paid, 1)
    await season.verify_account(platform, paid, fingerprint)
    late = season.act("officer-1", candidature_id=paid)
    await platform.publish("officers", officers.GrantSuspended, paid, late, at=WEEKS_LATER)
    await platform.publish("officers", officers.GrantResumed, paid, late, at=WEEKS_LATER)
    yield


@asynccontextmanager
async def stop_the_annual_job_half_way(stage: Stage) -> AsyncIterator[None]:
    """It says one tranche, and is gone."""
    whole = annual_job.pages

    def first_one(*arguments: Any) -> Iterator[Any]:
        yield next(whole(*arguments, size=1))

    with changed(annual_job, "pages", first_one):
        await _run_the_job(stage)
    assert await _overdue(stage, 1)
    yield


@asynccontextmanager
async def withhold_a_tranche(stage: Stage) -> AsyncIterator[None]:
    """The job is run again and says the rest: one grant has no agreement and no account."""
    await _run_the_job(stage)
    await stage.platform.fact(TrancheWithheld, f"{stage.kept['unsigned']}-T1")
    await stage.platform.fact(TrancheOrdered, f"{stage.kept['paid']}-T1")
    yield


@asynccontextmanager
async def run_the_annual_job_twice(stage: Stage) -> AsyncIterator[None]:
    report = await _run_the_job(stage)
    assert report.published == 0, "a tranche is said once for ever"
    yield


@asynccontextmanager
async def reject_a_payment(stage: Stage) -> AsyncIterator[None]:
    """The bank refuses a transfer of a run: its account is closed."""
    platform = stage.platform
    await season.approve_payments(platform, RUN, WEEKS_LATER)
    [file] = await season.export_run(platform, RUN, WEEKS_LATER)
    pain001 = file.read_bytes()
    _, read = read_pain001(pain001)
    orders = {transfer.end_to_end_id: CLOSED_ACCOUNT for transfer in read.transfers}
    reply = answer(pain001, Behaviour(at=datetime.fromisoformat(BANK_DAY), rejected=orders))
    answers = read_answers(reply.status_report)
    for number, lines in parts(answers):
        told = [line.model_dump(mode="json") for line in lines]
        name = answers.statement_id
        said = {"statement_id": name, "kind": answers.kind, "part": number, "lines": told}
        body = season.act("comptable-1", "accountant", **said)
        await platform.publish("officers", officers.BankStatementReceived, name, body, at=BANK_DAY)
    await platform.fact(TrancheRejected, f"{stage.kept['paid']}-T1")
    yield


async def _run_the_job(stage: Stage) -> annual_job.TrancheReport:
    return await asyncio.to_thread(publish_tranches, stage.settings, Wanted(season.FIRST_DUE))


async def _overdue(stage: Stage, count: int) -> bool:
    async def found() -> bool:
        summary = await stage.platform.ask("funding", "summary")
        return bool(summary["overdue"]["tranches"] == count)

    return await until(found, f"{count} tranches are not said")
