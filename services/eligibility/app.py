"""Eligibility: territory and reviews. What it hears, what it answers."""

from datetime import datetime
from typing import Any

from services.eligibility import questions
from services.eligibility.datasets.in_use import DatasetsInUse, department_of
from services.eligibility.datasets.named import require_named, tell_lacking
from services.eligibility.handlers import Handlers
from services.eligibility.tables import JOURNAL, STATE_TABLES
from services.eligibility.timer import BRIEFED, BriefingClock, Reminders, Timer
from shared.contract.asked import (
    Body,
    DossierAsked,
    InstructionsAsked,
    Nothing,
    SignedAsked,
    SignedDossierAsked,
    TodoAsked,
    WaveAsked,
)
from shared.contract.eligibility import ReviewsRead, ReviewWorkListed
from shared.contract.front_ends import OPERATORS
from shared.contract.reading import Reader
from shared.contract.work import Work
from shared.kit.people.readings import listed_readings
from shared.kit.service import Service, open_database, open_service
from shared.kit.settings import Settings
from shared.kit.storage.states import States
from shared.kit.work_clock import work_clock
from shared.programme import Programme

NAME = "eligibility"


def build(settings: Settings) -> Service:
    programme = settings.programme()
    engine = open_database(settings, NAME)
    require_named(settings.programme_file, programme, engine)
    tell_lacking(settings.programme_file, programme, engine)
    datasets = DatasetsInUse(programme, engine)
    handlers = Handlers(
        programme, datasets.classify, department_of, datasets.look_ahead, settings.rehearsal
    )
    service = open_service(settings, NAME, engine, JOURNAL, STATE_TABLES, handlers.reactions())
    consumer = service.consumer

    def waiting(states: States, now: datetime) -> list[Work]:
        return questions.waiting(states, programme.local_day(now), OPERATORS)

    timer = Timer(
        datasets,
        Reminders(consumer, programme, handlers),
        BriefingClock(consumer, programme, handlers.briefings),
        work_clock(service, programme, waiting, ReviewWorkListed),
    )
    service.tick = timer.tick
    service.retakes["reminders-"] = lambda told: handlers.remind_again(told.facts)
    service.retakes[BRIEFED] = lambda told: handlers.briefings.brief_again(told.facts)

    @service.answers("check", Body)
    async def check(asked: Body) -> dict[str, Any]:
        """A dry run: commune, address, latitude, longitude, declared QPV and zones → zones and reasons."""
        return datasets.dry_run(asked.body)

    @service.answers("todo", TodoAsked)
    async def todo(asked: TodoAsked) -> dict[str, Any]:
        """`{"limit"}` → what waits for an officer, oldest first."""
        today = programme.local_day(consumer.clock.for_readers())
        return await consumer.read(
            lambda states: questions.todo(states, today, asked.limit, asked.asker)
        )

    @service.answers("instructions", InstructionsAsked)
    async def instructions(asked: InstructionsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of the files that wait for an officer's answer, and why."""
        return await consumer.read(
            lambda states: questions.instructions(states, JOURNAL, asked.after or "", asked.limit)
        )

    @service.answers("reviews", DossierAsked)
    async def reviews(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id"}` → who reviews the file, who has answered."""
        return await consumer.read(
            lambda states: questions.reviews(states, programme, asked.candidature_id, asked.asker)
        )

    @service.answers("summary", Nothing)
    async def summary(_asked: Nothing) -> dict[str, Any]:
        """`{}` → how many files are eligible, wait, are scored."""
        return await consumer.read(questions.summary)

    _answer_to_readers(service, programme)
    return service


def _answer_to_readers(service: Service, programme: Programme) -> None:
    consumer = service.consumer

    @service.reads("file-reviews", SignedDossierAsked, ReviewsRead)
    def file_reviews(states: States, asked: SignedDossierAsked, reader: Reader) -> dict[str, Any]:
        """`{"candidature_id"}`, signed → marks and comments of every review that was given."""
        return questions.file_reviews(states, asked.candidature_id, reader)

    @service.reads("my-reviews", SignedAsked)
    def my_reviews(states: States, _asked: SignedAsked, reader: Reader) -> dict[str, Any]:
        """`{}`, signed → what the reviewer has to read and has said, with the grid."""
        today = programme.local_day(consumer.clock.for_readers())
        return questions.my_reviews(states, programme, reader.reader_id, today)

    @service.answers("reviews-progress", WaveAsked)
    async def reviews_progress(asked: WaveAsked) -> dict[str, Any]:
        """`{"wave"}` → how many reviews each reviewer has to give, gave, or is late with."""
        today = programme.local_day(consumer.clock.for_readers())
        return await consumer.read(
            lambda states: questions.reviews_progress(
                states, programme, asked.wave, today, asked.asker
            )
        )

    @service.answers("readings", DossierAsked)
    async def readings(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id"}` → who read the reviews of a file, in which role, when."""
        return await consumer.read(
            lambda states: listed_readings(states, asked.candidature_id, asked.asker)
        )
