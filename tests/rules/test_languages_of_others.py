"""The grants and the call in the forms that others read: 360Giving, CommonGrants."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from deploy.cli.programme.opportunity import opportunity_of
from services.funding.tools.open_data.giving import write_awards
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.subventions import ROW

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
REQUIRED = {
    "id", "title", "description", "currency", "amountAwarded", "awardDate",
    "recipientOrganization", "fundingOrganization",
}  # fmt: skip
EVENTS = {"singleDate": {"date"}, "dateRange": {"startDate", "endDate"}}


def test_a_grant_has_what_360giving_requires_and_its_amount_is_exact() -> None:
    odd = replace(ROW, decision_reference="FABT-2020-4-00013", amount_cents=7_512_345)
    package = json.loads(write_awards(PROGRAMME, [odd, ROW], "360G-example"))
    first, second = package["grants"]
    assert set(first) >= REQUIRED and package["publisher"]["name"]
    assert (first["id"], first["awardDate"]) == ("360G-example-FABT-2020-4-00012", "2021-01-20")
    assert (first["amountAwarded"], second["amountAwarded"]) == (150_000, 75_123.45)
    assert first["recipientOrganization"] == [
        {"id": "0009:38047555800058", "name": ROW.beneficiary_name}
    ]


def test_the_same_grants_in_any_order_give_the_same_bytes() -> None:
    other = replace(ROW, decision_reference="FABT-2020-4-00013")
    assert write_awards(PROGRAMME, [ROW, other], "x") == write_awards(PROGRAMME, [other, ROW], "x")


def test_who_has_no_siret_has_an_identifier_of_the_publishers_own() -> None:
    [grant] = json.loads(write_awards(PROGRAMME, [replace(ROW, beneficiary_siret="")], "360G-x"))[
        "grants"
    ]
    assert grant["recipientOrganization"][0]["id"] == "360G-x-org-association-la-passerelle"


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2020-09-30T23:59:59+02:00", "forecasted"),
        ("2020-10-01T00:00:00+02:00", "open"),
        ("2021-09-30T23:59:59+02:00", "open"),
        ("2021-10-01T00:00:00+02:00", "closed"),
    ],
)
def test_the_call_is_open_from_its_first_midnight_to_its_last(now: str, status: str) -> None:
    assert opportunity_of(PROGRAMME, datetime.fromisoformat(now))["status"] == {"value": status}


def test_between_two_waves_the_call_is_neither_open_nor_closed() -> None:
    first, last = PROGRAMME.waves[0], PROGRAMME.waves[-1]
    apart = PROGRAMME.model_copy(update={"waves": (first, last)})
    told = opportunity_of(apart, datetime.fromisoformat("2021-05-01T10:00:00+02:00"))["status"]
    assert told == {"value": "custom", "customValue": "between-waves"}


def test_an_opportunity_tells_money_as_text_and_each_wave_as_a_range() -> None:
    """Fields and types are those that OpportunityBase of common-grants-sdk 0.9.0 reads."""
    told = opportunity_of(PROGRAMME, datetime.fromisoformat("2020-11-01T10:00:00+01:00"))
    assert told["funding"]["totalAmountAvailable"] == {"amount": "45000000.00", "currency": "EUR"}
    assert told["funding"]["maxAwardCount"] == 300
    dates = told["keyDates"]
    events = [dates["postDate"], dates["closeDate"], *dates["otherDates"].values()]
    assert all(EVENTS[event["eventType"]] <= set(event) for event in events)
    assert dates["otherDates"]["2021-3"]["endDate"] == "2021-09-30"
    assert {"id", "title", "description", "createdAt", "lastModifiedAt"} <= set(told)
