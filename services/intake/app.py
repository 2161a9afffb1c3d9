"""Intake, the counter: what it hears, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.intake import questions, retention, store
from services.intake.handlers import Handlers
from services.intake.tables import JOURNAL, STATE_TABLES
from services.intake.timer import (
    RETENTION,
    CounterClock,
    ExtensionsRead,
    RetentionClock,
    Timer,
    dossier_of_name,
)
from services.intake.uploads import EXAMINED, ExpiryClock, examined_again, with_part
from shared.contract.asked import (
    AttachmentAsked,
    Body,
    DossierAsked,
    FileAsked,
    FindAsked,
    Nothing,
    RetentionAsked,
    SignedDossierAsked,
    TodoAsked,
)
from shared.contract.event import Event
from shared.contract.intake import AttachmentRead, CounterWorkListed, FileRead
from shared.contract.reading import Reader
from shared.kit.questions import NO_TIME, refused
from shared.kit.service import ERASED_AGAIN, Service, open_database, open_service
from shared.kit.settings import Settings
from shared.kit.storage.states import States
from shared.kit.work_clock import work_clock
from shared.programme import Programme
from shared.reference.communes import Communes, load_communes

NAME = "intake"


def build(settings: Settings) -> Service:
    programme = settings.programme()
    communes = load_communes()
    extensions = ExtensionsRead()
    handlers = Handlers(programme, communes, extensions.read_before, settings.front_ends)
    engine = open_database(settings, NAME)
    service = open_service(settings, NAME, engine, JOURNAL, STATE_TABLES, handlers.reactions())
    consumer = service.consumer
    counter = CounterClock(programme, consumer, service.durables.declared)
    erases_due = settings.erase_due if settings.erase_due is not None else not settings.rehearsal
    erasing = RetentionClock(consumer, handlers) if erases_due else None
    work = work_clock(
        service, programme, lambda states, _now: questions.waiting(states), CounterWorkListed
    )
    expiry = ExpiryClock(consumer, service.durables.declared, settings.front_ends)
    service.tick = Timer(
        consumer, extensions, counter, handlers.examiner, expiry, erasing, work
    ).tick
    service.retakes[EXAMINED] = examined_again
    service.retakes["wave-closed-"] = counter.closed_again
    service.retakes[ERASED_AGAIN] = lambda told: handlers.erase_again(
        told.name.removeprefix(ERASED_AGAIN)
    )
    service.retakes[RETENTION] = lambda told: handlers.kept_long_enough(dossier_of_name(told.name))

    def on_replay(erasures: Mapping[str, Sequence[Event]]) -> None:
        extensions.all_read()
        handlers.erasures.update(erasures)

    service.on_replay = on_replay
    _answer_of_dossiers(service, programme, communes)
    _answer_of_the_counter(service, programme, communes)
    _answer_about_erasure(service, handlers)
    _answer_to_readers(service, programme)
    return service


def _answer_of_dossiers(service: Service, programme: Programme, communes: Communes) -> None:
    consumer = service.consumer

    @service.answers("dossier", DossierAsked)
    async def dossier(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}`, or its receipt number → the public status of one dossier."""
        return await consumer.read(
            lambda states: questions.dossier(states, programme, asked.candidature_id)
        )

    @service.answers("own-dossier", DossierAsked)
    async def own_dossier(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → the same, where it is a dossier of the front-end that asks."""
        return await consumer.read(
            lambda states: questions.own_dossier(
                states, programme, asked.candidature_id, asked.asker
            )
        )

    @service.answers("find", FindAsked)
    async def find(asked: FindAsked) -> dict[str, Any]:
        """`{"text": …}` → the dossiers of a receipt, a SIRET, a commune, or with these words in a name."""
        return await consumer.read(
            lambda states: questions.find(states, programme, communes, asked.text, asked.limit)
        )

    @service.answers("todo", TodoAsked)
    async def todo(asked: TodoAsked) -> dict[str, Any]:
        """`{"limit"}` → what waits for an officer, oldest first."""
        return await consumer.read(lambda states: questions.todo(states, asked.limit))

    @service.answers("contests", Nothing)
    async def contests(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the files that an officer decides between, oldest first."""
        return await consumer.read(questions.contests)


def _answer_of_the_counter(service: Service, programme: Programme, communes: Communes) -> None:
    consumer = service.consumer

    @service.answers("calendar", Nothing)
    async def calendar(_asked: Nothing) -> dict[str, Any]:
        """`{}` → when each wave opens and closes, its dossiers by number; the name signatures cover."""
        waves = await consumer.read(lambda states: questions.calendar(states, programme))
        return {"platform": consumer.platform, "waves": waves}

    @service.answers("check", Body)
    async def check(asked: Body) -> dict[str, Any]:
        """A dry run: a submission's body → what it would be answered now, with every reason."""
        now = await consumer.time()
        if now is None:
            return refused(NO_TIME)
        return await consumer.read(
            lambda states: questions.check(
                states, programme, communes, asked.body, asked.asker, now
            )
        )

    @service.answers("summary", Nothing)
    async def summary(_asked: Nothing) -> dict[str, Any]:
        """`{}` → how the sendings were answered."""
        return await consumer.read(lambda states: store.summary(states, JOURNAL))


def _answer_about_erasure(service: Service, handlers: Handlers) -> None:
    consumer, programme = service.consumer, handlers.programme

    @service.answers("retention", RetentionAsked)
    async def asked_retention(asked: RetentionAsked) -> dict[str, Any]:
        """`{"by"}` → the files due by then; `{"candidature_id"}` → until when one is kept, and why."""
        now = await consumer.time()
        if now is None:
            return refused(NO_TIME)
        front_ends, name = handlers.front_ends(), asked.candidature_id
        if name is not None:
            return await consumer.read(
                lambda states: retention.of_one(states, programme, front_ends, name, now)
            )
        by = asked.by or now
        return await consumer.read(
            lambda states: retention.due(states, programme, front_ends, by, asked.limit)
        )


def _answer_to_readers(service: Service, programme: Programme) -> None:
    def key_of(states: States, asked: SignedDossierAsked) -> str | None:
        return questions.dossier_key(states, programme, asked)

    async def fill(answer: dict[str, Any]) -> dict[str, Any]:
        return await with_part(service.consumer.connection, answer)

    @service.reads("file", FileAsked, FileRead, key_of)
    def file(states: States, asked: FileAsked, reader: Reader) -> dict[str, Any]:
        """`{"candidature_id", "version"}`, signed → the texts and the budget, as far as the reader may."""
        return questions.file(states, programme, asked, reader)

    @service.reads(
        "attachment", AttachmentAsked, AttachmentRead, key_of, lambda asked: asked.part > 1, fill
    )
    def attachment(states: States, asked: AttachmentAsked, reader: Reader) -> dict[str, Any]:
        """`{"candidature_id", "name", "part"}`, signed → one part of a file, as far as the reader may."""
        return questions.attachment(states, programme, asked, reader)

    @service.answers("readings", DossierAsked)
    async def readings(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id"}`, or its receipt number → who read the file, in which role, when."""
        return await service.consumer.read(
            lambda states: questions.readings(states, programme, asked.candidature_id, asked.asker)
        )
