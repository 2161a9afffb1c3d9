"""What an incident is, and how it is noticed: which of the sources tells it, and after how long."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.running.platform import LocalPlatform
from shared.kit.settings import Settings
from tests.incidents.watching import Alerts, Log, findings, firing, live_view
from tests.platform import Platform

NOTICED_SECONDS_MAX = 120.0
POLL_SECONDS = 0.3


@dataclass
class Stage:
    """A platform that runs, with whoever watches it. `kept` is what one incident leaves for the next."""

    folder: Path
    settings: Settings
    platform: Platform
    alerts: Alerts | None
    local: LocalPlatform | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.settings.home


Seed = Callable[[Stage], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Incident:
    """`line` is the event of a log line; `check` and `words` are of a doctor's finding; `watch`, of a frame.

    `section` is the title in docs/runbook.md. `is_none`: nothing is wrong, and nothing may tell.
    """

    name: str
    section: str
    seed: Seed
    alert: str
    check: str = ""
    words: str = ""
    watch: str = ""
    line: str = ""
    is_none: bool = False


@dataclass
class Noticed:
    """Seconds from the seed until each source told it; None where it did not."""

    name: str
    line: float | None = None
    doctor: float | None = None
    watch: float | None = None
    alert: float | None = None
    finding: str = ""
    wrong: str = ""

    @property
    def good(self) -> bool:
        return not self.wrong

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


async def noticed(incident: Incident, stage: Stage) -> Noticed:
    """Seeds it, and waits until every source that should tell it has, then until it is mended."""
    found = Noticed(incident.name)
    log = Log(stage.home / "logs")
    started = time.monotonic()
    async with incident.seed(stage):
        if incident.is_none:
            await _nothing_told(incident, stage, found)
            return found
        while _missing(incident, stage, found) and time.monotonic() - started < NOTICED_SECONDS_MAX:
            await _look(incident, stage, found, log, started)
            await asyncio.sleep(POLL_SECONDS)
    if missing := list(_missing(incident, stage, found)):
        found.wrong = f"not told by {', '.join(missing)} within {NOTICED_SECONDS_MAX:.0f} s"
    return found


def _missing(incident: Incident, stage: Stage, found: Noticed) -> list[str]:
    wanted = {
        "line": incident.line,
        "doctor": incident.check and incident.words,
        "watch": incident.watch,
    }
    wanted["alert"] = incident.alert if stage.alerts else ""
    return [source for source, words in wanted.items() if words and getattr(found, source) is None]


async def _look(incident: Incident, stage: Stage, found: Noticed, log: Log, started: float) -> None:
    """Asks those sources that have not told it yet."""
    for source in _missing(incident, stage, found):
        if await _tells(source, incident, stage, found, log):
            setattr(found, source, round(time.monotonic() - started, 1))


async def _tells(source: str, incident: Incident, stage: Stage, found: Noticed, log: Log) -> bool:
    if source == "line":
        return incident.line in log.warnings()
    if source == "watch":
        return incident.watch in await live_view(stage.settings)
    if source == "alert":
        return incident.alert in await firing(stage.alerts)
    told = next(_of_incident(incident, await findings(stage.settings)), "")
    found.finding = told
    return bool(told)


def _of_incident(incident: Incident, told: list[Any]) -> Iterator[str]:
    for finding in told:
        if finding.check == incident.check and incident.words in finding.what:
            yield f"{finding.level} {finding.check}: {finding.what}"


async def _nothing_told(incident: Incident, stage: Stage, found: Noticed) -> None:
    told = next(_of_incident(incident, await findings(stage.settings)), "")
    alarmed = incident.alert in await firing(stage.alerts)
    if told or alarmed:
        found.wrong = f"nothing is wrong, and yet it is told: {told or incident.alert}"
