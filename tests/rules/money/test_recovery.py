"""Money is asked back step by step: intention, time to answer, decision, then received, offset or waived."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.funding.domain.money import recovery
from services.funding.domain.states import Grant, Recovery, Tranche
from shared.contract import backoffice as officers
from shared.contract.funding import RecoveryClosed, RecoveryOpened, RecoveryOrdered, TrancheOffset
from shared.french import euros
from tests.rules.money import given

SAID = "Le matériel est toujours utilisé."
ORDERED = given.recovery(state="ordered")
AFTER_DELAY = datetime(2021, 7, 1, 22, tzinfo=UTC)  # 2 July has begun in Paris


def intended(cents, past=(), paid_cents=5_000_000):
    event = given.act(officers.RecoveryIntended, amount_cents=cents, answer_by=date(2021, 7, 1))
    return recovery.intend(past, event, paid_cents, given.DUE_AT)


def decided(cents, now=AFTER_DELAY, **changed):
    event = given.act(officers.RecoveryDecided, amount_cents=cents)
    return recovery.decide(given.programme(), given.recovery(**changed), event, now)


def only(decision):
    [changed] = given.changed(decision, Recovery)
    return changed


def test_what_was_paid_may_be_asked_back():
    decision = intended(5_000_000)

    assert decision.result == "recovery-intended"
    asked = only(decision)
    assert (asked.state, asked.number, asked.amount_cents) == ("intended", 1, 5_000_000)
    assert (asked.candidature_id, asked.intended_at) == (given.KEY, given.DUE_AT)
    told = given.fact(decision, RecoveryOpened)
    assert (told["candidature_id"], told["number"], told["amount_cents"]) == (
        given.KEY,
        1,
        5_000_000,
    )
    assert told["answer_by"] == asked.answer_by == date(2021, 7, 1)


@pytest.mark.parametrize("cents", [0, 5_000_001])
def test_never_more_than_was_paid_is_asked_back_and_never_nothing(cents):
    decision = intended(cents)

    assert given.refused(decision) == "above-paid"
    assert euros(5_000_000) in decision.reasons[0].message


def test_one_recovery_of_a_grant_runs_at_a_time():
    assert intended(1, past=[given.recovery()]).result == "duplicate"
    assert only(intended(1, past=[given.recovery(state="closed")])).number == 2


def test_nothing_is_decided_before_the_holder_answered_or_had_the_time_to():
    assert given.refused(decided(1_000_000, AFTER_DELAY - timedelta(microseconds=1))) == "too-soon"
    assert decided(1_000_000).result == "recovery-ordered"
    assert decided(1_000_000, given.DUE_AT, answered_at=given.DUE_AT).result == "recovery-ordered"


def test_what_is_decided_is_never_more_than_what_was_announced():
    assert given.refused(decided(2_000_001)) == "above-intended"
    decision = decided(1_500_000)
    assert (only(decision).state, only(decision).left_cents) == ("ordered", 1_500_000)
    told = given.fact(decision, RecoveryOrdered)
    assert (told["candidature_id"], told["amount_cents"]) == (given.KEY, 1_500_000)


def test_a_recovery_decided_at_nothing_is_closed():
    decision = decided(0)

    assert (decision.result, only(decision).state, given.said(decision)) == (
        "recovery-dropped",
        "closed",
        ["RecoveryClosed"],
    )
    told = given.fact(decision, RecoveryClosed)
    assert (told["recovered_cents"], told["waived_cents"]) == (0, 2_000_000)


@pytest.mark.parametrize("state", ["ordered", "closed"])
def test_a_recovery_is_decided_once(state):
    assert decided(1_000_000, state=state).result == "duplicate"


def test_the_holders_observations_are_kept_to_be_read_while_they_can_count():
    decision = recovery.answer(given.recovery(), SAID, given.DUE_AT)
    answered = only(decision)
    assert (decision.result, answered.answered_at) == ("recovery-answered", given.DUE_AT)
    assert answered.observations == (SAID,)

    assert recovery.answer(answered, SAID, given.DUE_AT).result == "answered-already"
    more = only(recovery.answer(answered, "Le bail aussi.", given.DUE_AT + timedelta(days=1)))
    assert (more.answered_at, more.observations) == (given.DUE_AT, (SAID, "Le bail aussi."))
    assert recovery.answer(ORDERED, SAID, given.DUE_AT).result == "already-ordered"


def test_so_many_observations_of_one_request_are_enough():
    said = tuple(f"{SAID} {number}" for number in range(recovery.OBSERVATIONS_MAX))
    full = given.recovery(answered_at=given.DUE_AT, observations=said)
    assert recovery.answer(full, SAID, given.DUE_AT).result == "answered-enough"


def test_observations_written_before_the_request_do_not_answer_it():
    before = given.DUE_AT - timedelta(seconds=1)

    decision = recovery.answer(given.recovery(number=2), SAID, before)
    assert (decision.result, given.codes(decision)) == ("answered-before", ["answered-before"])
    assert "n° 2" in decision.reasons[0].message


def received(cents, asked=ORDERED):
    return recovery.receive(asked, given.grant(), given.fund(), cents, given.at())


def test_money_that_came_back_returns_to_the_envelope():
    decision, fund = received(500_000)

    assert decision.result == "recovered"
    assert given.moved(decision) == [("recover", "paid", "envelope", 500_000)]
    assert (only(decision).left_cents, fund.committed_cents) == (1_500_000, 11_500_000)
    assert [grant.recovered_cents for grant in given.changed(decision, Grant)] == [500_000]


def test_a_recovery_is_closed_by_its_last_cent():
    decision, _ = received(1_500_000, replace(ORDERED, waived_cents=200_000, offset_cents=300_000))

    told = given.fact(decision, RecoveryClosed)
    assert told["candidature_id"] == given.KEY
    assert (only(decision).state, told["recovered_cents"], told["waived_cents"]) == (
        "closed",
        1_800_000,
        200_000,
    )


@pytest.mark.parametrize("cents", [0, 2_000_001])
def test_never_more_than_is_left_is_received_kept_back_or_waived(cents):
    tried = [received(cents)[0], offset(cents)[0], recovery.waive(ORDERED, cents)]

    assert [(one.result, given.codes(one)) for one in tried] == [
        ("not-expected", ["above-left"])
    ] * 3
    assert received(cents)[1] == given.fund()


@pytest.mark.parametrize("state", ["intended", "closed"])
def test_nothing_is_received_kept_back_or_waived_that_is_not_ordered(state):
    asked = given.recovery(state=state)
    tried = [received(1, asked)[0], offset(1, asked)[0], recovery.waive(asked, 1)]

    assert [(one.result, given.codes(one)) for one in tried] == [
        ("not-expected", ["not-ordered"])
    ] * 3


def offset(cents, asked=ORDERED, **changed):
    tranche = given.tranche(2, **changed)
    event = given.act(officers.RecoveryOffset, tranche_id=tranche.tranche_id, amount_cents=cents)
    return recovery.offset(asked, tranche, given.fund(), event, given.at())


def test_what_is_kept_back_from_a_tranche_is_as_if_paid_and_recovered_at_once():
    decision, fund = offset(1_000_000)

    assert (decision.result, only(decision).offset_cents) == ("offset", 1_000_000)
    assert given.moved(decision) == [
        ("offset", "committed:2", "paid", 1_000_000),
        ("recover", "paid", "envelope", 1_000_000),
    ]
    [smaller] = given.changed(decision, Tranche)
    assert (smaller.payable_cents, smaller.state) == (3_000_000, "scheduled")
    told = given.fact(decision, TrancheOffset)
    assert (told["tranche_id"], told["candidature_id"]) == (smaller.tranche_id, given.KEY)
    assert (told["amount_cents"], told["left_cents"]) == (1_000_000, 3_000_000)
    assert fund.committed_cents == 11_000_000


def test_a_tranche_that_is_kept_back_in_full_is_paid_by_that():
    held = {"state": "withheld", "gates": ({"code": "suspended"},), "retry_after": AFTER_DELAY}
    [smaller] = given.changed(offset(2_000_000, offset_cents=2_000_000, **held)[0], Tranche)

    assert (smaller.state, smaller.payable_cents, smaller.since) == ("offset", 0, given.DUE_AT)
    assert (smaller.gates, smaller.retry_after) == ((), None)


@pytest.mark.parametrize("state", ["ordered", "settled", "offset", "cancelled"])
def test_nothing_is_kept_back_from_what_is_engaged(state):
    assert given.refused(offset(1, state=state)[0]) == "no-room"


def test_no_more_is_kept_back_from_a_tranche_than_it_still_pays():
    assert given.refused(offset(1_000_001, offset_cents=3_000_000)[0]) == "no-room"


def test_what_is_waived_moves_no_money():
    decision = recovery.waive(ORDERED, 2_000_000)

    assert (decision.result, only(decision).state, given.moved(decision)) == (
        "waived",
        "closed",
        [],
    )
    assert given.fact(decision, RecoveryClosed)["waived_cents"] == 2_000_000
    assert recovery.waive(ORDERED, 500_000).facts == ()


def given_up(paid_cents=5_000_000, past=(), days=60):
    programme = given.programme(given_up_answer_days=days)
    return recovery.after_giving_up(programme, past, given.KEY, paid_cents, given.DUE_AT)


def test_what_was_paid_to_a_holder_who_gives_up_is_asked_back_where_the_programme_says_so():
    asked = only(given_up())

    assert (asked.amount_cents, asked.answer_by) == (5_000_000, date(2021, 6, 19))
    assert only(given_up(paid_cents=1)).amount_cents == 1
    assert given_up(days=0) is None
    assert given_up(paid_cents=0) is None


def test_who_gives_up_while_a_recovery_runs_is_not_asked_twice():
    assert given_up(past=[given.recovery()]) is None
    assert only(given_up(past=[given.recovery(state="closed")])).number == 2
