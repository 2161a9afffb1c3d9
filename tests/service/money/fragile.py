"""A consumer that dies when it is told to, and a message as the wire brings it."""

from dataclasses import dataclass
from typing import Any

from shared.kit.consumer.batch import Batch
from shared.kit.consumer.consumer import Consumer


class Crash(BaseException):
    """The process dies here: nothing of the transaction stays."""


class FragileConsumer(Consumer):
    """Dies before the commit when it is told to."""

    dies = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        finish = self.decider.finish

        def finish_or_die(*arguments: Any) -> Batch:
            batch = finish(*arguments)
            if self.dies:
                self.dies = False
                raise Crash
            return batch

        self.decider.finish = finish_or_die  # type: ignore[method-assign]


@dataclass
class Message:
    subject: str
    reply: str
    data: bytes
    headers: dict[str, str] | None
