"""Replicas of the counting service, each with a thread of its own, that can be stopped in their rule."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from typing import Any

from sqlalchemy import Engine, select

from shared.contract.decision import Decision
from shared.contract.front_ends import HOLDERS
from shared.contract.frontdesk import PiecesCompleted, WithdrawalRequested
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.subjects import named
from shared.kit.consumer.batch import Batch
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival, Delivery
from shared.kit.reactions import Reaction
from shared.kit.storage.database import open_engine
from shared.kit.storage.state_tables import by_kind, table_of
from shared.kit.storage.states import States
from shared.value import value
from tests.platform import PATIENCE_SECONDS
from tests.service.kit.counting import (
    JOURNAL,
    NAME,
    PROGRAMME,
    TALLIES,
    CountingTable,
    Tally,
    on_withdrawal_requested,
    reactions,
)

PLACES = count(1)
Rule = Callable[[States, WithdrawalRequested, Arrival], Decision]


@value
class Prize:
    """What one dossier alone may hold."""

    prize: str
    held_by: str


@value
class Asked:
    """How many have come."""

    hall: str
    comers: int = 0


@value
class Sign:
    """What holds for everybody."""

    sign: str
    words: str


STATE_TABLES = by_kind(
    TALLIES,
    table_of(CountingTable, {}, Prize, "prizes", contested=True),
    table_of(CountingTable, {}, Asked, "asked", counts="comers"),
    table_of(CountingTable, {}, Sign, "signs"),
)


class Replica:
    """A consumer with connections and a thread of its own. It stops in its rule while its door is shut."""

    def __init__(self, url: str, rule: Rule = on_withdrawal_requested) -> None:
        self.arrived, self.door = Event(), Event()
        self.asked = 0
        self.door.set()
        self._rule = rule
        self.engine = open_engine(url)
        own = Reaction(self._stopping, (Tally,), own_dossier=True)
        self.consumer = Consumer(
            NAME,
            PROGRAMME,
            self.engine,
            JOURNAL,
            STATE_TABLES,
            reactions({WithdrawalRequested: own}),
        )
        self._thread = ThreadPoolExecutor(1)

    def _stopping(self, book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
        """Whatever the rule reads is read before the door opens."""
        self.asked += 1
        decision = self._rule(book, event, at)
        self.arrived.set()
        assert self.door.wait(PATIENCE_SECONDS)
        return decision

    def stop_in_its_rule(self, deliveries: Sequence[Delivery]) -> Callable[[], Batch]:
        """What is called later lets it go on, and gives what it decided."""
        self.door.clear()
        deciding = self._thread.submit(self.consumer.transact, deliveries)
        assert self.arrived.wait(PATIENCE_SECONDS)

        def go_on() -> Batch:
            self.door.set()
            return deciding.result(PATIENCE_SECONDS)

        return go_on

    def close(self) -> None:
        self.door.set()
        self._thread.shutdown()
        self.consumer.work.close()
        self.engine.dispose()


def said(dossier: str, reason: str = "moved away", attempt: int = 1) -> Delivery:
    body = WithdrawalRequested(candidature_id=dossier, reason=reason)
    return _delivery(body, dossier, attempt)


def opened(dossier: str) -> Delivery:
    return _delivery(PiecesCompleted(candidature_id=dossier, pieces={"governance": "all"}), dossier)


def _delivery(body: Any, dossier: str, attempt: int = 1) -> Delivery:
    place = next(PLACES)
    subject = named(f"{PROGRAMME}.{type(body).event_type()}.{dossier}", HOLDERS)
    data = body.model_dump_json().encode()
    stream, durable = "FRONTDESK_HOLDERS", f"{NAME}-on-frontdesk_holders"
    return Delivery(None, subject, {}, data, stream, durable, attempt, place, 10**18 + place)


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(select(TALLIES.table.c.candidature_id, TALLIES.table.c.count))
        return {row[0]: row[1] for row in rows}


def kept(engine: Engine, kind: type[Any]) -> list[Any]:
    with engine.connect() as connection:
        return States(connection, STATE_TABLES).all(kind)


def told_of(engine: Engine, dossier: str) -> list[str]:
    """What was said of a dossier, in the order of the outbox: each tells how far it had counted."""
    outbox = JOURNAL.outbox.c
    with engine.connect() as connection:
        bodies = connection.scalars(
            select(outbox.body).where(outbox.subject.endswith(f".{dossier}")).order_by(outbox.id)
        ).all()
    facts = [body for body in bodies if b'"wave"' in body]
    return [CandidatureWithdrawn.model_validate_json(body).wave for body in facts]
