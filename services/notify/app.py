"""Notify: every message to a person, once, and the support of every laureate."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from services.notify.documents import maker as documents
from services.notify.documents.templates_folder import TemplatesFolder
from services.notify.domain.documents import MADE
from services.notify.handlers.occasions import Handlers
from services.notify.keys import load_proof
from services.notify.letters.writer import Writer
from services.notify.mail.sender import Sender, noted_again
from services.notify.mail.sender_lock import sender_lock_for
from services.notify.mail.transports import transport_of
from services.notify.questions import community, laureates, summaries, support
from services.notify.questions.community import LISTED
from services.notify.tables import JOURNAL, STATE_TABLES
from services.notify.timer import DayClock, PeerClock, Timer
from shared.contract.asked import (
    CommonsAsked,
    DocumentAsked,
    DossierAsked,
    GatheringAsked,
    GrantsAsked,
    Nothing,
    StepsAsked,
    TodoAsked,
)
from shared.contract.notify import SupportWorkListed
from shared.contract.work import Work
from shared.kit.service import Service, open_database, open_service
from shared.kit.settings import Settings
from shared.kit.storage.states import States
from shared.kit.work_clock import work_clock
from shared.programme import Programme
from shared.reference.communes import Communes, load_communes

NAME = "notify"
REST_SECONDS = 0.05  # after a small round, for each event of it

Today = Callable[[], date]  # of whoever asks


def build(settings: Settings) -> Service:
    programme = settings.programme()
    proof = load_proof(settings.home / "keys")
    handlers = Handlers(programme, proof, settings.letters_a_day)
    engine = open_database(settings, NAME)
    reactions = handlers.reactions()
    service = open_service(settings, NAME, engine, JOURNAL, STATE_TABLES, reactions, REST_SECONDS)
    consumer = service.consumer

    def today() -> date:
        return programme.local_day(consumer.clock.for_readers())

    peers = PeerClock(handlers, consumer)
    days = DayClock(handlers, consumer)

    def waiting(states: States, now: datetime) -> list[Work]:
        return support.waiting(states, programme, programme.local_day(now))

    service.tick = Timer(
        peers, days, work_clock(service, programme, waiting, SupportWorkListed)
    ).tick
    service.retakes |= {
        "peers-": peers.matched_again,
        "notices-": noted_again,
        MADE: documents.noted_again,
    } | days.retakes
    communes = load_communes()
    folder = TemplatesFolder(settings.programme_file)
    maker = documents.Maker(consumer, folder, programme, communes)
    sender = Sender(
        consumer,
        Writer(programme, communes, proof, settings.proof_url),
        programme,
        transport_of(settings.smtp_url, settings.home / "mail"),
        sender_lock_for(engine),
    )
    service.app.after_startup(sender.start)
    service.app.on_shutdown(sender.stop)

    _answer_about_support(service, programme, communes, today)
    _answer_the_association(service, today)

    @service.answers("documents", DossierAsked)
    async def made(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → the documents it may have, and those that were made."""
        return await consumer.read(lambda states: documents.listed(states, asked))

    @service.answers("own-documents", DossierAsked)
    async def own_made(asked: DossierAsked) -> dict[str, Any]:
        """The same, where it is a dossier of the front-end that asks."""
        return await consumer.read(lambda states: documents.listed(states, asked, asked.asker))

    @service.answers("document", DocumentAsked)
    async def document(asked: DocumentAsked) -> dict[str, Any]:
        """`{"candidature_id": …, "kind": …}` → a document as a PDF file in base64, with its digest."""
        return await maker.document(asked)

    @service.answers("own-document", DocumentAsked)
    async def own_document(asked: DocumentAsked) -> dict[str, Any]:
        """The same, where it is a dossier of the front-end that asks."""
        return await maker.document(asked, asked.asker)

    _answer_community(service)
    _answer_laureates(service, communes, today)
    return service


