"""In which order the log is decided again: by the stamps, and as the service's own facts tell it."""

from collections.abc import AsyncIterator

from deploy.local.rebuilding.decided_again import Item, in_order_decided
from shared.kit.storage.said_before import SaidFact


def item(name: str, stamp: int, **spoke: int) -> Item:
    """`spoke` are its places in the streams it spoke in."""
    said = [
        SaidFact(place, name, name, stream, place, 0, "", b"", True)
        for stream, place in spoke.items()
    ]
    return Item(stamp, name, said)


async def order(*items: Item) -> list[str]:
    async def given() -> AsyncIterator[Item]:
        for one in items:
            yield one

    return [one.name async for one in in_order_decided(given())]


async def test_given_events_that_said_nothing_then_they_come_by_their_stamps() -> None:
    assert await order(item("second", 2), item("first", 1)) == ["first", "second"]


async def test_given_one_that_was_put_off_then_who_spoke_before_it_goes_before_it() -> None:
    assert await order(item("put-off", 1, INTAKE=9), item("went", 2, INTAKE=8)) == [
        "went",
        "put-off",
    ]


async def test_given_two_that_spoke_in_one_stream_of_several_then_that_stream_tells_their_order() -> (
    None
):
    again = item("sent again", 1, ANSWERS=102)
    registered = item("registered", 2, INTAKE=1, ANSWERS=101)
    assert await order(again, registered) == ["registered", "sent again"]


async def test_given_facts_published_again_that_go_round_in_a_circle_then_each_goes_once() -> None:
    items = item("a", 1, INTAKE=2, ANSWERS=101), item("b", 2, INTAKE=1, ANSWERS=102)
    assert sorted(await order(*items)) == ["a", "b"]
