"""Asks a platform for its figures, by the operators' rights: services, streams, durables, letters, waves."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic

import nats.errors
import nats.js.errors

from deploy.cli.bus import Bus
from deploy.cli.dead_letters import OpenLetters
from deploy.cli.doctor.services import answer
from deploy.cli.failures import CommandFailed
from deploy.cli.log_messages import logged
from deploy.cli.watch.seeing import Seen, ask, look
from deploy.local.plan import read_record
from deploy.monitoring.telling import Job, seen_figures, told_figures, wave_figures
from shared.contract.front_ends import OPERATORS
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.errors import Temporary
from shared.kit.metrics.catalogue import BROKER, DISK_FREE, STARTS
from shared.kit.metrics.figures import Figure, figures_of
from shared.kit.settings import Settings

FRESH_SECONDS = 2.0  # several who ask at once get the same answer
LETTERS_A_LOOK_MAX = 1_000
JOB_STREAM = "TRANCHES"
FAILURES = (
    NotConnected,
    Temporary,
    CommandFailed,
    nats.errors.Error,
    nats.js.errors.Error,
    OSError,
    TimeoutError,
)


class Platform:
    """Each look has a connection of its own: a broker that was away is found again, whatever it was."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._programme = settings.programme()
        self._letters = OpenLetters()
        self._turn = asyncio.Lock()
        self._looked_at = -FRESH_SECONDS
        self._figures: list[Figure] = []

    async def figures(self) -> list[Figure]:
        """Never raises: what cannot be asked is absent, and `fabriques_broker_up` says why."""
        async with self._turn:
            if monotonic() - self._looked_at >= FRESH_SECONDS:
                self._figures = [*self._of_the_machine(), *await self._of_the_bus()]
                self._looked_at = monotonic()
            return self._figures

    def _of_the_machine(self) -> Iterator[Figure]:
        home = self._settings.home
        if home.exists():
            yield Figure(DISK_FREE, (), shutil.disk_usage(home).free)
        record = read_record(home)
        for process, starts in (record.starts if record else {}).items():
            yield Figure(STARTS, (process,), starts)

    async def _of_the_bus(self) -> list[Figure]:
        try:
            client = await connect(self._settings, OPERATORS, attempts=0)
        except NotConnected:
            return [Figure(BROKER, (), 0)]
        try:
            bus = Bus(client, self._programme, self._settings)
            return [Figure(BROKER, (), 1), *await self._asked(bus)]
        except FAILURES:
            return [Figure(BROKER, (), 0)]
        finally:
            await client.close()

    async def _asked(self, bus: Bus) -> list[Figure]:
        told, *counted = await asyncio.gather(
            ask(bus, self._letters, LETTERS_A_LOOK_MAX),
            *(answer(bus, service, "figures") for service in SERVICES),
        )
        seen = await look(bus, told)
        figures = [figure for said in counted for figure in figures_of(said.get("figures", ()))]
        figures += told_figures(told)
        figures += seen_figures(seen, datetime.now(UTC), await _job(bus, seen))
        questions = [answer(bus, "funding", "wave", wave=name) for name in told.closed_waves]
        for wave in await asyncio.gather(*questions):
            figures += wave_figures(wave)
        return figures


async def _job(bus: Bus, seen: Seen) -> Job:
    """What the annual job said: how many tranches, and when the last one."""
    said = next((one for one in seen.streams if one.name == JOB_STREAM), None)
    last = await logged(bus, JOB_STREAM, said.last) if said and said.last else None
    return Job(said.messages if said else 0, last.stamped.timestamp() if last else 0.0)
