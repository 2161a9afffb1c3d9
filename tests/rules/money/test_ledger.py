"""Every cent moves from one account to another; the fund counts what is promised and the places taken."""

from services.funding.domain.money.ledger import MovementBook, committed, freed, paid_net_cents
from services.funding.domain.states import Fund
from tests.rules.money import given


def lines(*steps):
    book = MovementBook("event-1", given.DUE_AT)
    for step in steps:
        step(book)
    return book.lines


def test_an_award_takes_each_years_money_from_the_envelope_and_nothing_for_a_year_without():
    grant = given.grant(awarded_cents=(5_000_000, 0, 3_000_000))

    found = [
        (line.credit, line.debit, line.amount_cents)
        for line in lines(lambda book: book.commit_award(grant))
    ]
    assert found == [("envelope", "committed:1", 5_000_000), ("envelope", "committed:3", 3_000_000)]


def test_the_lines_of_one_cause_are_numbered_and_name_it():
    order = given.order()
    found = lines(lambda book: book.order(order, 1), lambda book: book.settle(order))

    assert [(line.cause_id, line.line, line.order_id) for line in found] == [
        ("event-1", 0, order.order_id),
        ("event-1", 1, order.order_id),
    ]


def test_what_holders_keep_is_what_was_paid_less_what_came_back():
    order = given.order()
    tranche = given.tranche(2)
    found = lines(
        lambda book: book.settle(order),
        lambda book: book.recover(given.KEY, 1_000_000),
        lambda book: book.offset(tranche, 500_000),
        lambda book: book.free(given.KEY, 3, 3_000_000),
    )

    assert paid_net_cents(found) == 4_000_000
    assert paid_net_cents([*found, *lines(lambda book: book.give_back(order, 1))]) == -1_000_000


def test_the_fund_counts_promises_and_places_and_gives_back_a_place_only_where_one_is_named():
    empty = Fund("fund", 45_000_000_00, 0, {"qpv": 2})

    taken = committed(empty, [given.grant(), given.grant(zone="outside-urban")])
    assert (taken.committed_cents, dict(taken.places)) == (
        24_000_000,
        {"qpv": 3, "outside-urban": 1},
    )
    assert dict(freed(taken, None, 4_000_000).places) == dict(taken.places)
    assert freed(taken, "qpv", 4_000_000) == Fund(
        "fund", 45_000_000_00, 20_000_000, {"qpv": 2, "outside-urban": 1}
    )
