"""Funding: selection and money. What it hears, and what it answers."""

from datetime import UTC, datetime
from typing import Any

from services.funding.bank.sealing import FieldCipher, SealingKey
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.reminding import ReportReminding
from services.funding.handlers.waves import SelectionHandlers
from services.funding.keys import FIELDS_FILE, SEALING_FILE
from services.funding.questions import grants, money, reading, waves
from services.funding.questions.appeals import appeals
from services.funding.questions.orders import orders
from services.funding.questions.work import todo, waiting
from services.funding.tables import JOURNAL, STATE_TABLES
from services.funding.timer import Timer
from shared.contract.asked import (
    DossierAsked,
    GrantsAsked,
    Nothing,
    OrdersAsked,
    RankingAsked,
    ReportsAsked,
    SignedDossierAsked,
    SimulationAsked,
    StatementAsked,
    TodoAsked,
    WaveAsked,
)
from shared.contract.front_ends import OPERATORS
from shared.contract.funding import GrantWorkListed, ReportsRead
from shared.contract.reading import Reader
from shared.kit.people.readings import listed_readings
from shared.kit.service import Service, open_database, open_service
from shared.kit.settings import Settings
from shared.kit.storage.states import States
from shared.kit.work_clock import work_clock
from shared.programme import Programme

NAME = "funding"
REST_SECONDS = 0.05  # after a small round, for each event of it


def sealing_key(settings: Settings) -> SealingKey:
    return SealingKey.load(settings.home / "keys" / SEALING_FILE)


def field_cipher(settings: Settings) -> FieldCipher:
    return FieldCipher.load(settings.home / "keys" / FIELDS_FILE)


