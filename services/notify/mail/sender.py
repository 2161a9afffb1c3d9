"""Sends what was queued, after the commit and beside the deciding: no event waits for a letter.

A crash between sending and noting sends again: the file has the same name, the mail the same `Message-ID`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic, time_ns

import structlog

from services.notify import store
from services.notify.domain.contact import Contact
from services.notify.domain.erasure import ERASED
from services.notify.domain.notice import DROPPED, Notice
from services.notify.domain.proof import is_held_back
from services.notify.domain.retries import (
    Patience,
    Posted,
    Result,
    forgetting_id,
    forgotten,
    not_overtaken,
    note,
    noting_id,
    posted_before,
)
from services.notify.domain.telling import NO_ADDRESS
from services.notify.letters.mime import Mail, Unaddressable, as_mail, forget_words
from services.notify.letters.writer import Writer
from services.notify.mail.letter_spans import tell_letters
from services.notify.mail.sender_lock import SenderLock
from services.notify.mail.transports import Transport
from shared.contract.decision import Decision
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.logs.causes import cause_of
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.programme import Programme

log = structlog.get_logger()
CALM_BATCH = 200
BUSY_BATCH = 25
IDLE_SECONDS = 1.0
# While events flow in, it rests four batches long: a letter costs more than a dossier.
BUSY_SHARE = 4
REST_SECONDS_MAX = 2.0
LULL_SECONDS = 0.05
AWAY_SECONDS_MAX = 60.0


class Sender:
    def __init__(
        self,
        consumer: Consumer,
        writer: Writer,
        programme: Programme,
        transport: Transport,
        lock: SenderLock,
        patience: Patience | None = None,
    ) -> None:
        self._consumer = consumer
        self._writer = writer
        self._programme = programme
        self._transport = transport
        self._lock = lock
        self._patience = patience or Patience()
        self._task: asyncio.Task[None] | None = None
        self._taken = 0
        self._away = 0

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Called while the bus is still open. What is under way is sent again at the next start."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._lock.leave()

    async def _run(self) -> None:
        while True:
            busy = self._consumer.taken != self._taken
            self._taken = self._consumer.taken
            limit = BUSY_BATCH if busy else CALM_BATCH
            started = monotonic()
            try:
                tried = await self.send_due(limit)
            except Exception as error:  # the sender must outlive a database or a disk that is away
                tried = 0
                self._away += 1
                with _never_held_up():
                    log.warning("sender failed", cause=cause_of(error))
            more = tried >= limit
            if not more:
                forget_words()
            await self._rest(busy, more, monotonic() - started)

    async def _rest(self, busy: bool, more: bool, spent_seconds: float) -> None:
        """What is away, and a queue that is empty, are given time; events are given way."""
        if self._away:
            waits = IDLE_SECONDS * 2 ** min(self._away, 10)
            await asyncio.sleep(min(AWAY_SECONDS_MAX, waits))
        elif not more:
            await asyncio.sleep(IDLE_SECONDS / 2 if busy else IDLE_SECONDS)
        elif busy:
            await self._give_way(min(REST_SECONDS_MAX, BUSY_SHARE * spent_seconds))

    async def _give_way(self, seconds: float) -> None:
        """Rests while events flow in. Once none has come for a moment, it would rest for nobody."""
        end = monotonic() + seconds
        while monotonic() < end:
            taken = self._consumer.taken
            await asyncio.sleep(LULL_SECONDS)
            if self._consumer.taken == taken:
                return

    async def send_due(self, limit: int) -> int:
        """Tries the oldest queued notices. Returns how many were tried."""
        if not await asyncio.to_thread(self._lock.taken):
            return 0
        now = await self._time()
        if now is None:
            return 0
        await self._forget(now)
        notices = await self._consumer.read(lambda states: store.due_notices(states, now, limit))
        if not notices:
            return 0
        contacts = await self._consumer.read(lambda states: store.addressees_of(states, notices))
        started_ns = time_ns()
        posted = await self._post(notices, contacts)
        is_away = any(post.result is Result.AWAY for post in posted)
        self._away = self._away + 1 if is_away else 0
        await self._note(notices, posted, now)
        if traces := self._consumer.decider.traces:
            tell_letters(traces, notices, posted, started_ns)
        return len(notices)

    async def _time(self) -> datetime | None:
        """A rehearsal tries again by this machine's clock: its own time may stand still meanwhile."""
        return datetime.now(UTC) if self._consumer.clock.rehearsal else await self._consumer.time()

    async def _post(self, notices: Sequence[Notice], contacts: dict[str, Contact]) -> list[Posted]:
        """Letters are written one by one, letting the bus be served in between."""
        found: dict[str, Posted] = {}
        mails: list[Mail] = []
        short: set[str] = set()
        for notice in notices:
            contact = contacts.get(notice.about)
            if contact and is_held_back(notice, contact):
                short.add(notice.notice_id)
            mail = self._mail(notice, contact)
            if isinstance(mail, Posted):
                found[notice.notice_id] = mail
            else:
                mails.append(mail)
            await asyncio.sleep(0)
        for post in await self._transport.deliver(mails) if mails else []:
            found[post.notice_id] = replace(post, short=post.notice_id in short)
        return [found[notice.notice_id] for notice in notices]

    def _mail(self, notice: Notice, contact: Contact | None) -> Mail | Posted:
        """A letter that cannot be written fails alone, and says in the records why."""
        # Said to the log, unlike a dossier's: no erasure tells it.
        if contact is None and notice.person_id:
            return Posted(notice.notice_id, Result.FAILED, NO_ADDRESS)
        if contact is None or (contact.erased and notice.template != ERASED):
            return Posted(notice.notice_id, Result.FAILED, DROPPED)
        try:
            return as_mail(
                self._writer.write(notice, contact),
                self._programme,
                notice.notice_id,
                notice.at,
            )
        except Unaddressable:
            return Posted(notice.notice_id, Result.FAILED, "address-invalid")
        except Exception as error:
            return Posted(
                notice.notice_id,
                Result.FAILED,
                f"cannot-be-written-{type(error).__name__}",
            )

    async def _forget(self, now: datetime) -> None:
        """When a person's data is erased, the files of their letters go too, the last a day later."""
        gone = await self._consumer.read(
            lambda states: store.erasing_notices(states, now, CALM_BATCH)
        )
        if gone:
            notice_ids = [notice.notice_id for notice in gone]
            await self._transport.forget(notice_ids)
            await self._consumer.announce(forgetting_id(notice_ids), now, forgetting(notice_ids))

    async def _note(
        self, notices: Sequence[Notice], posted: Sequence[Posted], now: datetime
    ) -> None:
        if all(post.result is Result.AWAY for post in posted):
            with _never_held_up():
                log.warning("mail away", count=len(posted), cause=posted[0].cause)
            return
        at = now
        if self._consumer.clock.rehearsal:  # where nobody told the time yet, the causes did
            at = self._consumer.clock.seen() or max(notice.at for notice in notices)
        await self._consumer.announce(
            noting_id(notices, posted), at, noting(posted, now, self._patience)
        )
        with _never_held_up():
            for notice, post in zip(notices, posted, strict=True):
                _log(notice, post)


