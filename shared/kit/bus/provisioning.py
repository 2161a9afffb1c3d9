"""Applies the topology to the bus, and tells where the bus differs from it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RePublish, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import (
    DAY_SECONDS,
    Durable,
    Stream,
    all_durables,
    all_streams,
    durables_of,
    own_streams,
    streams_seen_by,
)
from shared.kit.bus.stream_changes import NEW_STREAM, losses, not_asked_for, owner
from shared.kit.errors import OlderCopy, PlatformDrift
from shared.kit.people.register import Standing
from shared.kit.people.roots import ROOT_STREAM, Roots, as_metadata, roots_in

MODE = "fabriques-mode"


def stream_config(stream: Stream, programme: str, rehearsal: bool, replicas: int = 1) -> StreamConfig:
    status = stream.name == STATUS_STREAM
    spoken = stream.republished(programme)
    return StreamConfig(
        name=stream.name,
        description=stream.purpose,
        subjects=stream.subjects(programme),
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=stream.keep_days * DAY_SECONDS,
        duplicate_window=stream.dedup_seconds,
        max_bytes=stream.bytes_max,
        max_msg_size=stream.message_bytes_max,
        max_msgs_per_subject=1 if stream.write_once or status else -1,
        discard=DiscardPolicy.NEW if stream.write_once or stream.outside else DiscardPolicy.OLD,
        discard_new_per_subject=stream.write_once,
        deny_delete=stream.write_once and not stream.is_bucket,
        deny_purge=stream.write_once,
        allow_direct=True,
        allow_rollup_hdrs=status,
        allow_atomic=not stream.outside,
        republish=RePublish(*spoken) if spoken else None,
        metadata={MODE: _mode(rehearsal)},
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


@dataclass(frozen=True, slots=True)
class Step:
    """What one stream would become. `found` is what it is; nothing where it is not there yet."""

    config: StreamConfig
    found: StreamConfig | None

    @property
    def differences(self) -> list[str]:
        return differences(self.config, self.found) if self.found else []

    def told(self) -> list[str]:
        if self.found is None:
            return [f"stream {self.config.name}: made, {self.config.num_replicas} replicas"]
        return [f"stream {self.config.name}: {line}" for line in self.differences]


async def provision(
    js: JetStreamContext,
    programme: str,
    rehearsal: bool,
    replicas: int | None = None,
    founders: Iterable[Standing] = (),
    allowed: Collection[str] = (),
    plan_only: bool = False,
    front_ends: Collection[FrontEnd] = EMBEDDED,
) -> list[str]:
    """Creates or updates every stream and consumer, and tells each change.

    Without `replicas` their number stays.

    `founders` are enrolled when the platform is made, and never again: later people need two who are there.
    Raises PlatformDrift before anything is changed: where the bus is another programme's or of another mode,
    and for each loss that is not `allowed` by its name; OlderCopy where a stream is gone from a platform that
    has spoken: made anew, it would count from one again.
    """
    streams = all_streams(front_ends)
    there = {str(info.config.name): info for info in await js.streams_info()}
    steps = _steps(there, programme, rehearsal, replicas, streams)
    # Everything that may be refused is refused here: after the first change there is no way back.
    _refuse_lost_stores(there, allowed, streams)
    for step in steps:
        if step.found is None and step.config.name == ROOT_STREAM:
            step.config.metadata = {**(step.config.metadata or {}), **as_metadata(founders)}
            roots_in(step.config.metadata, programme, rehearsal)
    _refuse_losses(steps, allowed)
    changes = [line for step in steps for line in step.told()]
    if not plan_only:
        for step in steps:
            await _take(js, step)
        for durable in all_durables(front_ends):
            await js.add_consumer(durable.stream, consumer_config(durable, programme))
    return changes


def new_streams_of(front_end: str, front_ends: Collection[FrontEnd]) -> set[str]:
    """What `provision` must be allowed for a newcomer among these front-ends: its own streams."""
    return {_making(stream) for stream in own_streams(front_end, front_ends)}


def _making(stream: Stream) -> str:
    return f"{NEW_STREAM}:{stream.name}"


def _refuse_losses(steps: list[Step], allowed: Collection[str]) -> None:
    lost = [loss for step in steps if step.found for loss in losses(step.config, step.found)]
    if refused := not_asked_for(lost, allowed):
        told = " · ".join(f"{loss.words} (--allow {loss.name})" for loss in refused)
        raise PlatformDrift(
            f"nothing was changed, this would lose data unless it is asked for by name: {told}"
        )


async def _take(js: JetStreamContext, step: Step) -> None:
    if step.found is None:
        await js.add_stream(step.config)
    elif step.differences:
        step.config.metadata = {**(step.found.metadata or {}), **(step.config.metadata or {})}
        await js.update_stream(step.config)


def _steps(
    there: Mapping[str, StreamInfo],
    programme: str,
    rehearsal: bool,
    replicas: int | None,
    streams: tuple[Stream, ...],
) -> list[Step]:
    """Raises PlatformDrift where the bus serves another programme, or a platform of another mode."""
    configs = {stream.name: there[stream.name].config for stream in streams if stream.name in there}
    usual = max((found.num_replicas or 1 for found in configs.values()), default=1)
    steps = []
    for stream in streams:
        found = configs.get(stream.name)
        if found is not None:
            _require_ours(stream.name, found, programme, rehearsal)
        kept = (found.num_replicas or 1) if found else usual
        steps.append(Step(stream_config(stream, programme, rehearsal, replicas or kept), found))
    return steps


def _require_ours(name: str, found: StreamConfig, programme: str, rehearsal: bool) -> None:
    whose = owner(found, programme)
    if whose != programme:
        raise PlatformDrift(
            f"stream {name} of this bus is programme {whose}'s: programme {programme} needs a bus of its own"
        )
    was = (found.metadata or {}).get(MODE)
    if was != _mode(rehearsal):
        raise PlatformDrift(
            f"this platform was provisioned for {was}: use another data folder (FABRIQUES_HOME)"
        )


def _mode(rehearsal: bool) -> str:
    return "rehearsal" if rehearsal else "production"


def _refuse_lost_stores(
    there: Mapping[str, StreamInfo], allowed: Collection[str], streams: tuple[Stream, ...]
) -> None:
    ours = [there[stream.name] for stream in streams if stream.name in there]
    new = [stream for stream in streams if stream.name not in there]
    missing = [stream for stream in new if _making(stream) not in allowed]
    has_spoken = any(info.state.last_seq for info in ours)
    if missing and has_spoken:
        names = ", ".join(stream.name for stream in missing)
        raise OlderCopy(
            f"the store of {names} is gone from a platform that has spoken: it is not made anew. "
            "Bring it back, or the whole platform from one backup: `fabriques restore` "
            f"(one that a new version adds: --allow {_making(missing[0])})"
        )


async def check_platform(
    js: JetStreamContext,
    service: str,
    programme: str,
    rehearsal: bool,
    front_ends: Collection[FrontEnd] = EMBEDDED,
) -> Roots:
    """Returns where trust begins.

    Raises PlatformDrift where what this service reads and writes is not as told.
    """
    drift: list[str] = []
    metadata: dict[str, str] = {}
    for stream in streams_seen_by(service, front_ends):
        info = await _found(js.stream_info(stream.name), drift, f"stream {stream.name}")
        if info is not None:
            metadata |= info.config.metadata or {}
            replicas = info.config.num_replicas or 1
            expected = stream_config(stream, programme, rehearsal, replicas)
            drift += [f"stream {stream.name}: {line}" for line in differences(expected, info.config)]
    for durable in durables_of(service, front_ends):
        info = await _found(js.consumer_info(durable.stream, durable.name), drift, f"consumer {durable.name}")
        if info is not None:
            expected_consumer = consumer_config(durable, programme)
            drift += [
                f"consumer {durable.name}: {line}" for line in differences(expected_consumer, info.config)
            ]
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


def differences(expected: Any, found: Any) -> list[str]:
    """What of a stream's or a consumer's configuration is not as told.

    Only what we set: the server adds fields of its own.
    """
    lines = []
    for name, value in vars(expected).items():
        actual = getattr(found, name, None)
        if name == "metadata":
            value = value and value.get(MODE)
            actual = (actual or {}).get(MODE)
        if isinstance(value, list):
            value = sorted(value)
            actual = sorted(actual or [])
        # The server leaves out what is zero or empty: it is no difference.
        if value is not None and value != actual and (value or actual):
            lines.append(f"{name} is {actual!r}, not {value!r}")
    return lines
