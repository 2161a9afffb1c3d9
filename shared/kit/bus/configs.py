"""What each stream and consumer of the topology is on the bus."""

from nats.js.api import (
    ConsumerConfig,
    DiscardPolicy,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import DAY_SECONDS, Durable, Stream

MODE = "fabriques-mode"


def stream_config(
    stream: Stream, programme: str, rehearsal: bool, replicas: int = 1
) -> StreamConfig:
    status = stream.name == STATUS_STREAM
    spoken = stream.republished(programme)
    return StreamConfig(
        name=stream.name,
        description=stream.purpose,
        subjects=stream.subjects(programme),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=stream.keep_days * DAY_SECONDS,
        duplicate_window=stream.dedup_seconds,
        max_msgs=-1,
        max_bytes=stream.bytes_max,
        max_msg_size=stream.message_bytes_max,
        max_msgs_per_subject=1 if stream.write_once or status else -1,
        # A stream that is full refuses: to make room it would drop what was accepted.
        discard=DiscardPolicy.NEW if stream.write_once or stream.outside else DiscardPolicy.OLD,
        discard_new_per_subject=stream.write_once,
        deny_delete=stream.write_once and not stream.is_bucket,
        deny_purge=stream.write_once,
        allow_direct=True,
        allow_rollup_hdrs=status,
        allow_atomic=not stream.outside,
        republish=RePublish(*spoken) if spoken else None,
        metadata={MODE: mode_of(rehearsal)},
    )


def consumer_config(durable: Durable, programme: str) -> ConsumerConfig:
    return ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        filter_subjects=durable.filters(programme),
        ack_wait=durable.ack_wait_seconds,
        max_deliver=durable.deliveries_max,
        max_ack_pending=durable.ack_pending_max,
    )


def mode_of(rehearsal: bool) -> str:
    return "rehearsal" if rehearsal else "production"
