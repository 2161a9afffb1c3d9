"""The team's letter on the real bus: each service says its list once a day, and one letter comes of them."""

from typing import Any

from shared.contract.eligibility import ReviewWorkListed
from shared.contract.event import Event
from shared.contract.funding import GrantWorkListed
from shared.contract.intake import CounterWorkListed
from shared.contract.notify import DigestSent, SupportWorkListed
from tests.broker.notified import mails, plain
from tests.platform import Platform

DAY = "2021-02-15"
WAVE = {"act": "wave.approved", "of": "2020-4", "detail": "classement à approuver", "since": None}
LISTS: dict[str, type[Event]] = {
    "intake": CounterWorkListed,
    "eligibility": ReviewWorkListed,
    "funding": GrantWorkListed,
    "notify": SupportWorkListed,
}


async def say(platform: Platform, service: str, day: str, *work: dict[str, Any]) -> None:
    body = {"day": day, "count": len(work), "work": list(work)}
    await platform.publish(service, LISTS[service], day, body, at=f"{day}T00:00:01+01:00")


async def test_a_day_has_one_letter_after_a_restart_too(platform: Platform) -> None:
    async with platform.running("notify"):
        for service in LISTS:
            await say(platform, service, DAY, *[WAVE] * (service == "funding"))
        await platform.fact(DigestSent, "team")
    async with platform.running("notify"):
        for service in LISTS:
            await say(platform, service, DAY, WAVE)
        for service in LISTS:
            await say(platform, service, "2021-02-16")
        await platform.idle("notify")
        assert len(await platform.facts(DigestSent, "team")) == 1
    [letter] = mails(platform).values()
    assert letter["To"] == letter["Reply-To"] == "nouveauxliens@anct.gouv.fr"
    assert "« fabriques wave approve 2020-4 »" in " ".join(plain(letter).split())


async def test_a_service_says_its_list_once_a_day_by_the_brokers_time(production: Platform) -> None:
    """A day may end while the test runs: then there are two lists, of two days."""
    async with production.running("intake"):
        first = await production.fact(CounterWorkListed)
        assert first.data == {"day": first.dossier, "count": 0, "work": []}
    async with production.running("intake") as [service]:
        assert service.tick
        await service.tick(await service.consumer.time())
        await production.idle("intake")
    days = [fact.dossier for fact in await production.facts(CounterWorkListed)]
    assert days == sorted(set(days))


async def test_a_rehearsal_says_no_list_because_its_days_jump(platform: Platform) -> None:
    async with platform.running("intake") as [service]:
        assert service.tick
        await service.tick(service.consumer.clock.for_readers())
        await platform.idle("intake")
        assert await platform.facts(CounterWorkListed) == []
