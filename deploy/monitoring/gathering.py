"""Looks at a platform, by the operators' rights: services, streams, durables, letters, waves, machine."""

import asyncio
import shutil
from datetime import UTC, datetime
from time import monotonic

import nats.js.errors

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.log_messages import logged
from deploy.cli.doctor.examination import AWAY
from deploy.cli.doctor.services import answer
from deploy.cli.platform.dead_letters import OpenLetters
from deploy.cli.programme.programmes import ProgrammeSeen, programmes_of
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.watch.seeing import Seen, StreamSeen, ask, look
from deploy.local.home.beside import homes_beside, server_home
from deploy.local.home.plan import read_record
from deploy.monitoring.sight import Asked, LastFact, Machine, Sight
from deploy.monitoring.telling import figures_in
from shared.contract.accounts import LOG_PREFIX
from shared.contract.front_ends import OPERATORS
from shared.contract.subjects import STATUS_STREAM, type_of
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.clock import told_time
from shared.kit.metrics.figures import Figure
from shared.kit.settings import Settings

PROGRAMMES_SECONDS = 15.0
FRESH_SECONDS = 2.0  # several who ask at once get the same answer
LETTERS_A_LOOK_MAX = 1_000
CLOCK = f"{LOG_PREFIX}.STREAM.INFO.BACKOFFICE"
FAILURES = (*AWAY, nats.js.errors.Error, CommandFailed)


class Platform:
    """Each look has a connection of its own: a broker that was away is found again, whatever it was."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.programme = settings.programme()
        self._letters = OpenLetters()
        self._turn = asyncio.Lock()
        self._looked_at = -FRESH_SECONDS
        self._sight: Sight | None = None
        self._before: Seen | None = None
        self._lasts: dict[str, LastFact] = {}
        self._programmes: tuple[ProgrammeSeen, ...] = ()
        self._programmes_due = 0.0

    async def figures(self) -> list[Figure]:
        return list(figures_in(await self.sight()))

    async def sight(self) -> Sight:
        """Never raises: where the bus cannot be asked, the sight says why."""
        async with self._turn:
            if self._sight is None or monotonic() - self._looked_at >= FRESH_SECONDS:
                self._sight = await self._look()
                self._looked_at = monotonic()
            return self._sight

    async def _look(self) -> Sight:
        machine = machine_of(self.settings)
        beside = await self._programmes_seen()
        try:
            asked = await self._connected()
            return Sight(datetime.now(UTC), machine, asked, programmes=beside)
        except FAILURES as failure:
            away = str(failure) or type(failure).__name__
            return Sight(datetime.now(UTC), machine, away=away, programmes=beside)

    async def _programmes_seen(self) -> tuple[ProgrammeSeen, ...]:
        """Looked at less often: each has a connection of its own, and a folder to be measured."""
        server = server_home(self.settings.home)
        if monotonic() >= self._programmes_due and homes_beside(server):
            self._programmes = tuple(await programmes_of(server))
            self._programmes_due = monotonic() + PROGRAMMES_SECONDS
        return self._programmes

    async def _connected(self) -> Asked:
        client = await connect(self.settings, OPERATORS, attempts=0)
        try:
            return await self._ask(Bus(client, self.programme, self.settings))
        finally:
            await client.close()

    async def _ask(self, bus: Bus) -> Asked:
        told, *counted = await asyncio.gather(
            ask(bus, self._letters, LETTERS_A_LOOK_MAX),
            *(answer(bus, service, "figures") for service in SERVICES),
        )
        seen = await look(bus, told)
        before = self._before
        self._before = seen
        lasts = await asyncio.gather(*(self._last(bus, stream) for stream in seen.streams))
        questions = [answer(bus, "funding", "wave", wave=name) for name in told.closed_waves]
        return Asked(
            seen,
            before,
            tuple(counted),
            tuple(await asyncio.gather(*questions)),
            tuple(last for last in lasts if last),
            await told_time(bus.client, CLOCK),
            datetime.now(UTC),
        )

    async def _last(self, bus: Bus, stream: StreamSeen) -> LastFact | None:
        """Read only where it is another than at the look before. A status repeats what others told."""
        if stream.name == STATUS_STREAM:
            return None
        known = self._lasts.get(stream.name)
        if known and known.sequence == stream.last:
            return known
        found = await logged(bus, stream.name, stream.last) if stream.messages else None
        if found is None:
            return None
        last = LastFact(stream.name, found.sequence, type_of(found.subject), found.stamped)
        self._lasts[stream.name] = last
        return last


def machine_of(settings: Settings) -> Machine:
    if not settings.home.exists():
        return Machine()
    disk = shutil.disk_usage(settings.home)
    return Machine(disk.free, disk.total, read_record(settings.home))
