"""Why a process ended, in the last words that it wrote to its log."""

import json
import re
from pathlib import Path

from deploy.local.running.log_files import last_lines
from shared.kit.logs.causes import one_line

READ_BYTES = 16_384
FATAL = re.compile(r"\[FTL\] (.*)")  # as nats-server says it


def size_of(log: Path) -> int:
    """Where a process that begins now will write."""
    return log.stat().st_size if log.exists() else 0


def last_words(log: Path, start: int) -> str:
    """Of what was written from `start` on: a critical line's cause. Empty where nothing was said."""
    lines = last_lines(log, READ_BYTES, start)
    return next(filter(None, map(_cause, reversed(lines))), "")


def _cause(line: str) -> str:
    if found := FATAL.search(line):
        return one_line(found[1])
    try:
        told = json.loads(line)
    except ValueError:
        return ""
    is_last_word = isinstance(told, dict) and told.get("level") == "critical"
    return one_line(str(told.get("cause", ""))) if is_last_word else ""
