"""Mail over real SMTP: each letter once, what is refused, what is put off, a relay that is away."""

from services.notify.app import build
from services.notify.domain.retries import Result
from services.notify.letters.mime import Mail
from shared.contract import intake
from shared.contract.notify import NoticeFailed
from tests.broker.notified import registered, sent, submit
from tests.broker.smtp_relay import SmtpRelay
from tests.platform import Platform, until

MAILS = [
    Mail(
        f"0198f2c4-0000-7000-8000-00000000000{n}",
        "a@b.example",
        ("c@d.example",),
        b"Subject: x\r\n\r\nhello\r\n",
    )
    for n in range(6)
]


async def test_a_relay_gets_every_mail_once() -> None:
    async with SmtpRelay().listening() as relay:
        posted = await relay.transport("user:p%40ss@").deliver(MAILS)
        assert {post.result for post in posted} == {Result.SENT}
        assert len(relay.received) == 6


async def test_4xx_is_put_off_and_5xx_fails_without_repeating_the_relays_words() -> None:
    async with SmtpRelay(answers=["451 c@d.example is busy"]).listening() as relay:
        [posted] = await relay.transport().deliver(MAILS[:1])
        assert (posted.result, posted.cause) == (Result.LATER, "smtp-451")
    async with SmtpRelay(answers=["550 no c@d.example here"]).listening() as relay:
        [posted] = await relay.transport().deliver(MAILS[:1])
        assert (posted.result, posted.cause) == (Result.FAILED, "smtp-550")


async def test_a_relay_that_is_away_or_refuses_the_login_fails_no_mail() -> None:
    async with SmtpRelay(login_answer="535 who are you").listening() as relay:
        assert {p.result for p in await relay.transport("user:pass@").deliver(MAILS)} == {
            Result.AWAY
        }
        gone = relay.transport()
    assert {p.result for p in await gone.deliver(MAILS)} == {Result.AWAY}


async def test_over_smtp_a_refused_mail_is_a_fact_and_the_next_one_still_leaves(
    platform: Platform,
) -> None:
    async with SmtpRelay(answers=["550 unknown"]).listening() as relay:
        settings = platform.settings.model_copy(
            update={"smtp_url": f"smtp://127.0.0.1:{relay.port}?starttls=no"}
        )
        async with platform.running(lambda _settings: build(settings)):
            one = await submit(platform)
            await platform.publish("intake", intake.CandidatureRegistered, one, registered(one))
            failed = await platform.fact(NoticeFailed, one)
            assert failed.data["cause"] == "smtp-550"
            two = await submit(platform)
            await platform.publish("intake", intake.CandidatureRegistered, two, registered(two))
            assert await sent(platform, two) == ["receipt"]
            [received] = relay.received
            assert "Message-ID: <" in received
            assert not (platform.home / "mail").exists()


async def test_two_replicas_send_each_mail_once(platform: Platform) -> None:
    async with SmtpRelay().listening() as relay:
        settings = platform.settings.model_copy(
            update={"smtp_url": f"smtp://127.0.0.1:{relay.port}?starttls=no"}
        )
        async with platform.running(lambda _: build(settings), lambda _: build(settings)):
            dossiers = [await submit(platform) for _ in range(5)]
            for dossier in dossiers:
                await platform.publish(
                    "intake", intake.CandidatureRegistered, dossier, registered(dossier)
                )
            for dossier in dossiers:
                assert await sent(platform, dossier) == ["receipt"]
            await until(lambda: _all_idle(platform), "both are idle")
            assert len(relay.received) == 5


async def _all_idle(platform: Platform) -> bool:
    return not any((await platform.ask("notify", "ready"))["consumers"].values())
