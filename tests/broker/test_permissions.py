"""What each identity may not do is refused by the server itself.

Derived from the topology, tried one by one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats
import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError

from deploy.provisioning.bus import provision
from shared.contract import EVENTS
from shared.contract.accounts import LOG_PREFIX, LOG_READS
from shared.contract.audience import covers, writers_of
from shared.contract.front_ends import EMBEDDED, TOOLS
from shared.contract.permissions import IDENTITIES, INSIDERS, inbox_of, permissions_of
from shared.contract.questions import QUESTIONS
from shared.contract.subjects import (
    STATUS_BUCKET,
    STATUS_STREAM,
    ask_subject,
    filter_of,
    named,
    question_subject,
    subject_pattern,
)
from shared.contract.topology import PROCESSES, SERVICES, STREAMS, all_durables
from shared.kit.bus.connection import log_of
from tests.people import founders
from tests.platform import PATIENCE_SECONDS, Platform, until

PROGRAMME = "fabriques"
MARK = "mark.of.the.end"
OTHERS = tuple(identity for identity in IDENTITIES if identity != "provisioner")
OUTSIDERS = (*TOOLS, *(front_end.name for front_end in EMBEDDED))
ADMINISTRATION = [
    *(
        f"$JS.API.STREAM.{act}.{stream.name}"
        for stream in STREAMS
        for act in ("CREATE", "UPDATE", "DELETE")
    ),
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
    *(f"{LOG_PREFIX}.{read}".replace("*", "x") for read in LOG_READS),
    *(f"{LOG_PREFIX}.STREAM.MSG.GET.{stream.name}" for stream in STREAMS),
]
SAID = [subject_pattern(PROGRAMME, event, "x") for event in EVENTS.values()]
STORED = [filter_of(PROGRAMME, event, "x", "x") for event in EVENTS.values()]
FACTS = [*dict.fromkeys(SAID + STORED)]
ASKED = [ask_subject(PROGRAMME, question.service, question.name) for question in QUESTIONS]
QUESTIONING = [
    *ASKED,
    *(named(subject, name) for subject in ASKED for name in ("operators", "officers")),
]
SPYING = [
    ">",
    "_INBOX.>",
    "_R_.>",
    "$JS.>",
    *(f"{inbox_of(identity)}.>" for identity in IDENTITIES),
    *(subject for stream in STREAMS for subject in stream.subjects(PROGRAMME)),
    f"{PROGRAMME}.>",
    *(question_subject(PROGRAMME, service, "*") for service in SERVICES),
]


def forbidden_publishes(identity: str) -> list[str]:
    allowed = permissions_of(identity, PROGRAMME).publish
    return [
        s
        for s in [*ADMINISTRATION, *READING, *FACTS, *QUESTIONING]
        if not any(covers(p, s) for p in allowed)
    ]


def forbidden_subscriptions(identity: str) -> list[str]:
    allowed = permissions_of(identity, PROGRAMME).subscribe
    return [
        subject for subject in SPYING if not any(covers(pattern, subject) for pattern in allowed)
    ]


@asynccontextmanager
async def heard_refusals(
    platform: Platform, identity: str
) -> AsyncIterator[tuple[Client, list[str]]]:
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


async def refused_of(
    client: Client, refused: list[str], act: str, subjects: list[str]
) -> list[str]:
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
async def test_what_an_identity_may_not_publish_is_refused(
    guarded: Platform, identity: str
) -> None:
    subjects = forbidden_publishes(identity)
    async with heard_refusals(guarded, identity) as (client, refused):
        for subject in subjects:
            await client.publish(subject, b"{}")
        assert await refused_of(client, refused, "publish", subjects) == []
    assert len(subjects) >= 21


@pytest.mark.parametrize("identity", OTHERS)
async def test_what_an_identity_may_not_listen_to_is_refused(
    guarded: Platform, identity: str
) -> None:
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
                await client.publish(subject_pattern(PROGRAMME, event, "x"), b"{}")
        for subject in rights.subscribe:
            await client.subscribe(subject)
        await refused_of(client, refused, "publish", [])
    assert len(refused) == 1, "nothing but the mark"


async def forge_by_reply(platform: Platform, identity: str) -> None:
    """All an identity may say, with every subject it may not as the reply, and an honest word at the end.

    Once that is answered all before it is stored too: nothing comes late, into the next test.
    """
    client, targets = await platform.connect(identity), forbidden_publishes(identity)
    said = [subject.replace("*", "x") for subject in permissions_of(identity, PROGRAMME).publish]
    for subject in said:
        for target in targets:
            await client.publish(subject, b"{}", reply=target)
    await asyncio.gather(*(said_honestly(client, subject) for subject in said))


async def said_honestly(client: Client, subject: str) -> None:
    with suppress(NoRespondersError):  # a question: no service is there
        await client.request(subject, b"{}", timeout=PATIENCE_SECONDS)


async def grown_streams(platform: Platform) -> set[str]:
    js = (await platform.connect("provisioner")).jetstream()
    return {stream.name for stream in STREAMS if (await js.stream_info(stream.name)).state.last_seq}


@pytest.mark.parametrize("identity", OUTSIDERS)
async def test_no_answer_can_be_turned_into_a_fact_by_a_reply_subject(
    guarded: Platform, identity: str
) -> None:
    """The broker and the services answer where the server says, never to a subject that a sender names."""
    own = {stream.name for stream in STREAMS if identity in stream.written_by}
    await forge_by_reply(guarded, identity)

    async def all_stored() -> bool:
        return await grown_streams(guarded) >= own

    await until(all_stored, "the control: what it may say itself is stored")
    assert await grown_streams(guarded) == own


async def test_within_the_services_account_a_reply_subject_is_believed(guarded: Platform) -> None:
    """The control of the test above, and what SECURITY.md says of a stolen service's key."""
    intake = await guarded.connect("intake")
    forged = f"{PROGRAMME}.funding.grant.cancelled.v1.x"
    await intake.publish(f"{PROGRAMME}.intake.candidature.withdrawn.v1.x", b"{}", reply=forged)
    stored = await guarded.fact("FUNDING")
    assert stored.subject == forged
    assert stored.data["stream"] == "INTAKE"


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
    assert await guarded.stored("FRONTDESK_HOLDERS") == []


