"""Streams and consumers against the topology: those that are gone, differ, are nearly full, or lag."""

import asyncio
from dataclasses import dataclass

from nats.js.api import ClusterInfo, ConsumerInfo, StreamInfo
from nats.js.errors import NotFoundError

from deploy.cli.connection.log_messages import oldest_waiting
from deploy.cli.doctor.finding import Finding, Level
from deploy.cli.doctor.ground import Ground
from shared.contract.topology import Durable, Stream, all_durables, buckets_of, streams_of
from shared.kit.bus.configs import consumer_config, stream_config
from shared.kit.bus.drift import differences

NEARLY_FULL, FULL = 0.80, 0.98
OLD_SECONDS, STUCK_SECONDS = 30, 300
PROVISION = "fabriques provision plan shows what differs, fabriques provision apply mends it"


async def check_streams(ground: Ground) -> list[Finding]:
    there = {str(info.config.name): info for info in await ground.owner.jetstream().streams_info()}
    settings = ground.settings
    return [
        finding
        for stream in (*streams_of(ground.front_ends), *buckets_of(ground.front_ends))
        for finding in judge_stream(
            stream, there.get(stream.name), ground.bus.programme.id, settings.rehearsal
        )
    ]


def judge_stream(
    stream: Stream, info: StreamInfo | None, programme: str, rehearsal: bool
) -> list[Finding]:
    if info is None:
        todo = "bring its store back, or the whole platform from one backup: fabriques restore"
        return [Finding("error", "streams", f"stream {stream.name} does not exist", todo)]
    wanted = stream_config(stream, programme, rehearsal, info.config.num_replicas or 1)
    found = [
        Finding("error", "streams", f"stream {stream.name}: {line}", PROVISION)
        for line in differences(wanted, info.config)
    ]
    sender = stream.front_end or stream.name
    found += judge_room(stream.name, info.state.bytes, stream.bytes_max, sender)
    return found + _judge_replicas(stream, info.cluster)


def _judge_replicas(stream: Stream, cluster: ClusterInfo | None) -> list[Finding]:
    away = replicas_away(cluster)
    if not away:
        return []
    what = f"stream {stream.name}: {', '.join(away)} is away or behind: one more, and nothing is written"
    return [
        Finding(
            "warning",
            "streams",
            what,
            "start that nats-server again, and wait until it has caught up",
        )
    ]


def replicas_away(cluster: ClusterInfo | None) -> list[str]:
    """A lone server tells of no cluster, or of one without replicas."""
    replicas = (cluster.replicas if cluster else None) or []
    return [str(replica.name) for replica in replicas if replica.offline or not replica.current]


def judge_room(name: str, used_bytes: int, bytes_max: int, sender: str) -> list[Finding]:
    """`bytes_max` is not above 0 for a stream that may take the whole disk."""
    if bytes_max <= 0 or used_bytes < NEARLY_FULL * bytes_max:
        return []
    what = f"stream {name} is {used_bytes * 100 // bytes_max} % full: then its sender is refused"
    todo = f"look at what {sender} sends; give it more room, or shut it out"
    return [
        Finding("error" if used_bytes >= FULL * bytes_max else "warning", "streams", what, todo)
    ]


@dataclass(frozen=True, slots=True)
class Lag:
    """`oldest_seconds` is the age of the oldest event that waits there, decided by nobody."""

    pending: int
    taken: int
    oldest_seconds: float


async def check_consumers(ground: Ground) -> list[Finding]:
    durables = list(all_durables(ground.front_ends))
    infos = await asyncio.gather(*(_info(ground, durable) for durable in durables))
    found = []
    for durable, info in zip(durables, infos, strict=True):
        lag = await lag_of(ground, durable, info) if info else None
        found += judge_consumer(durable, info, ground.bus.programme.id, lag)
    return found


async def _info(ground: Ground, durable: Durable) -> ConsumerInfo | None:
    try:
        info: ConsumerInfo = await ground.owner.jetstream().consumer_info(
            durable.stream, durable.name
        )
    except NotFoundError:
        return None
    return info


async def lag_of(ground: Ground, durable: Durable, info: ConsumerInfo) -> Lag:
    oldest_at = await oldest_waiting(ground.bus, durable, info)
    age_seconds = (ground.now - oldest_at).total_seconds() if oldest_at else 0.0
    return Lag(info.num_pending or 0, info.num_ack_pending or 0, age_seconds)


def judge_consumer(
    durable: Durable, info: ConsumerInfo | None, programme: str, lag: Lag | None
) -> list[Finding]:
    if info is None or lag is None:
        return [durable_gone(durable)]
    found = [
        Finding("error", "consumers", f"consumer {durable.name}: {line}", PROVISION)
        for line in differences(consumer_config(durable, programme), info.config)
    ]
    return found + judge_lag(durable, lag)


def durable_gone(durable: Durable) -> Finding:
    what = f"consumer {durable.name} does not exist: {durable.service} hears nothing of {durable.stream}"
    return Finding("error", "consumers", what, "fabriques provision apply makes it again")


def lateness(oldest_seconds: float) -> Level | None:
    """None where it is no fault that the oldest event waits for so long."""
    if oldest_seconds >= STUCK_SECONDS:
        return "error"
    return "warning" if oldest_seconds >= OLD_SECONDS else None


def judge_lag(durable: Durable, lag: Lag) -> list[Finding]:
    level = lateness(lag.oldest_seconds)
    if level is None:
        return []
    waits = (
        f"{lag.pending} wait and {lag.taken} are taken, the oldest for {lag.oldest_seconds:.0f} s"
    )
    todo = f"look at the log of {durable.service}, and whether it is ready: fabriques status"
    return [Finding(level, "consumers", f"{durable.name} lags: {waits}", todo)]
