"""The time of a rehearsal: told by its events, forward only."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OFFICE_OPENS = time(9, 0)
BETWEEN_SAYINGS = timedelta(seconds=2)


class SeasonClock:
    def __init__(self, first_day: date, zone: ZoneInfo) -> None:
        self._zone = zone
        self.now = datetime.combine(first_day, OFFICE_OPENS, zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def move_to(self, day: date) -> None:
        """To the morning of that day. Raises ValueError for a day that is over."""
        if day < self.today:
            raise ValueError(f"the season is at {self.today}: it cannot go back to {day}")
        self.now = max(self.now, datetime.combine(day, OFFICE_OPENS, self._zone))

    def tick(self) -> datetime:
        """The instant of the next event, a moment after the one before."""
        self.now += BETWEEN_SAYINGS
        return self.now
