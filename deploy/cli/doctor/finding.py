"""One thing that is wrong, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["warning", "error"]
HEALTHY, WARNED, BROKEN = 0, 1, 2  # exit codes, as monitoring tools read them
STATUS = {HEALTHY: "healthy", WARNED: "warning", BROKEN: "error"}


@dataclass(frozen=True, slots=True)
class Finding:
    """An `error` stops work that should go on; a `warning` will, or waits for a person."""

    level: Level
    check: str
    what: str
    todo: str


def worst(findings: Iterable[Finding]) -> int:
    """The exit code that these findings make."""
    levels = {finding.level for finding in findings}
    if "error" in levels:
        return BROKEN
    return WARNED if levels else HEALTHY
