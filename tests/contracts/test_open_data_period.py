"""The payment period that is published: the days when money was really paid, then those when it is due."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from services.funding.domain.open_data import payment_days
from services.funding.domain.states import Tranche
from services.funding.tools.open_data import commands as open_data
from shared.kit.storage.states import States
from tests.service.money.treasury import Treasury, shipped

PROGRAMME = shipped()
LATE_EVENING = datetime(2021, 5, 9, 23, 30, tzinfo=UTC)  # the day after, in Paris
DUE = (date(2021, 4, 20), date(2022, 4, 20), date(2023, 4, 20))
TRANCHES = [
    Tranche(f"g-T{n}", "g", n, due, 1_000, "scheduled", LATE_EVENING)
    for n, due in enumerate(DUE, start=1)
]


def test_given_nothing_paid_then_the_days_are_those_agreed() -> None:
    assert payment_days(PROGRAMME, TRANCHES, {}) == list(DUE)


def test_given_a_payment_then_its_day_is_the_banks_and_the_rest_is_still_due() -> None:
    tranches = [
        replace(TRANCHES[0], state="settled"),
        replace(TRANCHES[1], state="rejected"),
        TRANCHES[2],
    ]
    assert payment_days(PROGRAMME, tranches, {"g-T1": date(2021, 5, 7)}) == [
        date(2021, 5, 7),
        *DUE[1:],
    ]


def test_given_no_day_from_the_bank_then_it_is_the_day_its_answer_was_heard_in_paris() -> None:
    tranches = [replace(TRANCHES[0], state="settled")]
    assert payment_days(PROGRAMME, tranches, {"g-T1": None}) == [date(2021, 5, 10)]


def test_given_cancelled_tranches_then_they_do_not_stretch_the_period() -> None:
    ended = [replace(tranche, state="cancelled") for tranche in TRANCHES]
    paid_once = [replace(TRANCHES[0], state="settled"), *ended[1:]]
    assert payment_days(PROGRAMME, paid_once, {"g-T1": date(2021, 5, 7)}) == [date(2021, 5, 7)]
    assert payment_days(PROGRAMME, ended, {}) == list(DUE)


def test_given_a_grant_paid_late_then_the_file_starts_on_the_day_the_bank_settled(
    tmp_path: Path,
) -> None:
    treasury = Treasury.beginning(tmp_path)
    grant = treasury.award((5_000_000, 4_000_000, 3_000_000))
    treasury.ready(grant)
    agreed = days(treasury, grant)
    treasury.move_to(date(2021, 6, 15))
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement("releve-1", (order.order_id, "settled", order.amount_cents))
    assert treasury.tranche(grant, 1).state == "settled"
    day = treasury.read(lambda states: paid_day(states, grant))
    assert days(treasury, grant) == [day, *agreed[1:]]
    assert days(treasury, grant)[0] != agreed[0], "the control"
    treasury.engine.dispose()


def paid_day(states: States, grant: str) -> date:
    return open_data._booked_on(states)[f"{grant}-T1"] or date(2021, 6, 15)


def days(treasury: Treasury, grant: str) -> list[date]:
    def question(states: States) -> list[date]:
        return payment_days(PROGRAMME, states.of(Tranche, grant), open_data._booked_on(states))

    return treasury.read(question)
