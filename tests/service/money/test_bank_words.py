"""The bank's words on files and transfers, from bytes to orders: nothing is paid twice or left to look at."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from services.funding import store
from services.funding.domain.money import declarations
from services.funding.domain.money.words import Problem
from services.funding.domain.states import Order
from services.funding.questions import money
from services.funding.tools.payment_export import NothingToExport
from shared.bank import reason_codes
from shared.contract import backoffice as officers
from shared.contract.backoffice import Fate
from shared.contract.values import Role
from tests.service.money.bank_words import (
    batch_entry,
    booked,
    entry,
    reason,
    word_on_file,
    word_on_transfers,
)
from tests.service.money.paying import PAYERS, person
from tests.service.money.test_payments import FIRST_DUE
from tests.service.money.treasury import Treasury

CENTS = 5_000_000
OFFICER = person("officer-1")


@pytest.fixture
def at_the_bank(treasury: Treasury) -> str:
    """The name of a file of three transfers that went out."""
    keys = treasury.award_ready(3)
    treasury.move_to(FIRST_DUE)
    for key in keys:
        treasury.due(key, 1)
    [path] = treasury.pay("run-1")
    return path.stem


def states(treasury: Treasury) -> list[str]:
    return [order.state for order in treasury.orders()]


def sums(treasury: Treasury) -> list[tuple[str, int]]:
    return [(order.order_id, order.amount_cents) for order in treasury.orders()]


def retry(treasury: Treasury, order: Order) -> list[str]:
    outcome = treasury.say(officers.TrancheRetried(tranche_id=order.tranche_id, **OFFICER))
    return [reason.message for reason in outcome.decision.reasons]


def bank_that_had_it_already(treasury: Treasury, file_id: str) -> list[str]:
    """All the bank paid of a file it got twice: the first is paid, the second refused as a duplicate."""
    before = treasury.orders()
    treasury.hear_bank(word_on_file(file_id, "RJCT", reason("NARR", "AM05")))
    for order in before:
        retry(treasury, order)
    treasury.pay("run-2")
    again = [order for order in treasury.orders() if order.state == "exported"]
    return [order.tranche_id for order in (*before, *again)]


def test_a_file_refused_as_a_duplicate_is_never_paid_twice(
    treasury: Treasury, at_the_bank: str
) -> None:
    with pytest.raises(NothingToExport):
        bank_that_had_it_already(treasury, at_the_bank)
    assert states(treasury) == ["unknown"] * 3
    assert {order.reason_code for order in treasury.orders()} == {"AM05"}


def test_control_without_the_table_of_reasons_a_tranche_is_paid_twice(
    treasury: Treasury, at_the_bank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reason_codes, "PERHAPS_PAID", {})
    monkeypatch.setattr(reason_codes, "UNPAID", reason_codes.UNPAID | {"AM05": "as any other"})
    paid = bank_that_had_it_already(treasury, at_the_bank)
    assert len(paid) == 6 and len(set(paid)) == 3


def declare(
    treasury: Treasury, order: Order, fate: Fate, people: Iterable[tuple[str, Role]] = PAYERS
) -> str:
    """What came of the last of these people's words."""
    said = {"order_id": order.order_id, "fate": fate, "reference": "C-412"}
    outcomes = [treasury.say(officers.PaymentDeclared(**said, **person(*who))) for who in people]
    return outcomes[-1].decision.result


def test_a_payment_that_two_people_declare_dead_is_made_again_and_paid_once(
    treasury: Treasury, at_the_bank: str
) -> None:
    treasury.hear_bank(word_on_file(at_the_bank, "RJCT", reason("AM05")))
    doubtful = treasury.orders()[0]
    assert "peut encore payer" in retry(treasury, doubtful)[0]
    assert declare(treasury, doubtful, "dead") == "declared-dead"
    treasury.must_hold()
    assert retry(treasury, doubtful) == []
    treasury.pay("run-2")
    again = treasury.orders(doubtful.candidature_id)[-1]
    treasury.hear_bank(booked(entry(again.order_id, CENTS)))
    assert [order.state for order in treasury.orders(doubtful.candidature_id)] == [
        "rejected",
        "settled",
    ]
    treasury.must_hold()


