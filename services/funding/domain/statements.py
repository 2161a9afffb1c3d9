"""The bank's answers. Matching is by order id and nothing else; unknown stays unknown until the bank speaks.

A line settles, rejects or gives back the one order it names; any other line changes nothing and is listed for an
operator. The line that moved an order is kept with it: one to settle it, one at most to reject or to give it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.funding.domain.ledger import MovementBook
from services.funding.domain.states import Anomaly, BankLine, Grant, Order, Tranche
from shared.contract.backoffice import BankStatementReceived, StatementLine
from shared.contract.decision import Decision
from shared.contract.funding import TrancheRejected, TrancheReturned, TrancheSettled
from shared.contract.values import Reason
from shared.kit.delivery import Arrival

AT_THE_BANK = ("exported", "unknown")
ANSWERED = ("settled", "rejected", "returned")


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of one part may touch. `paid_cents` is what each grant holds, net of what it gave back.

    `taken` and `listed` are the lines of this very part that an earlier import took, or listed.
    """

    orders: Mapping[str, Order]
    tranches: Mapping[str, Tranche]
    grants: Mapping[str, Grant]
    paid_cents: Mapping[str, int] = field(default_factory=dict)
    taken: frozenset[int] = frozenset()
    listed: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Matching:
    """What the lines come to, taken in order. `freed_cents` go back to the envelope: their grant has ended."""

    event: BankStatementReceived
    at: Arrival
    book: MovementBook
    orders: dict[str, Order]
    tranches: dict[str, Tranche]
    grants: Mapping[str, Grant]
    paid_cents: dict[str, int]
    facts: list[Any] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)
    lines: list[BankLine] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    freed_cents: int = 0

    def decision(self) -> Decision:
        reasons = tuple(
            Reason(code=anomaly.kind, field=anomaly.end_to_end_id or None, message="Ligne à examiner.")
            for anomaly in self.anomalies
        )
        changes = (*self.changed.values(), *self.lines, *self.anomalies, *self.book.lines)
        return Decision("statement-matched", reasons, tuple(self.facts), changes)


def match_statement(event: BankStatementReceived, named: Named, at: Arrival) -> Matching:
    """Transfers that came back are read last: a bank may list what it gave back before what it paid."""
    matching = Matching(
        event,
        at,
        MovementBook(at.event_id, at.now),
        dict(named.orders),
        dict(named.tranches),
        named.grants,
        dict(named.paid_cents),
    )
    numbered = sorted(enumerate(event.lines), key=lambda pair: pair[1].status == "returned")
    for number, line in numbered:
        if number in named.taken:
            continue
        order = matching.orders.get(line.end_to_end_id)
        problem = _problem(matching, order, line)
        if problem and named.listed.get(number) != problem:
            detail = f"{line.status} {line.bank_reference}"[:200]
            matching.anomalies.append(
                Anomaly(event.statement_id, event.part, number, line.end_to_end_id, problem, line.amount_cents, detail)
            )
        if order and problem == "unknown-status" and order.state == "exported":
            _keep(matching, replace(order, state="unknown"))
        elif order and not problem:
            _apply(matching, order, line, number)
    return matching


def _problem(matching: Matching, order: Order | None, line: StatementLine) -> str:
    """Why a line changes nothing; empty where it may."""
    if order is None:
        return "unknown-order"
    if line.status not in ANSWERED:
        return "unknown-status"
    if order.state == line.status or (order.state, line.status) == ("returned", "settled"):
        return "repeated-line"
    expected = ("settled",) if line.status == "returned" else AT_THE_BANK
    if order.state not in expected:
        return _out_of_turn(order, line)
    if line.status != "rejected" and line.amount_cents != order.amount_cents:
        return "other-amount"
    if line.status == "returned" and matching.paid_cents.get(order.candidature_id, 0) < order.amount_cents:
        return "return-after-recovery"
    return ""


def _out_of_turn(order: Order, line: StatementLine) -> str:
    if line.status == "returned" and order.state in AT_THE_BANK:
        return "return-before-payment"
    return "contradicts-answer" if order.state in ANSWERED else "never-exported"


def _apply(matching: Matching, order: Order, line: StatementLine, number: int) -> None:
    tranche = matching.tranches[order.tranche_id]
    if line.status == "settled":
        _settle(matching, order, line)
    elif line.status == "rejected":
        _reject(matching, order, line, tranche)
    else:
        _give_back(matching, order, line, tranche)
    reference, code = line.bank_reference, line.reason_code or order.reason_code
    _keep(matching, replace(order, state=line.status, bank_reference=reference, reason_code=code))
    tranche = replace(tranche, state=line.status, since=matching.at.now)
    if line.status != "settled" and matching.grants[order.candidature_id].state == "cancelled":
        tranche = _freed(matching, tranche)
    matching.tranches[tranche.tranche_id] = matching.changed[tranche.tranche_id] = tranche
    place = (matching.event.statement_id, matching.event.part, number)
    matching.lines.append(
        BankLine(order.order_id, line.status, *place, line.amount_cents, line.bank_reference, line.booked_on)
    )


def _keep(matching: Matching, order: Order) -> None:
    matching.orders[order.order_id] = matching.changed[order.order_id] = order


def _settle(matching: Matching, order: Order, line: StatementLine) -> None:
    matching.book.settle(order)
    _paid(matching, order, order.amount_cents)
    matching.facts.append(TrancheSettled(**_common(order), bank_reference=line.bank_reference))


def _reject(matching: Matching, order: Order, line: StatementLine, tranche: Tranche) -> None:
    matching.book.undo_order(order, tranche.number)
    matching.facts.append(TrancheRejected(**_common(order), reason_code=line.reason_code or "unknown"))


def _give_back(matching: Matching, order: Order, line: StatementLine, tranche: Tranche) -> None:
    matching.book.give_back(order, tranche.number)
    _paid(matching, order, -order.amount_cents)
    code = line.reason_code or "unknown"
    fact = TrancheReturned(**_common(order), bank_reference=line.bank_reference, reason_code=code)
    matching.facts.append(fact)


def _paid(matching: Matching, order: Order, cents: int) -> None:
    matching.paid_cents[order.candidature_id] = matching.paid_cents.get(order.candidature_id, 0) + cents


def _freed(matching: Matching, tranche: Tranche) -> Tranche:
    """The grant ended while the bank had the order: what comes back is nobody's any more."""
    matching.book.free(tranche.candidature_id, tranche.number, tranche.payable_cents, tranche.tranche_id)
    matching.freed_cents += tranche.payable_cents
    return replace(tranche, state="cancelled")


def _common(order: Order) -> dict[str, Any]:
    return {
        "tranche_id": order.tranche_id,
        "candidature_id": order.candidature_id,
        "order_id": order.order_id,
        "amount_cents": order.amount_cents,
    }