def build(settings: Settings) -> Service:
    programme = settings.programme()
    sealing = sealing_key(settings)
    selection = SelectionHandlers(programme)
    cipher = field_cipher(settings)
    payment = PaymentHandlers(programme, sealing, cipher)
    table = {**selection.reactions(), **payment.reactions()}
    engine = open_database(settings, NAME)
    service = open_service(settings, NAME, engine, JOURNAL, STATE_TABLES, table, REST_SECONDS)
    reminding = ReportReminding(programme)
    work = work_clock(
        service,
        programme,
        lambda states, now: waiting(states, programme, now, OPERATORS),
        GrantWorkListed,
    )
    service.tick = Timer(service.consumer, payment, selection, reminding, work).tick
    service.retakes |= {
        "cooled-off-": lambda _: payment.cooled_off,
        "reserve-ended-": lambda _: selection.last_reserve_over,
        "reports-expected-": lambda told: reminding.named(told.name),
    }
    service.opened["accounts.secret"] = cipher.account
    _answer_about_waves(service, programme)
    _answer_about_grants(service, programme)
    _answer_about_payments(service)
    _answer_about_the_call(service, programme)
    _answer_to_readers(service)

    @service.answers("todo", TodoAsked)
    async def work_asked(asked: TodoAsked) -> dict[str, Any]:
        """`{"limit"}` → what waits for an officer, oldest first, with the act that ends it."""
        now = service.consumer.clock.seen() or datetime.now(UTC)
        return await service.consumer.read(lambda states: todo(states, programme, now, asked))

    @service.answers("sealing-key", Nothing)
    async def sealing_key_asked(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the public key that bank details are sealed to."""
        return {"public_key": sealing.public_key_base64}

    return service


def _answer_about_waves(service: Service, programme: Programme) -> None:
    read = service.consumer.read

    @service.answers("wave", WaveAsked)
    async def wave(asked: WaveAsked) -> dict[str, Any]:
        """`{"wave"}` → how far it is, what its ranking waits for, the proposal's digest."""
        return await read(lambda states: waves.wave(states, asked.wave))

    @service.answers("verify", WaveAsked)
    async def verify(asked: WaveAsked) -> dict[str, Any]:
        """`{"wave"}` → what the separate verifier finds against the proposal, or the published list."""
        return await read(lambda states: waves.verify(states, programme, asked.wave))

    @service.answers("diversity", WaveAsked)
    async def diversity(asked: WaveAsked) -> dict[str, Any]:
        """`{"wave"}` → kinds of places and departments: laureates before, in this list, and its dossiers."""
        return await read(lambda states: waves.diversity(states, asked.wave))

    @service.answers("ranking", RankingAsked)
    async def ranking(asked: RankingAsked) -> dict[str, Any]:
        """`{"wave", "after", "limit"}` → a page of the list by rank, with what each place came from."""
        return await read(
            lambda states: waves.ranking(states, asked.wave, asked.after or 0, asked.limit)
        )

    @service.answers("simulation", SimulationAsked)
    async def simulation(asked: SimulationAsked) -> dict[str, Any]:
        """`{"wave", "digest", "policy"}` → that list under another policy; it changes nothing."""
        return await read(lambda states: waves.simulation(states, asked))


def _answer_about_grants(service: Service, programme: Programme) -> None:
    consumer = service.consumer

    @service.answers("grants", GrantsAsked)
    async def page(asked: GrantsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of grants with their tranches."""
        return await consumer.read(
            lambda states: grants.grants(states, asked.after or "", asked.limit)
        )

    @service.answers("laureates", GrantsAsked)
    async def laureates(asked: GrantsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of the published laureates."""
        return await consumer.read(
            lambda states: grants.laureates(states, asked.after or "", asked.limit)
        )

    @service.answers("why", DossierAsked)
    async def why(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id"}` → the rule, threshold, value, rank and cut-off behind an outcome."""

        def explained(states: States) -> dict[str, Any]:
            return money.with_money(states, programme, grants.why(states, asked.candidature_id))

        return await consumer.read(explained)

    @service.answers("reports", ReportsAsked)
    async def reports(asked: ReportsAsked) -> dict[str, Any]:
        """`{"overdue", "after", "limit"}` or `{"receipt_number"}` → the yearly reports: when due, how far."""
        today = programme.local_day(consumer.clock.seen() or datetime.now(UTC))
        return await consumer.read(lambda states: money.reports(states, programme, today, asked))

    @service.answers("summary", Nothing)
    async def summary(_asked: Nothing) -> dict[str, Any]:
        """`{}` → laureates by zone, money committed and paid, what the annual job has not said."""
        today = programme.local_day(consumer.clock.seen() or datetime.now(UTC))
        return await consumer.read(lambda states: grants.summary(states, programme, today))


def _answer_about_payments(service: Service) -> None:
    read = service.consumer.read

    @service.answers("payments", Nothing)
    async def payments(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the payment run that waits, the orders no run has taken, the bank lines to look at."""
        return await read(grants.payments)

    @service.answers("payment-orders", OrdersAsked)
    async def payment_orders(asked: OrdersAsked) -> dict[str, Any]:
        """`{"run_id", "after", "limit"}` → a page of a run's orders, or of those no run has taken."""
        return await read(lambda states: orders(states, asked))

    @service.answers("statement", StatementAsked)
    async def statement(asked: StatementAsked) -> dict[str, Any]:
        """`{"statement_id", "part"}` → what came of a part of a bank's message, order by order."""
        return await read(lambda states: grants.statement(states, asked.statement_id, asked.part))


def _answer_about_the_call(service: Service, programme: Programme) -> None:
    consumer = service.consumer

    @service.answers("appeals", Nothing)
    async def appeals_asked(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the appeals that wait for an answer, with their limit and who prepares it."""
        today = programme.local_day(consumer.clock.seen() or datetime.now(UTC))
        return await consumer.read(lambda states: appeals(states, today))

    @service.answers("impact", Nothing)
    async def impact(_asked: Nothing) -> dict[str, Any]:
        """`{}` → what the accepted reports add up to, by the programme's indicators."""
        return await consumer.read(lambda states: money.achieved(states, programme))

    @service.answers("impact-counts", GrantsAsked)
    async def impact_counts(asked: GrantsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → what the accepted reports of a page of grants counted, year by year."""
        return await consumer.read(lambda states: money.reported_counts(states, asked))


def _answer_to_readers(service: Service) -> None:
    @service.reads("file-reports", SignedDossierAsked, ReportsRead, reading.dossier_key)
    def file_reports(states: States, asked: SignedDossierAsked, _reader: Reader) -> dict[str, Any]:
        """`{"candidature_id"}`, signed → what is written of a dossier: reports, aids, amendments, appeals."""
        return reading.file_reports(states, asked.candidature_id)

    @service.answers("readings", DossierAsked)
    async def readings(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id"}` → who read the reports of a grant, in which role, when."""
        return await service.consumer.read(
            lambda states: listed_readings(states, asked.candidature_id, asked.asker)
        )
