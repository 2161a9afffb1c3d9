"""Funding: selection and money. What it hears, what it answers, and when its timer speaks."""

from datetime import UTC, datetime
from typing import Any

from faststream.nats import NatsBroker

from services.funding import store
from services.funding.bank.sealing import FieldCipher, SealingKey
from services.funding.domain.waves import reserve
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.waves import SelectionHandlers
from services.funding.keys import FIELDS_FILE, SEALING_FILE
from services.funding.questions import grants as questions
from services.funding.questions import money, waves
from services.funding.tables import JOURNAL, STATE_TABLES
from shared.contract.subjects import question_subject
from shared.kit.bus.connection import open_broker
from shared.kit.consumer.consumer import Consumer
from shared.kit.reactions import Reactions
from shared.kit.service import Service, end_process
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.kit.storage.states import States

NAME = "funding"
REST_SECONDS = 0.1


def sealing_key(settings: Settings) -> SealingKey:
    return SealingKey.load(settings.home / "keys" / SEALING_FILE)


def field_cipher(settings: Settings) -> FieldCipher:
    return FieldCipher.load(settings.home / "keys" / FIELDS_FILE)


def build(settings: Settings) -> Service:
    programme = settings.programme()
    sealing = sealing_key(settings)
    selection = SelectionHandlers(programme)
    payment = PaymentHandlers(programme, sealing, field_cipher(settings))
    engine = open_engine(settings.database_url(NAME))
    migrate(engine, NAME)
    reactions = Reactions(NAME, {**selection.reactions(), **payment.reactions()})
    consumer = Consumer(NAME, programme.id, engine, JOURNAL, STATE_TABLES, reactions, settings.rehearsal)
    broker = open_broker(settings, NAME, end_process)
    service = Service(NAME, programme.id, broker, consumer, Timer(consumer, payment, selection).tick, REST_SECONDS)
    service.retakes = {
        "cooled-off-": lambda _: payment.cooled_off,
        "reserve-ended-": lambda _: selection.last_reserve_over,
    }
    service.hear(settings.front_ends)

    @broker.subscriber(question_subject(programme.id, NAME, "wave"), queue=NAME)
    async def wave(question: dict[str, Any]) -> dict[str, Any]:
        """`{"wave"}` → how far it is, what its ranking waits for, the proposal's digest."""
        return await consumer.read(lambda book: waves.wave(book, str(question.get("wave", ""))))

    @broker.subscriber(question_subject(programme.id, NAME, "verify"), queue=NAME)
    async def verify(question: dict[str, Any]) -> dict[str, Any]:
        """`{"wave"}` → what the separate verifier finds against the proposal, or the published list."""
        return await consumer.read(lambda book: waves.verify(book, programme, str(question.get("wave", ""))))

    @broker.subscriber(question_subject(programme.id, NAME, "ranking"), queue=NAME)
    async def ranking(question: dict[str, Any]) -> dict[str, Any]:
        """`{"wave", "after", "limit"}` → a page of the list, in rank order, with what each place came from."""
        name, after, limit = str(question.get("wave", "")), question.get("after"), question.get("limit")
        return await consumer.read(lambda book: waves.ranking(book, name, int(after or 0), int(limit or 250)))

    @broker.subscriber(question_subject(programme.id, NAME, "grants"), queue=NAME)
    async def grants(question: dict[str, Any]) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of grants with their tranches."""
        after, limit = str(question.get("after") or ""), int(question.get("limit") or 100)
        return await consumer.read(lambda book: questions.grants(book, after, limit))

    @broker.subscriber(question_subject(programme.id, NAME, "why"), queue=NAME)
    async def why(question: dict[str, Any]) -> dict[str, Any]:
        """`{"candidature_id"}` → the rule, threshold, value, rank and cut-off behind an outcome."""
        key = str(question.get("candidature_id", ""))
        return await consumer.read(lambda book: money.with_money(book, programme, questions.why(book, key)))

    @broker.subscriber(question_subject(programme.id, NAME, "reports"), queue=NAME)
    async def reports(question: dict[str, Any]) -> dict[str, Any]:
        """`{"overdue", "after", "limit"}` or `{"receipt_number"}` → the yearly reports: when due, how far."""
        today = programme.local_day(consumer.clock.seen() or datetime.now(UTC))
        wanted = money.ReportsWanted(
            bool(question.get("overdue")),
            str(question.get("receipt_number") or ""),
            str(question.get("after") or ""),
            int(question.get("limit") or 100),
        )
        return await consumer.read(lambda book: money.reports(book, programme, today, wanted))

    _answer_about_payments(broker, programme.id, consumer)

    @broker.subscriber(question_subject(programme.id, NAME, "sealing-key"), queue=NAME)
    async def sealing_key_question(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the public key that bank details are sealed to."""
        return {"public_key": sealing.public_key_base64}

    @broker.subscriber(question_subject(programme.id, NAME, "summary"), queue=NAME)
    async def summary(_question: dict[str, Any]) -> dict[str, Any]:
        return await consumer.read(lambda book: questions.summary(book, programme))

    return service


def _answer_about_payments(broker: NatsBroker, programme_id: str, consumer: Consumer) -> None:
    @broker.subscriber(question_subject(programme_id, NAME, "payments"), queue=NAME)
    async def payments(_question: dict[str, Any]) -> dict[str, Any]:
        """`{}` → the payment run that waits, the orders no run has taken, the bank lines to look at."""
        return await consumer.read(questions.payments)

    @broker.subscriber(question_subject(programme_id, NAME, "statement"), queue=NAME)
    async def statement(question: dict[str, Any]) -> dict[str, Any]:
        """`{"statement_id", "part"}` → what came of a part of a bank's message, order by order."""
        name, part = str(question.get("statement_id", "")), int(question.get("part") or 1)
        return await consumer.read(lambda book: questions.statement(book, name, part))


class Timer:
    """What has no event: an account's cooling-off period is over, or the last reserve list."""

    def __init__(self, consumer: Consumer, payment: PaymentHandlers, selection: SelectionHandlers) -> None:
        self._consumer, self._payment, self._selection = consumer, payment, selection
        self._reserve_ended = False

    async def tick(self, now: datetime | None) -> None:
        if now is None:
            return
        waiting = await self._consumer.read(lambda book: store.cooled_off(book, now))
        if waiting:
            name = f"cooled-off-{now.timestamp():.0f}-{len(waiting)}"
            await self._consumer.announce(name, now, self._payment.cooled_off)
        if not self._reserve_ended and await self._consumer.read(lambda book: self._reserve_is_over(book, now)):
            await self._consumer.announce(f"reserve-ended-{self._last}", now, self._selection.last_reserve_over)
            self._reserve_ended = True

    def _reserve_is_over(self, book: States, now: datetime) -> bool:
        if not reserve.over(self._selection.programme, self._last, now):
            return False
        return store.wave_of(book, self._last).state == "published"

    @property
    def _last(self) -> str:
        return self._selection.programme.waves[-1].id
