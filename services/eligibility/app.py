"""Eligibility: territory and reviews. What it hears, what it answers."""

from typing import Any

from services.eligibility import store
from services.eligibility.datasets.in_use import DatasetsInUse, department_of
from services.eligibility.handlers import Handlers
from services.eligibility.tables import JOURNAL, STATE_TABLES
from services.eligibility.timer import Reminders, Timer
from shared.contract.subjects import question_subject
from shared.kit.bus.connection import open_broker
from shared.kit.consumer.consumer import Consumer
from shared.kit.reactions import Reactions
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate

NAME = "eligibility"


def build(settings: Settings) -> Service:
    programme = settings.programme()
    engine = open_engine(settings.database_url(NAME))
    migrate(engine, NAME)
    datasets = DatasetsInUse(programme, engine)
    handlers = Handlers(programme, datasets.classify, department_of, datasets.look_ahead)
    consumer = Consumer(
        NAME, programme.id, engine, JOURNAL, STATE_TABLES, Reactions(NAME, handlers.reactions()),
        settings.rehearsal,
    )  # fmt: skip
    broker = open_broker(settings, NAME, end_process)
    timer = Timer(datasets, Reminders(consumer, programme, handlers))
    service = Service(NAME, programme.id, broker, consumer, timer.tick)
    service.retakes["reminders-"] = lambda _: handlers.remind
    service.hear(settings.front_ends)

    @broker.subscriber(question_subject(programme.id, NAME, "check"), queue=NAME)
    async def check(question: dict[str, Any]) -> dict[str, Any]:
        """A dry run: commune, address, latitude, longitude, declared QPV → zones and reasons."""
        return datasets.dry_run(question)

    @broker.subscriber(question_subject(programme.id, NAME, "instructions"), queue=NAME)
    async def instructions(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the files that wait for an officer's answer."""
        files = await consumer.read(store.waiting_for_an_officer)
        return {"waiting": [{"candidature_id": f.candidature_id, "declared_qpv": f.declared_qpv} for f in files]}

    @broker.subscriber(question_subject(programme.id, NAME, "reviews"), queue=NAME)
    async def reviews(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id"}` → who reviews the file, who has answered."""
        return await consumer.read(
            lambda states: store.reviews_of(states, programme, str(question.get("candidature_id", "")))
        )

    @broker.subscriber(question_subject(programme.id, NAME, "summary"), queue=NAME)
    async def summary(_question: dict[str, Any]) -> dict[str, Any]:
        return await consumer.read(store.summary)

    return service
