"""The orders of a payment run, one by one, as officers see them before they approve."""

from typing import Any

from services.funding.questions.orders import orders
from shared.contract.asked import OrdersAsked
from tests.service.money.test_payments import FIRST_DUE
from tests.service.money.treasury import Treasury


def told(treasury: Treasury, **asked: Any) -> dict[str, Any]:
    return treasury.read(lambda states: orders(states, OrdersAsked(**asked)))


def order_first_tranches(treasury: Treasury, grants: int) -> None:
    treasury.award_ready(grants)
    treasury.move_to(FIRST_DUE)
    treasury.job()


def test_orders_are_listed_page_by_page_with_their_accounts_sealed(treasury: Treasury) -> None:
    order_first_tranches(treasury, 3)
    first = told(treasury, limit=2)
    rest = told(treasury, limit=2, after=first["next"])
    assert [len(first["orders"]), len(rest["orders"]), rest["next"]] == [2, 1, None]
    order = first["orders"][0]
    assert (order["tranche"], order["state"], order["amount_cents"]) == (1, "ordered", 5_000_000)
    assert order["account"]["verified_by"] and len(order["account"]["fingerprint"]) == 16
    assert "iban" not in str(first).lower()


def test_a_run_lists_its_own_orders_and_those_that_wait_are_no_more_there(
    treasury: Treasury,
) -> None:
    order_first_tranches(treasury, 2)
    treasury.approve("run-1")
    assert {one["state"] for one in told(treasury, run_id="run-1")["orders"]} == {"approved"}
    assert told(treasury)["orders"] == []
    assert told(treasury, run_id="run-2")["orders"] == []