def _answer_about_support(
    service: Service, programme: Programme, communes: Communes, today: Today
) -> None:
    consumer = service.consumer

    @service.answers("summary", Nothing)
    async def summary(_asked: Nothing) -> dict[str, Any]:
        """`{}` → how many notices were sent, failed or wait, and how far the support of the laureates is."""
        return await consumer.read(lambda states: summaries.summary(states, today()))

    @service.answers("support", DossierAsked)
    async def support_asked(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → a laureate's plan, and the messages of the dossier."""
        return await consumer.read(
            lambda states: summaries.support(states, asked.candidature_id, today())
        )

    @service.answers("todo", TodoAsked)
    async def todo(asked: TodoAsked) -> dict[str, Any]:
        """`{"limit"}` → what waits for an officer, oldest first."""
        return await consumer.read(
            lambda states: support.todo(states, programme, today(), asked.limit)
        )

    @service.answers("support-steps", StepsAsked)
    async def steps(asked: StepsAsked) -> dict[str, Any]:
        """`{"owner", "overdue", "limit"}` → what somebody has to do, by due day."""
        return await consumer.read(lambda states: support.steps(states, asked, today()))

    @service.answers("support-report", Nothing)
    async def report(_asked: Nothing) -> dict[str, Any]:
        """`{}` → what was asked, agreed, done, late, dropped: by need, region, owner and year; by kind."""
        return await consumer.read(lambda states: support.report(states, communes, today()))


def _answer_the_association(service: Service, today: Today) -> None:
    consumer = service.consumer

    @service.answers("handed-support", DossierAsked)
    async def handed(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → to the association: the plan of a laureate who was handed over to it."""
        return await consumer.read(
            lambda states: support.handed(states, asked.candidature_id, today())
        )

    @service.answers("handed-steps", StepsAsked)
    async def handed_steps(asked: StepsAsked) -> dict[str, Any]:
        """`{"overdue", "limit"}` → to the association: its own steps, of who was handed over to it."""
        return await consumer.read(
            lambda states: support.steps(states, asked, today(), to_association=True)
        )


def _answer_community(service: Service) -> None:
    consumer = service.consumer

    @service.answers("agenda", Nothing)
    async def agenda(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the meetings that were announced, and how many were invited, answered and came."""
        return await consumer.read(community.agenda)

    @service.answers("answers", GatheringAsked)
    async def answers(asked: GatheringAsked) -> dict[str, Any]:
        """`{"gathering": …}` → who was invited to a meeting, what they answered, who came."""
        return await consumer.read(lambda states: community.answers(states, asked.gathering))

    @service.answers("directory", GrantsAsked)
    async def directory(asked: GrantsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of the laureates who want to be found."""
        return await consumer.read(
            lambda states: community.directory(states, asked.after or "", asked.limit)
        )

    @service.answers("commons", CommonsAsked)
    async def commons(asked: CommonsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → a page of what laureates share, and what officers made of it."""
        return await consumer.read(lambda states: community.commons(states, asked))

    @service.answers("listed-commons", CommonsAsked)
    async def listed_commons(asked: CommonsAsked) -> dict[str, Any]:
        """`{"after", "limit"}` → the same to front-ends of holders: what officers accepted."""
        return await consumer.read(lambda states: community.commons(states, asked, LISTED))

    @service.answers("peers", Nothing)
    async def peers(_asked: Nothing) -> dict[str, Any]:
        """`{}` → the pairs of laureates that stand: who is to help whom, and who has agreed."""
        return await consumer.read(community.peers)


def _answer_laureates(service: Service, communes: Communes, today: Today) -> None:
    consumer = service.consumer

    @service.answers("my-support", DossierAsked)
    async def mine(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → what a laureate's page shows, of a dossier of the front-end that asks."""
        return await consumer.read(
            lambda states: laureates.my_support(states, asked, communes, today())
        )