def test_a_payment_that_two_people_declare_paid_is_settled_and_its_booking_only_says_so_again(
    treasury: Treasury, at_the_bank: str
) -> None:
    treasury.hear_bank(word_on_file(at_the_bank, "RJCT", reason("AM05")))
    doubtful = treasury.orders()[0]
    assert declare(treasury, doubtful, "paid") == "declared-paid"
    assert "est payé" in retry(treasury, doubtful)[0]
    before = treasury.anomalies()
    treasury.hear_bank(booked(entry(doubtful.order_id, CENTS)))
    assert (states(treasury)[0], treasury.anomalies()) == ("settled", before)
    treasury.must_hold()


def test_what_the_bank_books_after_its_letter_said_dead_stops_the_next_attempt(
    treasury: Treasury, at_the_bank: str
) -> None:
    treasury.hear_bank(word_on_file(at_the_bank, "RJCT", reason("AM05")))
    doubtful = treasury.orders()[0]
    declare(treasury, doubtful, "dead")
    treasury.hear_bank(booked(entry(doubtful.order_id, CENTS)))
    [why] = retry(treasury, doubtful)
    assert "contredit le rejet" in why


def transfers_after_the_word_of_one(treasury: Treasury, file_id: str) -> list[str]:
    """The tranche of every transfer that went to the bank, where one person alone declares the first dead."""
    treasury.hear_bank(word_on_file(file_id, "RJCT", reason("AM05")))
    doubtful = treasury.orders()[0]
    declare(treasury, doubtful, "dead", PAYERS[1:])
    retry(treasury, doubtful)
    treasury.pay("run-2")
    return [order.tranche_id for order in treasury.orders(doubtful.candidature_id)]


def test_the_word_of_one_person_pays_nothing_again(treasury: Treasury, at_the_bank: str) -> None:
    with pytest.raises(NothingToExport):
        transfers_after_the_word_of_one(treasury, at_the_bank)


def test_control_where_one_word_is_enough_a_tranche_is_paid_twice(
    treasury: Treasury, at_the_bank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declarations, "WORDS_NEEDED", 1)
    first, second = transfers_after_the_word_of_one(treasury, at_the_bank)
    assert first == second


def transfers_after_the_bank_has_spoken_between_two_words(
    treasury: Treasury, booking: bytes
) -> list[str]:
    """The tranche of every transfer, where the bank books the first at another amount between two words."""
    paid = treasury.orders()[0]
    declare(treasury, paid, "dead", PAYERS[1:])
    treasury.hear_bank(booking)
    declare(treasury, paid, "dead", PAYERS[:1])
    retry(treasury, paid)
    treasury.pay("run-2")
    return [order.tranche_id for order in treasury.orders(paid.candidature_id)]


def bookings(treasury: Treasury, file_id: str) -> list[bytes]:
    """Of the transfer itself, and of its whole file, each a cent beside what was ordered."""
    return [
        booked(entry(treasury.orders()[0].order_id, CENTS + 1)),
        booked(batch_entry(file_id, 3, 3 * CENTS + 1)),
    ]


@pytest.mark.parametrize("of", [0, 1], ids=["the transfer", "its file"])
def test_a_payment_that_is_booked_at_another_amount_is_not_declared_dead_until_somebody_has_looked(
    treasury: Treasury, at_the_bank: str, of: int
) -> None:
    booking = bookings(treasury, at_the_bank)[of]
    with pytest.raises(NothingToExport):
        transfers_after_the_bank_has_spoken_between_two_words(treasury, booking)
    first = treasury.orders()[0]
    assert (first.state, len(treasury.anomalies())) == ("exported", 1)
    assert declare(treasury, first, "dead", PAYERS[:1]) == "contradicted"


@pytest.mark.parametrize("of", [0, 1], ids=["the transfer", "its file"])
def test_control_where_a_letter_answers_every_line_a_tranche_is_paid_twice(
    treasury: Treasury, at_the_bank: str, of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declarations, "DOUBTS", get_args(Problem))
    booking = bookings(treasury, at_the_bank)[of]
    first, second = transfers_after_the_bank_has_spoken_between_two_words(treasury, booking)
    assert first == second
    treasury.must_hold()


