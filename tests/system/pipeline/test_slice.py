"""The thin slice, real services on a real broker: from a submission to a settled tranche and its message."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.tools.annual_job import Wanted, publish_tranches
from services.funding.tools.payment_proof import verify_payments
from shared.bank.answers import parts, read_answers
from shared.contract import backoffice as officers
from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import WaveClosed
from tests.platform import Platform
from tests.system.pipeline import season

SERVICES = ("intake", "eligibility", "funding", "notify")


async def test_from_a_submission_to_the_first_payment(platform: Platform) -> None:
    await play_the_slice(platform)


async def play_the_slice(platform: Platform) -> None:
    async with platform.running(*SERVICES):
        await play_on(platform)


async def nothing() -> None:
    """What happens between two steps."""


async def play_on(platform: Platform, between: Callable[[], Awaitable[None]] = nothing) -> None:
    """On services that run, here or elsewhere. `between` is awaited five times."""
    first, second, third = [await season.submit(platform) for _ in range(3)]
    await platform.fact(EligibilityChecked, third)
    await between()
    for candidature, mark in ((first, 5), (second, 4), (third, 1)):
        await season.review(platform, candidature, mark)
    await platform.fact(WaveClosed, "2020-4")
    await between()
    await season.publish_wave(platform, "2020-4")
    await platform.fact(facts.GrantAwarded, count=2)
    assert {fact.dossier for fact in await platform.facts(facts.GrantAwarded)} == {first, second}
    declined = await platform.fact(facts.CandidatureDeclined, third)
    assert [reason["code"] for reason in declined.data["reasons"]] == ["below-pass-mark"]
    await between()
    await season.sign(platform, first)
    print_ = await season.give_account(platform, first, 7)
    await season.verify_account(platform, first, print_)
    await platform.idle("funding")
    await between()

    report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(season.FIRST_DUE))
    assert (report.due, report.published) == (2, 2)
    ordered = await platform.fact(facts.TrancheOrdered, f"{first}-T1")
    withheld = await platform.fact(facts.TrancheWithheld, f"{second}-T1")
    assert [r["code"] for r in withheld.data["reasons"]] == [
        "agreement-missing",
        "bank-details-missing",
    ]
    await between()

    await season.approve_payments(platform, "run-1", "2021-04-21T10:00:00+02:00")
    [path] = await season.export_run(platform, "run-1", "2021-04-21T11:00:00+02:00")
    reply = answer(
        path.read_bytes(), Behaviour(at=datetime.fromisoformat("2021-04-22T10:00:00+02:00"))
    )
    answers = read_answers(reply.statement)
    for number, lines in parts(answers):
        body = season.act(
            "bank-consumer",
            "accountant",
            statement_id=answers.statement_id,
            kind=answers.kind,
            part=number,
            lines=[line.model_dump(mode="json") for line in lines],
        )
        await platform.publish(
            "officers",
            officers.BankStatementReceived,
            answers.statement_id,
            body,
            at="2021-04-23T10:00:00+02:00",
        )
    settled = await platform.fact(facts.TrancheSettled, f"{first}-T1")
    assert settled.data["order_id"] == ordered.data["order_id"]
    assert await season.tranche_states(platform, first) == ["settled", "scheduled", "scheduled"]
    findings = await asyncio.to_thread(verify_payments, platform.settings)
    assert findings.verified and findings.paid_cents == 5_000_000
    assert await platform.stored("DEAD_LETTERS") == []

    again = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(season.FIRST_DUE))
    assert (again.due, again.published) == (0, 0)
