"""The proof finds each mistake that is planted in books that hold, and names the entry that is off."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.funding.domain.money.proof import CHECKS, Evidence, SaidFact, violations
from services.funding.domain.money.proof.orders import bank_lines
from tests.rules.money import given
from tests.rules.money.books import (
    ORDER_ID,
    also,
    closed,
    ended,
    given_back,
    lived,
    moving,
    other,
    said_twice,
    unsaid,
    without,
)

T1 = f"{given.KEY}-T1"
Plant = Callable[[Evidence], Evidence]


def quota(evidence: Evidence, places: int) -> Evidence:
    programme = evidence.programme.model_copy(update={"quotas": {"qpv": places}})
    return replace(evidence, programme=programme)


def envelope(evidence: Evidence, cents: int) -> Evidence:
    return replace(
        evidence, programme=evidence.programme.model_copy(update={"envelope_cents": cents})
    )


def caps(evidence: Evidence, **award: int) -> Evidence:
    programme = evidence.programme
    lower = programme.award.model_copy(update=award)
    return replace(evidence, programme=programme.model_copy(update={"award": lower}))


def second_order(evidence: Evidence) -> Evidence:
    [order] = evidence.orders
    return replace(
        evidence,
        orders=[order, replace(order, order_id=given.order(attempt=2).order_id, state="ordered")],
    )


def second_line(evidence: Evidence) -> Evidence:
    [line] = evidence.bank_lines
    return replace(evidence, bank_lines=[line, replace(line, line=7)])


def two_people(evidence: Evidence, *people: str) -> Evidence:
    roles = ("authorising-officer", "accountant")
    told = [
        {"actor": who, "role": role, "at": "", "stamped_ns": 0}
        for who, role in zip(people, roles, strict=False)
    ]
    return other(evidence, "runs", approvals=tuple(told))


def refused(evidence: Evidence) -> Evidence:
    return replace(
        evidence,
        facts=[*evidence.facts, SaidFact("TrancheRejected", "statement", {"order_id": ORDER_ID})],
    )


def exported_of(evidence: Evidence, **changed: object) -> Evidence:
    facts = [
        replace(f, data={**f.data, **changed}) if f.name == "PaymentsExported" else f
        for f in evidence.facts
    ]
    return replace(evidence, facts=facts)


PLANTS: list[tuple[str, Plant]] = [
    # Ways of the ledger
    (
        "movement due#0: order goes from envelope to ordered",
        lambda e: moving(e, "order", credit="envelope"),
    ),
    (
        "movement due#0: gift goes from committed:1 to ordered",
        lambda e: moving(e, "order", kind="gift"),
    ),
    ("movement statement#0: 0 cents", lambda e: moving(e, "settle", amount_cents=0)),
    (
        "movement nobody#0: its cause was never decided",
        lambda e: moving(e, "order", cause_id="nobody"),
    ),
    # Balances
    (f"{given.KEY}: account ordered is at -5000000 cents", lambda e: without(e, "order")),
    ("envelope: 12000000 cents are committed of 11999999", lambda e: envelope(e, 11_999_999)),
    (
        "fund: 0 cents are noted as committed, the ledger holds 12000000",
        lambda e: replace(e, fund=None),
    ),
    # Awards
    (
        (
            "the ledger awards {'committed:2': 4000000, 'committed:3': 3000000}, the grant {'committed:1': "
            "5000000,"
        ),
        lambda e: replace(e, movements=e.movements[1:]),
    ),
    (
        "FABT-2020-4-00001: the ledger awards",
        lambda e: also(e, "award", "envelope", "committed:1", 5_000_000),
    ),
    ("FABT-2020-4-00001: the log does not say the same award", lambda e: unsaid(e, "GrantAwarded")),
    (
        "12000000 cents awarded, above the ceiling of 11999999",
        lambda e: caps(e, ceiling_cents=11_999_999),
    ),
    (
        "year 1 is awarded 5000000 cents, above the cap of 4999999",
        lambda e: caps(e, yearly_cap_cents=4_999_999),
    ),
    (f"{given.KEY}: money moved for no grant", lambda e: replace(e, grants=[])),
    # Before the platform
    (
        "cents paid before the platform (statement): log and ledger differ",
        lambda e: also(
            e, "opening", "committed:2", "paid", 4_000_000, tranche_id=f"{given.KEY}-T2"
        ),
    ),
    # Tranches
    (
        f"{T1}: 5000000 cents paid of 4999999",
        lambda e: other(e, "tranches", amount_cents=4_999_999),
    ),
    (f"{T1}: 5000000 cents paid of 0", lambda e: replace(e, tranches=[])),
    (
        f"{T1}: ordered, 5000000 cents paid, 0 expected",
        lambda e: other(e, "tranches", state="ordered"),
    ),
    (
        f"{T1}: settled, 0 cents paid, 5000000 expected",
        lambda e: also(e, "return", "paid", "committed:1", 5_000_000, tranche_id=T1),
    ),
    (f"{T1}: 2 orders at once", second_order),
    # Orders
    (f"{ORDER_ID}: settled, with movements order", lambda e: without(e, "settle")),
    (f"{ORDER_ID}: settled, with movements none", lambda e: without(without(e, "settle"), "order")),
    (
        f"{ORDER_ID}: exported, with movements order, settle",
        lambda e: other(e, "orders", state="exported"),
    ),
    (f"1 cents for {ORDER_ID} of 5000000 on {T1}", lambda e: moving(e, "settle", amount_cents=1)),
    (
        f"5000000 cents for {ORDER_ID} of 5000000 on {T1}",
        lambda e: moving(e, "settle", tranche_id="another"),
    ),
    (f"{ORDER_ID}: movements for an order that does not exist", lambda e: replace(e, orders=[])),
    # The bank
    (f"{ORDER_ID}: settled without a line of the bank", lambda e: replace(e, bank_lines=[])),
    (f"{ORDER_ID}: two lines of the same kind of message say settled", second_line),
    (
        f"{ORDER_ID}: 5000000 cents, the bank's line says 7",
        lambda e: other(e, "bank_lines", amount_cents=7),
    ),
    (
        f"{ORDER_ID}: a line of the bank says settled, the order does not",
        lambda e: other(e, "orders", state="exported"),
    ),
    # The log
    (
        "the ledger holds order of 5000000 cents (due) 1 times more than the log",
        lambda e: unsaid(e, "TrancheOrdered"),
    ),
    ("the ledger holds settle of 5000000 cents", lambda e: unsaid(e, "TrancheSettled")),
    (
        "the log says TrancheSettled of 5000000 cents (statement) 1 times more than the ledger",
        lambda e: said_twice(e, "TrancheSettled"),
    ),
    (f"{ORDER_ID}: rejected 1 times in the log, 0 times in the orders", refused),
    (
        f"{ORDER_ID}: rejected 0 times in the log, 1 times in the orders",
        lambda e: other(e, "orders", state="rejected"),
    ),
    # Payment runs
    ("run run-1: exported, approved by authorising-officer", lambda e: two_people(e, "ann")),
    (
        "run run-1: exported, approved by authorising-officer, accountant",
        lambda e: two_people(e, "ann", "ann"),
    ),
    (
        "run run-1: approved, 1 of its orders are at the bank",
        lambda e: other(e, "runs", state="approved"),
    ),
    (
        "run run-1: its files hold 0 orders for 0 cents, its orders differ",
        lambda e: other(e, "runs", files=()),
    ),
    (
        "run run-1: its files hold 1 orders for 7 cents, its orders differ",
        lambda e: other(
            e, "runs", files=({"name": "", "sha256": "", "orders": 1, "total_cents": 7},)
        ),
    ),
    (f"{ORDER_ID}: went on without a payment run", lambda e: other(e, "orders", run_id=None)),
    ("run run-1: its orders have no run", lambda e: replace(e, runs=[])),
    # Exports
    (
        f"{ORDER_ID}: at the bank by run run-1, and the log does not say so",
        lambda e: unsaid(e, "PaymentsExported"),
    ),
    (
        "run run-1: the log says 2 times that it was exported",
        lambda e: said_twice(e, "PaymentsExported"),
    ),
    (
        "its orders are not those the log says were exported",
        lambda e: other(e, "orders", fingerprint="b" * 16),
    ),
    (
        "its orders are not those the log says were exported",
        lambda e: exported_of(e, total_cents=1),
    ),
    ("run run-1: its files are not those the log tells of", lambda e: exported_of(e, files=[])),
    (
        "run run-1: the log says it was exported, none of its orders is at the bank",
        lambda e: other(e, "orders", state="approved"),
    ),
    # Places
    (
        f"{given.KEY}: 1 places are funded in qpv, its quota is 0",
        lambda e: replace(e, programme=e.programme.model_copy(update={"quotas": {"qpv": 0}})),
    ),
    (f"{given.KEY}: 1 places are funded in qpv, its quota is 0", lambda e: quota(e, 0)),
    ("12000000 cents of it are with the holder, its place says otherwise", ended),
    (
        "12000000 cents of it are with the holder, its place says",
        lambda e: ended(e, holds_place=True),
    ),
    ("its place says otherwise", lambda e: unsaid(e, "GrantAwarded")),
    (
        "fund: {} places are noted as taken, the log says {'qpv': 1}",
        lambda e: replace(e, fund=None),
    ),
    (
        "fund: {'qpv': 2} places are noted as taken, the log says {'qpv': 1}",
        lambda e: replace(e, fund=replace(e.fund, places={"qpv": 2})),
    ),
]


@pytest.mark.parametrize("books", [closed, lived, given_back])
def test_books_that_the_rules_kept_hold(books):
    assert violations(books()) == ()


def test_what_reaches_a_ceiling_to_the_cent_is_not_above_it():
    assert violations(envelope(closed(), 12_000_000)) == ()
    assert violations(caps(closed(), ceiling_cents=12_000_000, yearly_cap_cents=5_000_000)) == ()


def test_good_news_that_was_kept_with_an_order_is_no_line_too_many():
    evidence = closed()
    [line] = evidence.bank_lines
    accepted = replace(line, status="accepted", kind="pain.002")

    assert violations(replace(evidence, bank_lines=[accepted, line])) == ()


def test_a_movement_of_nothing_is_found_though_it_is_of_no_order():
    assert violations(also(closed(), "recover", "paid", "envelope", 0)) == (
        "movement statement#9: 0 cents",
    )


@pytest.mark.parametrize(("told", "plant"), PLANTS, ids=[told for told, _ in PLANTS])
def test_a_planted_mistake_is_found_and_named(told, plant):
    found = violations(plant(closed()))

    assert any(told in finding for finding in found), found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_control_without_a_check_one_of_the_planted_mistakes_is_not_found(check):
    others = [one for one in CHECKS if one is not check]

    missed = [told for told, plant in PLANTS if not _found(told, others, plant(closed()))]

    assert missed


def _found(told, checks, evidence):
    return any(told in finding for one in checks for finding in one(evidence))


def test_a_place_too_many_for_a_while_is_found_though_the_end_looks_right():
    """Two places at once in a quota of one, one of them given up since."""
    evidence = quota(closed(), 1)
    award = evidence.said("GrantAwarded")[0]
    another = replace(award, data={**award.data, "candidature_id": "another"})
    gone = SaidFact("AwardCancelled", "due", {"candidature_id": "another", "place_freed": True})

    found = violations(replace(evidence, facts=[*evidence.facts, another, gone]))

    assert found == ("another: 2 places are funded in qpv, its quota is 1",)


def test_a_place_is_free_again_once_a_fact_says_so():
    evidence = quota(closed(), 1)
    award = evidence.said("GrantAwarded")[0]
    first = replace(award, data={**award.data, "candidature_id": "first"})
    freed = SaidFact("PlaceFreed", "due", {"candidature_id": "first"})

    assert violations(replace(evidence, facts=[first, freed, *evidence.facts])) == ()


@pytest.mark.parametrize(("word", "findings"), [("rejected", 0), ("settled", 1)])
def test_a_refusal_may_be_told_without_an_amount_and_a_payment_may_not(word, findings):
    paid = closed()
    silent = replace(paid.bank_lines[0], status=word, amount_cents=0)
    order = replace(paid.orders[0], state=word)

    assert len(list(bank_lines(replace(paid, orders=[order], bank_lines=[silent])))) == findings