def test_a_first_word_counts_no_more_where_the_bank_has_moved_the_order_since(
    treasury: Treasury, at_the_bank: str
) -> None:
    order = treasury.orders()[0]
    declare(treasury, order, "dead", PAYERS[1:])
    treasury.hear_bank(word_on_file(at_the_bank, "ACSP"))
    assert declare(treasury, order, "dead", PAYERS[:1]) == "declared-by-one"
    assert states(treasury)[0] == "accepted"
    treasury.hear_bank(word_on_file(at_the_bank, "RJCT", reason("AM05")))
    listed = treasury.read(lambda states: money.in_doubt(states, treasury.orders()[0]))
    assert listed["declared"] is None
    declare(treasury, order, "dead", PAYERS[:1])
    listed = treasury.read(lambda states: money.in_doubt(states, treasury.orders()[0]))
    assert listed["declared"]["by"] == ["ordonnateur-1"]


def test_a_refusal_that_a_booking_of_the_whole_file_contradicts_is_not_tried_again(
    treasury: Treasury, at_the_bank: str
) -> None:
    order, cents = sums(treasury)[0]
    treasury.hear_bank(word_on_transfers(at_the_bank, [(order, cents, "RJCT")], reason("AC04")))
    treasury.hear_bank(booked(batch_entry(at_the_bank, 3, 3 * CENTS)))
    [why] = retry(treasury, treasury.orders()[0])
    assert "contredit le rejet" in why


@pytest.mark.parametrize("status", ["exported", "accepted", "unknown", "settled"])
def test_an_attempt_that_is_not_certainly_dead_is_not_made_again_and_says_why(
    treasury: Treasury, at_the_bank: str, status: str
) -> None:
    order, cents = sums(treasury)[0]
    if status != "exported":
        treasury.statement("r", (order, status, cents))
    [why] = retry(treasury, treasury.orders()[0])
    assert order in why and ("payé" in why or "peut encore payer" in why)
    assert states(treasury)[0] == status


def test_a_refusal_that_a_booking_contradicts_is_not_tried_again_until_somebody_has_looked(
    treasury: Treasury, at_the_bank: str
) -> None:
    order, cents = sums(treasury)[0]
    treasury.hear_bank(word_on_transfers(at_the_bank, [(order, cents, "RJCT")], reason("AC04")))
    treasury.hear_bank(booked(entry(order, cents)))
    assert treasury.anomalies() == ["contradicts-answer"]
    [why] = retry(treasury, treasury.orders()[0])
    assert "contredit le rejet" in why
    grant = treasury.orders()[0].candidature_id
    treasury.provide(grant, 77)
    treasury.verify(grant, "officer-1")
    treasury.confirm(grant, "officer-2")
    assert treasury.tranche(grant, 1).state == "rejected", "another account changes nothing"
    [found] = treasury.read(store.anomalies)
    place = {"statement_id": found.statement_id, "part": found.part, "line": found.line}
    treasury.say(officers.BankLineExamined(**place, **OFFICER))
    treasury.move_to(treasury.now.date() + timedelta(days=60))
    assert retry(treasury, treasury.orders()[0]) == []


@pytest.mark.parametrize("counted", [None, (3, 3 * CENTS)])
def test_a_file_settled_as_a_whole_settles_every_transfer_of_it(
    treasury: Treasury, at_the_bank: str, counted: tuple[int, int] | None
) -> None:
    treasury.hear_bank(word_on_file(at_the_bank, "ACSC", counted=counted))
    assert (states(treasury), treasury.anomalies()) == (["settled"] * 3, [])
    treasury.must_hold()


def test_a_batch_that_names_the_file_with_its_sum_settles_every_transfer_of_it(
    treasury: Treasury, at_the_bank: str
) -> None:
    treasury.hear_bank(booked(batch_entry(at_the_bank, 3, 3 * CENTS)))
    assert (states(treasury), treasury.anomalies()) == (["settled"] * 3, [])
    treasury.must_hold()


