"""The bank's answers. Matching is by order id, or by the name of a payment file; unknown stays unknown until it speaks.

A line settles, rejects or gives back the orders it names; a line that changes nothing and is not good news is listed
for an operator. The lines that moved an order are kept with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import AT_THE_BANK, Anomaly, BankLine, Grant, Order, Tranche
from shared.contract.backoffice import BankStatementReceived, StatementLine
from shared.contract.decision import Decision
from shared.contract.funding import TrancheRejected, TrancheReturned, TrancheSettled
from shared.contract.values import Reason
from shared.kit.delivery import Arrival

ANSWERED = ("settled", "rejected", "returned")
NEVER_SENT = ("ordered", "approved", "cancelled")
REFERENCE_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of one part may touch. `paid_cents` is what each grant holds, net of what it gave back.

    `files` are the orders of each payment file that is named as a whole; `told` are the lines kept with the orders.
    `taken` and `listed` are the lines of this very part that an earlier import took, or listed.
    """

    orders: Mapping[str, Order]
    tranches: Mapping[str, Tranche]
    grants: Mapping[str, Grant]
    paid_cents: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: Sequence[BankLine] = ()
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
    told: dict[tuple[str, str], dict[str, BankLine]] = field(default_factory=dict)
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

    def paid_after_the_end(self) -> list[str]:
        """The grants that had ended when one of their orders was paid."""
        paid = (one for one in self.changed.values() if isinstance(one, Order) and one.state == "settled")
        keys = dict.fromkeys(order.candidature_id for order in paid)
        return [key for key in keys if self.grants[key].state == "cancelled"]


def match_statement(event: BankStatementReceived, named: Named, at: Arrival) -> Matching:
    """Each transfer's own line comes first, what is said of a whole file then, and what came back last."""
    matching = Matching(
        event,
        at,
        MovementBook(at.event_id, at.now),
        dict(named.orders),
        dict(named.tranches),
        named.grants,
        dict(named.paid_cents),
    )
    for known in named.told:
        matching.told.setdefault((known.order_id, known.status), {})[known.kind] = known
    numbered = sorted(enumerate(event.lines), key=lambda pair: (pair[1].status == "returned", bool(pair[1].file_id)))
    for number, line in numbered:
        if number not in named.taken:
            problems = dict(_taken(matching, line, number, named.files))
            _list(matching, line, number, problems, named.listed.get(number))
    return matching


