"""Letters give way to events while some come, and go on in a lull, where no event waits for them."""

import asyncio
from typing import Any

from services.notify.mail.sender import LULL_SECONDS, Sender
from tests.rules.notify.notify_samples import PROGRAMME, WRITER

NOBODY: Any = None
AN_HOUR = 3600.0


class Taking:
    """A consumer that has taken one event more at each look, until so many."""

    def __init__(self, events: int) -> None:
        self._events = events
        self.looks = 0

    @property
    def taken(self) -> int:
        self.looks += 1
        return min(self.looks, self._events)


def looks_until_it_goes_on(events: int, seconds: float) -> int:
    consumer: Any = Taking(events)
    sender = Sender(consumer, WRITER, PROGRAMME, NOBODY, NOBODY)
    asyncio.run(sender._give_way(seconds))
    return int(consumer.looks)


def test_no_rest_is_longer_than_events_come() -> None:
    assert looks_until_it_goes_on(1, AN_HOUR) == 2
    assert looks_until_it_goes_on(6, AN_HOUR) == 8, "each event that came put it off"


def test_what_was_rested_is_enough_while_events_never_end() -> None:
    assert looks_until_it_goes_on(1_000_000, 0.9 * LULL_SECONDS) == 2, (
        "one look, and the rest is over"
    )
