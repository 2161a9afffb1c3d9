"""What follows when a grant ends or money comes back: the reserve list moves up, in the same transaction."""

from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain.money import grants, recovery
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.money.tranches import numbered
from services.funding.domain.money.words import OPEN_STATES
from services.funding.domain.states import Entry, Fund, Grant, Order, Recovery, Tranche
from services.funding.domain.waves import reserve, waves
from services.funding.domain.waves.reserve import Reserve
from shared.contract.decision import Decision, nothing
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from shared.programme import Programme

UNPAID = (*OPEN_STATES, "ordered")
GIVEN_UP = Reason(code="given-up", message="Le porteur renonce à la suite de l'aide.")
PAID_IN_FULL = Reason(code="paid-in-full", message="L'aide est versée en entier : il n'y a plus à y renoncer.")


@dataclass(frozen=True, slots=True)
class Freed:
    """`grants` are those whose place is free, none where only money came back; `entry` a candidature as it now is."""

    grants: tuple[Grant, ...] = ()
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
    programme: Programme, book: States, grant: Grant, why: Reason, at: Arrival, entry: Entry | None = None
) -> Decision:
    """Ends a grant (withdrawal, refusal, ineligibility): what is not paid is freed, the next may be promoted.

    `entry` is the candidature as this event leaves it. Whoever calls checks that the grant is not cancelled already.
    """
    key = grant.candidature_id
    tranches, orders = book.of(Tranche, key), book.of(Order, key)
    decision, lines, fund = grants.cancel(grant, tranches, orders, store.fund_of(book, programme), why, at)
    decision = replace(decision, changes=(*decision.changes, reserve.cancelled(grant, why, at), *lines.lines))
    gone = () if grants.holds_money(grant, tranches, orders) else (grant,)
    return both(decision, refill(programme, book, fund, at, Freed(gone, entry or book.one(Entry, key))))


def give_up(
    programme: Programme, book: States, grant: Grant, why: Reason, at: Arrival, entry: Entry | None = None
) -> Decision:
    """The holder's own decision. Once money was paid it ends the rest, and what was paid may be asked back."""
    key = grant.candidature_id
    tranches = book.of(Tranche, key)
    paid_cents = grants.paid_cents(grant, tranches)
    if paid_cents <= 0:
        return release(programme, book, grant, why, at, entry)
    asked = recovery.after_giving_up(programme, book.of(Recovery, key), key, paid_cents, at.now)
    if asked is None and not any(tranche.state in UNPAID for tranche in tranches):
        return nothing("paid-in-full", PAID_IN_FULL)
    ended = release(programme, book, grant, GIVEN_UP, at, entry)
    return both(ended, asked) if asked else ended


def refill(programme: Programme, book: States, fund: Fund, at: Arrival, freed: Freed = Freed()) -> Decision:
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
    if reserve.over(programme, latest.wave, at.now):
        return Decision("reserve-over", changes=(fund,))
    entries = store.competing(book, latest.wave, gone)
    lines = MovementBook(at.event_id, at.now)
    places = _places(programme, book, latest.wave, freed.grants)
    waiting = Reserve(programme, store.rankings_of(book, latest), entries, places)
    filled, fund = reserve.fill(waiting, fund, lines, at)
    return replace(filled, changes=(*filled.changes, fund, *lines.lines))


def _places(programme: Programme, book: States, wave: str, gone: tuple[Grant, ...]) -> int:
    """The laureates the wave lacks, and one more for each grant of an earlier wave whose place is free."""
    spare = max(0, programme.selection.laureates_max - store.places_taken(book, wave, gone))
    return spare + sum(grant.wave != wave for grant in gone)
