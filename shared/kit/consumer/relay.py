"""From the outbox to the broker: facts go out in the order of their commits, until they are confirmed."""

import asyncio
from time import monotonic

import structlog

from shared.kit.bus.client import BusClient
from shared.kit.bus.publisher import Publisher, PublishFailed, PublishRefused
from shared.kit.consumer.decide import delay_seconds
from shared.kit.errors import TooManyFailures
from shared.kit.metrics.counts import Counts
from shared.kit.storage.inbox_outbox import Pending
from shared.kit.storage.unit_of_work import UnitOfWork

log = structlog.get_logger()
PENDING_MAX = 1_000
RETRY_SECONDS_MAX = 5.0
REFUSALS_MAX = 24  # about two minutes of answers: a cluster has chosen its leaders long before
CAUSE_MAX = 300  # characters


class Relay:
    """`unsaid` tells why the broker does not take what was decided, while it does not.

    `turn` keeps the order.
    """

    def __init__(self, work: UnitOfWork, counts: Counts) -> None:
        self.turn = asyncio.Lock()
        self.unsaid = ""
        self._work = work
        self._counts = counts
        self._since = 0.0
        self._publisher: Publisher | None = None

    async def open(self, connection: BusClient, inbox: str) -> None:
        self._publisher = Publisher(connection, inbox)
        await self._publisher.start()

    async def sweep(self, last_id: int | None = None) -> None:
        """Publishes what was decided and never confirmed: by an earlier run, or by a replica that died.

        Up to `last_id`, or to what is decided now: another replica decides on, and it would never end.
        """
        async with self.turn:
            until_id = last_id
            if until_id is None:  # a status that is to be said again may lie behind any other end
                self._work.confirmations.overtaken = False
                until_id = await self._last_id()
            while (pending := await self._pending(until_id)).ids:
                await self.say(pending)
            await self._work.note_confirmed()

    async def _last_id(self) -> int:
        return (await self._work.run_apart(lambda inbox_outbox, _: inbox_outbox.look(0)))[0]

    async def _pending(self, last_id: int) -> Pending:
        return await self._work.run_apart(
            lambda inbox_outbox, _: inbox_outbox.pending(PENDING_MAX, last_id)
        )

    async def say(self, pending: Pending) -> None:
        """Publishes until the broker confirms: while it is away, the service waits and takes nothing new.

        Raises TooManyFailures where the broker is there and refuses a fact again and again.
        """
        # What is decided again from the log lies there already.
        if self._work.said_before or not pending.messages:
            return
        self._since = monotonic()
        await self._insist(pending)
        self._counts.publish.add(self.waits_seconds)
        self._since = 0.0

    @property
    def waits_seconds(self) -> float:
        """How long the facts of a batch have been on their way; 0 where none are."""
        return monotonic() - self._since if self._since else 0.0

    async def _insist(self, pending: Pending) -> None:
        attempt = refusals = 0
        while True:
            try:
                await self._publish(pending)
                return
            except PublishFailed as failure:
                attempt += 1
                self._counts.publish_failures += 1
                self.unsaid = str(failure)[:CAUSE_MAX]
                # A broker that is away comes back; one that answers and refuses may never change its mind.
                refusals = refusals + 1 if isinstance(failure, PublishRefused) else 0
                if refusals >= REFUSALS_MAX:
                    await self._stop_if_refused(pending)
                log.warning(
                    "publish failed",
                    cause=self.unsaid,
                    attempt=attempt,
                    count=len(pending.messages),
                )
                await asyncio.sleep(min(RETRY_SECONDS_MAX, delay_seconds(attempt)))

    async def _publish(self, pending: Pending) -> None:
        assert self._publisher
        places = await self._publisher.publish(pending.messages)
        # The next transaction notes them. Should it never come, they are said again, and readers know them.
        self._work.confirmations.places += zip(pending.ids, places, strict=True)
        self.unsaid = ""

    async def _stop_if_refused(self, pending: Pending) -> None:
        assert self._publisher
        if refused := await self._publisher.refusals(pending.messages):
            raise TooManyFailures(refused)
