"""Applies the topology to the bus, and tells where the bus differs from it."""

from collections.abc import Iterable
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import DAY_SECONDS, STREAMS, Durable, Stream, all_durables, durables_of
from shared.kit.errors import PlatformDrift
from shared.kit.people import Standing
from shared.kit.roots import ROOT_STREAM, Roots, as_metadata, roots_in

MODE = "fabriques-mode"


def stream_config(stream: Stream, programme: str, rehearsal: bool, replicas: int = 1) -> StreamConfig:
    status = stream.name == STATUS_STREAM
    return StreamConfig(
        name=stream.name,
        description=stream.purpose,
        subjects=stream.subjects(programme),
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=stream.keep_days * DAY_SECONDS,
        duplicate_window=stream.dedup_seconds,
        max_msg_size=stream.message_bytes_max,
        max_msgs_per_subject=1 if stream.write_once or status else -1,
        discard=DiscardPolicy.NEW if stream.write_once else DiscardPolicy.OLD,
        discard_new_per_subject=stream.write_once,
        deny_delete=stream.write_once,
        deny_purge=stream.write_once,
        allow_direct=True,
        allow_rollup_hdrs=status,
        allow_atomic=True,
        metadata={MODE: "rehearsal" if rehearsal else "production"},
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


async def provision(
    js: JetStreamContext, programme: str, rehearsal: bool, replicas: int = 1, founders: Iterable[Standing] = ()
) -> None:
    """Creates or updates every stream and consumer. A platform never changes from rehearsal to production or back.

    `founders` are enrolled when the platform is made, and never again: later people need two who are there.
    """
    for stream in STREAMS:
        config = stream_config(stream, programme, rehearsal, replicas)
        try:
            found = (await js.stream_info(stream.name)).config
        except NotFoundError:
            if stream.name == ROOT_STREAM:
                config.metadata = {**(config.metadata or {}), **as_metadata(founders)}
                roots_in(config.metadata, programme, rehearsal)
            await js.add_stream(config)
            continue
        if (was := (found.metadata or {}).get(MODE)) != (config.metadata or {})[MODE]:
            raise PlatformDrift(f"this platform was provisioned for {was}: use another data folder (FABRIQUES_HOME)")
        if _differences(config, found):
            config.metadata = {**(found.metadata or {}), **(config.metadata or {})}
            await js.update_stream(config)
    for durable in all_durables():
        await js.add_consumer(durable.stream, consumer_config(durable, programme))


async def check_platform(js: JetStreamContext, service: str, programme: str, rehearsal: bool) -> Roots:
    """Returns where trust begins. Raises PlatformDrift where what this service reads and writes is not as told."""
    drift: list[str] = []
    metadata: dict[str, str] = {}
    for stream in STREAMS:
        info = await _found(js.stream_info(stream.name), drift, f"stream {stream.name}")
        if info is not None:
            metadata |= info.config.metadata or {}
            replicas = info.config.num_replicas or 1
            expected = stream_config(stream, programme, rehearsal, replicas)
            drift += [f"stream {stream.name}: {line}" for line in _differences(expected, info.config)]
    for durable in durables_of(service):
        info = await _found(js.consumer_info(durable.stream, durable.name), drift, f"consumer {durable.name}")
        if info is not None:
            expected_consumer = consumer_config(durable, programme)
            drift += [f"consumer {durable.name}: {line}" for line in _differences(expected_consumer, info.config)]
    if drift:
        raise PlatformDrift("the bus differs from the topology, provision it again: " + " · ".join(drift))
    return roots_in(metadata, programme, rehearsal)


async def _found(request: Any, drift: list[str], what: str) -> Any:
    try:
        return await request
    except NotFoundError:
        drift.append(f"{what} does not exist")
    except TimeoutError:
        drift.append(f"{what}: no answer, or no permission to ask")
    return None


def _differences(expected: Any, found: Any) -> list[str]:
    """Only what we set: the server adds fields of its own."""
    lines = []
    for name, value in vars(expected).items():
        actual = getattr(found, name, None)
        if name == "metadata":
            value, actual = value and value.get(MODE), (actual or {}).get(MODE)
        if isinstance(value, list):
            value, actual = sorted(value), sorted(actual or [])
        if value is not None and value != actual and (value or actual):
            lines.append(f"{name} is {actual!r}, not {value!r}")
    return lines
