"""Where the bus differs from the topology; a service does not start on one that does."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.topology import durables_of, streams_seen_by
from shared.kit.bus.configs import MODE, consumer_config, stream_config
from shared.kit.errors import PlatformDrift
from shared.kit.people.roots import Roots, roots_in


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a configuration that is not as told."""

    field: str
    found: Any
    wanted: Any

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}, not {self.wanted!r}"


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
            drift += [
                f"stream {stream.name}: {line}" for line in differences(expected, info.config)
            ]
    for durable in durables_of(service, front_ends):
        info = await _found(
            js.consumer_info(durable.stream, durable.name), drift, f"consumer {durable.name}"
        )
        if info is not None:
            expected_consumer = consumer_config(durable, programme)
            drift += [
                f"consumer {durable.name}: {line}"
                for line in differences(expected_consumer, info.config)
                if not _hears_more(line)
            ]
    if drift:
        raise PlatformDrift(
            "the bus differs from the topology, provision it again: " + " · ".join(drift)
        )
    return roots_in(metadata, programme, rehearsal)


def _hears_more(difference: Difference) -> bool:
    """Whether a consumer brings what newer code hears, too: an old replica that starts again serves on."""
    if difference.field != "filter_subjects":
        return False
    return set(difference.wanted) <= set(difference.found or ())


async def _found(request: Any, drift: list[str], what: str) -> Any:
    try:
        return await request
    except NotFoundError:
        drift.append(f"{what} does not exist")
    except TimeoutError:
        drift.append(f"{what}: no answer, or no permission to ask")
    return None


def differences(expected: Any, found: Any) -> list[Difference]:
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
            lines.append(Difference(name, plain(actual), plain(value)))
    return lines


def plain(value: Any) -> Any:
    """As the server itself writes it."""
    if isinstance(value, Enum):
        return value.value
    return vars(value) if hasattr(value, "__dict__") else value
