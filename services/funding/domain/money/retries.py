"""A new attempt to pay a tranche: only once the last one is certainly dead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.funding.domain.money import sentences
from services.funding.domain.money.words import DEAD, NEVER_SENT
from services.funding.domain.states import Account, Anomaly, Order, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.values import Reason
from shared.kit.delivery import Arrival

Listed = Mapping[str, Sequence[Anomaly]]  # the bank's lines that nobody has looked at, by order id


def alive_because(order: Order, listed: Listed) -> Reason | None:
    """Why an attempt may still pay, or has paid; None where it certainly does not."""
    if order.state == "settled":
        return sentences.settled_already(order.order_id)
    if order.state in NEVER_SENT:
        return sentences.not_sent_yet(order.order_id)
    if order.state not in DEAD:
        return sentences.may_still_be_paid(order.order_id, order.reason_code)
    # The bank refused it, and said something else as well: a person finds out which is true.
    against = listed.get(order.order_id)
    return sentences.refusal_contradicted(order.order_id, against[0]) if against else None


def retry(tranche: Tranche, orders: Sequence[Order], listed: Listed, at: Arrival) -> Decision:
    """An officer asks for a new attempt. `orders` are those of the tranche."""
    last = _last_orders(orders).get(tranche.tranche_id)
    if last and tranche.state in ("ordered", "settled", *DEAD):
        reason = alive_because(last, listed)
        if reason:
            return nothing("attempt-alive", reason)
    if tranche.state not in DEAD:
        return nothing(f"already-{tranche.state}")
    return Decision("retried", changes=(_open_again(tranche, at),))


def retried(
    account: Account,
    tranches: Sequence[Tranche],
    orders: Sequence[Order],
    listed: Listed,
    at: Arrival,
) -> list[Tranche]:
    """Tranches whose last payment failed on another account than this one: a new attempt is open to them."""
    last = _last_orders(orders)
    opened = []
    for tranche in tranches:
        if tranche.state not in DEAD:
            continue
        # On the same account it would fail for the same reason.
        failed = last[tranche.tranche_id]
        if failed.fingerprint != account.fingerprint and alive_because(failed, listed) is None:
            opened.append(_open_again(tranche, at))
    return opened


def _last_orders(orders: Sequence[Order]) -> dict[str, Order]:
    """The latest attempt of each tranche, by tranche id."""
    in_turn = sorted(orders, key=lambda order: (order.ordered_at, order.order_id))
    return {order.tranche_id: order for order in in_turn}


def _open_again(tranche: Tranche, at: Arrival) -> Tranche:
    return replace(tranche, state="withheld", since=at.now, gates=())
