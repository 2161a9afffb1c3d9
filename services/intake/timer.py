"""When a wave closes by itself: its deadline is over, and what was said before it is committed."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from time import monotonic

from services.intake import store
from services.intake.domain import waves
from services.intake.domain.answers import with_news
from services.intake.domain.closing import close_wave
from services.intake.handlers import Handlers
from services.intake.retention import due_files
from services.intake.uploads import Examiner, ExpiryClock
from shared.contract.backoffice import WaveExtended
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import WaveClosed
from shared.contract.topology import Durable, durables_of
from shared.kit.bus.lag import progress_of
from shared.kit.clock import told_time
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.kit.work_clock import WorkClock
from shared.programme import Programme

EXTENSIONS = next(durable for durable in durables_of("intake") if WaveExtended in durable.hears)
RETENTION = "retention-"
LOOK_SECONDS = 600.0
ERASED_AT_ONCE_MAX = 20
Closing = Callable[[States, Arrival], Decision]


class Timer:
    """What the service does by itself, once a second."""

    def __init__(
        self,
        consumer: Consumer,
        extensions: "ExtensionsRead",
        counter: "CounterClock",
        examiner: Examiner,
        expiry: ExpiryClock,
        retention: "RetentionClock | None",
        work: WorkClock | None,
    ) -> None:
        self._consumer = consumer
        self._retention = retention
        self._work = work
        self._extensions = extensions
        self._counter = counter
        self._examiner = examiner
        self._expiry = expiry

    async def tick(self, now: datetime | None) -> None:
        await self._extensions.look(self._consumer)
        if now:
            await self._examiner.tick(self._consumer, now)
        await self._counter.tick(now)
        if self._retention:
            await self._retention.tick(now)
        if self._work:
            await self._work.tick(now)
        await self._expiry.tick()


class ExtensionsRead:
    """Up to which instant of the broker, in microseconds, every extension that was said is decided.

    After a stop, a file may be read before the extension that keeps it in time: each stream has its own pace.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._read = 0

    def read_before(self, order: int) -> bool:
        """Whether it is known; where it is not, the next look of the timer finds out."""
        self._asked = max(self._asked, order)
        return order <= self._read

    def all_read(self) -> None:
        """What the log holds is decided again in the order it was said."""
        self._read = sys.maxsize

    async def look(self, consumer: Consumer) -> None:
        """Once BACKOFFICE is read to its end, so is every extension that was said before this look."""
        if self._asked <= self._read:
            return
        looked = await told_time(consumer.connection)
        read = await progress_of(consumer.connection, EXTENSIONS)
        if read.reaches(read.end):
            self._read = int(looked.timestamp() * 1_000_000)


class RetentionClock:
    """Erases the files whose time is over. It looks now and then, and takes a few of them at a time."""

    def __init__(self, consumer: Consumer, handlers: Handlers) -> None:
        self._consumer = consumer
        self._handlers = handlers
        self._next_look = 0.0

    async def tick(self, now: datetime | None) -> None:
        if now is None or monotonic() < self._next_look:
            return
        programme, front_ends = self._handlers.programme, self._handlers.front_ends()
        due = await self._consumer.read(
            lambda states: due_files(states, programme, front_ends, now)
        )
        for file, _ in due[:ERASED_AT_ONCE_MAX]:
            name = f"{RETENTION}{file.candidature_id}-{now:%Y%m%d}"
            await self._consumer.announce(
                name, now, self._handlers.kept_long_enough(file.candidature_id)
            )
        if len(due) <= ERASED_AT_ONCE_MAX:
            self._next_look = monotonic() + LOOK_SECONDS


def dossier_of_name(name: str) -> str:
    """A decision of the timer is known by its file and its day: a word that came between may put it off."""
    return name.removeprefix(RETENTION).rpartition("-")[0]


class CounterClock:
    """Closes each wave once its deadline has passed and everything stamped before it is committed."""

    def __init__(
        self,
        programme: Programme,
        consumer: Consumer,
        durables: Mapping[str, Durable],
    ) -> None:
        """`durables` are what the service hears by; a front-end that is added later adds its own."""
        self._programme = programme
        self._consumer = consumer
        self._durables = durables
        self._last_before: dict[tuple[str, str, datetime], int] = {}

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        known = await self._consumer.read(lambda states: store.wave_states(states, self._programme))
        for wave in self._programme.waves:
            if not waves.is_over(self._programme, known, wave, now):
                continue
            closing = known[wave.id].closing
            deadline = waves.deadline_of(self._programme, known, wave)
            files = [
                durable
                for durable in self._durables.values()
                if CandidatureSubmitted in durable.hears
            ]
            committed = [
                await self._all_committed(closing, deadline, heard)
                for heard in (*files, EXTENSIONS)
            ]
            if all(committed):
                sequence = sum(
                    self._last_before[closing, durable.stream, deadline] for durable in files
                )
                await self._consumer.announce(closing, now, self.closing(wave.id, sequence))

    async def _all_committed(self, closing: str, deadline: datetime, heard: Durable) -> bool:
        """The log's end is noted once, after the deadline: the wave closes when the counter acked it."""
        read = await progress_of(self._consumer.connection, heard)
        last_before = self._last_before.setdefault((closing, heard.stream, deadline), read.end)
        return read.reaches(last_before)

    def closed_again(self, told: Retold) -> Closing:
        """The closing that the log tells, for whoever decides it again."""
        closed = next(fact for fact in told.facts if isinstance(fact, WaveClosed))
        return self.closing(closed.wave, closed.frontdesk_sequence, closed.registered)

    def closing(self, name: str, sequence: int, registered: int | None = None) -> Closing:
        """`registered` as the log tells it: the log may have lost files since, to erasures."""

        def close(states: States, at: Arrival) -> Decision:
            known = store.wave_states(states, self._programme)
            wave = self._programme.wave(name)
            if wave is None or at.now < waves.deadline_of(self._programme, known, wave):
                raise Temporary(f"wave {name} was extended meanwhile")
            incomplete = store.incomplete_files(states, name)
            state = known[name]
            if registered is not None:
                state = replace(state, registered=registered)
            return with_news(close_wave(self._programme, state, incomplete, sequence))

        return close
