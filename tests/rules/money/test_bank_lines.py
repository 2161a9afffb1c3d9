"""The bank's word moves an order once, by its id or by its file; what does not fit is listed for a person."""

from dataclasses import replace
from datetime import date

import pytest

from services.funding.domain.money.statements import examine, match_statement
from services.funding.domain.states import Anomaly, BankLine, Order, Tranche
from shared.contract.backoffice import BankLineExamined
from shared.contract.funding import TrancheRejected, TrancheReturned, TrancheSettled
from tests.rules.money import given

SENT = given.order(state="exported", run_id="run-1")
SETTLED = replace(SENT, state="settled")
TOLD = BankLine(
    SENT.order_id, "settled", "camt.053", "releve-1", 1, 0, SENT.amount_cents, "R-1", None
)
OTHER = "FABT-2020-4-00009-T1-A1"


def matched(*lines, orders=(SENT,), kind="camt.053", **more):
    return match_statement(
        given.statement(*lines, kind=kind), given.named(*orders, **more), given.at()
    ).decision()


def states(decision):
    return [order.state for order in given.changed(decision, Order)]


def problems(decision):
    return [anomaly.kind for anomaly in given.changed(decision, Anomaly)]


def untouched(decision):
    return not states(decision) and not decision.facts and not given.moved(decision)


# What an answer does


def test_a_booking_settles_the_order_it_names_and_moves_the_money():
    decision = matched(given.line())

    assert decision.result == "statement-matched"
    assert (states(decision), problems(decision)) == (["settled"], [])
    assert [order.bank_reference for order in given.changed(decision, Order)] == ["R-1"]
    assert given.moved(decision) == [("settle", "ordered", "paid", 5_000_000)]
    told = given.fact(decision, TrancheSettled)
    assert (told["order_id"], told["amount_cents"]) == (SENT.order_id, 5_000_000)
    assert (told["tranche_id"], told["candidature_id"]) == (SENT.tranche_id, given.KEY)
    assert told["bank_reference"] == "R-1"
    [tranche] = given.changed(decision, Tranche)
    assert (tranche.state, tranche.since) == ("settled", given.DUE_AT)


def test_the_line_that_moved_an_order_is_kept_with_it():
    line = given.line(bank_reference="R-7", booked_on=date(2021, 4, 22))
    [kept] = given.changed(matched(given.line(OTHER), line), BankLine)

    assert (kept.statement_id, kept.part, kept.line) == ("releve-1", 1, 1)
    assert (kept.amount_cents, kept.booked_on) == (5_000_000, date(2021, 4, 22))
    assert (kept.order_id, kept.status, kept.kind, kept.bank_reference) == (
        SENT.order_id,
        "settled",
        "camt.053",
        "R-7",
    )


def test_a_refusal_gives_the_money_back_to_its_year_and_tells_why():
    decision = matched(given.line(status="rejected", reason_code="AC04"))

    assert (states(decision), given.moved(decision)) == (
        ["rejected"],
        [("undo", "ordered", "committed:1", 5_000_000)],
    )
    assert given.fact(decision, TrancheRejected)["reason_code"] == "AC04"
    assert given.changed(decision, Order)[0].reason_code == "AC04"
    assert [(one.state, one.since) for one in given.changed(decision, Tranche)] == [
        ("rejected", given.DUE_AT)
    ]


def test_a_transfer_that_comes_back_is_unpaid_again():
    decision = matched(given.line(status="returned"), orders=(SETTLED,), told=[TOLD])

    assert (states(decision), given.moved(decision)) == (
        ["returned"],
        [("return", "paid", "committed:1", 5_000_000)],
    )
    assert given.fact(decision, TrancheReturned)["reason_code"] == "unknown"
    assert [(one.state, one.since) for one in given.changed(decision, Tranche)] == [
        ("returned", given.DUE_AT)
    ]


def test_good_news_makes_no_work_and_moves_no_money():
    decision = matched(given.line(status="accepted"), kind="pain.002")

    assert (states(decision), problems(decision), given.moved(decision)) == (["accepted"], [], [])
    assert [(kept.status, kept.kind) for kept in given.changed(decision, BankLine)] == [
        ("accepted", "pain.002")
    ]


