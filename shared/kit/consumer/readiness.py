"""Ready means: it can do its work. It writes to its database, and the broker takes what is said."""

import asyncio
from pathlib import Path
from time import monotonic

from sqlalchemy.exc import DBAPIError

from shared.kit.bus.broker_health import complaint
from shared.kit.consumer.consumer import Consumer

PROOF_SECONDS = 1.0  # a proof costs a write to the disk: those who ask more often get the same one
WRITE_SECONDS_MAX = 5.0


class NotReady(Exception):
    """Why a service cannot do all of its work, in words for operators."""


class Readiness:
    """`monitor_url` is that of a lone NATS server; in a cluster each has a probe of its own."""

    def __init__(
        self, consumer: Consumer, monitor_url: str = "", authority: Path | None = None
    ) -> None:
        self.monitor_url = monitor_url
        self.authority = authority
        self._consumer = consumer
        self._turn = asyncio.Lock()
        self._proven = -PROOF_SECONDS

    async def prove(self) -> None:
        """Raises NotReady."""
        if apart_seconds := self._consumer.clock.apart_seconds:
            raise NotReady(
                f"this clock and the broker's are {apart_seconds:.0f} s apart: its timers stand still"
            )
        if self._consumer.relay.unsaid:
            raise NotReady(
                f"the broker does not take what was decided: {self._consumer.relay.unsaid}"
            )
        # A table that no proof writes may be missing, or its right.
        if refusal := self._consumer.work.refusal:
            raise NotReady(f"its database takes no write: {refusal}")
        # Those who ask together share one proof.
        async with self._turn:
            if monotonic() - self._proven >= PROOF_SECONDS:
                await self._ask_the_broker()
                await self._write()
                self._proven = monotonic()

    async def _ask_the_broker(self) -> None:
        """Its own word, for streams that others write too: to a reader, their failure looks like silence."""
        if not self.monitor_url:
            return
        try:
            said = await asyncio.to_thread(complaint, self.monitor_url, self.authority)
        except OSError as error:
            raise NotReady(f"the broker does not tell how it is: {error}") from None
        if said:
            raise NotReady(f"the broker is not well: {said}")

    async def _write(self) -> None:
        """A transaction of its own, kept: a disk that is full is noticed by nothing less."""
        try:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                await self._consumer.write(
                    lambda inbox_outbox, _: inbox_outbox.touch(f"{monotonic()}")
                )
        except TimeoutError:
            raise NotReady(f"its database took no write within {WRITE_SECONDS_MAX:.0f} s") from None
        except DBAPIError as error:
            raise NotReady(f"its database takes no write: {error.orig}") from None
