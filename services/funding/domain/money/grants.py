"""The life of a grant after the award: agreement, account, cancellation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.funding.domain.money.ledger import MovementBook, freed
from services.funding.domain.states import AT_THE_BANK, Account, Fund, Grant, Order, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.funding import AwardCancelled, GrantAgreed, PlaceFreed
from shared.contract.values import Reason, Zone
from shared.kit.delivery import Arrival

OPEN_STATES = ("scheduled", "withheld", "rejected", "returned")
NOT_AT_THE_BANK = ("ordered", "approved")
ACCOUNT_CHANGED = Reason(code="account-changed", message="Le compte a changé depuis la vérification.")


def agree(grant: Grant, tranches: Sequence[Tranche], now: datetime) -> Decision:
    if grant.state != "awarded":
        return nothing("duplicate" if grant.state == "agreed" else grant.state)
    fact = GrantAgreed(
        candidature_id=grant.candidature_id,
        due_on=tuple(tranche.due_on for tranche in tranches),
        amounts_cents=tuple(tranche.amount_cents for tranche in tranches),
    )
    return Decision("agreed", facts=(fact,), changes=(replace(grant, state="agreed", agreed_at=now),))


def provide_account(
    current: Account | None, new: Account, tranches: Sequence[Tranche], orders: Sequence[Order], at: Arrival
) -> Decision:
    """New bank details freeze what is not at the bank yet: the old account is never paid after the change.

    The tranches of those orders are left `withheld`, to be decided again with the new account.
    """
    if current and current.sequence >= new.sequence:
        return nothing("superseded")
    if current and current.fingerprint == new.fingerprint:
        return nothing("duplicate")
    account = replace(new, replaces=current is not None)
    return Decision("account-provided", changes=(account, *frozen(tranches, orders, at)))


def suspend(grant: Grant, tranches: Sequence[Tranche], orders: Sequence[Order], at: Arrival) -> Decision:
    """What is not at the bank yet stays here until the grant is resumed."""
    if grant.suspended_since:
        return nothing("duplicate")
    held = replace(grant, suspended_since=at.now)
    return Decision("suspended", changes=(held, *frozen(tranches, orders, at)))


def frozen(tranches: Sequence[Tranche], orders: Sequence[Order], at: Arrival) -> tuple[Any, ...]:
    """Orders that are not at the bank are cancelled, their tranches `withheld`, to be decided again."""
    book = MovementBook(at.event_id, at.now)
    by_id = {tranche.tranche_id: tranche for tranche in tranches}
    changes: list[Order | Tranche] = []
    for order in orders:
        if order.state in NOT_AT_THE_BANK:
            tranche = by_id[order.tranche_id]
            book.undo_order(order, tranche.number)
            changes += [replace(order, state="cancelled"), replace(tranche, state="withheld", since=at.now, gates=())]
    return (*changes, *book.lines)


def verify_account(account: Account, fingerprint: str, officer: str, now: datetime) -> Decision:
    """The one officer that a first account needs, the first of two where it replaces another."""
    if account.fingerprint != fingerprint:
        return nothing("superseded", ACCOUNT_CHANGED)
    if account.verified_at:
        return nothing("duplicate")
    return Decision("account-verified", changes=(replace(account, verified_at=now, verified_by=officer),))


def confirm_account(account: Account, fingerprint: str, officer: str, now: datetime) -> Decision:
    """The second pair of eyes on a change of account."""
    if account.fingerprint != fingerprint:
        return nothing("superseded", ACCOUNT_CHANGED)
    if not account.replaces:
        return nothing("not-a-change", Reason(code="not-a-change", message="Ce compte n'en remplace aucun autre."))
    if account.confirmed_at:
        return nothing("duplicate")
    if account.verified_at is None:
        return nothing("unverified", Reason(code="unverified", message="Le compte n'est pas encore vérifié."))
    if account.verified_by == officer:
        return nothing("same-officer", Reason(code="same-officer", message="Un changement demande deux personnes."))
    return Decision("account-confirmed", changes=(replace(account, confirmed_at=now, confirmed_by=officer),))


def cancel(
    grant: Grant, tranches: Sequence[Tranche], orders: Sequence[Order], fund: Fund, reason: Reason, at: Arrival
) -> tuple[Decision, MovementBook, Fund]:
    """The grant ends: what is not paid and not at the bank goes back; the place too, where nothing is spent.

    Returns the decision, its ledger lines (to be completed by promotions), and the fund as it leaves it.
    """
    book = MovementBook(at.event_id, at.now)
    live = {order.tranche_id: order for order in orders if order.state in NOT_AT_THE_BANK}
    cents = 0
    changes: list[Order | Tranche] = []
    for tranche in tranches:
        order = live.get(tranche.tranche_id)
        if order:
            book.undo_order(order, tranche.number)
            changes.append(replace(order, state="cancelled"))
        if order or tranche.state in OPEN_STATES:
            cents += tranche.payable_cents
            book.free(grant.candidature_id, tranche.number, tranche.payable_cents, tranche.tranche_id)
            changes.append(replace(tranche, state="cancelled", since=at.now, retry_after=None))
    held = holds_money(grant, tranches, orders)
    gone = replace(grant, state="cancelled", holds_place=held)
    fact = AwardCancelled(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        zone=Zone(grant.zone),
        freed_cents=cents,
        place_freed=not held,
        reasons=(reason,),
    )
    left = freed(fund, None if held else grant.zone, cents)
    return Decision("cancelled", (reason,), (fact,), (gone, *changes)), book, left


def paid_cents(grant: Grant, tranches: Iterable[Tranche]) -> int:
    """What the holder was paid and has not given back."""
    return sum(t.payable_cents for t in tranches if t.state == "settled") - grant.recovered_cents


def holds_money(grant: Grant, tranches: Iterable[Tranche], orders: Iterable[Order]) -> bool:
    """Whether the State has spent on this grant, or may have: a transfer that is at the bank may be paid."""
    return paid_cents(grant, tranches) > 0 or any(order.state in AT_THE_BANK for order in orders)


def place_given_back(grant: Grant, tranches: Iterable[Tranche], orders: Iterable[Order]) -> Decision | None:
    """A grant that ended holds nothing of the State any more: its place is free again."""
    if not grant.holds_place or holds_money(grant, tranches, orders):
        return None
    fact = PlaceFreed(candidature_id=grant.candidature_id, wave=grant.wave, zone=Zone(grant.zone))
    return Decision("place-freed", facts=(fact,), changes=(replace(grant, holds_place=False),))
