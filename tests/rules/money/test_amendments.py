"""An amendment moves days or lowers amounts of what is not engaged; the envelope has again what it frees."""

from datetime import date

import pytest

from services.funding.domain.money import amendments
from services.funding.domain.money.amendments import Agreement
from services.funding.domain.money.ledger import back_in_envelope_cents
from services.funding.domain.states import Amendment, Tranche
from shared.contract import backoffice as officers
from shared.contract.funding import GrantAmended
from tests.rules.money import given

PAID = given.tranches(t1={"state": "settled"})


def agreement(tranches=PAID, **changed):
    return Agreement(given.grant(**changed), tranches, ())


def extended(months=6, **how):
    act = given.act(officers.GrantExtended, months=months)
    return amendments.extend(agreement(**how), months, act, given.at())


def reduced(*cents, **how):
    act = given.act(officers.GrantReduced, amounts_cents=cents)
    return amendments.reduce(agreement(**how), cents, act, given.at())


def balanced(total_cents, **how):
    act = given.act(officers.GrantBalanced, total_cents=total_cents)
    return amendments.balance(agreement(**how), total_cents, act, given.at())


def by_number(decision):
    return {tranche.number: tranche for tranche in given.changed(decision, Tranche)}


def test_an_extension_moves_what_is_not_ordered_and_frees_nothing():
    decision = extended(6)

    days = {number: tranche.due_on for number, tranche in by_number(decision).items()}
    assert days == {2: date(2022, 10, 20), 3: date(2023, 10, 20)}
    assert (decision.result, given.moved(decision)) == ("amended-extension", [])
    assert given.fact(decision, GrantAmended)["due_on"][0] == date(2021, 4, 20)


def test_an_extension_to_a_month_without_that_day_falls_on_its_last_one():
    last = given.tranche(2, due_on=date(2021, 8, 31))

    assert by_number(extended(6, tranches=[last]))[2].due_on == date(2022, 2, 28)


def test_an_extension_of_what_is_all_engaged_changes_nothing():
    engaged = given.tranches(
        t1={"state": "settled"}, t2={"state": "ordered"}, t3={"state": "cancelled"}
    )

    assert given.refused(extended(tranches=engaged)) == "nothing-left"


def test_a_reduction_frees_the_difference():
    decision = reduced(5_000_000, 1_000_000, 3_000_000)

    assert decision.result == "amended-reduction"
    assert by_number(decision)[2].amount_cents == 1_000_000
    assert given.moved(decision) == [("free", "committed:2", "envelope", 3_000_000)]
    assert given.fact(decision, GrantAmended)["freed_cents"] == 3_000_000
    assert back_in_envelope_cents(decision.changes) == 3_000_000


def test_a_year_that_is_reduced_to_nothing_is_cancelled():
    waiting = given.tranches(
        t1={"state": "settled"}, t3={"state": "withheld", "retry_after": given.DUE_AT}
    )

    last = by_number(reduced(5_000_000, 4_000_000, 0, tranches=waiting))[3]
    assert (last.state, last.since, last.retry_after) == ("cancelled", given.DUE_AT, None)


def test_a_year_of_which_all_that_is_left_was_kept_back_is_paid_by_that():
    held = given.tranches(t1={"state": "settled"}, t2={"offset_cents": 1_000_000})

    assert by_number(reduced(5_000_000, 1_000_000, 3_000_000, tranches=held))[2].state == "offset"


def test_every_mistake_of_a_reduction_is_told_at_once_with_its_year():
    held = given.tranches(t1={"state": "settled"}, t2={"offset_cents": 1_000_000})
    decision = reduced(4_000_000, 999_999, 9_000_000, tranches=held)

    told = [(reason.code, reason.field) for reason in decision.reasons]
    assert told == [
        ("already-engaged", "amounts_cents[0]"),
        ("below-offset", "amounts_cents[1]"),
        ("not-a-reduction", "amounts_cents[2]"),
    ]
    assert (decision.result, decision.changes) == ("amounts-refused", ())


def test_a_reduction_names_every_year_of_the_award():
    assert given.codes(reduced(5_000_000, 1_000_000)) == ["years-wrong"]


def test_a_year_that_pays_nothing_cannot_get_money_by_an_amendment():
    first = given.tranches(t1={"state": "settled"})[:1]

    assert given.codes(reduced(5_000_000, 1, 0, tranches=first)) == ["not-a-reduction"]


def test_a_reduction_to_what_it_is_already_changes_nothing():
    assert reduced(*given.CENTS).result == "duplicate"


def test_the_final_balance_is_taken_from_the_last_tranches_first():
    decision = balanced(8_500_000)

    amounts = {number: tranche.amount_cents for number, tranche in by_number(decision).items()}
    assert (decision.result, amounts) == ("amended-final-balance", {2: 3_500_000, 3: 0})


@pytest.mark.parametrize(
    ("total_cents", "code"), [(4_999_999, "below-paid"), (12_000_001, "above-award")]
)
def test_the_final_balance_is_never_below_what_is_paid_nor_above_the_award(total_cents, code):
    assert given.refused(balanced(total_cents)) == code


def test_the_final_balance_leaves_what_was_kept_back():
    held = given.tranches(t1={"state": "settled"}, t3={"offset_cents": 1_000_000})

    assert by_number(balanced(6_000_000, tranches=held))[3].amount_cents == 1_000_000
    assert given.refused(balanced(5_999_999, tranches=held)) == "below-paid"


def test_an_amendment_says_every_year_in_its_place_also_one_that_never_had_money():
    decision = extended(6, tranches=given.tranches()[1:], awarded_cents=(0, *given.CENTS[1:]))

    told = given.fact(decision, GrantAmended)
    assert told["amounts_cents"] == (0, *given.CENTS[1:])
    assert told["due_on"] == (date(2021, 10, 20), date(2022, 10, 20), date(2023, 10, 20))


@pytest.mark.parametrize("state", ["awarded", "cancelled"])
def test_only_an_agreement_in_force_is_amended(state):
    for decision in (
        extended(state=state),
        reduced(0, 0, 0, state=state),
        balanced(8_500_000, state=state),
    ):
        assert (decision.result, given.codes(decision)) == (
            f"not-amended-{state}",
            ["no-agreement"],
        )


def test_what_was_before_is_kept_with_who_changed_it_and_why():
    past = [object(), object()]
    act = given.act(officers.GrantExtended, months=6)
    decision = amendments.extend(Agreement(given.grant(), PAID, past), 6, act, given.at())

    [kept] = given.changed(decision, Amendment)
    assert (kept.candidature_id, kept.number, kept.kind) == (given.KEY, 3, "extension")
    assert (kept.officer, kept.reason, kept.at) == ("officer-1", "selon le dossier", given.DUE_AT)
    told = given.fact(decision, GrantAmended)
    assert (told["candidature_id"], told["number"], told["kind"]) == (given.KEY, 3, "extension")
    assert kept.due_before == ("2021-04-20", "2022-04-20", "2023-04-20")
    assert kept.cents_before == given.CENTS