@pytest.mark.parametrize("state", ["accepted", "unknown", "settled", "returned"])
def test_good_news_on_what_is_known_better_changes_nothing(state):
    decision = matched(given.line(status="accepted"), orders=(replace(SENT, state=state),))

    assert untouched(decision) and problems(decision) == []


@pytest.mark.parametrize("state", ["exported", "accepted", "unknown"])
@pytest.mark.parametrize("word", ["settled", "rejected"])
def test_whatever_was_at_the_bank_takes_its_last_word(state, word):
    assert states(matched(given.line(status=word), orders=(replace(SENT, state=state),))) == [word]


@pytest.mark.parametrize("state", ["exported", "accepted"])
def test_a_word_nobody_knows_leaves_the_order_unknown_and_a_line_for_a_person(state):
    decision = matched(
        given.line(status="pending", reason_code="XX01"), orders=(replace(SENT, state=state),)
    )

    assert (states(decision), problems(decision)) == (["unknown"], ["unknown-status"])
    assert given.changed(decision, Order)[0].reason_code == "XX01"
    assert given.moved(decision) == []


# What does not fit moves no money


@pytest.mark.parametrize(
    ("state", "line", "problem"),
    [
        ("exported", given.line(OTHER), "unknown-order"),
        ("exported", given.line(""), "unknown-order"),
        ("exported", given.line(status="unreadable"), "unreadable-line"),
        ("exported", given.line(cents=4_999_999), "other-amount"),
        ("exported", given.line(status="returned"), "return-before-payment"),
        ("ordered", given.line(), "never-exported"),
        ("approved", given.line(status="rejected"), "never-exported"),
        ("cancelled", given.line(), "never-exported"),
        ("rejected", given.line(), "contradicts-answer"),
        ("rejected", given.line(status="accepted"), "contradicts-answer"),
        ("rejected", given.line(status="returned"), "contradicts-answer"),
        ("settled", given.line(status="rejected"), "contradicts-answer"),
        ("settled", given.line(status="pending"), "unknown-status"),
        ("settled", given.line(status="returned", cents=1), "other-amount"),
        ("settled", given.line(bank_reference="R-2"), "repeated-line"),
        ("settled", given.line(cents=1), "other-amount"),
        ("returned", given.line(status="rejected"), "contradicts-answer"),
    ],
)
def test_a_line_that_does_not_fit_changes_nothing_and_is_listed(state, line, problem):
    decision = matched(
        line, orders=(replace(SENT, state=state),), told=[TOLD] if state == "settled" else ()
    )

    assert untouched(decision)
    assert (problems(decision), given.codes(decision)) == ([problem], [problem])


def test_one_bad_or_foreign_line_never_blocks_ours():
    decision = matched(given.line(status="unreadable"), given.line(OTHER), given.line())

    assert (states(decision), problems(decision)) == (
        ["settled"],
        ["unreadable-line", "unknown-order"],
    )


def test_a_listed_line_keeps_its_place_and_its_words_for_the_person_who_looks_at_it():
    odd = given.line(
        OTHER, "pending", 7, reason_code="AM05", bank_reference="R-9", position="Ntry[2]"
    )
    [listed] = given.changed(matched(given.line(), odd), Anomaly)

    assert (listed.statement_id, listed.part, listed.line, listed.amount_cents) == (
        "releve-1",
        1,
        1,
        7,
    )
    assert listed.detail == "pending AM05 R-9 Ntry[2]"


def test_a_refusal_is_believed_without_an_amount():
    assert states(matched(given.line(status="rejected", cents=0))) == ["rejected"]


def test_a_refusal_told_again_with_another_amount_changes_nothing():
    refused = replace(SENT, state="rejected")
    told = [replace(TOLD, status="rejected")]
    again = matched(given.line(status="rejected", cents=1), orders=(refused,), told=told)
    assert untouched(again)
    assert problems(again) == []


