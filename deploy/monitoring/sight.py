"""What one look at a platform finds: for machines as figures, for operators as a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.cli.programme.programmes import ProgrammeSeen
from deploy.cli.watch.seeing import Seen
from deploy.local.home.plan import PlatformRecord


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine: None where no platform has run here."""

    free_bytes: int | None = None
    whole_bytes: int | None = None
    record: PlatformRecord | None = None


@dataclass(frozen=True, slots=True)
class LastFact:
    """The fact that a stream holds last: what it is, and when it came; not whose it is."""

    stream: str
    sequence: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What the bus told. `before` is the look before this one."""

    seen: Seen
    before: Seen | None
    counted: tuple[dict[str, Any], ...]
    waves: tuple[dict[str, Any], ...]
    lasts: tuple[LastFact, ...]
    broker_at: datetime
    at: datetime

    @property
    def ahead_seconds(self) -> float:
        """How far this machine's clock is ahead of the broker's; the time it took to ask is in it."""
        return (self.at - self.broker_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Sight:
    """`asked` is None where the bus could not be asked: `away` tells why.

    `programmes` are all of this server's, where it has several.
    """

    at: datetime
    machine: Machine
    asked: Asked | None = None
    away: str = ""
    programmes: tuple[ProgrammeSeen, ...] = ()
