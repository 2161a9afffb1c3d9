"""Attacks from outside, played on a real server: each is refused, or changes nothing of what others said.

What an identity may not name as publisher, listener or reply is tried one by one in test_permissions.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from deploy.local.audit.comparison import audit
from deploy.local.installation.front_ends import keep_front_ends
from deploy.provisioning.bus import new_streams_of, provision
from shared.contract.accounts import limits_of
from shared.contract.backoffice import WaveExtended
from shared.contract.front_ends import EMBEDDED, HOLDERS, OFFICERS, REVIEWERS, TOOLS, FrontEnd
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.funding import GrantAgreed
from shared.contract.intake import CandidatureRegistered, CandidatureWithdrawn
from shared.contract.permissions import inbox_of, permissions_of
from shared.contract.subjects import subject_pattern
from shared.contract.topology import SERVICES
from shared.kit.errors import OlderCopy
from shared.kit.settings import Settings
from tests.conftest import SHIPPED_PROGRAMME
from tests.people import founders, keep_keys
from tests.platform import PATIENCE_SECONDS, Platform, until
from tests.servers import PROGRAMME, local_bus
from tests.submissions import OPEN_DAY, candidature_id, submission

ROOM = 20_000  # bytes: some files, and no more
RIVAL = FrontEnd("rival", HOLDERS, "B", bytes_max=ROOM)
TIGHT = (
    FrontEnd(HOLDERS, HOLDERS),
    FrontEnd(REVIEWERS, REVIEWERS),
    FrontEnd(OFFICERS, OFFICERS, bytes_max=ROOM),
)
KNOWN = (*TIGHT, RIVAL)
OUTSIDERS = (*TOOLS, *(front_end.name for front_end in EMBEDDED))
FORGED = f"{PROGRAMME}.{CandidatureWithdrawn.event_type()}.x"
COPIED_TO = f"{PROGRAMME}.{GrantAgreed.event_type()}.x"
BATCHES = 60  # the server holds fifty of a stream open


@pytest.fixture
async def rivals(tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform of two front-ends of holders, the second with little room, as have the officers."""
    home = tmp_path / "var"
    home.mkdir()
    keep_front_ends(home, KNOWN)
    with local_bus(home) as bus:
        keep_keys(home)
        settings = Settings(
            home=home, nats_url=bus.url, programme_file=SHIPPED_PROGRAMME, rehearsal=True
        )
        made = Platform(bus, settings)
        js = (await made.connect("provisioner")).jetstream()
        await provision(js, made.programme, rehearsal=True, founders=founders(), front_ends=KNOWN)
        try:
            yield made
        finally:
            await made.close()


async def registers(
    platform: Platform, identity: str, headers: dict[str, str] | None = None
) -> None:
    """A file of this front-end is taken, and answered."""
    dossier, body = submission()
    async with platform.running("intake"):
        ack = await platform.publish(
            identity, CandidatureSubmitted, dossier, body, at=OPEN_DAY, headers=headers
        )
        assert not ack.duplicate
        await platform.fact(CandidatureRegistered, dossier)


async def test_a_message_id_that_a_rival_used_hides_nobodys_file(rivals: Platform) -> None:
    guessed = {"Nats-Msg-Id": "depot-1"}
    await rivals.publish(
        RIVAL.name, CandidatureSubmitted, candidature_id(), b"garbage", headers=guessed
    )
    await registers(rivals, HOLDERS, guessed)


async def test_within_one_front_end_a_message_id_is_a_repetition_for_a_moment(
    platform: Platform,
) -> None:
    """The control: the server does drop what it takes for a repetition, and its sender is told so."""
    js = (await platform.connect(HOLDERS)).jetstream()
    subject = subject_pattern(PROGRAMME, CandidatureSubmitted, "x")
    sent = [
        await js.publish_async(subject, b"{}", headers={"Nats-Msg-Id": "depot-1"}) for _ in range(2)
    ]
    assert [(await ack).duplicate for ack in sent] == [None, True]