def test_what_was_recovered_meanwhile_cannot_come_back_a_second_time():
    decision = matched(
        given.line(status="returned"),
        orders=(SETTLED,),
        told=[TOLD],
        paid_cents={given.KEY: 4_999_999},
    )

    assert untouched(decision) and problems(decision) == ["return-after-recovery"]


def test_two_transfers_that_come_back_in_one_statement_are_counted_one_after_the_other():
    second = given.order(2, state="settled", run_id="run-1")
    lines = (given.line(status="returned"), given.line(second.order_id, "returned", 4_000_000))
    told = [TOLD, replace(TOLD, order_id=second.order_id, amount_cents=4_000_000)]

    decision = matched(
        *lines, orders=(SETTLED, second), told=told, paid_cents={given.KEY: 8_000_000}
    )

    assert (states(decision), problems(decision)) == (["returned"], ["return-after-recovery"])


# The same word twice


def test_the_same_movement_told_by_another_kind_of_message_is_good_news_once():
    decision = matched(
        given.line(bank_reference="N-1"), orders=(SETTLED,), told=[TOLD], kind="camt.054"
    )

    assert (problems(decision), given.moved(decision)) == ([], [])
    assert [kept.kind for kept in given.changed(decision, BankLine)] == ["camt.054"]


def test_the_same_booking_under_the_same_reference_changes_nothing():
    decision = matched(given.line(), orders=(SETTLED,), told=[TOLD])

    assert untouched(decision) and decision.changes == ()


def test_two_bookings_in_one_statement_under_two_references_are_looked_at():
    decision = matched(given.line(), given.line(bank_reference="R-2"))

    assert (states(decision), problems(decision)) == (["settled"], ["repeated-line"])
    assert len(given.moved(decision)) == 1


def test_a_booking_told_after_its_return_is_no_second_payment():
    back = replace(TOLD, status="returned")
    decision = matched(given.line(), orders=(replace(SENT, state="returned"),), told=[TOLD, back])

    assert untouched(decision) and problems(decision) == []


def test_what_came_back_is_taken_last_whatever_the_order_of_the_lines():
    decision = matched(given.line(status="returned"), given.line())

    assert (states(decision), problems(decision)) == (["returned"], [])
    assert [kind for kind, *_ in given.moved(decision)] == ["settle", "return"]


def test_a_line_that_an_earlier_import_took_is_not_taken_again():
    assert matched(given.line(), taken=frozenset({0})).changes == ()


def test_a_line_that_an_earlier_import_listed_is_not_listed_again_for_the_same_problem():
    assert problems(matched(given.line(OTHER), listed={0: "unknown-order"})) == []
    assert problems(matched(given.line(OTHER), listed={0: "other-amount"})) == ["unknown-order"]


# A word on a whole file

TWO = (SENT, given.order(2, state="exported", run_id="run-1"))
SUM = sum(order.amount_cents for order in TWO)


@pytest.mark.parametrize(
    "told", [{}, {"cents": SUM}, {"transfers": 2}, {"cents": SUM, "transfers": 2}]
)
@pytest.mark.parametrize("word", ["settled", "rejected"])
def test_a_yes_or_a_no_to_a_file_is_one_to_each_transfer_of_it(word, told):
    decision = matched(given.word_on_file(word, **told), orders=TWO)

    assert (states(decision), problems(decision)) == ([word] * 2, [])


@pytest.mark.parametrize(
    "told", [{"cents": SUM + 1}, {"transfers": 3}, {"cents": SUM, "transfers": 1}]
)
def test_a_word_on_a_file_of_another_sum_or_number_is_one_line_to_look_at(told):
    decision = matched(given.word_on_file(**told), orders=TWO)

    assert untouched(decision) and problems(decision) == ["other-sum"]


def test_a_word_on_a_file_that_is_not_ours_is_one_line_to_look_at():
    assert problems(matched(given.word_on_file(file_id="SALAIRES-02"), orders=TWO)) == [
        "unknown-file"
    ]
    assert problems(matched(given.word_on_file("unreadable"), orders=TWO)) == ["unreadable-line"]
    unread_and_not_ours = given.word_on_file("unreadable", file_id="SALAIRES-02")
    assert problems(matched(unread_and_not_ours, orders=TWO)) == ["unreadable-line"]


