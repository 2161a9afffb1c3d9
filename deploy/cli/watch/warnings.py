"""The last warnings of all processes, from the logs of a platform on this machine."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.local.running.log_files import last_lines

TAIL_BYTES = 65_536
LEVELS = ("warning", "error", "critical")
HEAD = frozenset("timestamp level service programme mode event".split())


@dataclass(frozen=True, slots=True)
class Warned:
    """`more` is the rest of the line: nobody's personal data is in a log."""

    at: datetime
    level: str
    service: str
    event: str
    more: str


def last_warnings(folder: Path, count: int) -> list[Warned]:
    """The newest first. Empty where the logs are on another machine."""
    found = [warned for path in folder.glob("*.log") for warned in _of(path)]
    return sorted(found, key=lambda warned: warned.at, reverse=True)[:count]


def _of(path: Path) -> Iterator[Warned]:
    for line in last_lines(path, TAIL_BYTES):
        try:
            told = json.loads(line)
            if told["level"] in LEVELS:
                yield _warned(told)
        except (ValueError, KeyError, TypeError):  # half a line, or nats-server's own
            continue


def _warned(told: dict[str, str]) -> Warned:
    more = " ".join(f"{name}={value}" for name, value in told.items() if name not in HEAD)
    at = datetime.fromisoformat(told["timestamp"])
    return Warned(at, told["level"], told.get("service", ""), told["event"], more)
