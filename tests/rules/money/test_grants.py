"""The life of a grant: it is signed, its account is looked at by enough people, it is held, it ends."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.funding.domain.money import grants
from services.funding.domain.money.schedule import schedule
from services.funding.domain.states import Account, Grant, Order, Tranche
from shared.contract.funding import AwardCancelled, GrantAgreed, GrantReleased, PlaceFreed
from shared.contract.values import Party, Reason
from tests.rules.money import given

NEW = given.account(fingerprint="b" * 16, sequence=2, verified_at=None, verified_by=None)
LATER = given.DUE_AT + timedelta(days=1)
KEY = "A" * 43 + "="
DIRECTOR = Party(side="state", name="durand", public_key="B" * 43 + "=", signed_at=given.AWARDED_AT)
ORDERED = given.tranches(t1={"state": "ordered"})


# Schedule and agreement


def test_a_grant_is_paid_once_a_year_from_the_programmes_months_after_the_award():
    assert {(one.candidature_id, one.state, one.since) for one in given.tranches()} == {
        (given.KEY, "scheduled", given.AWARDED_AT)
    }
    due = [(tranche.number, tranche.due_on, tranche.amount_cents) for tranche in given.tranches()]

    assert due == [
        (1, date(2021, 4, 20), 5_000_000),
        (2, date(2022, 4, 20), 4_000_000),
        (3, date(2023, 4, 20), 3_000_000),
    ]


def test_a_year_without_money_has_no_tranche_and_leaves_its_number_to_nobody():
    made = schedule(given.programme(), given.grant(awarded_cents=(5_000_000, 0, 3_000_000)))

    assert [tranche.tranche_id[-2:] for tranche in made] == ["T1", "T3"]
    assert made[1].due_on == date(2023, 4, 20)


def test_the_schedule_counts_from_the_day_of_the_award_in_the_programmes_zone():
    just_after_midnight = given.AWARDED_AT.replace(hour=23)  # the 21st has begun in Paris

    first = schedule(given.programme(), given.grant(awarded_at=just_after_midnight))[0]
    assert first.due_on == date(2021, 4, 21)


def test_an_agreement_is_signed_once_and_says_the_schedule():
    grant = given.grant(state="awarded", agreed_at=None, public_key=KEY, front_end="holders")
    decision = grants.agree(grant, given.tranches(), [DIRECTOR], given.DUE_AT)

    [agreed] = given.changed(decision, Grant)
    assert (decision.result, agreed.state, agreed.agreed_at) == ("agreed", "agreed", given.DUE_AT)
    told = given.fact(decision, GrantAgreed)
    assert told["amounts_cents"] == given.CENTS
    assert told["due_on"] == (date(2021, 4, 20), date(2022, 4, 20), date(2023, 4, 20))
    assert grants.agree(agreed, given.tranches(), [], LATER).result == "duplicate"


def test_an_agreement_tells_by_whose_keys_it_was_signed_for_the_holder_and_for_the_state():
    grant = given.grant(state="awarded", agreed_at=None, public_key=KEY, front_end="holders")

    holder, state = given.fact(
        grants.agree(grant, given.tranches(), [DIRECTOR], LATER), GrantAgreed
    )["parties"]
    assert (holder["side"], holder["name"], holder["public_key"]) == ("holder", "holders", KEY)
    assert (state["side"], state["name"], state["public_key"]) == (
        "state",
        "durand",
        DIRECTOR.public_key,
    )


def test_a_year_without_money_keeps_its_place_in_the_schedule_that_is_said():
    """A letter counts the places: without the first year, the second would be called the 1st."""
    asked_later = given.grant(
        state="awarded", agreed_at=None, awarded_cents=(0, 4_000_000, 3_000_000)
    )
    decision = grants.agree(asked_later, schedule(given.programme(), asked_later), [], given.DUE_AT)

    told = given.fact(decision, GrantAgreed)
    assert told["amounts_cents"] == (0, 4_000_000, 3_000_000)
    assert told["due_on"] == (date(2021, 4, 20), date(2022, 4, 20), date(2023, 4, 20))


def test_a_grant_that_has_ended_is_not_signed_any_more():
    decision = grants.agree(given.grant(state="cancelled"), [], [], LATER)

    assert (decision.result, decision.changes, decision.facts) == ("cancelled", (), ())


# Accounts


def provided(new, current, orders=()):
    return grants.provide_account(current, new, ORDERED, orders, given.at())


def test_a_first_account_replaces_none():
    [account] = given.changed(provided(NEW, None), Account)

    assert account.replaces is False


def test_a_change_of_account_takes_back_what_is_not_at_the_bank():
    decision = provided(NEW, given.account(), [given.order(state="approved")])

    assert decision.result == "account-provided"
    assert [account.replaces for account in given.changed(decision, Account)] == [True]
    assert [order.state for order in given.changed(decision, Order)] == ["cancelled"]
    [held] = given.changed(decision, Tranche)
    assert (held.state, held.since, held.gates) == ("withheld", given.DUE_AT, ())
    assert given.moved(decision) == [("undo", "ordered", "committed:1", 5_000_000)]


@pytest.mark.parametrize(
    "state", ["exported", "accepted", "unknown", "settled", "rejected", "returned"]
)
def test_what_is_at_the_bank_stays_there_when_the_account_changes(state):
    decision = provided(NEW, given.account(), [given.order(state=state)])

    assert (given.changed(decision, Order), given.moved(decision)) == ([], [])


def test_an_account_heard_late_or_twice_changes_nothing():
    assert provided(replace(NEW, sequence=1), given.account()).result == "superseded"
    assert provided(replace(NEW, fingerprint="a" * 16), given.account()).result == "duplicate"


def test_one_officer_verifies_a_first_account():
    decision = grants.verify_account(NEW, NEW.fingerprint, "officer-1", given.DUE_AT)

    assert decision.result == "account-verified"
    [account] = given.changed(decision, Account)
    assert (account.trusted_at, account.verified_by) == (given.DUE_AT, "officer-1")
    assert grants.verify_account(account, NEW.fingerprint, "officer-2", LATER).result == "duplicate"


def test_an_officer_verifies_the_account_that_was_looked_at_and_no_other():
    for look in (grants.verify_account, grants.confirm_account):
        decision = look(NEW, "c" * 16, "officer-1", given.DUE_AT)
        assert (decision.result, given.codes(decision)) == ("superseded", ["account-changed"])


def test_a_changed_account_is_trusted_once_a_second_person_confirms_it():
    changed = replace(NEW, replaces=True, verified_at=given.DUE_AT, verified_by="officer-1")

    assert changed.trusted_at is None
    assert refusal(confirmed(changed, "officer-1")) == ("same-officer", ["same-officer"])
    decision = confirmed(changed, "officer-2")
    [account] = given.changed(decision, Account)
    assert (decision.result, account.trusted_at) == ("account-confirmed", LATER)
    assert (account.verified_by, account.confirmed_by) == ("officer-1", "officer-2")
    assert confirmed(account, "officer-3").result == "duplicate"


def test_an_account_is_confirmed_only_where_it_replaces_one_that_was_verified():
    first = confirmed(given.account(fingerprint="b" * 16), "officer-2")
    unseen = confirmed(replace(NEW, replaces=True), "officer-2")

    assert refusal(first) == ("not-a-change", ["not-a-change"])
    assert refusal(unseen) == ("unverified", ["unverified"])


def confirmed(account, officer):
    return grants.confirm_account(account, "b" * 16, officer, LATER)


def refusal(decision):
    """The word an operator reads in the log, and the codes people are told; nothing else came of it."""
    assert (decision.changes, decision.facts) == ((), ())
    return decision.result, given.codes(decision)


# Suspension


def test_a_suspended_grant_keeps_here_what_is_not_at_the_bank():
    decision = grants.suspend(
        given.grant(), ORDERED, [given.order()], "Travaux arrêtés.", given.at()
    )

    assert decision.result == "suspended"
    assert [grant.suspended_since for grant in given.changed(decision, Grant)] == [given.DUE_AT]
    assert given.moved(decision) == [("undo", "ordered", "committed:1", 5_000_000)]
    assert [order.state for order in given.changed(decision, Order)] == ["cancelled"]


def test_a_grant_that_has_ended_is_not_suspended_and_nobody_is_written_to():
    decision = grants.suspend(
        given.grant(state="cancelled"), [], [], "Travaux arrêtés.", given.at()
    )
    assert (decision.result, decision.facts, decision.changes) == ("cancelled", (), ())


def test_a_grant_is_suspended_once_and_resumed_once():
    suspended = given.grant(suspended_since=given.DUE_AT)

    assert grants.suspend(suspended, [], [], "Encore.", given.at()).result == "duplicate"
    resumed = grants.resume(suspended)
    assert (resumed.result, [grant.suspended_since for grant in resumed.changes]) == (
        "resumed",
        [None],
    )
    assert given.fact(resumed, GrantReleased) == {"candidature_id": given.KEY}
    assert grants.resume(given.grant()).result == "duplicate"


# The end

WHY = Reason(code="withdrawn", message="Retirée.")


def ended(tranches=None, orders=(), grant=None):
    decision, movements, fund = grants.cancel(
        grant or given.grant(),
        tranches or given.tranches(),
        orders,
        given.fund(qpv=1),
        WHY,
        given.at(),
    )
    return decision, movements.lines, fund


def test_a_grant_that_ends_before_any_payment_gives_back_its_money_and_its_place():
    decision, lines, fund = ended()

    told = given.fact(decision, AwardCancelled)
    assert (told["freed_cents"], told["place_freed"]) == (12_000_000, True)
    assert (fund.committed_cents, dict(fund.places)) == (0, {"qpv": 0})
    assert [line.kind for line in lines] == ["free"] * 3
    assert {tranche.state for tranche in given.changed(decision, Tranche)} == {"cancelled"}
    assert (decision.result, given.codes(decision)) == ("cancelled", ["withdrawn"])
    assert (told["candidature_id"], told["wave"], told["zone"]) == (given.KEY, "2020-4", "qpv")
    assert [reason["code"] for reason in told["reasons"]] == ["withdrawn"]


def test_a_tranche_that_ends_with_its_grant_is_not_looked_at_by_the_timer_any_more():
    waiting = given.tranches(t1={"state": "withheld", "retry_after": LATER})

    [first, *_] = given.changed(ended(waiting)[0], Tranche)
    assert (first.state, first.since, first.retry_after) == ("cancelled", given.DUE_AT, None)


def test_an_order_that_is_not_at_the_bank_is_taken_back_with_its_grant():
    decision, lines, _ = ended(ORDERED, [given.order(state="approved")])

    assert [order.state for order in given.changed(decision, Order)] == ["cancelled"]
    assert [line.kind for line in lines] == ["undo", "free", "free", "free"]


def test_a_grant_that_was_paid_gives_back_the_rest_and_keeps_its_place():
    decision, _, fund = ended(given.tranches(t1={"state": "settled"}))

    [grant] = given.changed(decision, Grant)
    assert (grant.state, grant.holds_place) == ("cancelled", True)
    told = given.fact(decision, AwardCancelled)
    assert (told["freed_cents"], told["place_freed"]) == (7_000_000, False)
    assert (fund.committed_cents, dict(fund.places)) == (5_000_000, {"qpv": 1})


@pytest.mark.parametrize("state", ["exported", "accepted", "unknown"])
def test_a_transfer_at_the_bank_holds_the_place_as_it_may_be_paid(state):
    decision, _, _ = ended(ORDERED, [given.order(state=state)])

    assert [grant.holds_place for grant in given.changed(decision, Grant)] == [True]
    assert given.fact(decision, AwardCancelled)["freed_cents"] == 7_000_000


def test_what_was_kept_back_is_not_freed_a_second_time():
    decision, _, _ = ended(given.tranches(t1={"offset_cents": 1_000_000}))

    assert given.fact(decision, AwardCancelled)["freed_cents"] == 11_000_000


def test_a_place_is_free_once_the_state_has_nothing_with_the_holder_and_nothing_at_the_bank():
    gone = given.grant(state="cancelled", holds_place=True)
    paid = given.tranches(t1={"state": "settled"})

    assert grants.place_given_back(gone, paid, []) is None
    assert grants.place_given_back(gone, [], [given.order(state="unknown")]) is None
    assert grants.place_given_back(replace(gone, recovered_cents=4_999_999), paid, []) is None
    assert grants.place_given_back(replace(gone, holds_place=False), [], []) is None


def test_a_place_is_given_back_once():
    gone = given.grant(state="cancelled", holds_place=True, recovered_cents=5_000_000)
    paid = given.tranches(t1={"state": "settled"})

    back = grants.place_given_back(gone, paid, [])

    assert back and (back.result, given.said(back)) == ("place-freed", ["PlaceFreed"])
    told = given.fact(back, PlaceFreed)
    assert (told["candidature_id"], told["wave"], told["zone"]) == (given.KEY, "2020-4", "qpv")
    [freed] = given.changed(back, Grant)
    assert grants.place_given_back(freed, paid, []) is None


@pytest.mark.parametrize("state", ["scheduled", "withheld", "rejected", "returned", "ordered"])
def test_a_holder_may_give_up_while_a_tranche_is_still_to_be_paid(state):
    others = {"t1": {"state": "settled"}, "t2": {"state": "offset"}}

    assert grants.paid_in_full(given.tranches(**others, t3={"state": state})) is False
    assert grants.paid_in_full(given.tranches(**others, t3={"state": "cancelled"})) is True


def test_what_a_holder_has_is_what_was_paid_less_what_was_kept_back_and_given_back():
    paid = given.tranches(
        t1={"state": "settled", "offset_cents": 1_000_000}, t2={"state": "settled"}
    )

    assert grants.paid_cents(given.grant(recovered_cents=500_000), paid) == 7_500_000
