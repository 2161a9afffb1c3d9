"""Reads whole streams as they lie in the log: for the audit, the backup's proof, and the tests."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.contract.event import Event
from shared.contract.subjects import is_from_outside, type_of
from shared.contract.topology import TABLE
from shared.kit.bus.drawing import handfuls
from shared.kit.delivery import COPIED, Delivery, event_id_of
from shared.value import value

BATCH = 512
ANSWER_SECONDS = 2.0
SILENCES_MAX = 3


@value
class Stored:
    """One message of a stream. `event_id` is what its readers know it by."""

    stream: str
    sequence: int
    stamped_ns: int
    subject: str
    headers: dict[str, str]
    data: bytes

    @property
    def event_id(self) -> str:
        return event_id_of(self.subject, self.headers, self.stream, self.sequence, self.stamped_ns)

    @property
    def dossier(self) -> str:
        """The last token of its subject."""
        return self.subject.rpartition(".")[2]

    @property
    def fact(self) -> str:
        """Its type without the version."""
        return type_of(self.subject).rpartition(".v")[0]

    def is_of(self, kind: type[Event]) -> bool:
        return type_of(self.subject) == kind.event_type()

    @property
    def cause_id(self) -> str:
        """The event it follows from, as our own facts tell it."""
        return self.headers.get("ce-causationid", "")

    @property
    def is_copy(self) -> bool:
        """Whether the broker was told to answer onto this subject: of our own facts there are no copies."""
        return not is_from_outside(self.subject) and not COPIED.isdisjoint(self.headers)

    def delivery(self, consumer: str) -> Delivery:
        """As this consumer is given it for the first time."""
        return Delivery(
            message=None,
            subject=self.subject,
            headers=self.headers,
            data=self.data,
            stream=self.stream,
            consumer=consumer,
            attempt=1,
            sequence=self.sequence,
            stamped_ns=self.stamped_ns,
        )


async def read_stream(client: Client, stream: str, subject: str = "") -> AsyncIterator[Stored]:
    """Every message that can be read, in order; those of a `subject` alone, where one is given."""
    async for handful in read_handfuls(client, stream, subject):
        for stored in handful:
            yield stored


async def read_handfuls(
    client: Client, stream: str, subject: str = ""
) -> AsyncIterator[list[Stored]]:
    """The same, as many at a time as come. A message that is damaged is passed over by the server.

    What a fallen connection lost is asked for again: an audit that misses a message would repair it.
    """
    if not (await client.jetstream().stream_info(stream)).state.messages:
        return
    after = 0
    silences = 0
    batch = BATCH
    while silences < SILENCES_MAX:
        read = 0
        reconnects = client.stats["reconnects"]
        async with aclosing(
            _without_gap(client, stream, subject, after + 1, batch)
        ) as handfuls_read:
            async for handful, left in handfuls_read:
                yield handful
                after = handful[-1].sequence
                read += len(handful)
                if not left:
                    return
        fell = not client.is_connected or client.stats["reconnects"] != reconnects
        # What is left may be damaged, and is counted all the same; of a subject, there may be none.
        silences = 0 if read or fell else silences + 1
        batch = max(1, batch // 4)


async def _without_gap(
    client: Client, stream: str, subject: str, first: int, batch: int
) -> AsyncGenerator[tuple[list[Stored], int]]:
    """Messages, each handful with how many are left after it, until one was lost or none comes."""
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        inactive_threshold=30.0,
    )
    subscription = await client.jetstream().pull_subscribe(subject, stream=stream, config=config)
    expected = 0
    try:
        if subject and not (await subscription.consumer_info()).num_pending:
            return
        async for messages in handfuls(subscription, batch, ANSWER_SECONDS):
            unbroken: list[Stored] = []
            left = 1
            for message in messages:
                stored, given, left_after = _stored(stream, message)
                expected += 1
                if given != expected:
                    break
                unbroken.append(stored)
                left = left_after
            if unbroken:
                yield unbroken, left
            if len(unbroken) < len(messages):
                return
    finally:
        await subscription.unsubscribe()


async def stream_names(client: Client) -> list[str]:
    """The platform's streams that exist, in the order of the topology: a revoked front-end's too."""
    found = sorted(info.config.name or "" for info in await client.jetstream().streams_info())
    return [name for stream in TABLE for name in found if stream.is_kind_of(name)]


def _stored(stream: str, message: Msg) -> tuple[Stored, int, int]:
    """Also the message's place among those given to this reader, and how many are left after it."""
    tokens = message.reply.split(".")
    places = tokens[5:9] if len(tokens) < 11 else tokens[7:11]
    sequence, given, stamped_ns, left = map(int, places)
    headers = dict(message.headers or {})
    stored = Stored(stream, sequence, stamped_ns, message.subject, headers, message.data)
    return stored, given, left
