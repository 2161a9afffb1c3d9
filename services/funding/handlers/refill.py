"""What follows when a grant ends or money comes back: the reserve list moves up, in the same transaction."""

from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain.decisions import both
from services.funding.domain.money import grants, recovery
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import Entry, Fund, Grant, Order, Recovery, Tranche, WaveState
from services.funding.domain.waves import reserve, waves
from services.funding.domain.waves.proposal import propose
from services.funding.domain.waves.reserve import Reserve
from services.funding.domain.waves.sentences import GIVEN_UP, PAID_IN_FULL
from services.funding.domain.waves.turns import cancelled_turn
from shared.contract.decision import Decision, nothing
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Freed:
    """`grants` whose place is free, none where only money came back; `entry` a candidature as it now is."""

    grants: tuple[Grant, ...] = ()
    entry: Entry | None = None


def release(
    programme: Programme,
    states: States,
    grant: Grant,
    why: Reason,
    at: Arrival,
    entry: Entry | None = None,
) -> Decision:
    """Ends a grant (withdrawal, refusal, ineligibility): what is not paid is freed, the next may be promoted.

    `entry` is the candidature as this event leaves it. Whoever calls checks that the grant lives.
    """
    key = grant.candidature_id
    tranches = states.of(Tranche, key)
    orders = states.of(Order, key)
    fund = store.fund_of(states, programme)
    ended, ledger, fund = grants.cancel(grant, tranches, orders, fund, why, at)
    turn = cancelled_turn(grant, why, at)
    ended = replace(ended, changes=(*ended.changes, turn, *ledger.lines))
    # A grant that ended with the State's money keeps its place: nobody is promoted into it.
    gone = () if grants.holds_money(grant, tranches, orders) else (grant,)
    freed = Freed(gone, entry or states.one(Entry, key))
    return both(ended, refill(programme, states, fund, at, freed))


def give_up(
    programme: Programme,
    states: States,
    grant: Grant,
    why: Reason,
    at: Arrival,
    entry: Entry | None = None,
) -> Decision:
    """The holder's own decision. Once money was paid it ends the rest, and the paid may be asked back."""
    key = grant.candidature_id
    tranches = states.of(Tranche, key)
    paid_cents = grants.paid_cents(grant, tranches)
    if paid_cents <= 0:
        return release(programme, states, grant, why, at, entry)
    past = states.of(Recovery, key)
    asked = recovery.after_giving_up(programme, past, key, paid_cents, at.now)
    if asked is None and grants.paid_in_full(tranches):
        return nothing("paid-in-full", PAID_IN_FULL)
    ended = release(programme, states, grant, GIVEN_UP, at, entry)
    return both(ended, asked) if asked else ended


def refill(
    programme: Programme,
    states: States,
    fund: Fund,
    at: Arrival,
    freed: Freed = Freed(),
) -> Decision:
    """Promotes on what is free now, or ranks again the wave that is being decided. Changes have the fund.

    `fund` is as the event leaves it. Give this decision last: `both(decision, refill(…))`.
    """
    known = store.waves_of(states, programme)
    ranked = waves.being_decided(known)
    if ranked:
        return rank_again(programme, states, ranked, fund, freed.entry)
    latest = waves.with_living_reserve(known)
    if latest is None:
        return Decision("nothing-to-refill", changes=(fund,))
    if reserve.over(programme, latest.wave, at.now):
        return Decision("reserve-over", changes=(fund,))
    taken = store.places_taken(states, latest.wave, freed.grants)
    waiting = Reserve(
        programme=programme,
        rankings=store.rankings_of(states, latest),
        entries=store.competing(states, latest.wave, freed.entry),
        places=reserve.places_to_fill(programme, latest.wave, taken, freed.grants),
    )
    ledger = MovementBook(at.event_id, at.now)
    filled, left = reserve.fill(waiting, fund, ledger, at)
    return replace(filled, changes=(*filled.changes, left, *ledger.lines))


def rank_again(
    programme: Programme,
    states: States,
    wave: WaveState,
    fund: Fund,
    entry: Entry | None = None,
) -> Decision:
    """The wave that is being decided, on what is left now. `entry` is as the event leaves it."""
    again = propose(store.basis_of(states, programme, wave, fund, entry))
    return replace(again, changes=(fund, *again.changes))
