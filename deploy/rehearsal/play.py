"""Plays the whole programme on a platform of its own: every wave, every year, then the account of it."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.local.home.plan import PlatformPlan, running_record
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.running.adding import add_programme
from deploy.local.running.platform import LocalPlatform
from deploy.rehearsal import acts
from deploy.rehearsal import summary as account
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.cast import Cast, make_cast
from deploy.rehearsal.checks import failures
from deploy.rehearsal.clients import Clients
from deploy.rehearsal.clock import SeasonClock
from deploy.rehearsal.folder import HomeRefused, wipe
from deploy.rehearsal.people import Keyring, registrations
from deploy.rehearsal.season import Season
from deploy.rehearsal.special import stories_of
from deploy.rehearsal.waves import WAVE_STEPS, play_wave
from deploy.rehearsal.years import YEAR_STEPS, job_days, play_year
from services.funding.tools.open_data.commands import export_impact, export_open_data
from shared.kit.settings import Settings
from shared.programme import Programme, ProgrammeInvalid, load_programme

PLAIN_WIDTH = 110


@dataclass(frozen=True)
class Options:
    """`home` is wiped at the start; beside what runs on `server` it is made, and must not be there.

    The same seed plays the same season; `mix` is how many files a wave receives.
    """

    home: Path
    seed: str = "fabriques-2020"
    as_json: bool = False
    programme_file: Path = SHIPPED
    mix: Mix = field(default_factory=Mix)
    server: Path | None = None


def play(options: Options) -> int:
    """Returns 0 when the season was played and every check holds, 1 otherwise. Nothing is left running."""
    console = Console(stderr=options.as_json, highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    started = time.monotonic()
    try:
        programme = load_programme(options.programme_file)
        _make_room(options)
        platform = LocalPlatform(
            PlatformPlan(options.home, programme_file=options.programme_file, rehearsal=True)
        )
        try:
            platform.begin()
            cast = make_cast(programme, stories_of(programme), options.mix, options.seed)
            platform.wait()
            return asyncio.run(
                _play(platform.settings, programme, cast, console, options.as_json, started)
            )
        finally:
            platform.stop()
    except (RuntimeError, ProgrammeInvalid, NatsError, OSError) as failure:
        console.print(
            f"The rehearsal stopped: {failure or type(failure).__name__}",
            style="bold red",
            markup=False,
        )
        console.print(f"The services' logs are in {options.home / 'logs'}", markup=False)
        return 1


def _make_room(options: Options) -> None:
    """Raises HomeRefused, and what adding a programme raises."""
    if options.server is None:
        wipe(options.home)
        return
    if options.home.exists():
        raise HomeRefused(
            f"{options.home} was played already, and its streams are on the server: name another"
        )
    if running_record(options.server) is None:
        raise HomeRefused(
            f"no platform runs on {options.server}: start it with `fabriques up`, nothing was made"
        )
    add_programme(options.server, options.programme_file, datetime.now(UTC), rehearsal=True)


async def _play(
    settings: Settings,
    programme: Programme,
    cast: Cast,
    console: Console,
    as_json: bool,
    started: float,
) -> int:
    clock = SeasonClock(programme.waves[0].opens_on, programme.zone)
    clients = Clients(settings, programme.id, clock, Keyring(settings.home).key_of)
    await clients.open()
    try:
        with Curtain(console, programme) as curtain:
            season = Season(settings, programme, cast, clients, curtain.tell)
            await play_season(season)
            curtain.tell("the last letters are sent")
            await all_mail_is_out(season)
            curtain.tell("the account")
            said, failed = await _account(season, started)
        if as_json:
            print(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            await account.show(console, season, said)
            console.print(
                f"Played in {said['seconds']} s; what is left to look at is in {settings.home}",
                markup=False,
            )
        for line in failed:
            console.print(f"This does not hold: {line}", style="bold red", markup=False)
        return 1 if failed else 0
    finally:
        await clients.close()


async def play_season(season: Season) -> None:
    await season.settle(registrations())
    await season.settle(acts.reviewer(name) for name in acts.REVIEWERS)
    for wave in season.programme.waves:
        await play_wave(season, wave)
    for year, day in enumerate(job_days(season, season.published_on), start=1):
        await play_year(season, year, day)


async def _account(season: Season, started: float) -> tuple[dict[str, Any], list[str]]:
    await asyncio.to_thread(
        export_open_data, season.settings, season.home / "open-data" / "subventions.csv"
    )
    await asyncio.to_thread(
        export_impact, season.settings, season.home / "open-data" / "impact.csv"
    )
    said = await account.gather(season)
    failed = await failures(season, said)
    said["failed"] = failed
    said["seconds"] = round(time.monotonic() - started, 1)
    text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
    (season.home / "summary.json").write_text(text, encoding="utf-8")
    return said, failed


async def all_mail_is_out(season: Season) -> None:
    """Mail is written beside the events: the last of it may still be on its way.

    Thousands of letters may wait on a slow machine: it is stuck only where none of them leaves. Each that
    leaves is a fact, which the broker counts: notify is asked no more often than letters leave.
    """
    await season.clients.quiet()
    told = await season.clients.count("NOTIFY")
    while left := await _letters_left(season):
        told = await _more_is_told(season, told, f"one of {left} letters leaves")
    await season.clients.quiet()


async def _letters_left(season: Season) -> int:
    return int((await season.clients.ask("notify", "summary"))["queued"])


async def _more_is_told(season: Season, told: int, what: str) -> int:
    async def more() -> int | None:
        now = await season.clients.count("NOTIFY")
        return now if now > told else None

    return await season.clients.until(what, more)


class Curtain:
    """Shows how far the season is: a bar on a terminal, a line for each step elsewhere."""

    def __init__(self, console: Console, programme: Programme) -> None:
        steps = len(programme.waves) * WAVE_STEPS + programme.award.years * YEAR_STEPS
        self._console = console
        self._steps = steps
        self._started = time.monotonic()
        columns = (BarColumn(30), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._task: TaskID | None = None
        self.tell: Callable[[str], None] = self._advance if console.is_terminal else self._line

    def __enter__(self) -> "Curtain":
        if self._console.is_terminal:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._steps)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, step: str) -> None:
        assert self._task is not None
        self._bar.update(self._task, advance=1, description=step)

    def _line(self, step: str) -> None:
        self._console.print(f"{time.monotonic() - self._started:6.1f} s  {step}", markup=False)