def noting(
    posted: Sequence[Posted], now: datetime, patience: Patience
) -> Callable[[States, Arrival], Decision]:
    def decide(states: States, _at: Arrival) -> Decision:
        known = store.notices_by_id(states, [post.notice_id for post in posted])
        addressees = store.addressees_of(states, list(known.values()))
        proven = {contact.candidature_id for contact in addressees.values() if contact.is_proven}
        return note(known, not_overtaken(known, posted, proven), now, patience)

    return decide


def forgetting(notice_ids: Sequence[str]) -> Callable[[States, Arrival], Decision]:
    def decide(states: States, _at: Arrival) -> Decision:
        return forgotten(store.notices_by_id(states, notice_ids).values())

    return decide


def noted_again(told: Retold) -> Callable[[States, Arrival], Decision]:
    """What the log says was sent is noted as sent, and never sent again."""
    found = [posted_before(fact) for fact in told.facts]
    posted = [post for post in found if post]

    def decide(states: States, _at: Arrival) -> Decision:
        known = store.notices_by_id(states, [post.notice_id for post in posted])
        return note(known, posted, told.now, Patience())

    return decide


@contextmanager
def _never_held_up() -> Iterator[None]:
    """The mail has left and is noted: a record that cannot be written says nothing about the relay."""
    try:
        yield
    except Exception as error:
        logging.getLogger(__name__).error("a record could not be written: %s", type(error).__name__)


def _log(notice: Notice, post: Posted) -> None:
    told = {"dossier": notice.about, "template": notice.template, "attempt": notice.attempts + 1}
    if post.result is Result.SENT:
        log.info("notice sent", **told)
    elif post.result is Result.FAILED:
        log.warning("notice failed", **told, cause=post.cause)
    else:
        log.warning("notice put off", **told, cause=post.cause)
