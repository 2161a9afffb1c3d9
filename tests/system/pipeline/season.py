"""A season played by hand on a test platform: a function for each act of holders, reviewers and officers."""

import asyncio
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding.bank.sealing import seal
from services.funding.tools.payment_export import opened
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.funding import PaymentsExported
from tests.platform import Platform, until
from tests.submissions import submission

OPEN_DAY = "2020-11-02T10:00:00+01:00"
REVIEW_DAY = "2021-01-05T10:00:00+01:00"
PUBLICATION_DAY = "2021-01-20T10:00:00+01:00"
SIGNING_DAY = "2021-02-01T10:00:00+01:00"
VERIFIED_DAY = "2021-02-10T10:00:00+01:00"
FIRST_DUE = date(2022, 2, 14)
CRITERIA = ("ambition", "anchoring", "governance", "business_model")


def act(actor: str, role: str = "instructor", **fields: Any) -> dict[str, Any]:
    return {"actor": {"id": actor, "role": role}, "reason": "selon le dossier", **fields}


async def submit(platform: Platform, at: str = OPEN_DAY, **changes: Any) -> str:
    candidature_id, body = submission(**changes)
    await platform.publish("holders", front.CandidatureSubmitted, candidature_id, body, at=at)
    return candidature_id


async def review(platform: Platform, candidature_id: str, mark: int, at: str = REVIEW_DAY) -> None:
    """Two reviewers are assigned, and give the same mark to every criterion."""
    for reviewer in ("r1", "r2"):
        assigned = act("officer-1", candidature_id=candidature_id, reviewer_id=reviewer)
        await platform.publish("officers", officers.ReviewAssigned, candidature_id, assigned, at=at)
        marks = {
            "candidature_id": candidature_id,
            "reviewer_id": reviewer,
            "marks": dict.fromkeys(CRITERIA, mark),
            "comment": "Lu.",
            "comments": {name: "Trop peu." for name in CRITERIA if mark < 3},
        }
        await platform.publish("reviewers", front.ReviewSubmitted, candidature_id, marks, at=at)


async def publish_wave(platform: Platform, wave: str, at: str = PUBLICATION_DAY) -> None:
    """Waits for the ranking, then two officers approve the digest they saw."""

    async def ranked() -> dict[str, Any] | None:
        state = await platform.ask("funding", "wave", wave=wave)
        return state if state["state"] == "ranked" else None

    digest = (await until(ranked, f"wave {wave} is ranked"))["proposal"]["digest"]
    for actor in ("director-1", "director-2"):
        body = act(actor, "director", wave=wave, digest=digest)
        await platform.publish("officers", officers.WaveApproved, wave, body, at=at)


async def sign(platform: Platform, candidature_id: str, at: str = SIGNING_DAY) -> None:
    body = {"candidature_id": candidature_id, "signatory": "A. Martin", "association_consent": True}
    await platform.publish("holders", front.AgreementSigned, candidature_id, body, at=at)


async def give_account(
    platform: Platform, candidature_id: str, number: int, at: str = SIGNING_DAY
) -> str:
    """Sealed for funding. Returns the fingerprint, once funding has it."""
    key = (await platform.ask("funding", "sealing-key"))["public_key"]
    before = await fingerprint(platform, candidature_id)
    sealed = seal(
        key, {"iban": rehearsal_iban(number), "bic": None, "account_holder": "Association"}
    )
    body = {"candidature_id": candidature_id, "sealed": sealed}
    await platform.publish("holders", front.BankDetailsProvided, candidature_id, body, at=at)

    async def changed() -> str | None:
        now = await fingerprint(platform, candidature_id)
        return now if now != before else None

    return await until(changed, "funding has the account")


async def fingerprint(platform: Platform, candidature_id: str) -> str | None:
    grant = (await platform.ask("funding", "why", candidature_id=candidature_id)).get("grant")
    return grant["account"]["fingerprint"] if grant and grant["account"] else None


async def verify_account(
    platform: Platform, candidature_id: str, print_: str, at: str = VERIFIED_DAY
) -> None:
    body = act("officer-2", candidature_id=candidature_id, fingerprint=print_)
    await platform.publish("officers", officers.BankDetailsVerified, candidature_id, body, at=at)


async def confirm_account(
    platform: Platform, candidature_id: str, print_: str, at: str = VERIFIED_DAY
) -> None:
    """The second person, where the account replaces another."""
    body = act("officer-3", candidature_id=candidature_id, fingerprint=print_)
    await platform.publish("officers", officers.BankDetailsConfirmed, candidature_id, body, at=at)


async def tranche_states(platform: Platform, candidature_id: str) -> list[str]:
    grant = (await platform.ask("funding", "why", candidature_id=candidature_id))["grant"]
    return [tranche["state"] for tranche in grant["tranches"]]


async def approve_payments(platform: Platform, run_id: str, at: str) -> None:
    """The authorising officer, then the accountant. Two replicas decide acts of one moment in any order."""
    waiting = (await platform.ask("funding", "payments"))["pending"]
    steps = (
        ("ordonnateur-1", "authorising-officer", "opened"),
        ("comptable-1", "accountant", "approved"),
    )
    for actor, role, state in steps:
        body = act(actor, role, run_id=run_id, **waiting)
        await platform.publish("officers", officers.PaymentsApproved, run_id, body, at=at)
        await until(partial(_run_is, platform, run_id, state), f"run {run_id} is {state}")


async def _run_is(platform: Platform, run_id: str, state: str) -> bool:
    run = (await platform.ask("funding", "payments"))["run"]
    return bool(run and run["run_id"] == run_id and run["state"] == state)


async def export_run(platform: Platform, run_id: str, at: str) -> list[Path]:
    """Asked for by the accountant; written once the decision lies in the log."""
    digest = (await platform.ask("funding", "payments"))["run"]["digest"]
    body = act("comptable-1", "accountant", run_id=run_id, digest=digest)
    await platform.publish("officers", officers.PaymentsExportRequested, run_id, body, at=at)
    await platform.fact(PaymentsExported, run_id)

    def written() -> list[Path]:
        with opened(platform.settings) as payments:
            return payments.write(run_id, platform.home / "payments")

    return await asyncio.to_thread(written)
