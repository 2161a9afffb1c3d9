"""Reads whole streams as they lie in the log: for the audit, the backup's proof, and the tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.contract.topology import STREAMS
from shared.kit.delivery import OUTSIDE
from shared.kit.ids import outside_id

BATCH = 500
ANSWER_SECONDS = 2.0
SILENCES_MAX = 3


@dataclass(frozen=True, slots=True)
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
        own = None if self.stream in OUTSIDE else self.headers.get("ce-id")
        return own or outside_id(self.stream, self.sequence, self.stamped_ns)


async def read_stream(client: Client, stream: str) -> AsyncIterator[Stored]:
    """Every message that can be read, in order. A message that is damaged is passed over by the server."""
    js = client.jetstream()
    state = (await js.stream_info(stream)).state
    if not state.messages:
        return
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=30.0)
    subscription = await js.pull_subscribe("", stream=stream, config=config)
    try:
        silences = 0
        while silences < SILENCES_MAX and (left := (await subscription.consumer_info()).num_pending or 0):
            try:
                messages = await subscription.fetch(min(BATCH, left), timeout=ANSWER_SECONDS)
            except TimeoutError:  # a slow server, or what is left is damaged and counted all the same
                silences += 1
                continue
            silences = 0
            for message in messages:
                yield _stored(stream, message)
    finally:
        await subscription.unsubscribe()


async def stream_names(client: Client) -> list[str]:
    """The platform's streams that exist, in the order of the topology."""
    found = {info.config.name for info in await client.jetstream().streams_info()}
    return [stream.name for stream in STREAMS if stream.name in found]


def _stored(stream: str, message: Msg) -> Stored:
    tokens = message.reply.split(".")
    sequence, stamped = (tokens[5], tokens[7]) if len(tokens) < 11 else (tokens[7], tokens[9])
    return Stored(stream, int(sequence), int(stamped), message.subject, dict(message.headers or {}), message.data)
