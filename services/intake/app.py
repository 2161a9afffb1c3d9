"""Intake, the counter: what it hears, what it answers, and when its timer speaks."""

from typing import Any

from services.intake import questions, store
from services.intake.handlers import Handlers
from services.intake.tables import JOURNAL, STATE_TABLES
from services.intake.timer import CounterClock, ExtensionsRead, Timer
from shared.contract.subjects import question_subject
from shared.kit.bus.asker import ASKER, with_asker
from shared.kit.bus.connection import open_broker
from shared.kit.consumer.consumer import Consumer
from shared.kit.reactions import Reactions
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.reference.communes import load_communes

NAME = "intake"


def build(settings: Settings) -> Service:
    programme = settings.programme()
    extensions = ExtensionsRead()
    handlers = Handlers(programme, load_communes(), extensions.read_before, settings.front_ends)
    engine = open_engine(settings.database_url(NAME))
    migrate(engine, NAME)
    consumer = Consumer(
        NAME,
        programme.id,
        engine,
        JOURNAL,
        STATE_TABLES,
        Reactions(NAME, handlers.reactions()),
        settings.rehearsal,
    )
    broker = open_broker(settings, NAME, end_process)
    counter = CounterClock(programme, consumer)
    service = Service(NAME, programme.id, broker, consumer, Timer(consumer, extensions, counter).tick)
    service.retakes["wave-closed-"] = counter.closed_again
    service.on_replay = extensions.all_read
    service.hear(settings.front_ends)
    counter.durables = service.durables.declared

    @broker.subscriber(question_subject(programme.id, NAME, "dossier"), queue=NAME)
    async def dossier(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id": …}` → the public status of one dossier, with its receipt."""
        candidature_id = str(question.get("candidature_id", ""))
        return await consumer.read(lambda states: questions.dossier(states, candidature_id))

    @broker.subscriber(question_subject(programme.id, NAME, "own-dossier"), queue=NAME, decoder=with_asker)
    async def own_dossier(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id": …}` → the same, where it is a dossier of the front-end that asks."""
        candidature_id = str(question.get("candidature_id", ""))
        return await consumer.read(lambda states: questions.own_dossier(states, candidature_id, question[ASKER]))

    @broker.subscriber(question_subject(programme.id, NAME, "calendar"), queue=NAME)
    async def calendar(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → when each wave opens and closes, its dossiers by number; the name signatures cover."""
        waves = await consumer.read(lambda states: questions.calendar(states, programme))
        return {"platform": consumer.platform, "waves": waves}

    @broker.subscriber(question_subject(programme.id, NAME, "contests"), queue=NAME)
    async def contests(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the files that an officer decides between, oldest first."""
        return {"contests": await consumer.read(store.open_contests)}

    @broker.subscriber(question_subject(programme.id, NAME, "check"), queue=NAME, decoder=with_asker)
    async def check(question: dict[str, Any]) -> dict[str, Any]:
        """A dry run: a submission's body → what it would be answered now, with every reason."""
        now = await consumer.time()
        if now is None:
            return questions.NO_TIME
        asker = question.pop(ASKER)
        communes = handlers.communes
        return await consumer.read(lambda states: questions.check(states, programme, communes, question, asker, now))

    @broker.subscriber(question_subject(programme.id, NAME, "summary"), queue=NAME)
    async def summary(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → how the sendings were answered."""
        return await consumer.read(lambda states: store.summary(states, JOURNAL))

    return service
