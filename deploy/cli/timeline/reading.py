"""Reads what the log holds of one dossier, by its subjects: no stream is read from its beginning to its end.

The operators' identity may read any message of the log; what of it is shown, `telling` decides.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.log_messages import all_logged, logged, logged_streams
from deploy.local.log.reading import Stored
from shared.contract.event import EVENTS
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import (
    dossier_filter,
    is_from_outside,
    stream_of,
    subject_pattern,
    type_of,
)
from shared.contract.topology import DEAD_LETTERS, HEARS, SERVICES, Durable, Stream
from shared.kit.delivery import Logged
from shared.kit.errors import Rejected
from shared.kit.strict_json import read_event

OUTSIDE_ID = re.compile(r"([A-Z][A-Z0-9_]*)-([0-9]{12})-[0-9]+")
TRANCHES_MAX = 9  # as the id of a tranche can tell
# A status repeats the latest of what is told, and a dead letter bears the name of an event.
OF_DOSSIERS = {event.publisher for event in EVENTS.values()} - {"status", "dead-letters"}
OF_TRANCHES = {event.publisher for event in EVENTS.values() if event.dossier_field == "tranche_id"}
OF_WAVES = {event.publisher for event in EVENTS.values() if event.dossier_field == "wave"}


class Reading:
    """One look at the log. Each message is kept once, by its place."""

    def __init__(self, bus: Bus, streams: dict[str, Stream]) -> None:
        self._bus = bus
        self._streams = streams
        self._found: dict[tuple[str, int], Stored] = {}

    async def read(self, candidature_id: str) -> list[Stored]:
        """Everything about a dossier by the broker's stamp, with its waves' facts, causes and dead letters.

        Empty where the log does not know it.
        """
        spelled = (candidature_id, candidature_id.upper())
        tranches = [f"{one}-T{number}" for one in spelled for number in range(1, TRANCHES_MAX + 1)]
        await self._read_named(spelled, OF_DOSSIERS)
        await self._read_named(tranches, OF_TRANCHES)
        if self._found:
            await self._read_named(sorted(waves_in(self._found.values())), OF_WAVES)
            await self._read_causes()
            await self._read_dead_letters()
        return sorted(self._found.values(), key=lambda one: (one.stamped_ns, one.sequence))

    async def _read_named(self, dossiers: Iterable[str], publishers: set[str]) -> None:
        wanted = [
            (name, dossier_filter(self._bus.programme.id, publisher, dossier))
            for name, stream in self._streams.items()
            for publisher in publishers.intersection(stream.publishers)
            for dossier in dossiers
        ]
        found = await asyncio.gather(*(all_logged(self._bus, *one) for one in wanted))
        for (stream, _), messages in zip(wanted, found, strict=True):
            self._keep(stream, messages)

    async def _read_causes(self) -> None:
        """What came from outside is known by its place: a bank's message, the approval of a wave."""
        causes = {place_of(one.cause_id) for one in self._found.values()} - {None}
        wanted = [
            place for place in causes - self._found.keys() if place and place[0] in self._streams
        ]
        found = await asyncio.gather(
            *(logged(self._bus, stream, sequence) for stream, sequence in wanted)
        )
        for (stream, _), message in zip(wanted, found, strict=True):
            self._keep(stream, [message] if message else [])

    async def _read_dead_letters(self) -> None:
        """A letter's id is made of its consumer and the event's place."""
        pattern = f"{self._bus.programme.id}.dead-letters.*.*.*."
        letters = [
            pattern + letter for one in self._found.values() for letter in possible_letters(one)
        ]
        found = await asyncio.gather(
            *(all_logged(self._bus, DEAD_LETTERS, letter) for letter in letters)
        )
        for messages in found:
            self._keep(DEAD_LETTERS, messages)

    def _keep(self, stream: str, messages: Iterable[Logged]) -> None:
        for one in messages:
            self._found[stream, one.sequence] = Stored(
                stream, one.sequence, one.stamped_ns, one.subject, one.headers, one.body
            )


async def read_dossier(bus: Bus, candidature_id: str) -> list[Stored]:
    """Everything that the log holds of a dossier, in the order of the broker's stamps."""
    return await Reading(bus, await logged_streams(bus)).read(candidature_id)


async def candidature_of(bus: Bus, receipt_number: str) -> str | None:
    """Whose receipt it is, by the log alone: every registration is looked at, the counter may be down."""
    subject = subject_pattern(bus.programme.id, CandidatureRegistered)
    for message in await all_logged(bus, stream_of(CandidatureRegistered.publisher), subject):
        body = json.loads(message.body)
        if body.get("receipt_number") == receipt_number:
            return str(body["candidature_id"])
    return None


def body_of(one: Stored) -> dict[str, Any]:
    """Empty where it cannot be read as what its subject says: from outside anything may lie in the log."""
    kind = EVENTS.get(type_of(one.subject))
    try:
        return read_event(kind, one.data).model_dump(mode="json") if kind else {}
    except Rejected:
        return {}


def waves_in(found: Iterable[Stored]) -> set[str]:
    """The waves that our own facts place a dossier in: what comes from outside may name any."""
    named = (body_of(one).get("wave") for one in found if not is_from_outside(one.subject))
    return {str(wave) for wave in named if wave}


def place_of(event_id: str) -> tuple[str, int] | None:
    """Where an event from outside lies, by its id; None for our own facts, which have a UUID."""
    match = OUTSIDE_ID.fullmatch(event_id)
    return (match[1], int(match[2])) if match else None


def possible_letters(one: Stored) -> list[str]:
    """The dead letters that this message may have become, one for each service that hears it."""
    kind = EVENTS.get(type_of(one.subject))
    hearing = [service for service in SERVICES if kind in HEARS[service]]
    return [f"{Durable(service, one.stream, ()).name}-{one.sequence}" for service in hearing]