async def test_the_server_writes_the_front_ends_name_into_what_is_stored(guarded: Platform) -> None:
    await guarded.publish("holders", f"{PROGRAMME}.frontdesk.candidature.submitted.v1.x", body={})
    async with heard_refusals(guarded, "reviewers") as (client, refused):
        await client.publish(f"{PROGRAMME}.frontdesk.holders.review.submitted.v1.x", b"{}")
        await refused_of(client, refused, "publish", [])
    [stored] = await guarded.stored("FRONTDESK_HOLDERS")
    assert stored.subject == f"{PROGRAMME}.frontdesk.holders.candidature.submitted.v1.x"


async def test_nobody_but_the_front_ends_of_holders_and_officers_may_read_a_status(
    guarded: Platform,
) -> None:
    subject = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.x"
    readers = [
        i for i in OTHERS if any(covers(p, subject) for p in permissions_of(i, PROGRAMME).publish)
    ]
    assert readers == ["holders", "officers"]


async def test_operators_alone_read_the_log_from_outside(guarded: Platform) -> None:
    """Submissions, places, what was decided and why: an officers' front-end asks the services instead."""
    read = f"{LOG_PREFIX}.STREAM.MSG.GET.FRONTDESK_HOLDERS"
    readers = [
        i for i in OUTSIDERS if any(covers(p, read) for p in permissions_of(i, PROGRAMME).publish)
    ]
    assert readers == ["operators"]
    await guarded.publish("holders", f"{PROGRAMME}.frontdesk.candidature.submitted.v1.x", body={})
    assert (
        await log_of(await guarded.connect("operators")).get_msg("FRONTDESK_HOLDERS", 1)
    ).data == b"{}"
    async with heard_refusals(guarded, "officers") as (client, refused):
        with pytest.raises(nats.errors.TimeoutError):
            await client.jetstream(prefix=LOG_PREFIX, timeout=0.2).get_msg("FRONTDESK_HOLDERS", 1)
        await refused_of(client, refused, "publish", [])
        assert [read.lower() in refusal for refusal in refused] == [True, False]


def test_the_services_stand_apart_from_everybody_else() -> None:
    assert set(INSIDERS) == {"provisioner", *PROCESSES}
    assert set(IDENTITIES) == {*INSIDERS, *OUTSIDERS}


async def _silent(_error: Exception) -> None:
    return None
