"""What a service's durables bring is taken together: a lone event at once, the next ones as one."""

import asyncio
from collections.abc import Sequence

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.kit.bus import rounds
from shared.kit.bus.rounds import Rounds

BATCH_MAX = 8


class Durable:
    """A durable that has brought these events."""

    def __init__(self, *events: str) -> None:
        self.events = list(events)
        self.asked_ahead = False

    @property
    def count(self) -> int:
        return len(self.events)

    async def drain(self, count_max: int, ahead: bool) -> list[Msg]:
        taken, self.events = self.events[:count_max], self.events[count_max:]
        self.asked_ahead = ahead
        return [Msg(Client(), subject=event) for event in taken]


class Table:
    """Where batches are put down: each stays until it is let go."""

    def __init__(self, *, open_door: bool = True) -> None:
        self.batches: list[list[str]] = []
        self.door = asyncio.Event()
        if open_door:
            self.door.set()

    async def take(self, batch: Sequence[Msg]) -> None:
        self.batches.append([message.subject for message in batch])
        await self.door.wait()


def rounds_of(*durables: Durable) -> Rounds:
    made = Rounds(BATCH_MAX)
    for durable in durables:
        made.join(durable)
    return made


async def test_what_several_durables_brought_is_one_batch() -> None:
    table, made = Table(), rounds_of(Durable("a1", "a2"), Durable(), Durable("c1"))
    await made.play(table.take)
    assert table.batches == [["a1", "a2", "c1"]]


async def test_a_durable_whose_events_went_along_with_anothers_plays_no_round_of_its_own() -> None:
    table, made = Table(), rounds_of(Durable("a1"), Durable("b1"))
    await asyncio.gather(made.play(table.take), made.play(table.take))
    assert table.batches == [["a1", "b1"]]


async def test_what_the_broker_says_of_its_requests_makes_no_batch() -> None:
    class OnlyWord(Durable):
        async def drain(self, count_max: int, ahead: bool) -> list[Msg]:
            self.events = []
            return []

    table, made = Table(), rounds_of(OnlyWord("request over"))
    await made.play(table.take)
    assert table.batches == []


async def test_together_they_fill_one_batch_and_none_keeps_the_others_out() -> None:
    flood, lone = Durable(*(f"a{n}" for n in range(20))), Durable("b1")
    table, made = Table(), rounds_of(flood, lone)
    await made.play(table.take)
    await settled()
    assert table.batches == [["a0", "a1", "a2", "a3", "b1"]]
    await made.play(table.take)
    await settled()
    assert table.batches[1] == [f"a{n}" for n in range(4, 12)]


async def test_only_behind_a_large_batch_is_the_next_one_taken_while_it_is_on_its_way() -> None:
    durable = Durable(*(f"a{n}" for n in range(10)))
    table, made = Table(open_door=False), rounds_of(durable)
    await made.play(table.take)
    await settled()
    assert (len(table.batches), durable.asked_ahead) == (1, True)
    small = asyncio.create_task(made.play(table.take))
    await settled()
    assert [len(batch) for batch in table.batches] == [8, 2], (
        "the small one is decided beside the large one"
    )
    durable.events = ["late"]
    third = asyncio.create_task(made.play(table.take))
    await settled()
    assert len(table.batches) == 2, "behind a small one others gather"
    assert not durable.asked_ahead
    table.door.set()
    await asyncio.gather(small, third)
    assert table.batches[2] == ["late"]


async def test_after_a_small_batch_a_service_that_nobody_waits_for_rests_and_others_gather(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, durable = Table(), Durable("a1")
    monkeypatch.setattr(rounds, "REST_SECONDS_MAX", 3600)
    made = Rounds(BATCH_MAX, rest_seconds=3600)
    made.join(durable)
    resting = asyncio.create_task(made.play(table.take))
    await settled()
    assert table.batches == [["a1"]], "a lone event waits for nobody"
    durable.events = ["a2", "a3"]
    next_one = asyncio.create_task(made.play(table.take))
    await settled()
    assert len(table.batches) == 1, "while the service rests, others gather"
    resting.cancel()
    await settled()
    assert table.batches[1] == ["a2", "a3"]
    next_one.cancel()


@pytest.mark.parametrize(("count", "rest_seconds"), [(1, 0.05), (3, 0.15), (4, 0.15)])
async def test_the_more_a_small_batch_held_the_longer_the_rest_up_to_a_bound(
    count: int, rest_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(rounds, "REST_SECONDS_MAX", 0.15)
    made = Rounds(BATCH_MAX, rest_seconds=0.05)
    made.join(Durable(*(f"a{n}" for n in range(count))))

    async def note(seconds: float) -> None:
        rests.append(round(seconds, 2))

    with monkeypatch.context() as patched:
        patched.setattr(rounds.asyncio, "sleep", note)
        await made.play(Table().take)
    assert rests == [rest_seconds]


async def test_after_a_large_batch_no_service_rests() -> None:
    table, durable = Table(), Durable(*(f"a{n}" for n in range(8)))
    made = Rounds(BATCH_MAX, rest_seconds=3600)
    made.join(durable)
    await made.play(table.take)
    await settled()
    assert len(table.batches) == 1


async def settled() -> None:
    """Lets every task that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)
