"""What reaches beyond its dossier is decided in turn, whatever its reaction says."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.consumer.batch import FAILURES_COUNTED_MAX, SideBySide
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary, TooEarly
from shared.kit.storage.states import States
from tests.service.kit.counting import Tally, on_withdrawal_requested
from tests.service.kit.side_by_side import Replica, Rule, Sign, counts, said
from tests.submissions import candidature_id


def _changes_another(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    decision = on_withdrawal_requested(book, event, at)
    return replace(decision, changes=(*decision.changes, Tally(OTHER, 7)))


def _changes_what_holds_for_all(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    decision = on_withdrawal_requested(book, event, at)
    return replace(decision, changes=(*decision.changes, Sign("door", "closed")))


def _looks_for(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    book.where(Tally, book.column(Tally, "count") > 1)
    return on_withdrawal_requested(book, event, at)


def _looks_at_all(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    book.all(Tally)
    return on_withdrawal_requested(book, event, at)


def _asks_the_database(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    book.connection.execute(text("SELECT count(*) FROM inbox"))
    return on_withdrawal_requested(book, event, at)


def _writes_by_itself(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    book.write()
    return on_withdrawal_requested(book, event, at)


def _counts_aside(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    """Changes a state, and comes to no decision that the inbox would tell of."""
    on_withdrawal_requested(book, event, at)
    book.keep(Tally(event.candidature_id, 1))
    raise Temporary("somebody is away")


def _comes_too_early(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    book.keep(Tally(event.candidature_id, 1))
    raise TooEarly(event.candidature_id)


def _fails_once_beside(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
    if book._beside:
        raise ZeroDivisionError
    return on_withdrawal_requested(book, event, at)


OTHER = candidature_id()
REACHING = (
    _changes_another,
    _changes_what_holds_for_all,
    _looks_for,
    _looks_at_all,
    _asks_the_database,
    _writes_by_itself,
    _counts_aside,
    _comes_too_early,
    _fails_once_beside,
)


@pytest.mark.parametrize("rule", REACHING, ids=lambda rule: rule.__name__.strip("_"))
def test_a_rule_that_reaches_beyond_its_dossier_is_asked_again_in_turn(
    engine: Engine, replica: Callable[..., Replica], rule: Rule
) -> None:
    one, dossier = replica(rule), candidature_id()
    one.consumer.transact([said(dossier)])
    assert one.asked == 2
    assert counts(engine)[dossier] == 1
    assert one.consumer._side_by_side._failures == 1


def test_another_dossier_may_be_looked_at_and_is_watched_from_then_on(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    def as_many_as_the_other(book: States, event: WithdrawalRequested, _at: Arrival) -> Decision:
        found = book.one(Tally, OTHER)
        return Decision("same", changes=(Tally(event.candidature_id, found.count if found else 0),))

    one, other, dossier = replica(as_many_as_the_other), replica(), candidature_id()
    go_on = one.stop_in_its_rule([said(dossier)])
    other.consumer.transact([said(OTHER)])
    go_on()
    assert counts(engine) == {OTHER: 1, dossier: 1}


def test_after_failures_in_a_row_ever_fewer_batches_are_tried_beside_others() -> None:
    turns = SideBySide()
    tried = []
    for _ in range(3):
        while not turns.is_tried():
            tried.append("in turn")
        tried.append("beside")
        turns.failed()
    assert tried == ["beside", "beside", "in turn", "in turn", "beside"]
    for _ in range(FAILURES_COUNTED_MAX):
        turns.failed()
    assert turns._in_turn == 2**FAILURES_COUNTED_MAX - 2
    turns.held()
    turns.failed()
    assert turns.is_tried(), "one that held starts anew"
