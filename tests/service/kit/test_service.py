"""What a service hands to its consumer: a round that fails is told, and ends nothing; too many end it."""

from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faststream.nats import NatsBroker
from structlog.testing import capture_logs

from shared.kit.bus.subscriber import AdaptivePullSubscriber
from shared.kit.consumer.consumer import Consumer
from shared.kit.errors import TooManyFailures
from shared.kit.service import Service

Take = Callable[[Sequence[Any]], Awaitable[None]]


class FailingConsumer:
    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def take(self, _batch: Sequence[Any]) -> None:
        raise self._failure


def taking(failure: Exception) -> tuple[Service, Take]:
    """A service whose consumer fails so, and what its subscriber calls."""
    takers = list[Take]()
    service = Service("intake", "fabriques", NatsBroker(), cast(Consumer, FailingConsumer(failure)))
    service._take(cast(AdaptivePullSubscriber, SimpleNamespace(hand_to=takers.append)))
    return service, takers[0]


async def test_a_round_that_fails_is_told_and_the_service_goes_on() -> None:
    service, take = taking(ValueError("nobody foresaw this"))
    with capture_logs() as lines:
        await take(["an event"])
    assert [(line["event"], line["log_level"], line["count"]) for line in lines] == [
        ("round failed", "error", 1)
    ]
    assert service.broken is None


async def test_too_many_failures_end_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    service, take = taking(TooManyFailures("a bad deploy"))
    ended = []
    monkeypatch.setattr(service.app, "exit", lambda: ended.append(True))
    await take(["an event"])
    assert isinstance(service.broken, TooManyFailures)
    assert ended
