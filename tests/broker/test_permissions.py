"""What each identity may not do is refused by the server itself. Derived from the topology, tried one by one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest
from nats.aio.client import Client

from shared.contract import EVENTS
from shared.contract.audience import covers, writers_of
from shared.contract.permissions import IDENTITIES, inbox_of, permissions_of
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, filter_of
from shared.contract.topology import SERVICES, STREAMS, all_durables
from shared.kit.provisioning import provision
from tests.people import founders
from tests.platform import Platform, until

PROGRAMME = "fabriques"
MARK = "mark.of.the.end"
OTHERS = tuple(identity for identity in IDENTITIES if identity != "provisioner")
ADMINISTRATION = [
    *(f"$JS.API.STREAM.{act}.{stream.name}" for stream in STREAMS for act in ("CREATE", "UPDATE", "DELETE")),
    *(f"$JS.API.STREAM.MSG.DELETE.{stream.name}" for stream in STREAMS),
    *(f"$JS.API.CONSUMER.CREATE.{stream.name}.spy" for stream in STREAMS),
    *(f"$JS.API.CONSUMER.DELETE.{durable.stream}.{durable.name}" for durable in all_durables()),
    "$SYS.REQ.SERVER.PING",
]
READING = [
    *(f"$JS.API.STREAM.MSG.GET.{stream.name}" for stream in STREAMS),
    *(f"$JS.API.DIRECT.GET.{stream.name}" for stream in STREAMS),
    *(f"$JS.API.STREAM.INFO.{stream.name}" for stream in STREAMS),
    *(f"$JS.API.STREAM.PURGE.{stream.name}" for stream in STREAMS),
    *(f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}" for durable in all_durables()),
    *(f"$JS.ACK.{durable.stream}.{durable.name}.1.1.1.1.1" for durable in all_durables()),
]
FACTS = [filter_of(PROGRAMME, event).replace("*", "x") for event in EVENTS.values()]
SPYING = [
    ">",
    "_INBOX.>",
    "$JS.>",
    *(f"{inbox_of(identity)}.>" for identity in IDENTITIES),
    *(subject for stream in STREAMS for subject in stream.subjects(PROGRAMME)),
    f"{PROGRAMME}.>",
    *(f"{PROGRAMME}.ask.{service}.*" for service in SERVICES),
]


def forbidden_publishes(identity: str) -> list[str]:
    allowed = permissions_of(identity, PROGRAMME).publish
    return [s for s in [*ADMINISTRATION, *READING, *FACTS] if not any(covers(p, s) for p in allowed)]


def forbidden_subscriptions(identity: str) -> list[str]:
    allowed = permissions_of(identity, PROGRAMME).subscribe
    return [subject for subject in SPYING if not any(covers(pattern, subject) for pattern in allowed)]


@asynccontextmanager
async def heard_refusals(platform: Platform, identity: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection, and what the server refused on it so far."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(
        platform.settings.nats_url,
        nkeys_seed=str(platform.settings.key_file(identity)),
        inbox_prefix=inbox_of(identity),
        error_cb=note,
    )
    try:
        yield client, refused
    finally:
        await client.close()


async def refused_of(client: Client, refused: list[str], act: str, subjects: list[str]) -> list[str]:
    """The subjects that were let through, once the server has judged everything sent before this call."""
    await client.publish(MARK, b"")

    async def judged() -> bool:
        return any(MARK in refusal for refusal in refused)

    await until(judged, "the mark is refused, and all that was sent before it is judged")
    told = "\n".join(refused)
    return [subject for subject in subjects if f'{act} to "{subject.lower()}"' not in told]


@pytest.fixture
def guarded(platform: Platform) -> Platform:
    if not platform.bus.guarded:
        pytest.skip("the server at FABRIQUES_TEST_NATS_URL enforces no permissions")
    return platform


@pytest.mark.parametrize("identity", OTHERS)
async def test_what_an_identity_may_not_publish_is_refused(guarded: Platform, identity: str) -> None:
    subjects = forbidden_publishes(identity)
    async with heard_refusals(guarded, identity) as (client, refused):
        for subject in subjects:
            await client.publish(subject, b"{}")
        assert await refused_of(client, refused, "publish", subjects) == []
    assert len(subjects) >= 21


@pytest.mark.parametrize("identity", OTHERS)
async def test_what_an_identity_may_not_listen_to_is_refused(guarded: Platform, identity: str) -> None:
    subjects = forbidden_subscriptions(identity)
    async with heard_refusals(guarded, identity) as (client, refused):
        for subject in subjects:
            await client.subscribe(subject)
        assert await refused_of(client, refused, "subscription", subjects) == []
    assert len(subjects) >= 15


@pytest.mark.parametrize("identity", OTHERS)
async def test_what_an_identity_is_for_is_let_through(guarded: Platform, identity: str) -> None:
    """The control: the server does not simply refuse everything."""
    rights = permissions_of(identity, PROGRAMME)
    async with heard_refusals(guarded, identity) as (client, refused):
        for event in EVENTS.values():
            if identity in writers_of(event, PROGRAMME):
                await client.publish(filter_of(PROGRAMME, event).replace("*", "x"), b"{}")
        for subject in rights.subscribe:
            await client.subscribe(subject)
        await refused_of(client, refused, "publish", [])
    assert len(refused) == 1, "nothing but the mark"


async def test_the_provisioner_alone_may_do_what_the_others_may_not(guarded: Platform) -> None:
    async with heard_refusals(guarded, "provisioner") as (client, refused):
        await provision(client.jetstream(), PROGRAMME, rehearsal=True, founders=founders())
    assert refused == []


async def test_a_stranger_without_a_key_is_not_let_in(guarded: Platform) -> None:
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization|nonce"):
        await nats.connect(guarded.settings.nats_url, allow_reconnect=False, error_cb=_silent)


async def test_a_holder_cannot_say_another_version_of_a_fact(guarded: Platform) -> None:
    """Garbage of the kind 'other versions' does not even reach a stream."""
    async with heard_refusals(guarded, "holders") as (client, refused):
        await client.publish(f"{PROGRAMME}.frontdesk.candidature.submitted.v2.x", b"{}")
        await client.publish(f"{PROGRAMME}.frontdesk.candidature.approved.v1.x", b"{}")
        await refused_of(client, refused, "publish", [])
    assert len(refused) == 2 + 1
    assert await guarded.stored("FRONTDESK") == []


@pytest.mark.parametrize("identity", ["holders", "officers"])
async def test_a_status_is_read_with_a_normal_key_value_client_and_not_written(
    guarded: Platform, identity: str
) -> None:
    intake = await guarded.connect("intake")
    await intake.jetstream().publish(f"$KV.{STATUS_BUCKET}.x", b'{"status": "registered"}')
    async with heard_refusals(guarded, identity) as (client, refused):
        bucket = await client.jetstream().key_value(STATUS_BUCKET)
        assert (await bucket.get("x")).value == b'{"status": "registered"}'
        assert refused == []
        await client.publish(f"$KV.{STATUS_BUCKET}.x", b"{}")
        assert await refused_of(client, refused, "publish", [f"$KV.{STATUS_BUCKET}.x"]) == []


async def test_nobody_but_the_front_ends_of_holders_and_officers_may_read_a_status(guarded: Platform) -> None:
    subject = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.x"
    readers = [i for i in OTHERS if any(covers(p, subject) for p in permissions_of(i, PROGRAMME).publish)]
    assert readers == ["holders", "officers"]


async def _silent(_error: Exception) -> None:
    return None