def _taken(
    matching: Matching, line: StatementLine, number: int, files: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Takes a line in. Yields each order it could not be applied to, with the problem; an empty id for all of it."""
    if not line.file_id:
        if problem := _take(matching, line, number):
            yield line.end_to_end_id, problem
        return
    orders = [matching.orders[order_id] for order_id in files.get(line.file_id, ())]
    concerned = _concerned(line, orders)
    if line.status == "unreadable" or not orders:
        yield "", "unreadable-line" if line.status == "unreadable" else "unknown-file"
    elif concerned is None:
        yield "", "other-sum"
    for order in concerned or ():
        own = line.model_copy(update={"end_to_end_id": order.order_id, "amount_cents": order.amount_cents})
        if problem := _take(matching, own, number):
            yield order.order_id, problem


def _concerned(line: StatementLine, orders: Sequence[Order]) -> Sequence[Order] | None:
    """The orders of a file that a word on all of it is about: those whose number and sum it tells; None where none are.

    What was refused before is no part of the booking; what is not told is not compared.
    """
    if line.status == "unreadable":
        return None
    alive = [order for order in orders if order.state != "rejected"]
    paid = [order for order in orders if order.state in ("settled", "returned")]
    readings = {"settled": (alive, orders), "returned": (paid,)}.get(line.status, (orders,))
    for reading in readings:
        total_cents = sum(order.amount_cents for order in reading)
        if reading and line.amount_cents in (0, total_cents) and line.transfers in (None, len(reading)):
            return reading
    return None


def _take(matching: Matching, line: StatementLine, number: int) -> str:
    """Applies a line to the one order it names. Returns why it could not; empty where it could, or need not."""
    order = matching.orders.get(line.end_to_end_id)
    problem = _problem(matching, order, line)
    if order is None:
        return problem
    if problem == "unknown-status" and order.state in ("exported", "accepted"):
        _keep(matching, replace(order, state="unknown", reason_code=line.reason_code or order.reason_code))
    elif not problem and line.status == "accepted" and order.state == "exported":
        _keep(matching, replace(order, state="accepted"))
        _note(matching, order, line, number)
    elif not problem and line.status in ANSWERED:
        if (order.order_id, line.status) not in matching.told:
            _apply(matching, order, line)
        _note(matching, order, line, number)
    return problem


def _problem(matching: Matching, order: Order | None, line: StatementLine) -> str:
    """Why a line changes nothing; empty where it may, and where it says again what is known."""
    if line.status == "unreadable":
        return "unreadable-line"
    if order is None:
        return "unknown-order"
    if order.state in NEVER_SENT:
        return "never-exported"
    if line.status == "accepted":
        return "contradicts-answer" if order.state == "rejected" else ""
    if line.status not in ANSWERED:
        return "unknown-status"
    if order.state == line.status or (order.state, line.status) == ("returned", "settled"):
        return _repeated(matching, order, line)
    if line.file_id and line.status == "rejected" and order.state == "unknown":
        return "unknown-status"  # a doubt on one transfer outlives the refusal of its file
    expected = ("settled",) if line.status == "returned" else AT_THE_BANK
    if order.state not in expected:
        return "return-before-payment" if order.state in AT_THE_BANK else "contradicts-answer"
    if line.status != "rejected" and line.amount_cents != order.amount_cents:
        return "other-amount"
    if line.status == "returned" and matching.paid_cents.get(order.candidature_id, 0) < order.amount_cents:
        return "return-after-recovery"
    return ""


def _repeated(matching: Matching, order: Order, line: StatementLine) -> str:
    """A notification and a statement tell the same movement; two statements under two references tell of two."""
    if line.status == "rejected":
        return ""
    if line.amount_cents != order.amount_cents:
        return "other-amount"
    before = matching.told.get((order.order_id, line.status), {}).get(matching.event.kind)
    return "" if before is None or before.bank_reference == line.bank_reference else "repeated-line"


def _note(matching: Matching, order: Order, line: StatementLine, number: int) -> None:
    """The first line of each kind of message that says it is kept with the order."""
    event, known = matching.event, matching.told.setdefault((order.order_id, line.status), {})
    if event.kind in known:
        return
    told = BankLine(
        order_id=order.order_id,
        status=line.status,
        kind=event.kind,
        statement_id=event.statement_id,
        part=event.part,
        line=number,
        amount_cents=line.amount_cents,
        bank_reference=line.bank_reference,
        booked_on=line.booked_on,
    )
    known[event.kind] = told
    matching.lines.append(told)


def _apply(matching: Matching, order: Order, line: StatementLine) -> None:
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


def _list(
    matching: Matching, line: StatementLine, number: int, problems: Mapping[str, str], listed: str | None
) -> None:
    """One line for a person, whatever the number of orders it could not be applied to."""
    if not problems:
        return
    kind = next(iter(problems.values()))
    if kind == listed:
        return
    name = line.end_to_end_id or line.file_id
    told = [line.status, line.reason_code, line.bank_reference[:REFERENCE_SHOWN], line.position]
    if line.file_id and "" not in problems:
        told.append(f"{len(problems)} ordres : {next(iter(problems))}…")
    event, detail = matching.event, " ".join(part for part in told if part)
    matching.anomalies.append(
        Anomaly(event.statement_id, event.part, number, name, kind, line.amount_cents, detail[:250])
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
