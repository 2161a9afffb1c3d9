"""What funding answers of payment orders one by one: whom each pays, how much, to which account."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.funding import store
from services.funding.domain.states import Account, Grant, Order, Tranche
from services.funding.questions import money
from shared.contract.asked import OrdersAsked
from shared.kit.storage.states import States

Accounts = Mapping[tuple[str, str], Account]


def orders(states: States, asked: OrdersAsked) -> dict[str, Any]:
    """A page, by number. An account is told by its fingerprint: it opens for the payment file alone."""
    page = store.page_of_orders(states, asked.run_id, asked.after or "", asked.limit)
    grants = store.grants_named(states, [order.candidature_id for order in page])
    tranches = states.many(Tranche, [(order.tranche_id,) for order in page])
    accounts = _accounts_of(states, page)
    return {
        "run_id": asked.run_id,
        "orders": [
            _order(order, grants[order.candidature_id], tranches[(order.tranche_id,)], accounts)
            for order in page
        ],
        "next": page[-1].order_id if len(page) == asked.limit else None,
    }


def _accounts_of(states: States, page: Sequence[Order]) -> Accounts:
    found = states.many(Account, [(order.candidature_id, order.fingerprint) for order in page])
    return {(account.candidature_id, account.fingerprint): account for account in found.values()}


def _order(order: Order, grant: Grant, tranche: Tranche, accounts: Accounts) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "candidature_id": order.candidature_id,
        "receipt_number": grant.receipt_number,
        "legal_name": grant.legal_name,
        "tranche": tranche.number,
        "amount_cents": order.amount_cents,
        "state": order.state,
        "account": money.account(accounts.get((order.candidature_id, order.fingerprint))),
    }
