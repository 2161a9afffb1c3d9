"""Publishes facts to their streams and waits until the broker has them: the fast path of the outbox.

A group of many goes as one atomic batch, which shares one disk synchronisation; a few go side by side in a
window. Both are safe to repeat: the broker drops a `Nats-Msg-Id` it has seen, the readers' inboxes the rest.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from weakref import WeakValueDictionary

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.nuid import NUID
from pydantic_core import from_json

from shared.kit.bus.client import BusClient
from shared.kit.bus.frames import frame
from shared.kit.outgoing import Outgoing

ATOMIC_FROM = 24
ATOMIC_MAX = 500
WINDOW_MAX = 256
ANSWER_SECONDS = 5.0


class PublishFailed(Exception):
    """The broker did not confirm: nothing is known, and publishing again is safe."""


class PublishRefused(PublishFailed):
    """The broker answered, and did not take it.

    Publishing again is safe, and helps only where it changes its mind.
    """


@contextmanager
def _unconfirmed() -> Iterator[None]:
    """Whatever kept the answer from coming, the caller knows one thing: it is not confirmed."""
    try:
        yield
    except (NatsError, TimeoutError, ConnectionError) as error:
        raise PublishFailed(repr(error)) from error


class Publisher:
    """`atomic` batches are for the streams of our own facts: those that others write take none."""

    def __init__(self, connection: BusClient, inbox: str, atomic: bool = True) -> None:
        self._connection, self._atomic = connection, atomic
        self._names = NUID()  # its own: processes forked from one another would share names
        self._prefix = f"{inbox}.{self._names.next().decode()}"
        # Whoever waits for an answer holds its future; one that nobody waits for any more is gone.
        self._answers: WeakValueDictionary[str, asyncio.Future[int]] = WeakValueDictionary()
        self._count = 0

    async def start(self) -> None:
        await self._connection.subscribe(f"{self._prefix}.*", cb=self._on_answer)

    async def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        """Returns the place of each message in its stream. Raises PublishFailed.

        A few are one write, whatever their streams: between two, the broker would take the processor first.
        """
        places: dict[str, int] = {}
        with _unconfirmed():
            if len(messages) < ATOMIC_FROM:
                return await self._publish_window(messages)
            # One stream alone needs no task: `gather` would leave it to another turn of the loop.
            first, *others = [self._publish_stream(together) for together in _by_stream(messages)]
            for found in await asyncio.gather(first, *others) if others else [await first]:
                places |= found
        return [places[message.event_id] for message in messages]

    async def publish_atomically(self, messages: Sequence[Outgoing]) -> None:
        """All of them or none. Raises PublishFailed."""
        with _unconfirmed():
            await self._publish_atomic(messages)

    async def publish_each(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """Side by side, each alone: None where the broker has it, else what it says. Raises PublishFailed."""
        with _unconfirmed():
            futures = await self._send(messages)
            answers = await asyncio.wait_for(
                asyncio.gather(*futures, return_exceptions=True), ANSWER_SECONDS
            )
        return [str(answer) if isinstance(answer, BaseException) else None for answer in answers]

    async def refusals(self, messages: Sequence[Outgoing]) -> str:
        """Which fact the broker refuses, and in what words; it stays in the outbox.

        Empty where it took all of them.
        """
        try:
            answers = zip(messages, await self.publish_each(messages), strict=True)
        except PublishFailed:
            return ""
        refused = [f"{message.subject}: {answer}" for message, answer in answers if answer]
        return f"the broker refuses {len(refused)} facts, such as {refused[0]}" if refused else ""

    async def _publish_stream(self, messages: Sequence[Outgoing]) -> dict[str, int]:
        places: dict[str, int] = {}
        for start in range(0, len(messages), ATOMIC_MAX):
            group = messages[start : start + ATOMIC_MAX]
            found = await self._publish_group(group)
            places |= {message.event_id: place for message, place in zip(group, found, strict=True)}
        return places

    async def _publish_group(self, group: Sequence[Outgoing]) -> list[int]:
        if self._atomic and len(group) >= ATOMIC_FROM:
            # One of them is known already: the batch is refused whole.
            with suppress(PublishFailed):
                return await self._publish_atomic(group)
        places: list[int] = []
        for start in range(0, len(group), WINDOW_MAX):
            places += await self._publish_window(group[start : start + WINDOW_MAX])
        return places

    async def _publish_window(self, group: Sequence[Outgoing]) -> list[int]:
        return await self._collect(await self._send(group))

    async def _publish_atomic(self, group: Sequence[Outgoing]) -> list[int]:
        """All go under one batch id; the broker answers the last alone, with its place in the stream."""
        batch_id = self._names.next().decode()
        headers = [
            {"Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(n)}
            for n in range(1, len(group) + 1)
        ]
        headers[-1]["Nats-Batch-Commit"] = "1"
        silent = [
            frame(message.subject, message.body, message.known_by | extra)
            for message, extra in zip(group[:-1], headers, strict=False)
        ]
        [place] = await self._collect(await self._send(group[-1:], headers[-1], silent))
        return list(range(place - len(group) + 1, place + 1))

    async def _send(
        self,
        messages: Sequence[Outgoing],
        extra: dict[str, str] | None = None,
        before: Sequence[bytes] = (),
    ) -> list[asyncio.Future[int]]:
        """Sends all in one write; each message gets a future for the broker's answer."""
        futures = []
        frames = [*before]
        for message in messages:
            self._count += 1
            token = str(self._count)
            future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._answers[token] = future
            # Answered or given up, its token is forgotten: a late answer finds nobody.
            headers = message.known_by | (extra or {})
            frames.append(frame(message.subject, message.body, headers, f"{self._prefix}.{token}"))
            futures.append(future)
        await self._connection.send(frames)
        return futures

    async def _collect(self, futures: Sequence[asyncio.Future[int]]) -> list[int]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return [await future for future in futures]
        finally:
            for future in futures:
                future.cancel()

    async def _on_answer(self, answered: Msg) -> None:
        future = self._answers.get(answered.subject.rpartition(".")[2])
        if future is None or future.done():
            return
        answer = from_json(answered.data) if answered.data else {}
        if "seq" in answer and "error" not in answer:
            future.set_result(int(answer["seq"]))
        else:
            future.set_exception(
                PublishRefused(str(answer.get("error", "no stream took the message")))
            )


def _by_stream(messages: Sequence[Outgoing]) -> Iterable[list[Outgoing]]:
    """The messages of each stream: their order is kept within a stream, not across them."""
    streams: dict[str, list[Outgoing]] = {}
    for message in messages:
        streams.setdefault(message.stream, []).append(message)
    return streams.values()
