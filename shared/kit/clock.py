"""What time it is, for what has no event: the broker's time, or the latest told in a rehearsal."""

import json
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from nats.aio.client import Client

from shared.kit.errors import Temporary

# its answer carries the broker's time, which stamps what comes from outside
STAMPED = "$JS.API.STREAM.INFO.BACKOFFICE"
ANSWER_SECONDS = 2.0
# An answer is carried on so long by the seconds passed, which no one can set.
RECKONED_SECONDS_MAX = 10.0
APART_SECONDS_MAX = 60.0
log = structlog.get_logger()


class Clock:
    """`apart_seconds` is how far this machine's clock was from the broker's, where that is too far to act."""

    def __init__(self, rehearsal: bool) -> None:
        self.rehearsal = rehearsal
        self.apart_seconds = 0.0
        self._seen: datetime | None = None
        self._told: tuple[datetime, float] | None = None

    def seen(self) -> datetime | None:
        """A rehearsal's time; None where it has not heard of any yet, and in production."""
        return self._seen

    def for_readers(self) -> datetime:
        """What a list of late things goes by: a rehearsal's time, else this machine's. No timer does."""
        return self._seen or datetime.now(UTC)

    def advance(self, instant: datetime) -> bool:
        """Returns whether a rehearsal's time moved on: it never goes back."""
        if not self.rehearsal or (self._seen is not None and instant <= self._seen):
            return False
        self._seen = instant
        return True

    async def trusted(self, connection: Client) -> datetime | None:
        """The time a timer may act on; None where one of the two clocks is wrong, and who knows which.

        Raises Temporary or a nats error where the broker does not tell.
        """
        if self.rehearsal:
            return self._seen
        return await self.of_broker(connection)

    async def of_broker(self, connection: Client) -> datetime | None:
        """The same by the broker alone: who asks signs when, in a rehearsal too."""
        told = self._reckoned()
        # A gap is asked about anew: this machine may have slept since the broker told.
        if told is None or _seconds_apart(told) > APART_SECONDS_MAX:
            told = await told_time(connection)
            self._told = (told, monotonic())
        self._compare(_seconds_apart(told))
        return None if self.apart_seconds else told

    def _reckoned(self) -> datetime | None:
        """The broker's latest answer, carried on; None where it is too old for that."""
        if self._told is None:
            return None
        told, asked_at = self._told
        passed_seconds = monotonic() - asked_at
        return (
            told + timedelta(seconds=passed_seconds)
            if passed_seconds < RECKONED_SECONDS_MAX
            else None
        )

    def _compare(self, seconds: float) -> None:
        """Said when it begins and when it ends, not at each look."""
        apart_seconds = seconds if seconds > APART_SECONDS_MAX else 0.0
        if apart_seconds and not self.apart_seconds:
            log.error(
                "timers stand still",
                cause="this clock and the broker's are apart",
                seconds=round(seconds),
            )
        elif self.apart_seconds and not apart_seconds:
            log.info("timers go on", cause="this clock and the broker's agree again")
        self.apart_seconds = apart_seconds


def _seconds_apart(told: datetime) -> float:
    return abs((datetime.now(UTC) - told).total_seconds())


async def told_time(connection: Client, asked: str = STAMPED) -> datetime:
    """The broker's. Raises Temporary or a nats error where it does not tell."""
    answer = json.loads((await connection.request(asked, b"", timeout=ANSWER_SECONDS)).data)
    if "ts" not in answer:
        raise Temporary("the broker does not tell the time")
    return datetime.fromisoformat(answer["ts"])
