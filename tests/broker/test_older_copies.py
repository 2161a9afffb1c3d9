"""A database older than the broker, or a store older than the databases, is refused at start."""

from functools import partial

import pytest
from nats.js import JetStreamContext

from deploy.local.database.remembered_log import check_known_stores
from deploy.provisioning.bus import provision
from shared.contract import frontdesk, intake
from shared.contract.topology import stream_kind
from shared.kit.bus.configs import stream_config
from shared.kit.errors import OlderCopy
from tests.copies import lose, put_aside, put_back
from tests.platform import Platform
from tests.service.selection import ballot
from tests.submissions import OPEN_DAY, submission


async def submit(platform: Platform, count: int = 1) -> None:
    for _ in range(count):
        found, body = submission()
        await platform.publish("holders", frontdesk.CandidatureSubmitted, found, body, at=OPEN_DAY)
        await platform.fact(intake.CandidatureRegistered, found)
    await platform.idle("intake")


async def register(platform: Platform, number: int) -> None:
    """Funding hears it, and says nothing of its own."""
    body = ballot.registered(number)
    headers = {"ce-id": f"registered-{number}", "ce-time": OPEN_DAY}
    await platform.publish(
        "intake", intake.CandidatureRegistered, body["candidature_id"], body, headers=headers
    )
    await platform.idle("funding")


async def refusal(platform: Platform, service: str) -> str:
    with pytest.raises(OlderCopy) as refused:
        async with platform.running(service):
            pass
    return str(refused.value)


async def stored(platform: Platform) -> JetStreamContext:
    return (await platform.connect("provisioner")).jetstream()


async def test_an_older_copy_that_does_not_know_what_its_service_said_is_refused(
    platform: Platform,
) -> None:
    async with platform.running("intake"):
        await submit(platform)
    older = put_aside(platform.home, "intake")
    async with platform.running("intake"):
        await submit(platform)
    newer = put_aside(platform.home, "intake", "newer")
    for bring in (partial(put_back, copy=older), lose):
        bring(platform.home, "intake")
        told = await refusal(platform, "intake")
        assert "the database of intake is older than the broker" in told
        assert "`fabriques replay intake`" in told
    put_back(platform.home, "intake", newer)
    async with platform.running("intake"):
        await submit(platform)


async def test_an_older_copy_that_does_not_know_what_was_acknowledged_is_refused(
    platform: Platform,
) -> None:
    async with platform.running("funding"):
        await register(platform, 1)
    older = put_aside(platform.home, "funding")
    async with platform.running("funding"):
        await register(platform, 2)
    put_back(platform.home, "funding", older)
    assert "event registered-2, at place 2 of INTAKE, which it acknowledged" in await refusal(
        platform, "funding"
    )


async def test_events_that_wait_at_the_broker_are_no_reason_to_refuse(platform: Platform) -> None:
    """The control: a service that was stopped is behind, but its database is not older than the broker."""
    async with platform.running("intake"):
        await submit(platform)
    found, body = submission()
    await platform.publish("holders", frontdesk.CandidatureSubmitted, found, body, at=OPEN_DAY)
    async with platform.running("intake"):
        await platform.fact(intake.CandidatureRegistered, found)


async def test_a_store_that_is_gone_is_neither_made_anew_nor_served(platform: Platform) -> None:
    async with platform.running("intake"):
        await submit(platform)
    js = await stored(platform)
    await js.delete_stream("INTAKE")
    with pytest.raises(OlderCopy, match="INTAKE is gone from a platform that has spoken"):
        await provision(js, platform.programme, rehearsal=True)
    client = await platform.connect("provisioner")
    with pytest.raises(OlderCopy, match="INTAKE is not the one that intake knows: it is gone"):
        await check_known_stores(client, platform.settings)
    assert "it is gone, and intake knows of place 1" in await refusal(platform, "intake")


async def test_all_stores_gone_at_once_are_told_by_the_databases(platform: Platform) -> None:
    async with platform.running("intake"):
        await submit(platform)
    js = await stored(platform)
    for stream in ("FRONTDESK_HOLDERS", "INTAKE", "KV_dossiers"):
        await js.delete_stream(stream)
    with pytest.raises(OlderCopy, match="is gone"):
        await check_known_stores(await platform.connect("provisioner"), platform.settings)


async def test_a_store_that_was_made_anew_is_not_served(platform: Platform) -> None:
    async with platform.running("intake"):
        await submit(platform, 2)
    js = await stored(platform)
    await js.delete_stream("INTAKE")
    await js.add_stream(stream_config(stream_kind("intake"), platform.programme, rehearsal=True))
    assert "ends at place 0, and intake knows of place 2" in await refusal(platform, "intake")
    for number in range(1, 4):
        body = ballot.registered(number)
        await platform.publish("intake", intake.CandidatureRegistered, body["candidature_id"], body)
    assert "place 2 holds another event" in await refusal(platform, "intake")
