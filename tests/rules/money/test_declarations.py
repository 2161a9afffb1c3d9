"""The bank's letter on a payment in doubt counts once two people in two roles have said the same of it."""

from dataclasses import replace
from typing import get_args

import pytest

from services.funding.domain.money import declarations
from services.funding.domain.money.words import Problem
from services.funding.domain.states import Anomaly, BankLine, Declaration, Order, Tranche
from shared.contract.backoffice import PaymentDeclared
from shared.contract.funding import TrancheRejected, TrancheSettled
from shared.contract.values import Role
from tests.rules.money import given

IN_DOUBT = given.order(state="unknown", run_id="run-1", reason_code="AM05")
LISTED = Anomaly("psr-1", 1, 0, IN_DOUBT.order_id, "unknown-status", 5_000_000, "unknown AM05")


def letter(who=given.ACCOUNTANT, fate="dead", reference="C-412"):
    return given.act(
        PaymentDeclared, who, order_id=IN_DOUBT.order_id, fate=fate, reference=reference
    )


def declared(event, before=None, order=IN_DOUBT, listed=()):
    return declarations.declare(order, before, listed, event, given.at())


def after(event):
    [kept] = given.changed(declared(event), Declaration)
    return kept


def applied(fate, order=IN_DOUBT, told=(), **changed):
    tranche = given.tranche(state="ordered", attempt=1)
    return declarations.as_the_letter_says(
        order, tranche, given.grant(**changed), told, letter(fate=fate), given.at()
    )


@pytest.mark.parametrize("who", [given.ACCOUNTANT, given.AUTHORISER])
def test_the_first_word_is_kept_and_ends_nothing(who):
    decision = declared(letter(who))

    assert decision.result == "declared-by-one"
    assert not declarations.holds(decision)


@pytest.mark.parametrize("fate", ["paid", "dead"])
def test_the_same_word_of_the_other_role_makes_it_hold(fate):
    decision = declared(letter(given.AUTHORISER, fate), after(letter(fate=fate)))

    assert (decision.result, declarations.holds(decision)) == (f"declared-{fate}", True)
    [kept] = given.changed(decision, Declaration)
    assert [word["actor"] for word in kept.words] == [given.ACCOUNTANT[0], given.AUTHORISER[0]]


@pytest.mark.parametrize(
    ("second", "result"),
    [
        (given.ACCOUNTANT, "duplicate"),
        ((given.ACCOUNTANT[0], Role.AUTHORISING_OFFICER), "duplicate"),
        (("comptable-2", Role.ACCOUNTANT), "wrong-role"),
    ],
    ids=["the same person", "the same person in the other role", "another one in the same role"],
)
def test_two_people_in_two_roles_have_to_say_it(second, result):
    decision = declared(letter(second), after(letter()))

    assert (decision.result, decision.changes) == (result, ())


@pytest.mark.parametrize("other", [{"fate": "paid"}, {"reference": "C-413"}])
def test_who_says_otherwise_begins_anew_and_the_first_word_counts_no_more(other):
    decision = declared(letter(given.AUTHORISER, **other), after(letter()))

    assert not declarations.holds(decision)
    [kept] = given.changed(decision, Declaration)
    assert [word["actor"] for word in kept.words] == [given.AUTHORISER[0]]


def test_a_first_word_that_counts_no_more_is_as_if_it_was_never_said():
    lapsed = replace(after(letter()), words=())

    assert declared(letter(given.AUTHORISER), lapsed).result == "declared-by-one"


@pytest.mark.parametrize("before", ["exported", "accepted"])
def test_a_first_word_counts_no_more_once_the_bank_has_moved_the_order_on(before):
    first = declared(letter(), order=replace(IN_DOUBT, state=before)).changes[0]
    decision = declared(letter(given.AUTHORISER), first)

    assert decision.result == "declared-by-one"
    [kept] = given.changed(decision, Declaration)
    assert (kept.order_state, len(kept.words)) == ("unknown", 1)


@pytest.mark.parametrize("kind", [kind for kind in get_args(Problem) if kind != "unknown-status"])
def test_what_a_line_may_tell_to_be_paid_is_not_declared_dead_until_somebody_has_looked(kind):
    line = replace(LISTED, statement_id="releve-7", part=2, line=4, kind=kind)

    for before in (None, after(letter())):
        decision = declared(letter(given.AUTHORISER), before, listed=[LISTED, line])
        assert given.refused(decision) == "contradicted"
        assert f"releve-7, partie 2, ligne 4, {kind}" in decision.reasons[0].message


def test_a_line_that_only_doubts_or_only_says_paid_too_hinders_no_letter():
    other_amount = replace(LISTED, kind="other-amount")

    assert declared(letter(), listed=[LISTED]).result == "declared-by-one"
    assert declared(letter(fate="paid"), listed=[other_amount]).result == "declared-by-one"


@pytest.mark.parametrize("state", ["exported", "accepted", "unknown"])
def test_whatever_the_bank_may_still_pay_can_be_declared(state):
    assert declared(letter(), order=given.order(state=state)).result == "declared-by-one"


@pytest.mark.parametrize(
    "state", ["ordered", "approved", "cancelled", "settled", "rejected", "returned"]
)
def test_what_has_its_end_or_was_never_sent_is_not_declared(state):
    decision = declared(letter(), order=given.order(state=state))

    assert (decision.result, decision.changes) == (f"already-{state}", ())
    assert given.codes(decision) == ["not-in-doubt"]
    assert (
        "que sur un ordre parti, que la banque n'a ni payé ni refusé" in decision.reasons[0].message
    )


def test_an_order_that_nobody_knows_is_told():
    assert given.codes(declared(letter(), order=None)) == ["order-unknown"]


def test_a_dead_payment_frees_its_order_and_the_holder_has_nothing_to_do():
    decision = applied("dead").decision()

    assert [order.state for order in given.changed(decision, Order)] == ["rejected"]
    assert [tranche.state for tranche in given.changed(decision, Tranche)] == ["rejected"]
    assert given.moved(decision) == [("undo", "ordered", "committed:1", 5_000_000)]
    assert given.fact(decision, TrancheRejected)["declared"] is True


def test_a_paid_payment_is_settled_by_the_letter_itself():
    decision = applied("paid").decision()

    assert given.moved(decision) == [("settle", "ordered", "paid", 5_000_000)]
    assert given.fact(decision, TrancheSettled)["bank_reference"] == "C-412"
    [line] = given.changed(decision, BankLine)
    assert (line.kind, line.bank_reference) == ("letter", "C-412")


def test_a_dead_payment_of_a_grant_that_ended_goes_back_to_the_envelope():
    assert applied("dead", state="cancelled", holds_place=True).freed_cents == 5_000_000


def test_the_letter_answers_the_doubts_of_the_bank_and_no_other_line():
    listed = [
        LISTED,
        *(replace(LISTED, kind=kind) for kind in get_args(Problem) if kind != LISTED.kind),
    ]
    [examined] = declarations.looked_at(listed, letter()).changes

    assert (examined.examined_by, examined.examined_because) == (
        given.ACCOUNTANT[0],
        "selon le dossier",
    )