async def test_who_fills_the_room_it_has_is_told_so_and_keeps_nobody_out(rivals: Platform) -> None:
    with pytest.raises(APIError) as refused:
        for _ in range(ROOM // 1_000):
            await rivals.publish(RIVAL.name, CandidatureSubmitted, *submission(), at=OPEN_DAY)
    assert "maximum bytes exceeded" in str(refused.value)
    assert await rivals.stored("FRONTDESK_RIVAL")
    await registers(rivals, HOLDERS)


async def fill(platform: Platform, identity: str, subject: str) -> APIError:
    """Garbage until the server refuses it."""
    with pytest.raises(APIError) as refused:
        for number in range(ROOM // 1_000):
            await platform.publish(identity, f"{subject}.{number}", body=b"x" * 1_000)
    return refused.value


async def test_an_officers_front_end_fills_no_disk_and_another_one_brings_room(
    rivals: Platform,
) -> None:
    act = subject_pattern(PROGRAMME, WaveExtended, "x").rpartition(".")[0]
    assert "maximum bytes exceeded" in str(await fill(rivals, OFFICERS, act))
    kept = len(await rivals.stored("BACKOFFICE"))
    await registers(rivals, HOLDERS)
    more = FrontEnd("desk", OFFICERS, bytes_max=ROOM)
    keep_front_ends(rivals.home, (*KNOWN, more))
    js = (await rivals.connect("provisioner")).jetstream()
    allowed = new_streams_of("desk", (*KNOWN, more))
    await provision(
        js, rivals.programme, rehearsal=True, front_ends=(*KNOWN, more), allowed=allowed
    )
    assert (await rivals.publish(OFFICERS, f"{act}.y", body=b"x" * 1_000)).seq == kept + 1


@asynccontextmanager
async def crowd(
    platform: Platform, identity: str, most: int
) -> AsyncIterator[tuple[list[Client], list[str]]]:
    """Those of `most` connections of one identity that the server lets in, and why it refuses the others."""
    url, key = platform.settings.nats_url, str(platform.settings.key_file(identity))
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    async def connected() -> Client:
        return await nats.connect(url, nkeys_seed=key, allow_reconnect=False, error_cb=note)

    found = await asyncio.gather(*(connected() for _ in range(most)), return_exceptions=True)
    clients = [one for one in found if isinstance(one, Client)]
    try:
        yield clients, refused
    finally:
        for client in clients:
            await client.close()


async def test_who_takes_all_connections_it_may_have_leaves_room_for_everybody_else(
    platform: Platform,
) -> None:
    most = limits_of(HOLDERS).connections
    async with crowd(platform, HOLDERS, most + 8) as (clients, refused):
        assert len(clients) == most
        assert any("maximum account active connections exceeded" in why for why in refused)
        for other in {*OUTSIDERS, *SERVICES} - {HOLDERS}:
            async with crowd(platform, other, 2) as (others, _):
                assert len(others) == 2


async def test_the_services_own_account_is_not_filled_by_its_replicas(platform: Platform) -> None:
    """The control: it is the account's limit that was reached, not the server's."""
    most = limits_of(HOLDERS).connections + 8
    async with crowd(platform, "intake", most) as (clients, _):
        assert len(clients) == most


async def ends_for(client: Client, why: str) -> None:
    """The server says why, and closes the connection."""

    async def closed() -> bool:
        return client.is_closed

    await until(closed, "the server closes the connection")
    assert why in str(client.last_error)


async def test_more_subscriptions_or_a_larger_message_than_an_account_may_have_are_refused(
    platform: Platform,
) -> None:
    limits, subject = limits_of("operators"), f"{PROGRAMME}.ask.intake.summary"
    async with crowd(platform, "operators", 2) as ([one, other], _):
        for number in range(limits.subscriptions):
            await one.subscribe(f"{inbox_of('operators')}.{number}")
        await one.publish(subject, b"x" * limits.payload_bytes)
        await one.flush()
        await one.subscribe(f"{inbox_of('operators')}.x")
        await ends_for(one, "maximum subscriptions exceeded")
        await other.publish(subject, b"x" * (limits.payload_bytes + 1))
        await ends_for(other, "maximum payload")


async def open_batches(client: Client, subject: str, name: str, count: int) -> list[str]:
    """What the server says of batches that are begun and never committed; nothing where one is open."""
    answers = []
    for number in range(count):
        headers = {"Nats-Batch-Id": f"{name}-{number}", "Nats-Batch-Sequence": "1"}
        answer = await client.request(subject, b"{}", headers=headers)
        answers.append(json.loads(answer.data)["error"]["description"] if answer.data else "")
    return answers


@pytest.mark.parametrize("allowed", [False, True], ids=["as it is", "where batches are taken"])
async def test_open_batches_of_one_front_end_take_no_room_from_others(
    platform: Platform, allowed: bool
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    config = (await js.stream_info("BACKOFFICE")).config
    await js.update_stream(replace(config, allow_atomic=allowed))
    subject = f"{PROGRAMME}.backoffice.wave.approved.v1.x"
    told = await open_batches(await platform.connect("officers"), subject, "theirs", BATCHES)
    if allowed:
        assert told[0] == ""
        assert told[-1] == "atomic publish too many inflight"
    else:
        assert set(told) == {"atomic publish is disabled"}
    ours = f"{PROGRAMME}.{CandidatureWithdrawn.event_type()}.x"
    named = f"ours-{allowed}"  # one that stays open stores nothing: its stream is as good as new
    assert await open_batches(await platform.connect("intake"), ours, named, 1) == [""]


@pytest.mark.parametrize("identity", OUTSIDERS)
async def test_the_servers_tracing_puts_no_word_where_its_sender_may_not(
    platform: Platform, identity: str
) -> None:
    """A header names where the server tells how a message went: its sender must be allowed to speak there."""
    client = await platform.connect(identity)
    said = [subject.replace("*", "x") for subject in permissions_of(identity, PROGRAMME).publish]
    for subject in said:
        for target in (
            FORGED,
            "$KV.dossiers.x",
            f"{PROGRAMME}.dead-letters.event.dead-lettered.v1.x",
        ):
            await client.publish(subject, b"{}", headers={"Nats-Trace-Dest": target})
    await client.flush()
    js = (await platform.connect("provisioner")).jetstream()
    assert not sum([info.state.last_seq for info in await js.streams_info()])


async def test_the_servers_tracing_speaks_where_its_sender_may(platform: Platform) -> None:
    """The control."""
    client = await platform.connect("intake")
    await client.publish(FORGED, b"{}", headers={"Nats-Trace-Dest": FORGED})
    stored = await platform.fact("INTAKE", count=2)
    assert stored.subject == FORGED


async def lies(platform: Platform, subject: str) -> bool:
    js = (await platform.connect("provisioner")).jetstream()
    state = (
        await js.stream_info(await js.find_stream_name_by_subject(subject), subjects_filter=subject)
    ).state
    return bool(state.subjects)


async def test_events_that_a_stolen_services_key_took_are_named_and_the_service_starts_on_no_such_log(
    platform: Platform,
) -> None:
    """Given a file that is acked but that intake never heard, nobody works on as if it had not been sent."""
    [first, second] = [submission() for _ in range(2)]
    async with platform.running(*SERVICES):
        await platform.publish(HOLDERS, CandidatureSubmitted, *first, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, first[0])
        for service in SERVICES:
            await platform.idle(service)
    stolen = (await platform.connect("intake")).jetstream()
    durable = "intake-on-frontdesk_holders"
    taking = await stolen.pull_subscribe_bind(durable, "FRONTDESK_HOLDERS")
    ack = await platform.publish(HOLDERS, CandidatureSubmitted, *second, at=OPEN_DAY)
    for message in await taking.fetch(1, timeout=PATIENCE_SECONDS):
        await message.ack_sync()
    found = await audit(platform.settings)
    assert [(place.service, place.sequence) for place in found.unheard] == [("intake", ack.seq)]
    with pytest.raises(OlderCopy, match="fabriques replay intake"):
        async with platform.running("intake"):
            pass


def headers_of_forged() -> dict[str, str]:
    kind = CandidatureWithdrawn.event_type()
    return {
        "ce-id": "forged",
        "ce-type": kind,
        "ce-source": f"/{PROGRAMME}/intake",
        "ce-time": OPEN_DAY,
    }


async def by_whoever_may_say_anything(platform: Platform) -> None:
    client = await platform.connect("provisioner")
    await client.jetstream().publish(FORGED, b"{}", headers=headers_of_forged())


async def by_a_stolen_services_key(platform: Platform) -> None:
    """Intake has the broker answer onto another's subject: with a fact that it did say, and with its id."""
    client = await platform.connect("intake")
    await client.publish("$JS.API.DIRECT.GET.INTAKE", b'{"seq": 1}', reply=COPIED_TO)


@pytest.mark.parametrize(
    ("forge", "subject"),
    [(by_whoever_may_say_anything, FORGED), (by_a_stolen_services_key, COPIED_TO)],
)
async def test_the_audit_names_a_fact_that_nobody_said(
    platform: Platform, forge: Any, subject: str
) -> None:
    """Its headers are right, and it lies where it would: no service knows it."""
    async with platform.running(*SERVICES):
        dossier, body = submission()
        await platform.publish(HOLDERS, CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        for service in SERVICES:
            await platform.idle(service)
    assert (await audit(platform.settings)).sound, "the control"
    await forge(platform)
    await until(lambda: lies(platform, subject), "the forged fact lies in the log")
    found = await audit(platform.settings)
    assert [place.subject for place in found.unsaid] == [subject]
    assert not found.sound