def test_a_batch_without_what_was_refused_before_settles_the_rest(
    treasury: Treasury, at_the_bank: str
) -> None:
    order, cents = sums(treasury)[1]
    treasury.hear_bank(word_on_transfers(at_the_bank, [(order, cents, "RJCT")], reason("AC04")))
    treasury.hear_bank(booked(batch_entry(at_the_bank, 2, 2 * CENTS)))
    assert (states(treasury), treasury.anomalies()) == (["settled", "rejected", "settled"], [])


@pytest.mark.parametrize(
    ("file_id", "count", "cents", "kind"),
    [
        (None, 3, 3 * CENTS + 1, "other-sum"),
        (None, 2, 3 * CENTS, "other-sum"),
        ("SALAIRES-02", 3, 3 * CENTS, "unknown-file"),
    ],
)
def test_a_batch_that_is_not_just_our_file_is_one_line_to_look_at(
    treasury: Treasury, at_the_bank: str, file_id: str | None, count: int, cents: int, kind: str
) -> None:
    treasury.hear_bank(booked(batch_entry(file_id or at_the_bank, count, cents)))
    assert (states(treasury), treasury.anomalies()) == (["exported"] * 3, [kind])


def test_a_file_refused_as_a_whole_leaves_a_transfer_that_is_in_doubt_as_it_is(
    treasury: Treasury, at_the_bank: str
) -> None:
    order, cents = sums(treasury)[0]
    treasury.hear_bank(word_on_transfers(at_the_bank, [(order, cents, "RJCT")], reason("DU04")))
    treasury.hear_bank(word_on_file(at_the_bank, "RJCT", reason("FF01")))
    assert states(treasury) == ["unknown", "rejected", "rejected"]
    assert treasury.anomalies() == ["unknown-status"] * 2


def test_the_same_statement_twice_changes_nothing_and_the_same_file_under_two_references_is_looked_at(
    treasury: Treasury, at_the_bank: str
) -> None:
    statement = booked(batch_entry(at_the_bank, 3, 3 * CENTS))
    treasury.hear_bank(statement, statement, statement.replace(b"STM-1", b"STM-1-COPY"))
    assert treasury.anomalies() == []
    treasury.hear_bank(booked(batch_entry(at_the_bank, 3, 3 * CENTS, reference="B-2")))
    assert (states(treasury), treasury.anomalies()) == (["settled"] * 3, ["repeated-line"])
    treasury.must_hold()


def test_seventy_five_transfers_with_all_the_good_news_of_a_bank_leave_nothing_to_look_at(
    tmp_path: Path,
) -> None:
    treasury = Treasury.beginning(tmp_path, envelope_cents=75 * CENTS)
    keys = treasury.award_ready(75)
    treasury.move_to(FIRST_DUE)
    for key in keys:
        treasury.due(key, 1)
    [path] = treasury.pay("run-1")
    told = sums(treasury)
    treasury.hear_bank(word_on_file(path.stem, "ACTC", name="PSR-0"))
    treasury.hear_bank(word_on_transfers(path.stem, [(*one, "ACSP") for one in told]))
    assert set(states(treasury)) == {"accepted"}
    pending = [entry(*one, reference=f"N-{n}", status="PDNG") for n, one in enumerate(told)]
    treasury.hear_bank(booked(*pending, kind="camt.054", name="NTF-0"))
    assert set(states(treasury)) == {"accepted"}
    noted = [entry(*one, reference=f"N-{n}") for n, one in enumerate(told)]
    treasury.hear_bank(booked(*noted, kind="camt.054", name="NTF-1"))
    treasury.hear_bank(booked(batch_entry(path.stem, 75, 75 * CENTS, told)))
    treasury.hear_bank(word_on_transfers(path.stem, [(*one, "ACSC") for one in told], name="PSR-2"))
    treasury.hear_bank(word_on_transfers(path.stem, [(*one, "ACSP") for one in told], name="PSR-3"))
    assert (set(states(treasury)), treasury.anomalies()) == ({"settled"}, [])
    treasury.must_hold()
    treasury.engine.dispose()
