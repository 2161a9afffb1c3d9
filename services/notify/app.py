"""Notify: every message to a person, once, and the support of every laureate. What it hears, what it answers."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from services.notify import store
from services.notify.domain import notices as domain
from services.notify.domain.notices import Cause, Plan, WaveSupport
from services.notify.domain.proof import Proof
from services.notify.domain.support import INTRODUCTION
from services.notify.handlers import Handlers
from services.notify.letters.writer import Writer
from services.notify.mail.sender import Sender, noted_again
from services.notify.mail.sender_lock import sender_lock_for
from services.notify.mail.transports import MailFolder, Relay, SmtpTransport, Transport
from services.notify.tables import JOURNAL, STATE_TABLES
from shared.contract.asked import DossierAsked, Nothing
from shared.contract.decision import Decision
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.service import Service, open_database, open_service
from shared.kit.settings import Settings
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.reference.communes import load_communes

NAME = "notify"
REST_SECONDS = 0.1
LATE_PEERS_AFTER = timedelta(days=1)


def build(settings: Settings) -> Service:
    programme = settings.programme()
    proof = Proof.load(settings.home / "keys")
    handlers = Handlers(programme, proof, settings.letters_a_day)
    engine = open_database(settings, NAME)
    service = open_service(settings, NAME, engine, JOURNAL, STATE_TABLES, handlers.reactions(), REST_SECONDS)
    consumer = service.consumer
    peers = PeerClock(handlers, consumer)
    service.tick = peers.tick
    service.retakes |= {"peers-": peers.matched_again, "notices-": noted_again}
    sender = Sender(
        consumer,
        Writer(programme, load_communes(), proof, settings.proof_url),
        programme,
        transport_of(settings),
        sender_lock_for(engine),
    )
    service.app.after_startup(sender.start)
    service.app.on_shutdown(sender.stop)

    @service.answers("summary", Nothing)
    async def summary(_asked: Nothing) -> dict[str, Any]:
        """`{}` → how many notices were sent, failed or wait, and how far the support of the laureates is."""
        return await consumer.read(lambda states: _summary(engine, states))

    @service.answers("support", DossierAsked)
    async def support(asked: DossierAsked) -> dict[str, Any]:
        """`{"candidature_id": …}` → a laureate's plan, and the messages of the dossier."""
        return await consumer.read(lambda states: _support(states, asked.candidature_id))

    return service


def transport_of(settings: Settings) -> Transport:
    """A relay where one is set, else a folder of .eml files. Raises ValueError for an address that cannot be one."""
    return SmtpTransport(Relay.of(settings.smtp_url)) if settings.smtp_url else MailFolder(settings.home / "mail")


class PeerClock:
    """Peers are matched when every award of a wave is in; a day later they are matched with those that are."""

    def __init__(self, handlers: Handlers, consumer: Consumer) -> None:
        self._handlers, self._consumer = handlers, consumer

    async def tick(self, now: datetime | None) -> None:
        for wave in await self._consumer.read(store.unmatched_waves):
            if now and wave.first_awarded_at and now > wave.first_awarded_at + LATE_PEERS_AFTER:
                await self._consumer.announce(f"peers-{wave.wave}", now, self._matching(wave.wave))

    def matched_again(self, told: Retold) -> Any:
        return self._matching(told.name.removeprefix("peers-"))

    def _matching(self, wave: str) -> Any:
        def match(book: States, at: Arrival) -> Decision:
            found: WaveSupport = store.wave_support(book, wave)
            return self._handlers.pace(book, self._handlers.match_wave(book, found, Cause(at.event_id, at.now)))

        return match


def _summary(engine: Engine, book: States) -> dict[str, Any]:
    counts, plans = store.notice_counts(engine), store.all_plans(book)
    return {
        "notices": counts.get(domain.SENT, 0),
        "failed": counts.get(domain.FAILED, 0),
        "queued": counts.get(domain.QUEUED, 0),
        "delayed": store.delayed_count(engine),
        "support": {
            "plans": len(plans),
            "open": sum(plan.is_open for plan in plans),
            "introductions": sum(INTRODUCTION in plan.done for plan in plans),
            "invitations": sum(step.startswith("meeting-") for plan in plans for step in plan.done),
            "peers": sum(bool(plan.peers) for plan in plans),
        },
    }


def _support(book: States, candidature_id: str) -> dict[str, Any]:
    notices = store.notices_of(book, candidature_id)
    plan = book.one(Plan, candidature_id)
    if plan is None and not notices:
        return {"error": "unknown", "message": "Aucun dossier accompagné n'a cet identifiant."}
    return {"candidature_id": candidature_id, "plan": _plan(plan), "notices": [_notice(notice) for notice in notices]}


def _plan(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {
        "wave": plan.wave,
        "state": "open" if plan.is_open else "closed",
        "needs": list(plan.needs),
        "steps": [{"step": step, "done": step in plan.done} for step in plan.steps],
        "peers": list(plan.peers),
    }


def _notice(notice: domain.Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "template": notice.template,
        "recipient": notice.recipient,
        "state": notice.state,
        "at": notice.at.isoformat(),
    }
