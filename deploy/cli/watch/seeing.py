"""What one look at the platform sees, by the operators' rights: counts and states, nobody's data."""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from nats.js.errors import NotFoundError

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.log_messages import logged_streams, oldest_waiting
from deploy.cli.doctor.services import answer
from deploy.cli.doctor.streams import replicas_away
from deploy.cli.platform.dead_letters import OpenLetters
from shared.contract.topology import PROCESSES, SERVICES, Durable, all_durables
from shared.kit.bus.connection import log_of

# How each count of letters is called here, and in the summary of notify.
MAIL = {"sent": "notices", "queued": "queued", "delayed": "delayed", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class StreamSeen:
    name: str
    messages: int
    last: int
    used_bytes: int
    bytes_max: int
    replicas_away: int = 0


@dataclass(frozen=True, slots=True)
class DurableSeen:
    """`oldest_at` is the stamp of the oldest event that waits there; None where none does."""

    durable: Durable
    there: bool = True
    pending: int = 0
    taken: int = 0
    oldest_at: datetime | None = None

    @property
    def name(self) -> str:
        return self.durable.name

    @property
    def backlog(self) -> int:
        return self.pending + self.taken

    def age_seconds(self, now: datetime) -> float:
        if self.oldest_at is None:
            return 0.0
        return max(0.0, (now - self.oldest_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Told:
    """What the services and the dead letters say: asked less often, for these answers cost more.

    `waiting` is what each service answers of its early events: how many, and the oldest.
    """

    ready: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    waves: tuple[dict[str, Any], ...] = ()
    money: dict[str, Any] = field(default_factory=dict)
    mail: dict[str, Any] = field(default_factory=dict)

    @property
    def early(self) -> dict[str, int]:
        return {name: said.get("count", 0) for name, said in self.waiting.items()}

    @property
    def closed_waves(self) -> list[str]:
        """Those whose list is not out."""
        states = self.money.get("waves", {})
        closed = [wave["wave"] for wave in self.waves if wave["closed"]]
        return [wave for wave in closed if states.get(wave, {}).get("state") != "published"]


@dataclass(frozen=True, slots=True)
class Seen:
    """`at_seconds` runs by itself: rates are made of two looks."""

    at_seconds: float
    streams: tuple[StreamSeen, ...]
    durables: tuple[DurableSeen, ...]
    told: Told


async def look(bus: Bus, told: Told) -> Seen:
    """The log as it is now, beside what was told last."""
    names = await logged_streams(bus)
    streams = await asyncio.gather(*(_stream(bus, name) for name in names))
    durables = await asyncio.gather(
        *(_durable(bus, one) for one in all_durables(bus.settings.front_ends()))
    )
    return Seen(monotonic(), tuple(streams), tuple(durables), told)


async def _stream(bus: Bus, name: str) -> StreamSeen:
    info = await log_of(bus.client).stream_info(name)
    state = info.state
    return StreamSeen(
        name=name,
        messages=state.messages,
        last=state.last_seq,
        used_bytes=state.bytes,
        bytes_max=info.config.max_bytes or 0,
        replicas_away=len(replicas_away(info.cluster)),
    )


async def _durable(bus: Bus, durable: Durable) -> DurableSeen:
    try:
        info = await log_of(bus.client).consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return DurableSeen(durable, there=False)
    pending = info.num_pending or 0
    taken = info.num_ack_pending or 0
    return DurableSeen(durable, True, pending, taken, await oldest_waiting(bus, durable, info))


async def ask(bus: Bus, letters: OpenLetters, letters_max: int = sys.maxsize) -> Told:
    """A service that is silent is told as such, and the others are heard.

    Of the dead letters' stream, so many messages are read that were not read before.
    """
    ready, waiting, calendar, money, mail = await asyncio.gather(
        asyncio.gather(*(answer(bus, service, "ready") for service in PROCESSES)),
        asyncio.gather(*(answer(bus, service, "waiting", limit=1) for service in SERVICES)),
        answer(bus, "intake", "calendar"),
        answer(bus, "funding", "summary"),
        answer(bus, "notify", "summary"),
    )
    lie = await letters.read_on(bus, letters_max)
    return Told(
        ready={name: _why_not(said) for name, said in zip(PROCESSES, ready, strict=True)},
        waiting=dict(zip(SERVICES, waiting, strict=True)),
        letters=Counter((letter.service, letter.fact.cause) for letter in lie),
        waves=tuple(calendar.get("waves", ())),
        money=money,
        mail=mail,
    )


def _why_not(said: dict[str, Any]) -> str:
    """Empty where the service is ready."""
    return "" if said.get("ready") else str(said.get("cause") or said.get("message") or "not ready")
