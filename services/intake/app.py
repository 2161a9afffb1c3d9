"""Intake, the counter: what it hears, what it answers, and when its timer speaks."""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.intake import dry_run, store
from services.intake.domain import filing as domain
from services.intake.domain.answers import with_news
from services.intake.domain.closing import close_wave
from services.intake.domain.filing import Dossier
from services.intake.handlers import Handlers
from services.intake.tables import JOURNAL, STATE_TABLES
from shared.contract.backoffice import WaveExtended
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import WaveClosed
from shared.contract.subjects import question_subject
from shared.contract.topology import Durable, durables_of
from shared.kit.bus.asker import ASKER, with_asker
from shared.kit.bus.connection import open_broker
from shared.kit.bus.lag import progress_of
from shared.kit.clock import told_time
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.decide import Reactions
from shared.kit.consumer.said_before import Retold
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.communes import load_communes

NAME = "intake"
EXTENSIONS = next(durable for durable in durables_of(NAME) if WaveExtended in durable.hears)
CLOCKS_APART = timedelta(seconds=5)  # how far the clocks of a cluster's servers may be apart


def build(settings: Settings) -> Service:
    programme = settings.programme()
    extensions = ExtensionsRead()
    handlers = Handlers(programme, load_communes(), extensions.read_before, settings.front_ends)
    engine = open_engine(settings.database_url(NAME))
    migrate(engine, NAME)
    consumer = Consumer(
        NAME, programme.id, engine, JOURNAL, STATE_TABLES, Reactions(NAME, handlers.reactions()),
        settings.rehearsal,
    )  # fmt: skip
    broker = open_broker(settings, NAME, end_process)
    counter = CounterClock(programme, consumer)

    async def tick(now: datetime | None) -> None:
        await extensions.look(consumer)
        await counter.tick(now)

    service = Service(NAME, programme.id, broker, consumer, tick)
    service.retakes["wave-closed-"] = counter.closed_again
    service.on_replay = extensions.all_read
    service.hear(settings.front_ends)
    counter.durables = service.durables.declared

    @broker.subscriber(question_subject(programme.id, NAME, "dossier"), queue=NAME)
    async def dossier(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id": …}` → the public status of one dossier, with its receipt."""
        return await consumer.read(lambda book: _public(book.one(Dossier, str(question.get("candidature_id", "")))))

    @broker.subscriber(question_subject(programme.id, NAME, "own-dossier"), queue=NAME, decoder=with_asker)
    async def own_dossier(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id": …}` → the same, where it is a dossier of the front-end that asks."""
        found = await consumer.read(lambda book: book.one(Dossier, str(question.get("candidature_id", ""))))
        return _public(found if found and found.front_end == question[ASKER] else None)

    @broker.subscriber(question_subject(programme.id, NAME, "calendar"), queue=NAME)
    async def calendar(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the waves, when each opens and closes, how many dossiers it registered; the name signatures cover."""
        return {"platform": consumer.platform, "waves": await consumer.read(lambda book: _calendar(programme, book))}

    @broker.subscriber(question_subject(programme.id, NAME, "contests"), queue=NAME)
    async def contests(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the files that an officer decides between, oldest first."""
        return {"contests": await consumer.read(store.open_contests)}

    @broker.subscriber(question_subject(programme.id, NAME, "check"), queue=NAME, decoder=with_asker)
    async def check(question: dict[str, Any]) -> dict[str, Any]:
        """A dry run: a submission's body → what it would be answered now, with every reason."""
        now = await consumer.time()
        if now is None:
            return {"error": "no-time", "message": "Le guichet n'a pas encore l'heure : demandez dans un instant."}
        asker = question.pop(ASKER)
        return await consumer.read(lambda book: dry_run.check(book, programme, handlers.communes, question, asker, now))

    @broker.subscriber(question_subject(programme.id, NAME, "summary"), queue=NAME)
    async def summary(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → how the sendings were answered."""
        return await consumer.read(lambda book: store.summary(book, JOURNAL))

    return service


class ExtensionsRead:
    """Up to which instant of the broker, in microseconds, every extension that was said is decided.

    Each stream is read at its own pace: after a stop, a file may be read before the extension that keeps it in time.
    """

    def __init__(self) -> None:
        self._asked = self._read = 0

    def read_before(self, order: int) -> bool:
        self._asked = max(self._asked, order)
        return order <= self._read

    def all_read(self) -> None:
        """What the log holds is decided again in the order it was said."""
        self._read = sys.maxsize

    async def look(self, consumer: Consumer) -> None:
        """Once BACKOFFICE is read to its end, so is every extension that was said before this look."""
        if self._asked > self._read:
            looked = await told_time(consumer.connection)
            read = await progress_of(consumer.connection, EXTENSIONS)
            if read.reaches(read.end):
                self._read = int(looked.timestamp() * 1_000_000)


class CounterClock:
    """Closes each wave once its deadline has passed and everything stamped before it is committed."""

    def __init__(self, programme: Programme, consumer: Consumer) -> None:
        self._programme, self._consumer = programme, consumer
        self._last_before: dict[tuple[str, str, datetime], int] = {}
        self.durables: Mapping[str, Durable] = {}

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        states = await self._consumer.read(lambda book: store.wave_states(book, self._programme))
        for wave in self._programme.waves:
            deadline = domain.deadline_of(self._programme, states, wave)
            if states[wave.id].closed or now < deadline + CLOCKS_APART:
                continue
            closing = states[wave.id].closing
            files = [durable for durable in self.durables.values() if CandidatureSubmitted in durable.hears]
            committed = [await self._all_committed(closing, deadline, heard) for heard in (*files, EXTENSIONS)]
            if all(committed):
                heard = sum(self._last_before[closing, durable.stream, deadline] for durable in files)
                await self._consumer.announce(closing, now, self._closing(wave.id, heard))

    async def _all_committed(self, closing: str, deadline: datetime, heard: Durable) -> bool:
        """The log's end is noted once, after the deadline; the wave closes when the counter has acked that far."""
        read = await progress_of(self._consumer.connection, heard)
        return read.reaches(self._last_before.setdefault((closing, heard.stream, deadline), read.end))

    def closed_again(self, told: Retold) -> Any:
        closed = next(fact for fact in told.facts if isinstance(fact, WaveClosed))
        return self._closing(closed.wave, closed.frontdesk_sequence)

    def _closing(self, name: str, sequence: int) -> Any:
        def close(book: States, at: Arrival) -> Decision:
            states, wave = store.wave_states(book, self._programme), self._programme.wave(name)
            if wave is None or at.now < domain.deadline_of(self._programme, states, wave):
                raise Temporary(f"wave {name} was extended meanwhile")
            incomplete = store.incomplete_files(book, name)
            return with_news(close_wave(self._programme, states[name], incomplete, sequence))

        return close


def _public(dossier: Dossier | None) -> dict[str, Any]:
    if dossier is None:
        return {"error": "unknown", "message": "Aucun dossier n'a cet identifiant."}
    return {
        "candidature_id": dossier.candidature_id,
        "status": dossier.outcome or dossier.status,
        "receipt_number": dossier.receipt_number or None,
        "wave": dossier.wave,
        "version": dossier.version,
        "received_at": dossier.received_at.isoformat(),
        "since": (dossier.since or dossier.received_at).isoformat(),
        "tranches": list(dossier.tranches),
    }


def _calendar(programme: Programme, book: States) -> list[dict[str, Any]]:
    states = store.wave_states(book, programme)
    return [
        {
            "wave": wave.id,
            "opens_at": programme.opening(wave).isoformat(),
            "deadline": domain.deadline_of(programme, states, wave).isoformat(),
            "registered": states[wave.id].registered,
            "closed": states[wave.id].closed,
        }
        for wave in programme.waves
    ]
