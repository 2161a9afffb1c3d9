"""Orders against the ledger and the bank: each has its movements and its lines, and no others."""

from collections import Counter
from collections.abc import Iterator

from services.funding.domain.money.proof.evidence import Evidence, grouped, named
from services.funding.domain.money.words import BankWord, MovementKind, OrderState
from services.funding.domain.states import BankLine, Movement, Order

MOVEMENTS_IN: dict[OrderState, tuple[MovementKind, ...]] = {
    "ordered": ("order",),
    "approved": ("order",),
    "exported": ("order",),
    "accepted": ("order",),
    "unknown": ("order",),
    "settled": ("order", "settle"),
    "rejected": ("order", "undo"),
    "cancelled": ("order", "undo"),
    "returned": ("order", "return", "settle"),
}
LIVE: tuple[OrderState, ...] = ("ordered", "approved", "exported", "accepted", "unknown", "settled")
SAID_BY_THE_BANK: dict[OrderState, tuple[BankWord, ...]] = {
    "settled": ("settled",),
    "returned": ("settled", "returned"),
    "rejected": ("rejected",),
}


def live_orders(evidence: Evidence) -> Iterator[str]:
    """A tranche has one order at most that may still be paid, or was."""
    live = Counter(order.tranche_id for order in evidence.orders if order.state in LIVE)
    for tranche_id, times in sorted(live.items()):
        if times > 1:
            yield f"{tranche_id}: {times} orders at once"


def movements_of_orders(evidence: Evidence) -> Iterator[str]:
    """Each order has the movements of its state, all of its amount."""
    of_orders = [movement for movement in evidence.movements if movement.order_id]
    moved = grouped(of_orders, lambda movement: str(movement.order_id))
    for order in evidence.orders:
        # What is left in `moved` at the end belongs to no order.
        lines = moved.pop(order.order_id, [])
        kinds = sorted(line.kind for line in lines)
        if kinds != sorted(MOVEMENTS_IN[order.state]):
            yield f"{order.order_id}: {order.state}, with movements {', '.join(kinds) or 'none'}"
        for line in lines:
            if not _is_of(line, order):
                of = f"{order.order_id} of {order.amount_cents} on {order.tranche_id}"
                yield f"{named(line)}: {line.amount_cents} cents for {of}"
    for order_id in sorted(moved):
        yield f"{order_id}: movements for an order that does not exist"


def _is_of(line: Movement, order: Order) -> bool:
    of_grant = (line.tranche_id, line.candidature_id) == (order.tranche_id, order.candidature_id)
    return of_grant and line.amount_cents == order.amount_cents


def bank_lines(evidence: Evidence) -> Iterator[str]:
    """A settled order has a bank line of its amount, so has a returned one; no message says it twice."""
    lines = grouped(evidence.bank_lines, lambda line: (line.order_id, line.status))
    for order in evidence.orders:
        lines.pop((order.order_id, "accepted"), None)  # good news moves no money
        for word in SAID_BY_THE_BANK.get(order.state, ()):
            yield from _lines_saying(word, order, lines.pop((order.order_id, word), []))
    for order_id, word in lines:
        yield f"{order_id}: a line of the bank says {word}, the order does not"


def _lines_saying(word: BankWord, order: Order, lines: list[BankLine]) -> Iterator[str]:
    if not lines:
        yield f"{order.order_id}: {order.state} without a line of the bank"
    if len({line.kind for line in lines}) != len(lines):
        yield f"{order.order_id}: two lines of the same kind of message say {word}"
    for line in lines:
        # A refusal may be told without an amount.
        if word != "rejected" and line.amount_cents != order.amount_cents:
            yield f"{order.order_id}: {order.amount_cents} cents, the bank's line says {line.amount_cents}"
