"""A consumer that dies when it is told to, and a message as the wire brings it."""

from dataclasses import dataclass
from typing import Any

from shared.kit.consumer.consumer import Batch, Consumer


class Crash(BaseException):
    """The process dies here: nothing of the transaction stays."""


class FragileDesk(Consumer):
    """Dies before the commit when it is told to."""

    dies = False

    def _finish(self, *given: Any, **named: Any) -> Batch:
        sitting = super()._finish(*given, **named)
        if self.dies:
            self.dies = False
            raise Crash
        return sitting


@dataclass
class Message:
    subject: str
    reply: str
    data: bytes
    headers: dict[str, str] | None
