"""Notify on the real bus: every message once, support to every laureate, letters to the right address."""

from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from services.notify.domain.retries import Result
from services.notify.letters.mime import Mail
from services.notify.mail.transports import MailFolder
from shared.contract import backoffice, eligibility, frontdesk, funding, intake
from shared.contract.notify import NoticeSent, PeerProposed, SupportAdvanced, SupportOpened
from tests.broker.notified import awarded, confirm, mails, plain, ranked, registered, sent, submit
from tests.platform import Platform, until
from tests.rawfiles import records_holding
from tests.submissions import OPEN_DAY, submission


async def test_a_receipt_is_one_mail_and_a_repeated_fact_sends_no_other(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier = await submit(platform)
        headers = {"ce-id": "019aa000-0000-7000-8000-000000000001", "ce-time": OPEN_DAY}
        for msg_id in ("a", "b", "c"):
            told = headers | {"Nats-Msg-Id": msg_id}
            await platform.publish(
                "intake", intake.CandidatureRegistered, dossier, registered(dossier), headers=told
            )
        assert await sent(platform, dossier) == ["receipt"]
        await platform.idle("notify")
        [mail] = mails(platform).values()
        assert mail["To"] == "contact@passerelle.example"
        text = plain(mail)
        for part in (
            "FABT-2020-4-00012",
            "3 novembre 2020",
            "3 janvier 2021",
            "nouveauxliens@anct.gouv.fr",
        ):
            assert part in text
        assert (await platform.ask("notify", "summary"))["notices"] == 1


async def test_a_fact_that_comes_before_the_contact_waits_for_it(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier, body = submission()
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        await platform.idle("notify")
        assert not await platform.facts(NoticeSent, dossier)
        await platform.publish(
            "holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY
        )
        assert await sent(platform, dossier) == ["receipt"]


async def test_every_laureate_gets_a_plan_and_peers_and_an_introduction_if_they_agree(
    platform: Platform,
) -> None:
    async with platform.running("notify"):
        near = await submit(platform, place__latitude=46.2)
        first = await submit(platform)
        far = await submit(platform, place__latitude=43.0)
        await platform.publish("funding", funding.WaveRanked, "2020-4", ranked(3))
        for rank, dossier in enumerate((first, near, far), start=1):
            await platform.publish("funding", funding.GrantAwarded, dossier, awarded(dossier, rank))
        steps = ["first-interview", "need-business-model", "need-governance", "peers"]
        for dossier in (first, near, far):
            opened = await platform.fact(SupportOpened, dossier)
            assert opened.data["steps"] == steps
            await platform.fact(SupportAdvanced, dossier, count=len(steps))
            await platform.fact(PeerProposed, dossier)
            got = set(await sent(platform, dossier, 3))
            assert got == {"awarded", "peers", "support_opened"}
        for dossier in (first, near, far):
            signed = {
                "candidature_id": dossier, "due_on": [], "amounts_cents": [],
                "association_consent": dossier != far,
            }  # fmt: skip
            await platform.publish("funding", funding.GrantAgreed, dossier, signed)
        await until(
            partial(_are_sent, platform, (first, near, far), "agreed"), "every agreement is told"
        )
        await until(
            partial(_are_sent, platform, (first, near), "introduction"), "they are introduced"
        )
        summary = await platform.ask("notify", "summary")
        assert summary["support"] == {
            "plans": 3, "open": 3, "introductions": 2, "invitations": 0, "peers": 3,
            "steps": 14, "agreed": 0, "done": 0, "late": 0, "dropped": 0,
        }  # fmt: skip
        introductions = [mail for mail in mails(platform).values() if mail["Cc"]]
        assert {str(mail["To"]) for mail in introductions} == {"contact@francetierslieux.fr"}
        assert len(introductions) == 2, "of those who agreed, and of nobody else"
        plan = await platform.ask("notify", "support", candidature_id=first)
        assert [step["step"] for step in plan["plan"]["steps"]] == [*steps, "introduction"]
        assert {step["state"] for step in plan["plan"]["steps"]} == {"proposed"}


async def _one_mail(platform: Platform) -> list[EmailMessage] | None:
    found = list(mails(platform).values())
    return found if len(found) == 1 else None


async def _are_sent(platform: Platform, dossiers: tuple[str, ...], template: str) -> bool:
    """Whether each of these dossiers had such a letter."""
    sent = [
        stored.data["template"]
        for one in dossiers
        for stored in await platform.facts(NoticeSent, one)
    ]
    return sent.count(template) == len(dossiers)


async def test_one_promoted_later_gets_peers_and_a_cancelled_award_closes_its_plan(
    platform: Platform,
) -> None:
    async with platform.running("notify"):
        one, two, late = await submit(platform), await submit(platform), await submit(platform)
        await platform.publish("funding", funding.WaveRanked, "2020-4", ranked(2))
        for dossier in (one, two):
            await platform.publish("funding", funding.GrantAwarded, dossier, awarded(dossier))
        await sent(platform, two, 3)
        cancelled = {
            "candidature_id": two, "wave": "2020-4", "zone": "outside-urban", "freed_cents": 15_000_000,
            "reasons": []
        }  # fmt: skip
        await platform.publish("funding", funding.AwardCancelled, two, cancelled)
        await platform.publish(
            "funding", funding.GrantAwarded, late, awarded(late, 3, promoted=True)
        )
        assert "promoted" in await sent(platform, late, 3)
        assert (await platform.fact(PeerProposed, late)).data["peer"] == one
        closed = await platform.ask("notify", "support", candidature_id=two)
        assert closed["plan"]["state"] == "closed"
        assert "cancelled" in await sent(platform, two, 4)


async def test_an_author_of_an_unreadable_file_learns_every_reason(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier, body = submission()
        body["budget"] = "a lot"
        await platform.publish(
            "holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY
        )
        reasons = [{"code": "a", "field": None, "message": "Première raison."},
                   {"code": "b", "field": None, "message": "Seconde raison."}]  # fmt: skip
        refusal = {"candidature_id": dossier, "reasons": reasons}
        await platform.publish("intake", intake.CandidatureRefused, dossier, refusal)
        assert await sent(platform, dossier) == ["refused"]
        await confirm(platform, dossier, body["holder"]["email"])
        assert await sent(platform, dossier, 2) == ["refused", "refused"]
        short, whole = sorted(
            (plain(mail) for mail in mails(platform).values()), key=lambda text: "raison." in text
        )
        assert "Première raison." in whole and "Seconde raison." in whole
        assert "raison" not in short and "Camille" not in short
        assert not await platform.stored("DEAD_LETTERS")


async def test_an_erasure_empties_the_contact_and_removes_earlier_mail(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier = await submit(platform)
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        await sent(platform, dossier)
        await platform.publish(
            "intake", intake.CandidatureErased, dossier, {"candidature_id": dossier}
        )
        assert await sent(platform, dossier, 2) == ["receipt", "erased"]
        [mail] = await until(partial(_one_mail, platform), "the last letter alone is left")
        assert "effacées" in mail["Subject"]
        check = {
            "candidature_id": dossier, "wave": "2020-4", "revision": 1, "file_version": 1, "eligible": True,
            "zones": ["qpv"], "reasons": [], "evidence": {},
        }  # fmt: skip
        await platform.publish("eligibility", eligibility.EligibilityChecked, dossier, check)
        await platform.idle("notify")
        names = ("contact@passerelle.example", "Camille")

        async def forgotten() -> bool:
            return not records_holding(platform.home, "notify", *names)

        await until(forgotten, "the database names nobody")
        assert records_holding(platform.home, "notify", dossier)


async def test_a_refused_change_does_not_turn_the_mail_elsewhere(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier, body = submission()
        await platform.publish(
            "holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY
        )
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        await sent(platform, dossier)
        body["holder"]["email"] = "thief@elsewhere.example"
        await platform.publish(
            "holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY
        )
        await platform.idle("notify")
        check = {
            "candidature_id": dossier, "wave": "2020-4", "revision": 1, "file_version": 1, "eligible": True,
            "zones": ["qpv"], "reasons": [], "evidence": {},
        }  # fmt: skip
        await platform.publish("eligibility", eligibility.EligibilityChecked, dossier, check)
        await sent(platform, dossier, 2)
        assert {str(mail["To"]) for mail in mails(platform).values()} == {
            "contact@passerelle.example"
        }


async def test_a_paper_file_gives_a_contact_too(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier, body = submission()
        act = {
            "actor": {"id": "officer-1", "role": "instructor"}, "reason": "Dossier papier",
            "candidature_id": dossier,
            "received_at": OPEN_DAY, "submission": body,
        }  # fmt: skip
        await platform.publish(
            "officers", backoffice.CandidatureImported, dossier, act, at=OPEN_DAY
        )
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        assert await sent(platform, dossier) == ["receipt"]


async def test_what_was_queued_before_a_stop_is_sent_once_after_it(platform: Platform) -> None:
    """The folder cannot be written at first: nothing is lost, nothing fails, and one mail comes out of it."""
    (platform.home / "mail").write_text("in the way")
    async with platform.running("notify"):
        dossier = await submit(platform)
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        await platform.idle("notify")
        assert (await platform.ask("notify", "summary"))["queued"] == 1
    (platform.home / "mail").unlink()
    async with platform.running("notify"):
        assert await sent(platform, dossier) == ["receipt"]
        assert len(mails(platform)) == 1


async def test_a_mail_written_but_not_noted_is_still_one_file(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path / "mail")
    mail = Mail(
        "0198f2c4-0000-7000-8000-000000000001",
        "a@b.example",
        ("c@d.example",),
        b"Subject: x\r\n\r\n",
    )
    for _ in range(2):
        [posted] = await folder.deliver([mail])
        assert posted.result is Result.SENT
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [f"{mail.notice_id}.eml"]


async def test_many_submissions_that_name_a_strangers_address_send_a_few_letters_a_day_and_no_word(
    platform: Platform,
) -> None:
    """301 of them sent some 600 letters there, with their sender's text."""
    words = {"holder__representative": "Votre colis vous attend", "place__name": "evil.example"}
    files = [submission(holder__email="stranger@elsewhere.example", **words) for _ in range(30)]
    day = "2031-01-02T10:00:00+01:00"
    async with platform.running("notify"):
        for dossier, body in files:
            await platform.publish("holders", frontdesk.CandidatureSubmitted, dossier, body, at=day)
            told = {"ce-time": day}
            await platform.publish(
                "intake", intake.CandidatureRegistered, dossier, registered(dossier), headers=told
            )
        await platform.idle("notify")

        async def all_out() -> dict[str, Any] | None:
            summary = await platform.ask("notify", "summary")
            return summary if summary["queued"] == summary["delayed"] == 10 else None

        assert (await until(all_out, "twenty letters leave, ten wait"))["notices"] == 20
        letters = [(mail["Subject"], plain(mail)) for mail in mails(platform).values()]
        assert not any("colis" in text or "evil" in text for letter in letters for text in letter)


async def test_a_wrong_code_proves_nothing(platform: Platform) -> None:
    async with platform.running("notify"):
        dossier, body = submission()
        await platform.publish(
            "holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY
        )
        guess = {"candidature_id": dossier, "token": "A" * 24}
        await platform.publish("holders", frontdesk.AddressConfirmed, dossier, guess, at=OPEN_DAY)
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        assert await sent(platform, dossier) == ["receipt"]
        [mail] = mails(platform).values()
        assert "Camille" not in plain(mail)
