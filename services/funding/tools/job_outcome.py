"""What funding makes of the tranches that the annual job says are due, or would make of them now."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from sqlalchemy import Engine, select

from services.funding import store
from services.funding.domain.money.tranches import decide_due
from services.funding.domain.states import Grant, Tranche
from services.funding.handlers.grant_file import FILE
from services.funding.tables import JOURNAL, STATE_TABLES
from shared.contract.funding import GrantTrancheDue
from shared.contract.topology import durables_of
from shared.kit.delivery import Arrival
from shared.kit.handled import DEAD_LETTERED
from shared.kit.storage.states import States
from shared.programme import Programme

TRANCHES = STATE_TABLES[Tranche].table
HEARD_BY = next(
    durable.name for durable in durables_of("funding") if GrantTrancheDue in durable.hears
)
ORDERED = ("ordered", "settled")
ASKED_AT_ONCE = 500
POLL_SECONDS = 0.1


@dataclass(slots=True)
class Outcome:
    """How many tranches were ordered and withheld, and `why`: how many each closed gate holds.

    `others` are neither, by their state: cancelled meanwhile, say. `undecided` had no answer in time.
    """

    ordered: int = 0
    withheld: int = 0
    why: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    undecided: int = 0

    def note(self, state: str, gates: Iterable[str]) -> None:
        if state == "withheld":
            self.withheld += 1
            self.why.update(set(gates))
        elif state in ORDERED:
            self.ordered += 1
        else:
            self.others[state] += 1


def note_what_would_come(
    outcome: Outcome,
    engine: Engine,
    programme: Programme,
    page: Sequence[GrantTrancheDue],
    now: datetime,
) -> None:
    """Funding's own rule on its own states, as if the page were said at this instant; nothing is kept."""
    at = Arrival("dry-run", now, "", 0, "", "dry-run")
    with engine.connect().execution_options(reads_only=True) as connection:
        states = States(connection, STATE_TABLES)
        for kind in FILE:
            states.prefetch(kind, list(dict.fromkeys(due.candidature_id for due in page)))
        for due in page:
            grant = states.one(Grant, due.candidature_id)
            tranche = states.one(Tranche, due.tranche_id)
            if grant and tranche:
                decision = decide_due(store.file_of(states, programme, grant), tranche, at)
                outcome.note(decision.result, [reason.code for reason in decision.reasons])


async def note_what_comes(
    outcome: Outcome, engine: Engine, said: Sequence[str], wait_seconds: float
) -> dict[str, str]:
    """Waits until each tranche is decided, `wait_seconds` for the next one at most.

    Returns the dead letters among them, by tranche: for those nobody waits.
    """
    left = dict.fromkeys(said)
    letters: dict[str, str] = {}
    deadline = monotonic() + wait_seconds
    while left:
        before = len(left)
        for ids in _parts(list(left)):
            for tranche_id, state, gates in _decided(engine, ids):
                outcome.note(state, [gate["code"] for gate in gates])
                del left[tranche_id]
            letters |= dead_letters_of(
                engine, [tranche_id for tranche_id in ids if tranche_id in left]
            )
        left = {tranche_id: None for tranche_id in left if tranche_id not in letters}
        if len(left) < before:
            deadline = monotonic() + wait_seconds
        elif monotonic() > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    outcome.undecided = len(left)
    return letters


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]


def _decided(engine: Engine, ids: Sequence[str]) -> list[tuple[str, str, list[dict[str, str]]]]:
    tranche = TRANCHES.c
    query = select(tranche.tranche_id, tranche.state, tranche.gates).where(
        tranche.tranche_id.in_(ids), tranche.state != "scheduled"
    )
    with engine.connect().execution_options(reads_only=True) as connection:
        return [(row.tranche_id, row.state, row.gates) for row in connection.execute(query)]


def dead_letters_of(engine: Engine, ids: Sequence[str]) -> dict[str, str]:
    """A word is said once for ever: where it became a dead letter, no later run makes up for it."""
    inbox = JOURNAL.inbox.c
    query = (
        select(inbox.dossier, inbox.consumer, inbox.sequence)
        .where(inbox.dossier.in_(ids))
        .where(inbox.consumer == HEARD_BY, inbox.result == DEAD_LETTERED)
        .order_by(inbox.sequence)
    )
    with engine.connect().execution_options(reads_only=True) as connection:
        return {
            dossier: f"{consumer}-{sequence}"
            for dossier, consumer, sequence in connection.execute(query)
        }
