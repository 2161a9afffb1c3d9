"""A new attempt to pay a tranche: only once the last one is certainly dead."""

from collections.abc import Sequence
from dataclasses import replace

from services.funding.domain.money.statements import NEVER_SENT
from services.funding.domain.states import Account, Anomaly, Order, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.values import Reason
from shared.kit.delivery import Arrival

DEAD = ("rejected", "returned")


def alive_because(order: Order, listed: Sequence[Anomaly]) -> Reason | None:
    """Why an attempt may still pay, or has paid; None where it certainly does not. `listed`: lines nobody looked at."""
    if order.state == "settled":
        return _alive(f"L'ordre {order.order_id} est payé.")
    if order.state in NEVER_SENT:
        return _alive(f"L'ordre {order.order_id} n'est pas encore parti à la banque.")
    if order.state not in DEAD:
        code = f" ({order.reason_code})" if order.reason_code else ""
        return _alive(f"La banque peut encore payer l'ordre {order.order_id}{code} : attendez sa réponse.")
    against = next((line for line in listed if line.end_to_end_id == order.order_id), None)
    if against is None:
        return None
    place = f"{against.statement_id}, partie {against.part}, ligne {against.line}"
    return _alive(f"Une ligne de la banque contredit le rejet de {order.order_id} ({place}) : examinez-la d'abord.")


def retry(tranche: Tranche, orders: Sequence[Order], listed: Sequence[Anomaly], at: Arrival) -> Decision:
    """`orders` are those of the tranche."""
    last = _last(orders).get(tranche.tranche_id)
    reason = alive_because(last, listed) if last and tranche.state in ("ordered", "settled", *DEAD) else None
    if reason:
        return nothing("attempt-alive", reason)
    if tranche.state not in DEAD:
        return nothing(f"already-{tranche.state}")
    return Decision("retried", changes=(_open_again(tranche, at),))


def retried(
    account: Account, tranches: Sequence[Tranche], orders: Sequence[Order], listed: Sequence[Anomaly], at: Arrival
) -> list[Tranche]:
    """Tranches whose last payment failed on another account than this one: a new attempt is open to them."""
    last = _last(orders)
    return [
        _open_again(tranche, at)
        for tranche in tranches
        if tranche.state in DEAD
        and last[tranche.tranche_id].fingerprint != account.fingerprint
        and alive_because(last[tranche.tranche_id], listed) is None
    ]


def _last(orders: Sequence[Order]) -> dict[str, Order]:
    return {order.tranche_id: order for order in sorted(orders, key=lambda o: (o.ordered_at, o.order_id))}


def _open_again(tranche: Tranche, at: Arrival) -> Tranche:
    return replace(tranche, state="withheld", since=at.now, gates=())


def _alive(message: str) -> Reason:
    return Reason(code="attempt-alive", message=message)
