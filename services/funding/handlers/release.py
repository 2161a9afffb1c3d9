"""What follows when a grant ends or money comes back: the reserve list moves up, in the same transaction."""

from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain import grants, reserve, waves
from services.funding.domain.ledger import MovementBook
from services.funding.domain.reserve import Reserve
from services.funding.domain.states import Entry, Fund, Grant, Order, Tranche
from services.funding.domain.tranches import numbered
from shared.contract.decision import Decision
from shared.contract.values import Reason
from shared.kit.book import Book
from shared.kit.delivery import Arrival
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Freed:
    """`grant` is the one that ended, None where only money came back. `entry` is its candidature as it now is."""

    grant: Grant | None = None
    entry: Entry | None = None


def both(first: Decision, second: Decision) -> Decision:
    """Two decisions of one event, in order."""
    return Decision(
        first.result,
        (*first.reasons, *second.reasons),
        (*first.facts, *second.facts),
        numbered((*first.changes, *second.changes)),
    )


def release(
    programme: Programme, book: Book, grant: Grant, why: Reason, at: Arrival, entry: Entry | None = None
) -> Decision:
    """Ends a grant (withdrawal, refusal, ineligibility, clawback): what is not paid is freed, the next is promoted.

    `entry` is the candidature as this event leaves it. Whoever calls checks that the grant is not cancelled already.
    """
    key = grant.candidature_id
    tranches, orders = book.of(Tranche, key), book.of(Order, key)
    decision, lines, fund = grants.cancel(grant, tranches, orders, store.fund_of(book, programme), why, at)
    decision = replace(decision, changes=(*decision.changes, reserve.cancelled(grant, why, at), *lines.lines))
    return both(decision, refill(programme, book, fund, at, Freed(grant, entry or book.one(Entry, key))))


def refill(programme: Programme, book: Book, fund: Fund, at: Arrival, freed: Freed = Freed()) -> Decision:
    """Promotes on what is free now, or ranks again the wave that is being decided. The fund is among the changes.

    `fund` is as the event leaves it. Give this decision last: `both(decision, refill(…))`.
    """
    known = store.waves_of(book, programme)
    gone = freed.entry
    ranked = next((wave for wave in known.values() if wave.state == "ranked"), None)
    if ranked:
        again = waves.propose(store.table_of(book, programme, ranked, fund, gone))
        return replace(again, changes=(fund, *again.changes))
    published = [wave for wave in known.values() if wave.state == "published"]
    if not published:
        return Decision("nothing-to-refill", changes=(fund,))
    latest = published[-1]
    entries = store.competing(book, latest.wave, gone)
    lines = MovementBook(at.event_id, at.now)
    places = _places(programme, book, latest.wave, freed.grant)
    waiting = Reserve(programme, store.rankings_of(book, latest), entries, places)
    filled, fund = reserve.fill(waiting, fund, lines, at)
    return replace(filled, changes=(*filled.changes, fund, *lines.lines))


def _places(programme: Programme, book: Book, wave: str, gone: Grant | None) -> int:
    """The laureates the wave lacks, and one more where a grant of an earlier wave ended."""
    active = store.active_grants(book, wave, without=gone)
    spare = max(0, programme.selection.laureates_max - active)
    return spare + (1 if gone and gone.wave != wave else 0)
