"""What funding answers of payment orders one by one: whom each pays, how much, to which account."""

from typing import Any

from services.funding import store
from services.funding.domain.states import Account, Grant, Order, Tranche
from services.funding.questions import money
from shared.contract.asked import OrdersAsked
from shared.kit.storage.states import States


def orders(states: States, asked: OrdersAsked) -> dict[str, Any]:
    """A page, by number. An account is told by its fingerprint: it opens for the payment file alone."""
    page = store.page_of_orders(states, asked.run_id, asked.after or "", asked.limit)
    grants = store.grants_named(states, [order.candidature_id for order in page])
    tranches = states.many(Tranche, [(order.tranche_id,) for order in page])
    accounts = states.many(Account, [(order.candidature_id, order.fingerprint) for order in page])
    return {
        "run_id": asked.run_id,
        "orders": [
            _order(
                order,
                grants[order.candidature_id],
                tranches[(order.tranche_id,)],
                accounts.get((order.candidature_id, order.fingerprint)),
            )
            for order in page
        ],
        "next": page[-1].order_id if len(page) == asked.limit else None,
    }


def _order(order: Order, grant: Grant, tranche: Tranche, account: Account | None) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "candidature_id": order.candidature_id,
        "receipt_number": grant.receipt_number,
        "legal_name": grant.legal_name,
        "tranche": tranche.number,
        "amount_cents": order.amount_cents,
        "state": order.state,
        "account": money.account(account),
    }
