"""Payment runs: what went to the bank was approved by two people, and said to be exported, once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.funding.domain.money.payments import digest_of
from services.funding.domain.money.proof.evidence import Evidence, SaidFact, grouped
from services.funding.domain.money.words import SENT
from services.funding.domain.states import Order, Run

ROLES = ("authorising-officer", "accountant")


def approvals(evidence: Evidence) -> Iterator[str]:
    """What went to the bank was approved by two different people, in their two roles."""
    in_runs = [order for order in evidence.orders if order.run_id]
    orders = grouped(in_runs, lambda order: str(order.run_id))
    for run in evidence.runs:
        yield from _approved_by_two(run)
        sent = [order for order in orders.pop(run.run_id, []) if order.state in SENT]
        yield from _files_hold(run, sent)
    for order in evidence.orders:
        if order.run_id is None and order.state not in ("ordered", "cancelled"):
            yield f"{order.order_id}: went on without a payment run"
    for run_id in sorted(orders):
        yield f"run {run_id}: its orders have no run"


def _approved_by_two(run: Run) -> Iterator[str]:
    if run.state == "opened":
        return
    people = {approval["actor"] for approval in run.approvals}
    roles = tuple(approval["role"] for approval in run.approvals)
    if len(people) != 2 or roles != ROLES:
        yield f"run {run.run_id}: {run.state}, approved by {', '.join(roles)}"


def _files_hold(run: Run, sent: Sequence[Order]) -> Iterator[str]:
    if run.state != "exported":
        if sent:
            yield f"run {run.run_id}: {run.state}, {len(sent)} of its orders are at the bank"
        return
    count = sum(file["orders"] for file in run.files)
    cents = sum(file["total_cents"] for file in run.files)
    if count != len(sent) or cents != _total_cents(sent):
        yield f"run {run.run_id}: its files hold {count} orders for {cents} cents, its orders differ"


def exports(evidence: Evidence) -> Iterator[str]:
    """What is at the bank was said to be, once, with exactly these orders, amounts and accounts."""
    said = grouped(evidence.said("PaymentsExported"), lambda fact: str(fact.data["run_id"]))
    at_bank = [order for order in evidence.orders if order.run_id and order.state in SENT]
    files = {run.run_id: [dict(file) for file in run.files] for run in evidence.runs}
    for run_id, orders in grouped(at_bank, lambda order: str(order.run_id)).items():
        facts = said.pop(run_id, [])
        yield from _said_once(run_id, orders, facts)
        # The first one counts: the bank's files were made from it.
        if facts and list(facts[0].data["files"]) != files.get(run_id):
            yield f"run {run_id}: its files are not those the log tells of"
    for run_id in said:
        yield f"run {run_id}: the log says it was exported, none of its orders is at the bank"


def _said_once(run_id: str, orders: Sequence[Order], facts: Sequence[SaidFact]) -> Iterator[str]:
    """The log tells of exactly these orders, by the first fact."""
    if not facts:
        for order in orders:
            yield f"{order.order_id}: at the bank by run {run_id}, and the log does not say so"
        return
    if len(facts) > 1:
        yield f"run {run_id}: the log says {len(facts)} times that it was exported"
    if not _tells_of(facts[0].data, orders):
        yield f"run {run_id}: its orders are not those the log says were exported"


def _tells_of(told: Mapping[str, Any], orders: Sequence[Order]) -> bool:
    said = (told["orders"], told["total_cents"], told["digest"])
    return said == (len(orders), _total_cents(orders), digest_of(orders))


def _total_cents(orders: Sequence[Order]) -> int:
    return sum(order.amount_cents for order in orders)
