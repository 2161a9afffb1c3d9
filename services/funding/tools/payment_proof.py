"""`payments verify`: the ledger, the orders and the log of facts, read once and proved offline."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from services.funding import store
from services.funding.app import NAME
from services.funding.domain.money.ledger import paid_net_cents
from services.funding.domain.money.proof import Evidence, SaidFact, violations
from services.funding.domain.states import BankLine, Fund, Grant, Movement, Order, Run, Tranche
from services.funding.tables import JOURNAL, STATE_TABLES
from shared.contract.event import EVENTS
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from shared.programme import Programme

TOLD = (
    "GrantAwarded",
    "GrantTakenOver",
    "AwardCancelled",
    "PlaceFreed",
    "TrancheOrdered",
    "TrancheSettled",
    "TrancheRejected",
    "TrancheReturned",
    "PaymentsExported",
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the proof looked at, and every entry that is off. `paid_cents` is net of what came back to us."""

    grants: int
    movements: int
    facts: int
    paid_cents: int
    violations: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return not self.violations


def verify_payments(settings: Settings) -> Findings:
    engine = open_engine(settings.database_url(NAME))
    try:
        return verify_store(settings.programme(), engine)
    finally:
        engine.dispose()


def verify_store(programme: Programme, engine: Engine) -> Findings:
    """One snapshot of the database: what is written meanwhile is left for the next proof."""
    reading = engine.connect().execution_options(reads_only=True)
    if engine.dialect.name == "postgresql":
        reading = reading.execution_options(isolation_level="REPEATABLE READ")
    with reading as connection:
        evidence = _evidence(programme, connection)
    return Findings(
        grants=len(evidence.grants),
        movements=len(evidence.movements),
        facts=len(evidence.facts),
        paid_cents=paid_net_cents(evidence.movements),
        violations=violations(evidence),
    )


def _evidence(programme: Programme, connection: Connection) -> Evidence:
    states = States(connection, STATE_TABLES)
    return Evidence(
        programme=programme,
        fund=states.one(Fund, store.FUND),
        grants=states.where(Grant),
        tranches=states.where(Tranche),
        orders=states.where(Order),
        runs=states.where(Run),
        bank_lines=states.where(BankLine),
        movements=states.where(Movement),
        facts=_facts(connection),
        heard=frozenset(connection.scalars(select(JOURNAL.inbox.c.event_id))),
    )


def _facts(connection: Connection) -> list[SaidFact]:
    """What funding said of money, from the outbox: its rows stay once they are published."""
    outbox = JOURNAL.outbox.c
    names = {event_type: event.__name__ for event_type, event in EVENTS.items()}
    types = {event_type: name for event_type, name in names.items() if name in TOLD}
    said = select(outbox.subject, outbox.cause_id, outbox.body)
    of_funding = said.where(outbox.stream == "FUNDING").order_by(outbox.id)
    found = []
    for subject, cause_id, body in connection.execute(of_funding):
        # Between the programme and the dossier.
        event_type = subject.partition(".")[2].rpartition(".")[0]
        if name := types.get(event_type):
            found.append(SaidFact(name, cause_id, json.loads(body)))
    return found
