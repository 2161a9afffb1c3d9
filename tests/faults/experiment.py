"""What an experiment is: what it breaks, which protection stands against it, and how often it is tried."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any


class Size(StrEnum):
    SLICE = "slice"
    SHORT = "short"
    LONG = "long"


class Skipped(Exception):
    """This machine cannot do it; the message says what is missing."""


@dataclass
class Trial:
    """One run: `count` faults from `seed`, in an empty `folder`. A control runs with `sabotaged`."""

    seed: int
    count: int
    folder: Path
    sabotaged: bool = False
    tell: Callable[[str], None] = lambda _line: None

    @property
    def random(self) -> Random:
        return Random(f"{self.seed}/{self.sabotaged}")


@dataclass
class Tally:
    """What came of a run.

    `stuck` counts what waits for ever; `longest_stop_s` is the longest silence or recovery.
    """

    faults: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    longest_stop_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.wrong)

    def stop(self, seconds: float) -> None:
        self.longest_stop_s = round(max(self.longest_stop_s, seconds), 2)


@dataclass(frozen=True)
class Experiment:
    """`counts` are each size's faults, 0 leaves it out; `control_count` is enough for the control to fail."""

    name: str
    breaks: str
    protection: str
    run: Callable[[Trial], Tally]
    counts: dict[Size, int]
    control_count: int = 1
    recovers_within_s: float | None = None


@dataclass
class Result:
    name: str
    faults: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    longest_stop_s: float = 0.0
    seed: int = 0
    control_failed: bool | None = None
    skipped: str = ""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    control_seconds: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, seed: int, tally: Tally) -> "Result":
        return cls(name=name, seed=seed, **asdict(tally))

    @property
    def good(self) -> bool:
        broken = self.lost or self.doubled or self.stuck or self.wrong
        return bool(self.skipped) or (not broken and self.control_failed is not False)
