"""A service made for tests: it counts withdrawals.

Its effect is not idempotent, so that a repetition would show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine
from sqlmodel import SQLModel

from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted, PiecesCompleted, WithdrawalRequested
from shared.contract.intake import CandidatureAlreadyRegistered, CandidatureWithdrawn
from shared.contract.topology import HEARS
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary, TooEarly
from shared.kit.reactions import Reaction, Reactions
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.state_tables import table_of
from shared.kit.storage.states import States

NAME, PROGRAMME = "intake", "fabriques"  # the identity whose rights and durables it uses


@dataclass(frozen=True, slots=True)
class Tally:
    candidature_id: str
    count: int
    opened: bool = False


class CountingTable(SQLModel, registry=service_registry()):
    """The base of this service's tables."""


TALLIES = table_of(CountingTable, {"candidature_id": 36}, Tally, "tallies")
JOURNAL = journal_tables(CountingTable.metadata)


def on_withdrawal_requested(book: States, event: WithdrawalRequested, _at: Arrival) -> Decision:
    """Each one adds 1. The reason may ask for trouble: `early`, `later` or `bug`."""
    tally = book.one(Tally, event.candidature_id) or Tally(event.candidature_id, 0)
    if event.reason == "early" and not tally.opened:
        raise TooEarly(event.candidature_id)
    if event.reason == "later":
        raise Temporary("somebody is away")
    if event.reason == "bug":
        raise ZeroDivisionError("a mistake in a rule")
    tally = replace(tally, count=tally.count + 1)
    fact = CandidatureWithdrawn(candidature_id=event.candidature_id, wave=f"w-{tally.count}")
    second = CandidatureAlreadyRegistered(
        candidature_id=event.candidature_id, receipt_number=f"R-{tally.count}"
    )
    return Decision("counted", facts=(fact, second), changes=(tally,))


def on_pieces_completed(book: States, event: PiecesCompleted, _at: Arrival) -> Decision:
    """Opens the dossier: what came too early may be decided now."""
    tally = book.one(Tally, event.candidature_id) or Tally(event.candidature_id, 0)
    return Decision("opened", changes=(replace(tally, opened=True),))


def reactions(more: Mapping[type[Event], Reaction] | None = None) -> Reactions:
    table: dict[type[Event], Reaction] = {
        event: Reaction(lambda _book, _event, _at: nothing("ignored")) for event in HEARS[NAME]
    }
    table[WithdrawalRequested] = Reaction(on_withdrawal_requested, (Tally,), own_dossier=True)
    table[PiecesCompleted] = Reaction(on_pieces_completed, (Tally,), own_dossier=True)
    table[CandidatureSubmitted] = Reaction(lambda _book, _event, _at: nothing("heard"))
    return Reactions(NAME, table | dict(more or {}))


def counting_consumer(
    engine: Engine, kind: type[Consumer] = Consumer, rehearsal: bool = True, **more: Any
) -> Consumer:
    CountingTable.metadata.create_all(engine)
    state_tables: Mapping[type[Any], Any] = {Tally: TALLIES}
    return kind(
        NAME,
        PROGRAMME,
        engine,
        JOURNAL,
        dict(state_tables),
        more.get("reactions") or reactions(),
        rehearsal,
    )
