"""The publisher: many at once, none twice, and the way out when the broker knows one of them already."""

from collections.abc import AsyncIterator

import pytest

from shared.contract.permissions import inbox_of
from shared.kit.bus.publisher import ATOMIC_FROM, ATOMIC_MAX, Publisher, PublishFailed
from shared.kit.outgoing import Outgoing
from tests.broker.counting import Counting
from tests.platform import Platform
from tests.submissions import candidature_id


@pytest.fixture
async def publisher(counting: Counting) -> AsyncIterator[Publisher]:
    made = Publisher(counting.connection, f"{inbox_of('intake')}.said")
    await made.start()
    yield made


def letters(count: int, stream: str = "INTAKE") -> list[Outgoing]:
    made = []
    for number in range(count):
        dossier = candidature_id()
        subject = f"fabriques.intake.candidature.withdrawn.v1.{dossier}"
        if stream == "KV_dossiers":
            subject = f"$KV.dossiers.{dossier}"
        made.append(
            Outgoing(
                stream, subject, f"{stream}-{dossier}", b'{"n":%d}' % number, {"ce-id": dossier}
            )
        )
    return made


@pytest.mark.parametrize("count", [1, ATOMIC_FROM - 1, ATOMIC_FROM, ATOMIC_MAX, ATOMIC_MAX + 1])
async def test_each_letter_is_told_its_place_and_lies_there(
    platform: Platform, publisher: Publisher, count: int
) -> None:
    sent = letters(count)
    assert await publisher.publish(sent) == list(range(1, count + 1))
    js = (await platform.connect("provisioner")).jetstream()
    for place in {1, count}:
        found = await js.get_msg("INTAKE", place)
        assert (found.subject, found.data) == (sent[place - 1].subject, sent[place - 1].body)
        assert (found.headers or {})["Nats-Msg-Id"] == sent[place - 1].event_id


async def test_publishing_again_gives_the_same_places_and_adds_nothing(
    publisher: Publisher, platform: Platform
) -> None:
    sent = letters(ATOMIC_FROM * 2)
    first = await publisher.publish(sent)
    assert await publisher.publish(sent) == first
    assert len(await platform.stored("INTAKE")) == len(sent)


async def test_a_group_of_which_one_is_known_is_refused_whole_and_passes_one_by_one(
    publisher: Publisher, platform: Platform
) -> None:
    sent = letters(ATOMIC_FROM * 2)
    [known] = await publisher.publish([sent[7]])
    with pytest.raises(PublishFailed):
        await publisher._publish_atomic(sent)
    assert len(await platform.stored("INTAKE")) == 1, "an atomic batch is kept whole or not at all"
    places = await publisher.publish(sent)
    assert places[7] == known
    assert sorted(places) == list(range(1, len(sent) + 1))


async def test_two_streams_that_alternate_go_as_two_groups_and_keep_their_own_order(
    publisher: Publisher, platform: Platform
) -> None:
    mixed = [
        letter
        for pair in zip(letters(60), letters(60, "KV_dossiers"), strict=True)
        for letter in pair
    ]
    places = await publisher.publish(mixed)
    assert places[0::2] == list(range(1, 61))
    assert places[1::2] == list(range(1, 61))


async def test_a_stream_that_is_not_there_is_a_failure_and_not_silence(
    publisher: Publisher, platform: Platform
) -> None:
    await (await platform.connect("provisioner")).jetstream().delete_stream("INTAKE")
    with pytest.raises(PublishFailed, match="no stream took the message"):
        await publisher.publish(letters(1))


async def test_a_letter_the_stream_refuses_is_told_with_its_cause(publisher: Publisher) -> None:
    huge = Outgoing("INTAKE", f"fabriques.intake.x.y.v1.{candidature_id()}", "c", b"x" * 1_000_001)
    with pytest.raises(PublishFailed, match="maximum"):
        await publisher.publish([huge])


async def test_a_write_once_subject_takes_one_message_for_ever(platform: Platform) -> None:
    """Given a tranche that was said, a second saying under another id is refused by the broker itself."""
    tranche = f"{candidature_id()}-T1"
    subject = f"fabriques.tranches.tranche.due.v1.{tranche}"
    await platform.publish("tranche-job", subject, body={"n": 1}, headers={"Nats-Msg-Id": "a"})
    with pytest.raises(Exception, match="maximum messages per subject"):
        await platform.publish("tranche-job", subject, body={"n": 2}, headers={"Nats-Msg-Id": "b"})
    [kept] = await platform.stored("TRANCHES")
    assert kept.data == {"n": 1}
    js = (await platform.connect("provisioner")).jetstream()
    with pytest.raises(Exception, match="delete"):
        await js.delete_msg("TRANCHES", kept.sequence)
    with pytest.raises(Exception, match="purge"):
        await js.purge_stream("TRANCHES")


async def test_an_ordinary_subject_takes_a_second_message(platform: Platform) -> None:
    """The control of the one before."""
    subject = f"fabriques.intake.candidature.withdrawn.v1.{candidature_id()}"
    for message_id in "ab":
        await platform.publish("intake", subject, body={}, headers={"Nats-Msg-Id": message_id})
    assert len(await platform.stored("INTAKE")) == 2
