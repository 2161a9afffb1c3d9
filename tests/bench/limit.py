"""What the machine could do: the bare pieces of all four services, and the server's own work for them.

A platform that has just been gone through is asked again for what each service heard, said and wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from nats.js import JetStreamContext

from deploy.local.home.plan import SERVER
from deploy.local.running.platform import LocalPlatform
from shared.contract.event import EVENTS, Event
from shared.contract.front_ends import HOLDERS
from shared.contract.intake import DossierStatus
from shared.contract.subjects import STATUS_STREAM, stream_of, type_of
from shared.contract.topology import SERVICES
from tests.bench import pieces
from tests.bench.files import submissions
from tests.bench.ground import client, processor_seconds, say
from tests.bench.naive import HEARD
from tests.bench.pieces import Message

CORES = 2
SAID: Mapping[str, tuple[str, ...]] = {
    "intake": ("INTAKE", "ANSWERS", STATUS_STREAM),
    "eligibility": ("ELIGIBILITY",),
}
TABLES = {
    "intake": ("inbox", "dossiers", "project_claims", "outbox"),
    "eligibility": ("inbox", "files", "outbox"),
    "funding": ("inbox", "entries"),
    "notify": ("inbox", "contacts", "mailboxes", "notices"),
}


@dataclass(frozen=True, slots=True)
class Bare:
    """µs for each candidature: of each piece by service, and of the server's processor meanwhile."""

    pieces_us: dict[str, dict[str, float]]
    server_us: float

    @property
    def all_us(self) -> float:
        return self.server_us + sum(sum(found.values()) for found in self.pieces_us.values())

    def share(self, rate: float) -> float:
        """Of what the cores could do at this many candidatures a second; 1 is all of it."""
        return rate * self.all_us / 1e6 / CORES


async def bare(running: LocalPlatform, count: int) -> Bare:
    """Of a platform without services, `count` candidatures after its first."""
    settings = running.settings
    server = [running.pids()[SERVER]]
    before = processor_seconds(server)
    await say(settings, "holders", submissions(settings.programme(), count, count))
    found: dict[str, dict[str, float]] = {}
    looked = 0.0
    async with client(settings, "provisioner") as connection:
        js = connection.jetstream()
        for service in SERVICES:
            streams = [stream_of(event.publisher, HOLDERS) for event in HEARD[service]]
            seconds, heard = await _fetched(js, streams, count)
            began = processor_seconds(server)
            _, said = await _fetched(js, SAID.get(service, ()), count)
            # What was said is read for the measure alone.
            looked += processor_seconds(server) - began
            if STATUS_STREAM in SAID.get(service, ()):
                said += [one for one in said if one.subject.startswith("$KV.")]  # said twice
            found[service] = {
                "fetch_and_ack": seconds,
                "publish": await pieces.publish_in_batches(js, said) if said else 0.0,
            }
            found[service] |= _alone(settings.home, service, heard, said)
    worked = processor_seconds(server) - before - looked
    scale = 1e6 / count
    return Bare(
        {name: {p: s * scale for p, s in parts.items()} for name, parts in found.items()},
        worked * scale,
    )


async def _fetched(
    js: JetStreamContext, streams: Sequence[str], count: int
) -> tuple[float, list[Message]]:
    """Seconds to fetch and ack `count` messages of each stream, and the messages."""
    seconds = 0.0
    messages: list[Message] = []
    for stream in streams:
        taken, found = await pieces.fetch_and_ack(js, stream, count)
        seconds += taken
        messages += pieces.as_messages(found)
    return seconds, messages


def _alone(
    home: Path, service: str, heard: Sequence[Message], said: Sequence[Message]
) -> dict[str, float]:
    """Seconds of what needs no server."""
    validated = sum(pieces.validate(kind, kind, bodies, []) for kind, bodies in _by_class(heard))
    validated += sum(pieces.validate(kind, kind, [], bodies) for kind, bodies in _by_class(said))
    rows = pieces.rows_of(home / "data" / f"{service}.db", dict.fromkeys(TABLES[service], ""))
    written = pieces.write_rows(home, rows, len(heard))
    return {"validate": validated, "write_rows": written}


def _by_class(messages: Sequence[Message]) -> list[tuple[type[Event], list[bytes]]]:
    def kind(message: Message) -> str:
        told = message.subject
        return DossierStatus.event_type() if told.startswith("$KV.") else type_of(told)

    ordered = sorted(messages, key=kind)
    return [(EVENTS[name], [one.body for one in group]) for name, group in groupby(ordered, kind)]
