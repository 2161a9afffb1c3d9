"""A tranche is paid again only once the last attempt is certainly dead."""

from dataclasses import replace

import pytest

from services.funding.domain.money import retries
from services.funding.domain.states import Anomaly
from tests.rules.money import given

CONTRADICTION = Anomaly(
    "releve-2", 1, 4, given.order().order_id, "contradicts-answer", 5_000_000, "settled"
)


def by_order(lines):
    return {line.end_to_end_id: [line] for line in lines}


def asked(tranche_state, order_state, listed=()):
    tranche = given.tranche(state=tranche_state, attempt=1)
    return retries.retry(tranche, [given.order(state=order_state)], by_order(listed), given.at())


@pytest.mark.parametrize("state", ["rejected", "returned"])
def test_an_attempt_that_is_certainly_dead_is_made_again(state):
    decision = asked(state, state)

    assert decision.result == "retried"
    [again] = decision.changes
    assert (again.state, again.since, again.gates) == ("withheld", given.at().now, ())


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("ordered", "n'est pas encore parti"),
        ("approved", "n'est pas encore parti"),
        ("exported", "peut encore payer"),
        ("accepted", "peut encore payer"),
        ("unknown", "peut encore payer"),
        ("settled", "est payé"),
    ],
)
def test_an_attempt_that_may_still_pay_or_has_paid_is_never_made_again(state, why):
    decision = asked("settled" if state == "settled" else "ordered", state)

    assert (decision.result, decision.changes) == ("attempt-alive", ())
    assert why in decision.reasons[0].message
    assert given.order().order_id in decision.reasons[0].message


def test_the_reason_of_the_bank_is_told_with_the_doubt():
    reason = retries.alive_because(given.order(state="unknown", reason_code="AM05"), {})

    assert reason and "(AM05)" in reason.message


def test_a_refusal_that_a_line_of_the_bank_contradicts_waits_until_somebody_has_looked():
    decision = asked("rejected", "rejected", [CONTRADICTION])

    assert decision.changes == ()
    assert "releve-2, partie 1, ligne 4" in decision.reasons[0].message


def test_a_line_on_another_order_contradicts_nothing():
    other = Anomaly("releve-2", 1, 4, "FABT-2020-4-00009-T1-A1", "unknown-order", 1, "settled")

    assert asked("rejected", "rejected", [other]).result == "retried"


@pytest.mark.parametrize("state", ["withheld", "offset", "cancelled"])
def test_what_has_no_failed_payment_is_not_tried_again(state):
    assert asked(state, "cancelled").result == f"already-{state}"


def test_the_latest_attempt_counts_and_not_the_first():
    tranche = given.tranche(state="ordered", attempt=2)
    orders = [given.order(attempt=2, state="exported"), given.order(attempt=1, state="rejected")]

    assert retries.retry(tranche, orders, {}, given.at()).result == "attempt-alive"


def reopened(account, order_state="rejected", listed=()):
    failed = given.tranches(t1={"state": "settled"}, t2={"state": order_state})
    orders = [given.order(1, state="settled"), given.order(2, state=order_state)]
    found = retries.retried(account, failed, orders, by_order(listed), given.at())
    return [(tranche.number, tranche.state) for tranche in found]


@pytest.mark.parametrize("state", ["rejected", "returned"])
def test_another_trusted_account_opens_what_failed_on_the_one_before(state):
    assert reopened(given.account(fingerprint="b" * 16), state) == [(2, "withheld")]


def test_the_same_account_opens_nothing_as_it_would_fail_again():
    assert reopened(given.account()) == []


def test_another_account_opens_nothing_that_the_bank_contradicts():
    against = replace(CONTRADICTION, end_to_end_id=given.order(2).order_id)

    assert reopened(given.account(fingerprint="b" * 16), listed=[against]) == []