def test_what_was_refused_before_is_no_part_of_the_booking():
    orders = (SENT, replace(TWO[1], state="rejected"))

    decision = matched(given.word_on_file(cents=SENT.amount_cents, transfers=1), orders=orders)

    assert (states(decision), problems(decision)) == (["settled"], [])


def test_a_file_that_comes_back_is_what_of_it_was_paid():
    orders = (replace(TWO[0], state="settled"), TWO[1])

    decision = matched(
        given.word_on_file("returned", SENT.amount_cents), orders=orders, told=[TOLD]
    )

    assert (states(decision), problems(decision)) == (["returned"], [])


def test_each_transfers_own_word_is_taken_before_the_word_on_its_file():
    own = given.line(TWO[1].order_id, "rejected", TWO[1].amount_cents)

    decision = matched(given.word_on_file(cents=SENT.amount_cents), own, orders=TWO)

    assert sorted(states(decision)) == ["rejected", "settled"]


def test_a_doubt_on_one_transfer_outlives_the_refusal_of_its_file():
    orders = (replace(SENT, state="unknown"), TWO[1])

    decision = matched(given.word_on_file("rejected"), orders=orders)

    assert (states(decision), problems(decision)) == (["rejected"], ["unknown-status"])
    assert given.changed(decision, Order)[0].order_id == TWO[1].order_id


def test_what_many_transfers_of_a_file_cannot_take_is_one_line_for_a_person():
    orders = tuple(replace(order, state="rejected") for order in TWO)

    [listed] = given.changed(matched(given.word_on_file(), orders=orders), Anomaly)

    assert (listed.kind, listed.end_to_end_id) == ("contradicts-answer", "run-1-001")
    assert (listed.statement_id, listed.part, listed.line) == ("releve-1", 1, 0)
    assert f"2\u00a0ordres : {TWO[0].order_id}…" in listed.detail

    [listed] = given.changed(matched(given.word_on_file(), orders=orders[:1]), Anomaly)
    assert f"1\u00a0ordre : {TWO[0].order_id}" in listed.detail and "…" not in listed.detail


# A grant that ended while the bank had the order

ENDED = {given.KEY: given.grant(state="cancelled", holds_place=True)}


@pytest.mark.parametrize("word", ["rejected", "returned"])
def test_what_is_not_paid_after_the_end_of_a_grant_goes_back_to_the_envelope(word):
    paid = word == "returned"
    event = given.statement(given.line(status=word))
    named = given.named(SETTLED if paid else SENT, grants=ENDED, told=[TOLD] if paid else ())

    matching = match_statement(event, named, given.at())

    assert matching.freed_cents == 5_000_000
    assert given.moved(matching.decision())[-1] == ("free", "committed:1", "envelope", 5_000_000)
    assert [tranche.state for tranche in given.changed(matching.decision(), Tranche)] == [
        "cancelled"
    ]


def test_what_the_bank_pays_after_the_end_of_a_grant_is_named_so_that_it_is_asked_back():
    matching = match_statement(
        given.statement(given.line()), given.named(SENT, grants=ENDED), given.at()
    )

    assert (matching.paid_after_the_end(), matching.freed_cents) == ([given.KEY], 0)
    living = match_statement(given.statement(given.line()), given.named(SENT), given.at())
    assert living.paid_after_the_end() == []


# A person looks at it


def test_a_line_is_examined_once_with_the_reason():
    [listed] = given.changed(matched(given.line(OTHER)), Anomaly)
    act = given.act(BankLineExamined, statement_id="releve-1", part=1, line=0)

    decision = examine(listed, act)
    [examined] = decision.changes

    assert decision.result == "examined"
    assert (examined.examined_by, examined.examined_because) == ("officer-1", "selon le dossier")
    assert examine(examined, act).result == "duplicate"
