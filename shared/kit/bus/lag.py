"""How far a durable consumer is behind its stream, as the broker tells it."""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.api import ConsumerInfo

from shared.contract.topology import Durable


@dataclass(frozen=True, slots=True)
class Progress:
    """`end` is the stream's last place; all is acked up to `acked`; `idle` has nothing left to do."""

    end: int
    acked: int
    idle: bool

    def reaches(self, place: int) -> bool:
        return self.acked >= place or self.idle


async def progress_of(client: Client, durable: Durable) -> Progress:
    js = client.jetstream()
    end = (await js.stream_info(durable.stream)).state.last_seq
    info = await js.consumer_info(durable.stream, durable.name)
    return Progress(end, floor_of(info), not info.num_pending and not info.num_ack_pending)


def floor_of(info: ConsumerInfo) -> int:
    """Up to which place of its stream all is acknowledged."""
    return info.ack_floor.stream_seq if info.ack_floor else 0


async def backlog_of(client: Client, durable: Durable) -> int:
    """How many events wait at it, taken but not acked included."""
    info = await client.jetstream().consumer_info(durable.stream, durable.name)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
