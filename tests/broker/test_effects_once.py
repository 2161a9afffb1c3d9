"""Duplicate, redelivered, reordered and interrupted events change nothing twice. Each claim has a control."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Delivery
from shared.kit.storage import unit_of_work
from shared.kit.storage.inbox_outbox import InboxOutbox
from tests.broker.counting import CRASHES, Counting, Crash, CrashBeforeConfirm, CrashBeforePublish
from tests.submissions import candidature_id


class RecordWithoutInbox(InboxOutbox):
    """The control: nothing remembers what was heard."""

    def heard(self, event_ids: Any) -> set[str]:
        return set()

    def write_inbox(self, outcomes: Any) -> None:
        return


async def test_the_same_delivery_handed_in_five_times_counts_once(counting: Counting) -> None:
    dossier, consumer = candidature_id(), await counting.open()
    await counting.say(dossier)
    deliveries = await counting.fetch(1)
    for _ in range(4):
        await consumer.take(deliveries)
    await consumer.take(deliveries * 5)
    assert counting.counts() == {dossier: 1}
    assert len(await counting.said()) == 2


async def test_without_the_inbox_row_the_effect_doubles(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "InboxOutbox", RecordWithoutInbox)
    dossier, consumer = candidature_id(), await counting.open()
    await counting.say(dossier)
    deliveries = await counting.fetch(1)
    await consumer.take(deliveries)
    await consumer.take(deliveries)
    assert counting.counts() == {dossier: 2}


@pytest.mark.parametrize("kind", CRASHES, ids=lambda kind: kind.__name__)
async def test_a_crash_between_any_two_steps_loses_nothing_and_does_nothing_twice(
    counting: Counting, kind: type[Consumer]
) -> None:
    """Given a process that dies at this step, its successor and a redelivery leave everything done once."""
    dossiers = [candidature_id() for _ in range(3)]
    for dossier in dossiers:
        await counting.say(dossier)
    dying = await counting.open(kind)
    deliveries = await counting.fetch(3)
    with pytest.raises(Crash):
        await dying.take(deliveries)

    consumer = await counting.open()
    await consumer.take(await counting.again(deliveries))
    await consumer.settle()

    assert counting.counts() == dict.fromkeys(dossiers, 1)
    assert [stored.headers["ce-id"] for stored in await counting.said()] == counting.decided_ids()
    assert len(counting.decided_ids()) == 6
    assert counting.unconfirmed() == 0


async def test_what_was_committed_and_not_published_is_published_at_the_next_start_as_the_same_facts(
    counting: Counting,
) -> None:
    dossier = candidature_id()
    await counting.say(dossier)
    with pytest.raises(Crash):
        await (await counting.open(CrashBeforePublish)).take(await counting.fetch(1))
    decided = counting.decided_ids()
    assert len(decided) == 2
    assert await counting.said() == []
    await counting.open()
    said = await counting.said()
    assert [stored.headers["ce-id"] for stored in said] == decided
    assert [stored.headers["Nats-Msg-Id"] for stored in said] == decided


async def test_what_was_published_and_not_known_to_be_is_not_said_twice(counting: Counting) -> None:
    await counting.say(candidature_id())
    with pytest.raises(Crash):
        await (await counting.open(CrashBeforeConfirm)).take(await counting.fetch(1))
    assert len(await counting.said()) == 2
    await counting.open()
    assert len(await counting.said()) == 2
    assert counting.unconfirmed() == 0


async def test_the_same_decision_taken_by_another_process_says_facts_of_the_same_id(
    counting: Counting,
) -> None:
    """Even with its database lost before the commit, a decision says what it would have said."""
    await counting.say(candidature_id())
    deliveries = await counting.fetch(1)
    with pytest.raises(Crash):
        await (await counting.open(CRASHES[0])).take(deliveries)
    assert counting.decided_ids() == []
    first = await counting.open()
    await first.take(deliveries)
    ids = counting.decided_ids()
    with counting.engine.begin() as connection:
        for table in ("tallies", "inbox", "outbox"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    await (await counting.open()).take(deliveries)
    assert counting.decided_ids() == ids
    assert len(await counting.said()) == 2


async def test_an_event_that_came_before_the_one_it_builds_on_is_kept_and_decided_then(
    counting: Counting,
) -> None:
    dossier, other, consumer = candidature_id(), candidature_id(), await counting.open()
    await counting.say(dossier, "early")
    await counting.say(other)
    early, good = await counting.fetch(2)
    await consumer.take([early, good])
    assert counting.counts() == {other: 1}
    await consumer.take([early])  # delivered again while it waits: it is known
    await counting.say_pieces(dossier)
    await consumer.take(await counting.fetch(1))
    assert counting.counts() == {other: 1, dossier: 1}
    await consumer.take([early])
    assert counting.counts() == {other: 1, dossier: 1}


async def test_an_early_event_survives_the_process_that_kept_it(counting: Counting) -> None:
    dossier = candidature_id()
    await counting.say(dossier, "early")
    await (await counting.open()).take(await counting.fetch(1))
    await counting.say_pieces(dossier)
    await (await counting.open()).take(await counting.fetch(1))
    assert counting.counts() == {dossier: 1}


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_any_order_any_grouping_and_any_repetition_ends_in_the_same_counts(
    counting: Counting, data: st.DataObject
) -> None:
    """Given five events of two dossiers, one early, in any order and repeated, each effect is had once."""
    first, second = candidature_id(), candidature_id()
    for dossier, reason in ((first, "a"), (first, "early"), (second, "b"), (second, "c")):
        await counting.say(dossier, reason)
    await counting.say_pieces(first)
    deliveries = await counting.fetch(5)
    consumer = await counting.open()
    order = data.draw(st.permutations(range(5)))
    repeats = data.draw(st.lists(st.integers(0, 4), max_size=6))
    cuts = data.draw(st.sets(st.integers(1, 10), max_size=3))
    await take_in_groups(
        consumer, [deliveries[index] for index in [*order, *repeats]], sorted(cuts)
    )
    counts = counting.counts()
    assert (counts[first], counts[second]) == (2, 2)


async def take_in_groups(consumer: Consumer, deliveries: list[Delivery], cuts: list[int]) -> None:
    starts = [0, *cuts]
    for start, end in zip(starts, [*cuts, len(deliveries)], strict=True):
        if group := deliveries[start:end]:
            await consumer.take(group)
