"""Why a line of the bank changes nothing, where it does not: it is listed, and a person finds out."""

from collections.abc import Mapping

from services.funding.domain.money.words import AT_THE_BANK, NEVER_SENT, BankVoice, Problem
from services.funding.domain.states import BankLine, Order
from shared.contract.backoffice import StatementLine

ANSWERED = ("settled", "rejected", "returned")


def problem_with(
    line: StatementLine,
    order: Order | None,
    told: Mapping[BankVoice, BankLine],
    kind: BankVoice,
    paid_cents: int,
) -> Problem | None:
    """None where the line may change the order, and where it says again what is known.

    `told` are the lines kept with the order that say the same, by kind of message; `kind` is this message's.
    `paid_cents` is what the holder has of the grant.
    """
    if line.status == "unreadable":
        return "unreadable-line"
    if order is None:
        return "unknown-order"
    # Our id in a bank's line, and we never sent it: somebody made it up, or a file left by another way.
    if order.state in NEVER_SENT:
        return "never-exported"
    if line.status == "accepted":
        return "contradicts-answer" if order.state == "rejected" else None
    if line.status not in ANSWERED:
        return "unknown-status"
    if _says_again(line, order):
        return _problem_with_a_repetition(line, order, told.get(kind))
    return _problem_with_an_answer(line, order, paid_cents)


def _says_again(line: StatementLine, order: Order) -> bool:
    """A transfer that came back was paid before: its booking may be told after its return."""
    return order.state == line.status or (order.state == "returned" and line.status == "settled")


def _problem_with_a_repetition(
    line: StatementLine, order: Order, before: BankLine | None
) -> Problem | None:
    """A notification and a statement tell one movement; two statements under two references tell of two."""
    # A refusal moves nothing, however often it is told.
    if line.status == "rejected":
        return None
    if line.amount_cents != order.amount_cents:
        return "other-amount"
    if before and before.bank_reference != line.bank_reference:
        return "repeated-line"
    return None


def _problem_with_an_answer(line: StatementLine, order: Order, paid_cents: int) -> Problem | None:
    if line.status == "returned":
        return _problem_with_a_return(line, order, paid_cents)
    # A doubt on one transfer outlives the refusal of its file: the first copy of it may be on its way.
    if line.status == "rejected" and line.file_id and order.state == "unknown":
        return "unknown-status"
    if order.state not in AT_THE_BANK:
        return "contradicts-answer"
    # A refusal may leave the amount out; what is paid must be what was ordered, to the cent.
    if line.status == "settled" and line.amount_cents != order.amount_cents:
        return "other-amount"
    return None


def _problem_with_a_return(line: StatementLine, order: Order, paid_cents: int) -> Problem | None:
    if order.state in AT_THE_BANK:
        return "return-before-payment"
    if order.state != "settled":
        return "contradicts-answer"
    if line.amount_cents != order.amount_cents:
        return "other-amount"
    # What was recovered from the holder meanwhile cannot come back a second time.
    if paid_cents < order.amount_cents:
        return "return-after-recovery"
    return None
