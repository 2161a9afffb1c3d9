"""What time it is for what has no event: the wall clock, or in a rehearsal the latest time an event told."""

from datetime import UTC, datetime


class Clock:
    def __init__(self, rehearsal: bool, seen: datetime | None = None) -> None:
        self.rehearsal = rehearsal
        self._seen = seen

    def now(self) -> datetime | None:
        """None in a rehearsal that has not heard of any time yet."""
        return self._seen if self.rehearsal else datetime.now(UTC)

    def advance(self, instant: datetime) -> bool:
        """Returns whether a rehearsal's time moved on: it never goes back."""
        if not self.rehearsal or (self._seen is not None and instant <= self._seen):
            return False
        self._seen = instant
        return True
