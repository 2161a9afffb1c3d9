"""What the bank's lines do to the orders they name: settle, reject, give back, or leave in doubt."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypedDict

from services.funding.domain.money import sentences
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.money.line_problems import problem_with
from services.funding.domain.money.words import BankVoice, BankWord, Problem
from services.funding.domain.states import Anomaly, BankLine, Grant, Order, Tranche
from shared.contract.backoffice import StatementLine
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.funding import TrancheRejected, TrancheReturned, TrancheSettled
from shared.kit.delivery import Arrival
from shared.value import value

# By order and status, then by kind of message.
Told = dict[tuple[str, str], dict[BankVoice, BankLine]]


@value
class Source:
    """Where the lines stand: a part of a bank's message, or a letter, which has neither id nor part."""

    kind: BankVoice
    statement_id: str = ""
    part: int = 0


class Matching:
    """What the lines of one part come to, taken in turn.

    `freed_cents` of ended grants return to the envelope. `orders` are as the lines leave them.
    """

    def __init__(
        self,
        source: Source,
        at: Arrival,
        orders: Mapping[str, Order],
        tranches: Mapping[str, Tranche],
        grants: Mapping[str, Grant],
        paid_cents: Mapping[str, int],
        told: Iterable[BankLine],
    ) -> None:
        self.orders = dict(orders)
        self._tranches = dict(tranches)
        self.grants = grants
        self.freed_cents = 0
        self._source = source
        self._at = at
        self._paid_cents = dict(paid_cents)
        self._told: Told = {}
        for line in told:
            self._told.setdefault((line.order_id, line.status), {})[line.kind] = line
        self._movements = MovementBook(at.event_id, at.now)
        self._facts: list[Event] = []
        self._changed: dict[str, Order | Tranche] = {}
        self._lines: list[BankLine] = []
        self._anomalies: list[Anomaly] = []

    def decision(self) -> Decision:
        reasons = tuple(
            sentences.line_to_examine(one.kind, one.end_to_end_id) for one in self._anomalies
        )
        changes = (
            *self._changed.values(),
            *self._lines,
            *self._anomalies,
            *self._movements.lines,
        )
        return Decision("statement-matched", reasons, tuple(self._facts), changes)

    def paid_after_the_end(self) -> list[str]:
        """The grants that had ended when one of their orders was paid."""
        orders = [changed for changed in self._changed.values() if isinstance(changed, Order)]
        keys = dict.fromkeys(order.candidature_id for order in orders if order.state == "settled")
        return [key for key in keys if self.grants[key].state == "cancelled"]

    def take(self, line: StatementLine, number: int) -> Problem | None:
        """Applies a line to the one order it names. Returns why not; None where it could, or need not."""
        order = self.orders.get(line.end_to_end_id)
        told: dict[BankVoice, BankLine] = {}
        paid_cents = 0
        if order:
            told = self._told.get((order.order_id, line.status), {})
            paid_cents = self._paid_cents.get(order.candidature_id, 0)
        problem = problem_with(line, order, told, self._source.kind, paid_cents)
        if order is None:
            return problem
        # A word nobody knows may mean anything: the order is neither paid nor unpaid until the bank speaks.
        if problem == "unknown-status" and order.state in ("exported", "accepted"):
            reason_code = line.reason_code or order.reason_code
            self._keep_order(replace(order, state="unknown", reason_code=reason_code))
        if problem is None:
            self._apply(order, line, number)
        return problem

    def list_for_a_person(
        self, line: StatementLine, number: int, problem: Problem, detail: str
    ) -> None:
        anomaly = Anomaly(
            statement_id=self._source.statement_id,
            part=self._source.part,
            line=number,
            end_to_end_id=line.end_to_end_id or line.file_id,
            kind=problem,
            amount_cents=line.amount_cents,
            detail=detail,
        )
        self._anomalies.append(anomaly)

    def _apply(self, order: Order, line: StatementLine, number: int) -> None:
        """What is known already moves nothing; each kind of message may say it once, and is kept."""
        match line.status:
            case "accepted":
                if order.state == "exported":
                    self._keep_order(replace(order, state="accepted"))
                    self._note(order, "accepted", line, number)
            case "settled" | "rejected" | "returned" as word:
                # A line of the same word is kept already: the money has moved, by whatever message.
                if (order.order_id, word) not in self._told:
                    self._move(order, word, line)
                self._note(order, word, line, number)

    def _note(self, order: Order, word: BankWord, line: StatementLine, number: int) -> None:
        """The first line of each kind of message that says it is kept with the order."""
        known = self._told.setdefault((order.order_id, word), {})
        if self._source.kind in known:
            return
        told = BankLine(
            order_id=order.order_id,
            status=word,
            kind=self._source.kind,
            statement_id=self._source.statement_id,
            part=self._source.part,
            line=number,
            amount_cents=line.amount_cents,
            bank_reference=line.bank_reference,
            booked_on=line.booked_on,
        )
        known[self._source.kind] = told
        self._lines.append(told)

    def _move(self, order: Order, word: BankWord, line: StatementLine) -> None:
        # A line alone never says the amount that moves: it is the order's, compared before.
        tranche = self._tranches[order.tranche_id]
        code = line.reason_code or "unknown"
        match word:
            case "settled":
                self._movements.settle(order)
                self._add_paid(order, order.amount_cents)
                fact: Event = TrancheSettled(**_named(order), bank_reference=line.bank_reference)
                after = replace(tranche, state="settled", since=self._at.now)
            case "rejected":
                self._movements.undo_order(order, tranche.number)
                declared = self._source.kind == "letter"
                fact = TrancheRejected(**_named(order), reason_code=code, declared=declared)
                after = self._unpaid(replace(tranche, state="rejected", since=self._at.now))
            case _:
                self._movements.give_back(order, tranche.number)
                self._add_paid(order, -order.amount_cents)
                fact = TrancheReturned(
                    **_named(order),
                    bank_reference=line.bank_reference,
                    reason_code=code,
                )
                after = self._unpaid(replace(tranche, state="returned", since=self._at.now))
        self._facts.append(fact)
        reason_code = line.reason_code or order.reason_code
        self._keep_order(
            replace(
                order,
                state=word,
                bank_reference=line.bank_reference,
                reason_code=reason_code,
            )
        )
        self._tranches[after.tranche_id] = after
        self._changed[after.tranche_id] = after

    def _unpaid(self, tranche: Tranche) -> Tranche:
        """Where the grant ended while the bank had the order, what comes back is nobody's any more."""
        if self.grants[tranche.candidature_id].state != "cancelled":
            return tranche
        cents = tranche.payable_cents
        self._movements.free(tranche.candidature_id, tranche.number, cents, tranche.tranche_id)
        self.freed_cents += cents
        return replace(tranche, state="cancelled")

    def _keep_order(self, order: Order) -> None:
        self.orders[order.order_id] = order
        self._changed[order.order_id] = order

    def _add_paid(self, order: Order, cents: int) -> None:
        paid_cents = self._paid_cents.get(order.candidature_id, 0)
        self._paid_cents[order.candidature_id] = paid_cents + cents


class _Named(TypedDict):
    tranche_id: str
    candidature_id: str
    order_id: str
    amount_cents: int


def _named(order: Order) -> _Named:
    """What each fact on an order says of it."""
    return _Named(
        tranche_id=order.tranche_id,
        candidature_id=order.candidature_id,
        order_id=order.order_id,
        amount_cents=order.amount_cents,
    )
