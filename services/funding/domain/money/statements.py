"""The bank's answers, matched by order id, or by the name of a payment file.

An order whose fate is unknown stays so until the bank speaks of it.

A line settles, rejects or gives back the orders it names; a line that changes nothing and is not good news is
listed for an operator. The lines that moved an order are kept with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.funding.domain.money.matching import Matching, Source
from services.funding.domain.money.words import Problem
from services.funding.domain.states import Anomaly, BankLine, Grant, Order, Tranche
from shared import french
from shared.contract.backoffice import BankLineExamined, BankStatementReceived, StatementLine
from shared.contract.decision import Decision, nothing
from shared.kit.delivery import Arrival

REFERENCE_SHOWN = 120
DETAIL_MAX = 250
OF_THE_FILE = ""  # stands for an order where a problem is one of the whole file
Problems = dict[str, Problem]  # by order id


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of one part may touch. `paid_cents` is what each grant holds, net of what it gave back.

    `files` are the orders of each payment file that is named as a whole; `told` are the lines kept with them.
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


def match_statement(event: BankStatementReceived, named: Named, at: Arrival) -> Matching:
    """Each transfer's own line comes first, what is said of a whole file then, and what came back last."""
    # A booking and its return may come in one statement, in any order: paid first, given back last.
    source = Source(event.kind, event.statement_id, event.part)
    matching = Matching(
        source,
        at,
        named.orders,
        named.tranches,
        named.grants,
        named.paid_cents,
        named.told,
    )
    for number, line in sorted(enumerate(event.lines), key=_turn):
        if number in named.taken:
            continue
        problems = _take_in(matching, line, number, named.files)
        if not problems:
            continue
        # Told once, by the first: one line of the bank is one line to look at.
        problem = next(iter(problems.values()))
        if problem != named.listed.get(number):
            matching.list_for_a_person(line, number, problem, _detail(line, problems))
    return matching


def examine(anomaly: Anomaly, event: BankLineExamined) -> Decision:
    """Somebody looked at a line that changed nothing, and says what came of it."""
    if anomaly.examined_by:
        return nothing("duplicate")
    examined = replace(anomaly, examined_by=event.actor.id, examined_because=event.reason)
    return Decision("examined", changes=(examined,))


def _turn(numbered: tuple[int, StatementLine]) -> tuple[bool, bool]:
    _, line = numbered
    return line.status == "returned", bool(line.file_id)


def _take_in(
    matching: Matching,
    line: StatementLine,
    number: int,
    files: Mapping[str, Sequence[str]],
) -> Problems:
    """Each order the line could not be applied to, with the problem."""
    if not line.file_id:
        problem = matching.take(line, number)
        return {line.end_to_end_id: problem} if problem else {}
    if line.status == "unreadable":
        return {OF_THE_FILE: "unreadable-line"}
    orders = [matching.orders[order_id] for order_id in files.get(line.file_id, ())]
    if not orders:
        return {OF_THE_FILE: "unknown-file"}
    concerned = _concerned(line, orders)
    if concerned is None:
        return {OF_THE_FILE: "other-sum"}
    problems: Problems = {}
    for order in concerned:
        # The word on the file counts for each transfer as if it were said of it, with its own amount.
        own = line.model_copy(
            update={"end_to_end_id": order.order_id, "amount_cents": order.amount_cents}
        )
        problem = matching.take(own, number)
        if problem:
            problems[order.order_id] = problem
    return problems


def _concerned(line: StatementLine, orders: Sequence[Order]) -> Sequence[Order] | None:
    """The orders of a file that a word on all of it is about: those whose number and sum it tells.

    None where neither fits. What is not told is not compared.
    """
    for reading in _readings(line, orders):
        total_cents = sum(order.amount_cents for order in reading)
        sum_fits = line.amount_cents in (0, total_cents)
        number_fits = line.transfers in (None, len(reading))
        if reading and sum_fits and number_fits:
            return reading
    return None


def _readings(line: StatementLine, orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    """What "all of it" may mean: what was refused before is no part of a booking, nor of what came back."""
    if line.status == "settled":
        yield [order for order in orders if order.state != "rejected"]
        yield orders
    elif line.status == "returned":
        yield [order for order in orders if order.state in ("settled", "returned")]
    else:
        yield orders


def _detail(line: StatementLine, problems: Problems) -> str:
    """One line for a person, whatever the number of orders it could not be applied to."""
    told = [line.status, line.reason_code, line.bank_reference[:REFERENCE_SHOWN], line.position]
    if line.file_id and OF_THE_FILE not in problems:
        first = next(iter(problems))
        counted = french.number(len(problems), "ordre", "ordres")
        told.append(f"{counted} : {first}{'…' if len(problems) > 1 else ''}")
    return " ".join(part for part in told if part)[:DETAIL_MAX]
