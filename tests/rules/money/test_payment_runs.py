"""A payment run: approved by two people for the very list they saw, then exported once, to the byte."""

from dataclasses import replace
from datetime import date

import pytest

from services.funding.domain.money import exports, payments
from services.funding.domain.states import Order, Run
from shared.contract.backoffice import PaymentsApproved, PaymentsExportRequested
from shared.contract.funding import PaymentsExported
from shared.contract.values import Role
from shared.french import euros
from tests.rules.money import given

ORDERS = [given.order(1), given.order(2)]
TOTAL = sum(order.amount_cents for order in ORDERS)
DAY = date(2021, 4, 21)
DIGEST = payments.digest_of(ORDERS)


def approval(who=given.AUTHORISER, **changed):
    seen = {"orders": len(ORDERS), "total_cents": TOTAL, "digest": payments.digest_of(ORDERS)}
    return given.act(PaymentsApproved, who, run_id="run-1", **(seen | changed))


def approved(run, event, orders=ORDERS):
    return payments.approve_run(run, orders, event, given.at())


def test_the_authorising_officer_opens_a_run_and_the_list_is_closed():
    decision = approved(None, approval())

    [run] = given.changed(decision, Run)
    assert (decision.result, run.state, run.orders, run.total_cents) == (
        "run-opened",
        "opened",
        2,
        TOTAL,
    )
    assert [(order.run_id, order.state) for order in given.changed(decision, Order)] == [
        ("run-1", "ordered")
    ] * 2


def test_the_accountant_approves_the_same_list():
    decision = approved(given.run(), approval(given.ACCOUNTANT))

    [run] = given.changed(decision, Run)
    assert (decision.result, run.state) == ("run-approved", "approved")
    assert [one["role"] for one in run.approvals] == ["authorising-officer", "accountant"]
    assert {order.state for order in given.changed(decision, Order)} == {"approved"}


def test_one_person_never_approves_twice_even_in_both_roles():
    decision = approved(given.run(), approval((given.AUTHORISER[0], Role.ACCOUNTANT)))

    assert (decision.result, given.codes(decision)) == ("duplicate", ["same-officer"])
    assert decision.changes == ()


@pytest.mark.parametrize(
    ("run", "who"),
    [
        (None, given.ACCOUNTANT),
        (None, ("officer-1", Role.INSTRUCTOR)),
        (given.run(), ("ordonnateur-2", Role.AUTHORISING_OFFICER)),
        (given.run(), ("officer-1", Role.INSTRUCTOR)),
    ],
)
def test_the_authorising_officer_comes_first_and_the_accountant_second(run, who):
    decision = approved(run, approval(who))

    assert given.refused(decision) == "wrong-role"


def test_a_first_approval_that_counts_no_more_is_given_anew():
    decision = approved(given.run(approvals=()), approval())

    [run] = given.changed(decision, Run)
    assert (decision.result, len(run.approvals), given.changed(decision, Order)) == (
        "run-opened",
        1,
        [],
    )


@pytest.mark.parametrize("state", ["approved", "exported"])
def test_a_run_is_approved_once(state):
    decision = approved(given.run(state=state), approval(given.ACCOUNTANT))

    assert (decision.result, decision.changes) == (f"already-{state}", ())


@pytest.mark.parametrize(
    "changed", [{"orders": 3}, {"total_cents": TOTAL + 1}, {"digest": "0" * 64}]
)
@pytest.mark.parametrize("run", [None, given.run()], ids=["first", "second"])
def test_what_was_seen_is_what_is_approved(run, changed):
    who = given.ACCOUNTANT if run else given.AUTHORISER

    decision = approved(run, approval(who, **changed))
    assert given.refused(decision) == "list-changed"
    assert f"2\u00a0ordres pour {euros(TOTAL)}." in decision.reasons[0].message


@pytest.mark.parametrize(
    "other",
    [{"order_id": "FABT-2020-4-00009-T1-A1"}, {"amount_cents": 1}, {"fingerprint": "b" * 16}],
)
def test_the_digest_is_of_exactly_these_orders_amounts_and_accounts(other):
    assert payments.digest_of([replace(ORDERS[0], **other)]) != payments.digest_of(ORDERS[:1])
    assert payments.digest_of(ORDERS) == payments.digest_of(ORDERS[::-1])


def request(who=given.ACCOUNTANT, digest=DIGEST):
    return given.act(PaymentsExportRequested, who, run_id="run-1", digest=digest)


def exported(run, event=None, orders=ORDERS):
    return exports.decide_export(run, orders, event or request(), DAY, lambda file: "f" * 64)


def test_an_approved_run_is_exported_and_its_orders_are_the_banks():
    decision = exported(given.approved_run())

    [run] = given.changed(decision, Run)
    assert (decision.result, run.state) == ("exported", "exported")
    assert {order.state for order in given.changed(decision, Order)} == {"exported"}
    told = given.fact(decision, PaymentsExported)
    assert (told["orders"], told["total_cents"], told["execution_on"]) == (2, TOTAL, DAY)
    assert (
        [file["name"] for file in told["files"]]
        == [file["name"] for file in run.files]
        == ["run-1-001.xml"]
    )


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (None, "not-approved"),
        (given.run(), "not-approved"),
        (given.approved_run(state="exported"), "already-exported"),
    ],
    ids=["unknown", "approved once", "exported"],
)
def test_only_a_run_approved_twice_is_exported_and_only_once(run, code):
    decision = exported(run)

    assert given.refused(decision) == code


def test_the_accountant_alone_exports():
    assert given.refused(exported(given.approved_run(), request(given.AUTHORISER))) == "wrong-role"


def test_an_order_cancelled_since_the_approval_changes_the_list():
    assert given.refused(exported(given.approved_run(), orders=ORDERS[:1])) == "list-changed"
    nothing_left = exported(given.approved_run(), request(digest=payments.digest_of([])), [])
    assert given.refused(nothing_left) == "list-changed"


def test_a_file_that_the_bank_would_refuse_exports_nothing():
    def refuses(file):
        raise ValueError(file.message_id)

    with pytest.raises(ValueError, match="run-1-001"):
        exports.decide_export(given.approved_run(), ORDERS, request(), DAY, refuses)


def test_files_hold_the_orders_in_turn_by_id_whatever_order_they_come_in():
    many = [given.order(number, attempt) for number in (1, 2, 3) for attempt in (1, 2)]

    forth = list(exports.planned_files(given.approved_run(), many, DAY, orders_max=4))
    back = list(exports.planned_files(given.approved_run(), many[::-1], DAY, orders_max=4))

    assert forth == back
    assert [(file.message_id, len(file.orders)) for file in forth] == [
        ("run-1-001", 4),
        ("run-1-002", 2),
    ]
    assert sum(file.total_cents for file in forth) == sum(order.amount_cents for order in many)


def test_a_file_is_dated_by_its_second_approval_and_not_by_whoever_writes_it():
    [file] = exports.planned_files(given.approved_run(), ORDERS, DAY)

    assert (file.created_at, file.execution_on) == (given.DUE_AT, DAY)


def test_an_account_that_was_replaced_after_the_order_is_never_paid():
    replaced = {given.KEY: given.account(fingerprint="b" * 16)}

    assert exports.replaced_accounts(ORDERS, {given.KEY: given.account()}) == []
    assert exports.replaced_accounts(ORDERS, replaced) == [order.order_id for order in ORDERS]
    assert exports.replaced_accounts(ORDERS, {given.KEY: None}) == [
        order.order_id for order in ORDERS
    ]
