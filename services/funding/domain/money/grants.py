"""The life of a grant after the award: agreement, account, suspension, its end."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.funding.domain.money import sentences
from services.funding.domain.money.ledger import MovementBook, freed
from services.funding.domain.money.schedule import year_by_year
from services.funding.domain.money.words import AT_THE_BANK, NOT_AT_THE_BANK, OPEN_STATES
from services.funding.domain.states import Account, Fund, Grant, Order, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.funding import (
    AwardCancelled,
    BankDetailsReceived,
    BankDetailsTrusted,
    GrantAgreed,
    GrantHeld,
    GrantReleased,
    PlaceFreed,
)
from shared.contract.values import Party, Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

UNPAID = (*OPEN_STATES, "ordered")


def agree(
    grant: Grant,
    tranches: Sequence[Tranche],
    state_side: Sequence[Party],
    now: datetime,
    association_consent: bool = False,
) -> Decision:
    """The holder signs what the State has signed: the schedule is said, the gate of the agreement is open."""
    if grant.state == "agreed":
        return nothing("duplicate")
    if grant.state != "awarded":
        return nothing(grant.state)
    due_on, amounts_cents = year_by_year(grant, tranches)
    fact = GrantAgreed(
        candidature_id=grant.candidature_id,
        due_on=due_on,
        amounts_cents=amounts_cents,
        parties=(_holder_of(grant, now), *state_side),
        association_consent=association_consent,
    )
    return Decision(
        "agreed",
        facts=(fact,),
        changes=(replace(grant, state="agreed", agreed_at=now),),
    )


def _holder_of(grant: Grant, now: datetime) -> Party:
    return Party(
        side="holder", name=grant.front_end or None, public_key=grant.public_key, signed_at=now
    )


def provide_account(
    current: Account | None,
    new: Account,
    tranches: Sequence[Tranche],
    orders: Sequence[Order],
    at: Arrival,
) -> Decision:
    """New bank details freeze what is not at the bank yet: the old account is never paid after the change.

    The tranches of those orders are left `withheld`, to be decided again with the new account.
    """
    # Two front-ends have two streams: the broker's time tells which of two accounts is the later.
    if current and current.sequence >= new.sequence:
        return nothing("superseded")
    if current and current.fingerprint == new.fingerprint:
        return nothing("duplicate")
    # A first account needs one officer, a change of account two: changes are what fraud asks for.
    account = replace(new, replaces=current is not None)
    fact = BankDetailsReceived(candidature_id=new.candidature_id, replaces=account.replaces)
    return Decision(
        "account-provided",
        facts=(fact,),
        changes=(account, *frozen(tranches, orders, at)),
    )


def suspend(
    grant: Grant,
    tranches: Sequence[Tranche],
    orders: Sequence[Order],
    reason: str,
    at: Arrival,
) -> Decision:
    """What is not at the bank yet stays here until the grant is resumed."""
    if grant.state == "cancelled":
        return nothing(grant.state)
    if grant.suspended_since:
        return nothing("duplicate")
    held = replace(grant, suspended_since=at.now)
    because = Reason(code="suspended", message=reason)
    fact = GrantHeld(candidature_id=grant.candidature_id, reasons=(because,))
    return Decision(
        "suspended",
        facts=(fact,),
        changes=(held, *frozen(tranches, orders, at)),
    )


def resume(grant: Grant) -> Decision:
    if grant.suspended_since is None:
        return nothing("duplicate")
    fact = GrantReleased(candidature_id=grant.candidature_id)
    return Decision(
        "resumed",
        facts=(fact,),
        changes=(replace(grant, suspended_since=None),),
    )


def frozen(tranches: Sequence[Tranche], orders: Sequence[Order], at: Arrival) -> tuple[Any, ...]:
    """Orders that are not at the bank are cancelled, their tranches `withheld`, to be decided again."""
    by_id = {tranche.tranche_id: tranche for tranche in tranches}
    movements = MovementBook(at.event_id, at.now)
    changes: list[Order | Tranche] = []
    for order in orders:
        if order.state not in NOT_AT_THE_BANK:
            continue
        # `gates` is emptied so that the next decision tells its reasons anew.
        tranche = by_id[order.tranche_id]
        movements.undo_order(order, tranche.number)
        changes.append(replace(order, state="cancelled"))
        changes.append(replace(tranche, state="withheld", since=at.now, gates=()))
    return (*changes, *movements.lines)


def verify_account(account: Account, fingerprint: str, officer: str, now: datetime) -> Decision:
    """The one officer that a first account needs, the first of two where it replaces another."""
    if account.fingerprint != fingerprint:
        return nothing("superseded", sentences.ACCOUNT_CHANGED)
    if account.verified_at:
        return nothing("duplicate")
    verified = replace(account, verified_at=now, verified_by=officer)
    return Decision("account-verified", changes=(verified,))


def confirm_account(account: Account, fingerprint: str, officer: str, now: datetime) -> Decision:
    """The second pair of eyes on a change of account."""
    if account.fingerprint != fingerprint:
        return nothing("superseded", sentences.ACCOUNT_CHANGED)
    if not account.replaces:
        return nothing("not-a-change", sentences.NOT_A_CHANGE)
    if account.confirmed_at:
        return nothing("duplicate")
    if account.verified_at is None:
        return nothing("unverified", sentences.UNVERIFIED)
    if account.verified_by == officer:
        return nothing("same-officer", sentences.CHANGE_BY_ONE_PERSON)
    confirmed = replace(account, confirmed_at=now, confirmed_by=officer)
    return Decision("account-confirmed", changes=(confirmed,))


def trusted_fact(programme: Programme, account: Account) -> BankDetailsTrusted | None:
    """None while another officer has to look."""
    if account.trusted_at is None:
        return None
    return BankDetailsTrusted(
        candidature_id=account.candidature_id,
        payable_from=programme.local_day(cooled_off_at(programme, account.trusted_at)),
    )


def cooled_off_at(programme: Programme, trusted_at: datetime) -> datetime:
    """A fraudster who got past two officers still has to wait: the true holder may notice meanwhile."""
    return trusted_at + timedelta(days=programme.payment.cooling_off_days)


def cancel(
    grant: Grant,
    tranches: Sequence[Tranche],
    orders: Sequence[Order],
    fund: Fund,
    reason: Reason,
    at: Arrival,
) -> tuple[Decision, MovementBook, Fund]:
    """The grant ends: what is not paid and not at the bank goes back; the place too, where nothing is spent.

    Returns the decision, its ledger lines (to be completed by promotions), and the fund as it leaves it.
    """
    movements = MovementBook(at.event_id, at.now)
    # A transfer that is at the bank cannot be called back: its tranche waits for the bank's word.
    waiting = {order.tranche_id: order for order in orders if order.state in NOT_AT_THE_BANK}
    freed_cents = 0
    changes: list[Order | Tranche] = []
    for tranche in tranches:
        order = waiting.get(tranche.tranche_id)
        if order:
            movements.undo_order(order, tranche.number)
            changes.append(replace(order, state="cancelled"))
        if order or tranche.state in OPEN_STATES:
            freed_cents += tranche.payable_cents
            movements.free(
                grant.candidature_id,
                tranche.number,
                tranche.payable_cents,
                tranche.tranche_id,
            )
            changes.append(replace(tranche, state="cancelled", since=at.now, retry_after=None))
    # A place that the State has spent on stays taken: another laureate there would be one too many.
    held = holds_money(grant, tranches, orders)
    ended = replace(grant, state="cancelled", holds_place=held)
    fact = AwardCancelled(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        zone=grant.zone,
        freed_cents=freed_cents,
        place_freed=not held,
        reasons=(reason,),
    )
    left = freed(fund, None if held else grant.zone, freed_cents)
    return Decision("cancelled", (reason,), (fact,), (ended, *changes)), movements, left


def paid_cents(grant: Grant, tranches: Iterable[Tranche]) -> int:
    """What the holder was paid and has not given back."""
    settled_cents = sum(tranche.payable_cents for tranche in tranches if tranche.state == "settled")
    return settled_cents - grant.recovered_cents


def paid_in_full(tranches: Iterable[Tranche]) -> bool:
    """Whether every tranche is paid, offset or cancelled already: then there is nothing to give up."""
    return all(tranche.state not in UNPAID for tranche in tranches)


def holds_money(grant: Grant, tranches: Iterable[Tranche], orders: Iterable[Order]) -> bool:
    """Whether the State has spent on this grant, or may have: a transfer that is at the bank may be paid."""
    if paid_cents(grant, tranches) > 0:
        return True
    return any(order.state in AT_THE_BANK for order in orders)


def place_given_back(
    grant: Grant, tranches: Iterable[Tranche], orders: Iterable[Order]
) -> Decision | None:
    """A grant that ended holds nothing of the State any more: its place is free again."""
    if not grant.holds_place or holds_money(grant, tranches, orders):
        return None
    fact = PlaceFreed(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        zone=grant.zone,
    )
    return Decision(
        "place-freed",
        facts=(fact,),
        changes=(replace(grant, holds_place=False),),
    )
