"""The pages that a key opens: all durables, all streams, dead letters by cause, the last warnings."""

from collections.abc import Callable, Sequence
from datetime import datetime

from deploy.cli.terminal.printing import OneLine
from deploy.cli.watch.frame import (
    LATE,
    QUIET,
    TITLE,
    WRONG,
    clock,
    durables,
    fitted,
    overview,
    streams,
)
from deploy.cli.watch.keys import DURABLES, LETTERS, OVERVIEW, PAGES, STREAMS, WARNINGS
from deploy.cli.watch.seeing import Seen
from deploy.cli.watch.warnings import Warned

HINT = " · ".join(f"{key} {name}" for key, name in PAGES.items()) + " · q ends"
STYLES = {"warning": LATE, "error": WRONG, "critical": WRONG}


def page(
    asked: str,
    seen: Seen,
    before: Seen | None,
    warned: Sequence[Warned],
    title: str,
    now: datetime,
    width: int,
    height: int,
) -> list[OneLine]:
    """As wide and high as the terminal; the last line tells the keys, or how much did not fit."""
    if asked == OVERVIEW:
        lines = overview(seen, before, title, now, height - 2)
        lines.append(_newest(warned))
        return fitted([*lines, OneLine(HINT, style=QUIET)], width, height)
    bodies: dict[str, Callable[[], list[OneLine]]] = {
        DURABLES: lambda: durables(seen.durables, now, shows_idle=True),
        STREAMS: lambda: streams(seen, before),
        LETTERS: lambda: _letters(seen),
        WARNINGS: lambda: _warnings(warned, width),
    }
    room = height - 2
    body = bodies[asked]()
    hint = HINT if len(body) <= room else f"{len(body) - room} more · {HINT}"
    return fitted(
        [OneLine(title, style=TITLE), *body[:room], OneLine(hint, style=QUIET)], width, height
    )


def _newest(warned: Sequence[Warned]) -> OneLine:
    if not warned:
        return OneLine("no warning in the logs of this machine", style=QUIET)
    return _warning(warned[0])


def _letters(seen: Seen) -> list[OneLine]:
    """The most frequent cause first."""
    letters = seen.told.letters
    head = OneLine(f"{'letters':>9}  {'service':<11} cause", style=QUIET)
    if not letters:
        return [head, OneLine("    there is no dead letter")]
    rows = [(count, service, cause) for (service, cause), count in letters.most_common()]
    return [
        head,
        *(
            OneLine(f"{count:>9}  {service:<11} {cause}", style=WRONG)
            for count, service, cause in rows
        ),
    ]


def _warnings(warned: Sequence[Warned], width: int) -> list[OneLine]:
    """Each with what it tells, on a second line as wide as there is room."""
    head = OneLine("the newest first; each file of logs/ holds all of them", style=QUIET)
    if not warned:
        return [head, OneLine("no warning in the logs of this machine")]
    lines = [head]
    for one in warned:
        lines.append(_warning(one))
        if one.more:
            lines.append(OneLine(f"         {one.more}"[:width], style=QUIET))
    return lines


def _warning(one: Warned) -> OneLine:
    return OneLine(f"{clock(one.at)[:8]} {one.service:<11} {one.event}", style=STYLES[one.level])
