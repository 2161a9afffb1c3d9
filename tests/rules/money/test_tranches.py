"""A tranche falls due: it is ordered, or withheld with every reason and since when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.funding.domain.money import tranches
from services.funding.domain.states import Order, Tranche
from shared.contract.funding import TrancheOrdered, TrancheWithheld
from tests.rules.money import given


def decided(file=None, tranche=None, now=given.DUE_AT):
    return tranches.decide_due(file or given.file(), tranche or given.tranche(), given.at(now))


def gates(decision):
    [held] = given.changed(decision, Tranche)
    return {gate["code"]: gate["since"] for gate in held.gates}


def test_a_tranche_that_nothing_holds_is_ordered_on_its_day():
    decision = decided()

    assert decision.result == "ordered"
    [order] = given.changed(decision, Order)
    assert (order.tranche_id, order.candidature_id, order.ordered_at) == (
        f"{given.KEY}-T1",
        given.KEY,
        given.DUE_AT,
    )
    [tranche] = given.changed(decision, Tranche)
    assert (tranche.state, tranche.since, tranche.attempt) == ("ordered", given.DUE_AT, 1)
    assert (order.order_id, order.amount_cents, order.state) == (
        "FABT-2020-4-00001-T1-A1",
        5_000_000,
        "ordered",
    )
    told = given.fact(decision, TrancheOrdered)
    assert (told["order_id"], told["amount_cents"]) == (order.order_id, 5_000_000)
    assert (told["tranche_id"], told["candidature_id"]) == (order.tranche_id, given.KEY)
    assert given.moved(decision) == [("order", "committed:1", "ordered", 5_000_000)]


def test_an_order_goes_to_the_account_that_was_verified():
    [order] = given.changed(decided(given.file(account=given.account(fingerprint="b" * 16))), Order)

    assert order.fingerprint == "b" * 16


def test_each_attempt_has_an_id_of_its_own():
    waiting = {"gates": ({"code": "suspended"},), "retry_after": given.DUE_AT}
    decision = decided(tranche=given.tranche(state="withheld", attempt=1, **waiting))

    assert [order.order_id for order in given.changed(decision, Order)] == [
        "FABT-2020-4-00001-T1-A2"
    ]
    [again] = given.changed(decision, Tranche)
    assert (again.attempt, again.gates, again.retry_after) == (2, (), None)


def test_the_days_that_a_gate_tells_are_those_of_the_programme():
    """Half past ten at night by UTC is the next day in Paris."""
    suspended, verified = (
        datetime(2021, month, day, 22, 30, tzinfo=UTC) for month, day in ((3, 31), (4, 15))
    )
    file = given.file(
        grant=given.grant(suspended_since=suspended), account=given.account(verified_at=verified)
    )

    [held] = given.changed(decided(file), Tranche)

    told = [gate["message"].rpartition(" ")[2] for gate in held.gates]
    assert told == ["1er\u00a0avril\u00a02021.", "23\u00a0avril\u00a02021."]


def test_what_was_kept_back_is_not_paid():
    [order] = given.changed(decided(tranche=given.tranche(offset_cents=2_000_000)), Order)

    assert order.amount_cents == 3_000_000


def test_a_tranche_waits_for_the_first_instant_of_its_day_in_the_programmes_zone():
    midnight = datetime(2021, 4, 19, 22, tzinfo=UTC)  # the 20th has begun in Paris

    early = decided(now=midnight - timedelta(microseconds=1))
    assert list(gates(early)) == ["not-due-yet"]
    assert given.changed(early, Tranche)[0].retry_after == midnight
    assert decided(now=midnight).result == "ordered"


@pytest.mark.parametrize(
    ("closed", "since"),
    [
        ({"grant": given.grant(state="awarded", agreed_at=None)}, given.AWARDED_AT),
        (
            {"grant": given.grant(suspended_since=datetime(2021, 3, 1, tzinfo=UTC))},
            datetime(2021, 3, 1, tzinfo=UTC),
        ),
        ({"account": None}, given.AWARDED_AT),
        ({"account": given.account(verified_at=None)}, given.account().provided_at),
        ({"account": given.account(replaces=True)}, given.account().verified_at),
        ({"account": given.account(verified_at=given.DUE_AT)}, given.DUE_AT),
        ({"aid": given.aid((date(2020, 6, 1), 90_000_000))}, given.aid().declared_at),
        ({"aid": given.aid(allowed=False)}, given.aid().declared_at),
    ],
    ids=[
        "agreement-missing",
        "suspended",
        "bank-details-missing",
        "bank-details-unverified",
        "bank-details-unconfirmed",
        "cooling-off",
        "state-aid-above-ceiling",
        "state-aid-refused",
    ],
)
def test_each_closed_gate_withholds_with_its_code_and_since_when(closed, since, request):
    decision = decided(given.file(**closed))

    assert (decision.result, given.said(decision)) == ("withheld", ["TrancheWithheld"])
    assert gates(decision) == {request.node.callspec.id: since.isoformat()}
    assert given.moved(decision) == []
    [held] = given.changed(decision, Tranche)
    told = [(gate["code"], gate["field"], gate["message"]) for gate in held.gates]
    assert told == [(reason.code, reason.field, reason.message) for reason in decision.reasons]
    said = given.fact(decision, TrancheWithheld)
    assert (said["tranche_id"], said["candidature_id"]) == (held.tranche_id, given.KEY)


def test_every_closed_gate_is_told_at_once():
    file = given.file(grant=given.grant(agreed_at=None, suspended_since=given.DUE_AT), account=None)

    assert given.codes(decided(file)) == ["agreement-missing", "suspended", "bank-details-missing"]


@pytest.mark.parametrize("state", ["missing", "submitted", "returned"])
def test_the_next_tranche_waits_for_an_accepted_report_on_the_year_before(state):
    reports = {} if state == "missing" else {1: given.report(state=state)}
    file = given.file(reports=reports, tranches=given.tranches(t1={"state": "settled"}))

    decision = decided(file, given.tranche(2), given.DUE_AT + timedelta(days=365))

    assert given.codes(decision) == ["report-missing"]


def test_an_accepted_report_opens_the_next_tranche():
    file = given.file(reports={1: given.report()}, tranches=given.tranches(t1={"state": "settled"}))

    assert decided(file, given.tranche(2), given.DUE_AT + timedelta(days=365)).result == "ordered"


def test_no_report_is_asked_on_a_year_that_pays_nothing():
    file = given.file(tranches=given.tranches(t1={"state": "cancelled"}))

    assert decided(file, given.tranche(2), given.DUE_AT + timedelta(days=365)).result == "ordered"


def test_a_programme_may_ask_for_no_reports():
    file = given.file(programme=given.programme(report_gate=False))

    assert decided(file, given.tranche(2), given.DUE_AT + timedelta(days=365)).result == "ordered"


def test_new_bank_details_cool_off_for_the_programmes_days_and_no_instant_longer():
    verified_at = given.DUE_AT
    free_on = verified_at + timedelta(days=given.programme().payment.cooling_off_days)
    file = given.file(account=given.account(verified_at=verified_at))

    held = decided(file, now=free_on - timedelta(microseconds=1))

    assert given.changed(held, Tranche)[0].retry_after == free_on
    assert decided(file, now=free_on).result == "ordered"


def test_a_changed_account_cools_off_from_its_confirmation_by_a_second_person():
    account = given.account(replaces=True, confirmed_at=given.DUE_AT, confirmed_by="officer-2")

    assert gates(decided(given.file(account=account))) == {"cooling-off": given.DUE_AT.isoformat()}


def test_time_alone_opens_nothing_while_another_gate_waits_for_somebody():
    account = given.account(verified_at=given.DUE_AT)
    file = given.file(account=account, grant=given.grant(agreed_at=None))

    assert given.changed(decided(file), Tranche)[0].retry_after is None


def test_where_several_gates_wait_for_time_the_last_one_counts():
    account = given.account(verified_at=given.DUE_AT)
    free_on = given.DUE_AT + timedelta(days=given.programme().payment.cooling_off_days)

    held = decided(given.file(account=account), given.tranche(due_on=date(2021, 4, 21)))

    assert given.changed(held, Tranche)[0].retry_after == free_on


def test_the_same_gates_are_not_told_twice():
    first = decided(given.file(account=None))
    [held] = given.changed(first, Tranche)
    later = given.DUE_AT + timedelta(days=9)

    again = decided(given.file(account=None), held, later)

    assert (again.result, again.facts) == ("still-withheld", ())
    assert given.changed(again, Tranche)[0].since == given.DUE_AT


def test_other_gates_are_told_anew_and_the_tranche_is_withheld_since_it_first_was():
    [held] = given.changed(decided(given.file(account=None)), Tranche)
    later = given.DUE_AT + timedelta(days=9)

    again = decided(given.file(account=given.account(verified_at=None)), held, later)

    assert given.fact(again, TrancheWithheld)["since"] == given.DUE_AT


def test_a_gate_whose_beginning_the_file_does_not_tell_is_closed_since_it_was_first_seen():
    file = given.file(tranches=given.tranches(t1={"state": "settled"}))
    second = given.tranche(2, due_on=given.DUE_ON)
    [held] = given.changed(decided(file, second), Tranche)

    again = decided(file, held, given.DUE_AT + timedelta(days=9))

    assert gates(again) == {"report-missing": given.DUE_AT.isoformat()}


@pytest.mark.parametrize(
    "state", ["ordered", "settled", "rejected", "returned", "offset", "cancelled"]
)
def test_a_tranche_that_was_decided_is_never_ordered_again_by_a_second_word(state):
    decision = decided(tranche=given.tranche(state=state))

    assert (decision.result, decision.changes, decision.facts) == (f"already-{state}", (), ())


def test_a_grant_that_ended_is_paid_nothing():
    assert decided(given.file(grant=given.grant(state="cancelled"))).changes == ()


def test_an_event_that_opens_a_gate_decides_every_withheld_tranche_of_its_grant():
    held = given.tranches(
        t1={"state": "withheld"}, t2={"state": "withheld", "due_on": given.DUE_ON}
    )
    file = given.file(tranches=held, reports={1: given.report()})

    decision = tranches.decide_again(file, given.at())

    assert [order.order_id[-5:] for order in given.changed(decision, Order)] == ["T1-A1", "T2-A1"]
    assert decision.result == "gates-checked"
    assert [kind for kind, *_ in given.moved(decision)] == ["order", "order"]


def test_the_ledger_lines_of_one_event_are_numbered_through():
    held = given.tranches(
        t1={"state": "withheld"}, t2={"state": "withheld", "due_on": given.DUE_ON}
    )
    decision = tranches.decide_again(
        given.file(tranches=held, reports={1: given.report()}), given.at()
    )

    assert [change.line for change in decision.changes if hasattr(change, "line")] == [0, 1]


def test_a_tranche_on_the_schedule_is_left_to_the_annual_job():
    assert tranches.decide_again(given.file(), given.at()).changes == ()


def test_a_file_after_an_event_holds_what_the_event_changes():
    agreed = given.grant(rank=9)
    new = given.account(sequence=2)
    declared = given.aid()
    accepted = given.report(2)

    file = given.file(account=None).after(
        [agreed, new, declared, accepted, given.tranche(1, state="settled")]
    )

    assert (file.grant, file.account, file.aid) == (agreed, new, declared)
    assert dict(file.reports) == {2: accepted}
    assert [tranche.state for tranche in file.tranches] == ["settled", "scheduled", "scheduled"]
