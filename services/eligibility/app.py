"""Eligibility: territory and reviews. What it hears, what it answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine

from services.eligibility import store
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.files import TerritoryAnswer
from services.eligibility.domain.territory.answer import Answer, Rule, Site
from services.eligibility.domain.territory.selection import rule_for
from services.eligibility.handlers import Handlers
from services.eligibility.tables import JOURNAL, STATE_TABLES
from shared.contract.eligibility import for_the_holder
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import question_subject
from shared.contract.values import CommuneCode, Line, QpvCode
from shared.kit.bus.connection import open_broker
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.decide import Reactions
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.programme import Programme
from shared.reference.commune_codes import postal_code_in
from shared.reference.communes import load_communes

NAME = "eligibility"


def build(settings: Settings) -> Service:
    programme = settings.programme()
    engine = open_engine(settings.database_url(NAME))
    migrate(engine, NAME)
    territory = Territory(programme, engine)
    handlers = Handlers(programme, territory.classify, department_of, territory.look_ahead)
    consumer = Consumer(
        NAME, programme.id, engine, JOURNAL, STATE_TABLES, Reactions(NAME, handlers.reactions()),
        settings.rehearsal,
    )  # fmt: skip
    broker = open_broker(settings, NAME, end_process)
    service = Service(
        NAME, programme.id, broker, consumer, Timer(territory, Reminders(consumer, programme, handlers)).tick
    )
    service.retakes["reminders-"] = lambda _: handlers.remind
    service.hear(settings.front_ends)

    @broker.subscriber(question_subject(programme.id, NAME, "check"), queue=NAME)
    async def check(question: dict[str, Any]) -> dict[str, Any]:
        """A dry run: `{"commune_code", "address", "latitude", "longitude", "declared_qpv"}` → zones and reasons."""
        return territory.dry_run(question)

    @broker.subscriber(question_subject(programme.id, NAME, "instructions"), queue=NAME)
    async def instructions(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the files that wait for an officer's answer."""
        files = await consumer.read(store.waiting_for_an_officer)
        return {"waiting": [{"candidature_id": f.candidature_id, "declared_qpv": f.declared_qpv} for f in files]}

    @broker.subscriber(question_subject(programme.id, NAME, "reviews"), queue=NAME)
    async def reviews(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id"}` → who reviews the file, who has answered."""
        return await consumer.read(
            lambda book: store.reviews_of(book, programme, str(question.get("candidature_id", "")))
        )

    @broker.subscriber(question_subject(programme.id, NAME, "summary"), queue=NAME)
    async def summary(_question: dict[str, Any]) -> dict[str, Any]:
        return await consumer.read(store.summary)

    return service


def department_of(commune_code: str) -> str | None:
    commune = load_communes().get(commune_code)
    return commune.department if commune else None


class Reminders:
    """Reminds the reviewers whose day is near, once a day at most for each of them."""

    def __init__(self, consumer: Consumer, programme: Programme, handlers: Handlers) -> None:
        self._consumer, self._programme, self._handlers = consumer, programme, handlers

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        due = await self._consumer.read(lambda book: store.reminders_due(book, self._programme.local_day(now)))
        if due:
            await self._consumer.announce(f"reminders-{now.timestamp():.0f}-{len(due)}", now, self._handlers.remind)


class Timer:
    def __init__(self, territory: "Territory", reminders: Reminders) -> None:
        self._territory, self._reminders = territory, reminders

    async def tick(self, now: datetime | None) -> None:
        await self._territory.tick()
        await self._reminders.tick(now)


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    commune_code: CommuneCode | None = None
    address: Line | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    declared_qpv: QpvCode | None = None


class Territory:
    """The datasets in use. A newer import is picked up by the timer, and each answer names the versions it used."""

    def __init__(self, programme: Programme, engine: Engine) -> None:
        self._programme, self._engine = programme, engine
        self._index = TerritoryIndex.load(engine)
        self._ahead: dict[tuple[str, int], Answer] = {}

    async def tick(self) -> None:
        if self._index.is_stale(self._engine):
            self._index = TerritoryIndex.load(self._engine)

    def look_ahead(self, events: Sequence[CandidatureRegistered]) -> None:
        """Measures the places of a batch together: many at once cost little more than one."""
        self._ahead.clear()
        for name in {event.wave for event in events}:
            together = [event for event in events if event.wave == name]
            answers = self._index.classify_many([_site(event) for event in together], self._rule(name))
            self._ahead |= {(e.candidature_id, e.version): a for e, a in zip(together, answers, strict=True)}

    def classify(self, event: CandidatureRegistered) -> TerritoryAnswer:
        answer = self._ahead.pop((event.candidature_id, event.version), None)
        answer = answer or self._index.classify(_site(event), self._rule(event.wave))
        return TerritoryAnswer(answer.zones, answer.needs_instruction, answer.reasons, answer.evidence)

    def _rule(self, wave: str) -> Rule:
        return rule_for(self._programme, self._programme.wave(wave) or self._programme.waves[-1])

    def dry_run(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            place = Place.model_validate(question)
        except ValidationError as error:
            fields = sorted({".".join(map(str, mistake["loc"])) for mistake in error.errors()})
            return {"error": "invalid", "message": f"Champs non valides : {', '.join(fields)}."}
        postal_code = postal_code_in(place.address or "", load_communes())
        site = Site(place.commune_code, place.latitude, place.longitude, place.declared_qpv, postal_code, typed=True)
        return _answered(self._index.classify(site, rule_for(self._programme, self._programme.waves[-1])))


def _site(event: CandidatureRegistered) -> Site:
    return Site(
        commune_code=event.commune_given or event.commune_code,
        latitude=event.latitude,
        longitude=event.longitude,
        declared_qpv=event.declared_qpv,
        postal_code=event.postal_code,
        typed=True,
    )


def _answered(answer: Answer) -> dict[str, Any]:
    return {
        **answer.as_json(),
        "eligible": answer.eligible,
        "needs_instruction": answer.needs_instruction,
        "reasons": [reason.model_dump() for reason in for_the_holder(answer.reasons)],
    }
