"""What each service says once a day of the work that waits for officers: see `work`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.contract.event import Event
from shared.contract.values import Count, Day, Instant, Value, Word

LISTED_MAX = 50  # lines of a day's list: the command tells all
Named = Annotated[str, Field(max_length=200)]
Detail = Annotated[str, Field(max_length=500)]


class WorkLine(Value):
    """One thing that waits, as a fact tells it; see `Work`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    act: Word
    of: Named
    receipt_number: Annotated[str, Field(max_length=35)] = ""
    since: Instant | None = None
    detail: Detail


class WorkListed(Event):
    """What waited for officers as a day began, in one service: how much in all, and the oldest of it."""

    day: Day
    count: Count
    work: tuple[WorkLine, ...] = Field(default=(), max_length=LISTED_MAX)
