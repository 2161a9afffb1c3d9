"""Payment runs and the bank's answers. Matching is by order id and nothing else; unknown stays unknown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.funding.domain.ledger import MovementBook
from services.funding.domain.states import Anomaly, Order, Run, Tranche
from shared.contract.backoffice import BankStatementReceived, PaymentsApproved, StatementLine
from shared.contract.decision import Decision, nothing
from shared.contract.funding import TrancheRejected, TrancheSettled
from shared.contract.values import Reason, Role
from shared.kit.delivery import Arrival


def approve_run(run: Run | None, orders: Sequence[Order], event: PaymentsApproved, at: Arrival) -> Decision:
    """The authorising officer closes the list as it was seen; the accountant, someone else, approves the same list.

    `orders` are those waiting for a run, or those of the run.
    """
    approval = {"actor": event.actor.id, "role": event.actor.role.value, "at": at.now.isoformat()}
    if run and any(before["actor"] == event.actor.id for before in run.approvals):
        return nothing("duplicate", _no("same-officer", "Ordonnateur et comptable sont deux personnes."))
    if run and run.state != "opened":
        return nothing(f"already-{run.state}")
    wanted = Role.ACCOUNTANT if run else Role.AUTHORISING_OFFICER
    if event.actor.role != wanted:
        return nothing("wrong-role", _no("wrong-role", f"Cette approbation revient au rôle {wanted.value}."))
    total = sum(order.amount_cents for order in orders)
    if (len(orders), total) != (event.orders, event.total_cents):
        seen = f"{len(orders)} ordres pour {total} centimes"
        return nothing("list-changed", _no("list-changed", f"La liste a changé : elle compte {seen}."))
    if run is None:
        new = Run(event.run_id, "opened", event.orders, event.total_cents, (approval,), at.now)
        return Decision("run-opened", changes=(new, *(replace(order, run_id=event.run_id) for order in orders)))
    approved = replace(run, state="approved", approvals=(*run.approvals, approval))
    return Decision("run-approved", changes=(approved, *(replace(order, state="approved") for order in orders)))


def _no(code: str, message: str) -> Reason:
    return Reason(code=code, message=message)


@dataclass(slots=True)
class Matching:
    """What the lines of one part of a statement come to, taken in order."""

    orders: dict[str, Order]
    tranches: dict[str, Tranche]
    book: MovementBook
    facts: list[Any] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)
    anomalies: list[Anomaly] = field(default_factory=list)


def match_statement(
    event: BankStatementReceived, orders: dict[str, Order], tranches: dict[str, Tranche], at: Arrival
) -> Decision:
    """Each line settles or rejects the one order it names; any other line is listed for an operator."""
    matching = Matching(dict(orders), dict(tranches), MovementBook(at.event_id, at.now))
    for number, line in enumerate(event.lines):
        order = matching.orders.get(line.end_to_end_id)
        problem = _problem(order, line)
        if problem:
            detail = f"{line.status} {line.bank_reference}"[:200]
            matching.anomalies.append(
                Anomaly(event.statement_id, event.part, number, line.end_to_end_id, problem, line.amount_cents, detail)
            )
        elif order:
            _apply(matching, order, line, at)
    reasons = tuple(
        Reason(code=anomaly.kind, field=anomaly.end_to_end_id or None, message="Ligne à examiner.")
        for anomaly in matching.anomalies
    )
    changes = (*matching.changed.values(), *matching.anomalies, *matching.book.lines)
    return Decision("statement-matched", reasons, tuple(matching.facts), changes)


def _problem(order: Order | None, line: StatementLine) -> str:
    """Why a line changes nothing; empty where it may."""
    if order is None:
        return "unknown-order"
    if line.status not in ("settled", "rejected"):
        return "unknown-status"
    if order.state in ("settled", "rejected"):
        return "repeated-line" if order.state == line.status else "contradicts-answer"
    if order.state not in ("exported", "unknown"):
        return "never-exported"
    if line.status == "settled" and line.amount_cents != order.amount_cents:
        return "other-amount"
    return ""


def _apply(matching: Matching, order: Order, line: StatementLine, at: Arrival) -> None:
    tranche = matching.tranches[order.tranche_id]
    common = {
        "tranche_id": order.tranche_id,
        "candidature_id": order.candidature_id,
        "order_id": order.order_id,
        "amount_cents": order.amount_cents,
    }
    if line.status == "settled":
        order = replace(order, state="settled", bank_reference=line.bank_reference)
        matching.book.settle(order)
        matching.facts.append(TrancheSettled(**common, bank_reference=line.bank_reference))
    else:
        order = replace(order, state="rejected", reason_code=line.reason_code, bank_reference=line.bank_reference)
        matching.book.undo_order(order, tranche.number)
        matching.facts.append(TrancheRejected(**common, reason_code=line.reason_code or "unknown"))
    tranche = replace(tranche, state=line.status, since=at.now)
    matching.orders[order.order_id], matching.tranches[tranche.tranche_id] = order, tranche
    matching.changed |= {order.order_id: order, tranche.tranche_id: tranche}
