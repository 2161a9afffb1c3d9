"""Plans what the bus needs to be as the topology says, and does that plan.

Two may do it at once: each change names the whole of what it makes, and the second finds it as it should be.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from deploy.provisioning.losses import (
    NEW_STREAM,
    REMAKE_CONSUMER,
    Loss,
    consumer_losses,
    losses,
    not_asked_for,
    owner,
    unchangeable,
)
from deploy.provisioning.planned import Planned
from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.topology import Durable, Stream, all_durables, all_streams, own_streams
from shared.kit.bus.configs import MODE, consumer_config, mode_of, stream_config
from shared.kit.bus.drift import differences
from shared.kit.errors import OlderCopy, PlatformDrift
from shared.kit.people.register import Standing
from shared.kit.people.roots import ROOT_STREAM, as_metadata, roots_in

PAGE_STREAMS = 256  # what the server tells of at once


@dataclass(frozen=True, slots=True)
class StreamStep:
    """What one stream or bucket would become. `found` is what it is; nothing where it is not there.

    `is_lost`: it is not there, on a platform that has spoken.
    """

    stream: Stream
    config: StreamConfig
    found: StreamConfig | None
    is_lost: bool = False

    def planned(self) -> Planned:
        kind = "bucket" if self.stream.is_bucket else "stream"
        wanted = _stream_fields(self.config)
        if self.found is None:
            lost = Loss(
                NEW_STREAM, self.stream.name, "its store is gone, or a new version brings it"
            )
            return Planned(kind, self.stream.name, {}, wanted, (lost,) if self.is_lost else ())
        changes = differences(self.config, self.found)
        if not changes:
            return Planned(kind, self.stream.name, wanted, wanted)
        return Planned(
            kind,
            self.stream.name,
            {change.field: change.found for change in changes},
            {change.field: change.wanted for change in changes},
            tuple(losses(self.config, self.found)),
            tuple(unchangeable(self.config, self.found)),
        )


@dataclass(frozen=True, slots=True)
class ConsumerStep:
    stream: str
    config: ConsumerConfig
    found: ConsumerConfig | None

    def planned(self) -> Planned:
        name = str(self.config.name)
        wanted = {"hears": f"{len(self.config.filter_subjects or ())} subjects of {self.stream}"}
        if self.found is None:
            return Planned("consumer", name, {}, wanted)
        changes = differences(self.config, self.found)
        lost = consumer_losses(self.config, self.found)
        if not changes and not lost:
            return Planned("consumer", name, wanted, wanted)
        return Planned(
            "consumer",
            name,
            {change.field: change.found for change in changes} or {"kind": "push"},
            {change.field: change.wanted for change in changes} or {"kind": "pull"},
            tuple(lost),
        )


@dataclass(frozen=True, slots=True)
class BusPlan:
    """`rows` are in the order of the topology: streams and buckets, consumers, then what is none of ours."""

    streams: tuple[StreamStep, ...]
    consumers: tuple[ConsumerStep, ...]
    strange: tuple[Planned, ...]

    def rows(self) -> list[Planned]:
        streams = [step.planned() for step in self.streams]
        return [*streams, *(step.planned() for step in self.consumers), *self.strange]


async def provision(
    js: JetStreamContext,
    programme: str,
    rehearsal: bool,
    replicas: int | None = None,
    founders: Iterable[Standing] = (),
    allowed: Collection[str] = (),
    front_ends: Collection[FrontEnd] = EMBEDDED,
) -> list[str]:
    """Plans and applies at once, and tells each change. Raises as `plan_bus` and `require_allowed` do."""
    plan = await plan_bus(js, programme, rehearsal, replicas, founders, front_ends)
    rows = plan.rows()
    require_allowed(rows, allowed)
    await apply(js, plan)
    return [line for row in rows for line in row.told()]


async def plan_bus(
    js: JetStreamContext,
    programme: str,
    rehearsal: bool,
    replicas: int | None = None,
    founders: Iterable[Standing] = (),
    front_ends: Collection[FrontEnd] = EMBEDDED,
) -> BusPlan:
    """What every stream and consumer is, and would become. Without `replicas` their number stays.

    `founders` are enrolled when the platform is made, and never again: later people need two who are there.
    Raises PlatformDrift where the bus is another programme's or of another mode.
    """
    streams = all_streams(front_ends)
    there = {str(info.config.name): info async for info in _streams_there(js)}
    durables = list(all_durables(front_ends))
    found = {
        stream: await _consumers(js, stream)
        for stream in {d.stream for d in durables} & there.keys()
    }
    names = {stream.name for stream in streams}
    strange = [_strange_stream(info) for name, info in there.items() if name not in names]
    strange += _strange_consumers(durables, found)
    return BusPlan(
        tuple(_stream_steps(there, programme, rehearsal, replicas, streams, founders)),
        tuple(_consumer_step(durable, programme, found) for durable in durables),
        tuple(strange),
    )


def require_allowed(rows: Iterable[Planned], allowed: Collection[str]) -> None:
    """Everything that may be refused is refused here: after the first change there is no way back.

    Raises PlatformDrift for what no server does, and for each loss that is not `allowed` by its name.
    Raises OlderCopy where a store is gone from a platform that has spoken: made anew, it counts from one.
    """
    known = [row for row in rows if row.is_change]
    fixed = [f"{row.kind} {row.name}: {words}" for row in known for words in row.never]
    if fixed:
        raise PlatformDrift(
            f"nothing was changed, no server does this to what is there: {' · '.join(fixed)}. "
            "Restore a backup into a new folder: `fabriques restore`"
        )
    refused = not_asked_for([loss for row in known for loss in row.needs], allowed)
    gone = [loss for loss in refused if loss.kind == NEW_STREAM]
    if gone:
        names = ", ".join(loss.of for loss in gone)
        raise OlderCopy(
            f"the store of {names} is gone from a platform that has spoken: it is not made anew. "
            "Bring it back, or the whole platform from one backup: `fabriques restore` "
            f"(one that a new version adds: --allow {gone[0].name})"
        )
    if refused:
        told = " · ".join(f"{loss.words} (--allow {loss.name})" for loss in refused)
        raise PlatformDrift(
            f"nothing was changed, this would lose data unless it is asked for by name: {told}"
        )


async def apply(js: JetStreamContext, plan: BusPlan) -> None:
    """Does a plan that nothing forbids: streams first, since consumers lie on them."""
    for step in plan.streams:
        await _make_stream(js, step)
    for consumer in plan.consumers:
        await _make_consumer(js, consumer)


def new_streams_of(front_end: str, front_ends: Collection[FrontEnd]) -> set[str]:
    """What `provision` must be allowed for a newcomer among these front-ends: its own streams."""
    return {f"{NEW_STREAM}:{stream.name}" for stream in own_streams(front_end, front_ends)}


async def _make_stream(js: JetStreamContext, step: StreamStep) -> None:
    if step.found is None:
        await js.add_stream(step.config)
    elif differences(step.config, step.found):
        step.config.metadata = {**(step.found.metadata or {}), **(step.config.metadata or {})}
        await js.update_stream(step.config)


async def _make_consumer(js: JetStreamContext, step: ConsumerStep) -> None:
    row = step.planned()
    if not row.is_change:
        return
    if any(loss.kind == REMAKE_CONSUMER for loss in row.needs):
        with suppress(NotFoundError):  # another one, at the same time, was quicker
            await js.delete_consumer(step.stream, str(step.config.name))
    await js.add_consumer(step.stream, step.config)


async def _streams_there(js: JetStreamContext) -> AsyncIterator[StreamInfo]:
    offset = 0
    while page := await js.streams_info(offset):
        for info in page:
            yield info
        if len(page) < PAGE_STREAMS:
            return
        offset += len(page)


async def _consumers(js: JetStreamContext, stream: str) -> dict[str, ConsumerConfig]:
    infos: list[ConsumerInfo] = await js.consumers_info(stream)
    return {str(info.name): info.config for info in infos if info.config}


def _stream_steps(
    there: Mapping[str, StreamInfo],
    programme: str,
    rehearsal: bool,
    replicas: int | None,
    streams: tuple[Stream, ...],
    founders: Iterable[Standing],
) -> list[StreamStep]:
    """Raises PlatformDrift where the bus serves another programme, or a platform of another mode."""
    ours = [there[stream.name] for stream in streams if stream.name in there]
    usual = max((info.config.num_replicas or 1 for info in ours), default=1)
    has_spoken = any(info.state.last_seq for info in ours)
    steps = []
    for stream in streams:
        info = there.get(stream.name)
        if info is None:
            config = _new_stream(stream, programme, rehearsal, replicas or usual, founders)
            steps.append(StreamStep(stream, config, None, has_spoken))
        else:
            _require_ours(stream.name, info.config, programme, rehearsal)
            config = stream_config(
                stream, programme, rehearsal, replicas or info.config.num_replicas or 1
            )
            steps.append(StreamStep(stream, config, info.config))
    return steps


def _new_stream(
    stream: Stream, programme: str, rehearsal: bool, replicas: int, founders: Iterable[Standing]
) -> StreamConfig:
    """Who founds the platform is written as it is made. Raises PlatformDrift where they are too few."""
    config = stream_config(stream, programme, rehearsal, replicas)
    if stream.name == ROOT_STREAM:
        config.metadata = {**(config.metadata or {}), **as_metadata(founders)}
        roots_in(config.metadata, programme, rehearsal)
    return config


def _require_ours(name: str, found: StreamConfig, programme: str, rehearsal: bool) -> None:
    whose = owner(found, programme)
    if whose != programme:
        raise PlatformDrift(
            f"stream {name} of this bus is programme {whose}'s: programme {programme} needs a bus of its own"
        )
    was = (found.metadata or {}).get(MODE)
    if was != mode_of(rehearsal):
        raise PlatformDrift(
            f"this platform was provisioned for {was}: use another data folder (FABRIQUES_HOME)"
        )


def _consumer_step(
    durable: Durable, programme: str, found: Mapping[str, Mapping[str, ConsumerConfig]]
) -> ConsumerStep:
    there = found.get(durable.stream, {}).get(durable.name)
    return ConsumerStep(durable.stream, consumer_config(durable, programme), there)


def _strange_stream(info: StreamInfo) -> Planned:
    return Planned("stream", str(info.config.name), {"subjects": info.config.subjects}, {})


def _strange_consumers(
    durables: Iterable[Durable], found: Mapping[str, Mapping[str, ConsumerConfig]]
) -> list[Planned]:
    names = {durable.name for durable in durables}
    return [
        Planned("consumer", name, {"on": stream}, {})
        for stream, consumers in sorted(found.items())
        for name in sorted(consumers.keys() - names)
    ]


def _stream_fields(config: StreamConfig) -> dict[str, Any]:
    """What tells a stream to a person."""
    kept = f"{config.max_age:.0f} s" if config.max_age else "for ever"
    room = config.max_bytes if (config.max_bytes or 0) > 0 else "the disk's"
    return {
        "subjects": config.subjects,
        "replicas": config.num_replicas,
        "kept": kept,
        "bytes": room,
    }
