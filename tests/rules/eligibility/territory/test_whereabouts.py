"""Coordinates and commune are compared: a mistake is told, and a doubt goes to an officer."""

from dataclasses import replace

import pytest

from services.eligibility.domain.territory.facts import Hint, Reading, Site
from services.eligibility.domain.territory.territories import (
    METROPOLE,
    department_of_code,
    is_swapped,
    territory_at,
    territory_of_department,
)
from services.eligibility.domain.territory.whereabouts import (
    Neighbourhood,
    Surroundings,
    Whereabouts,
    commune_of_perimeter,
    doubts,
    fault_of,
    is_confirmed,
    whereabouts,
)
from tests.rules.eligibility.territory.given import CUSSET, IN_VICHY, LYON, VICHY

NOTHING_AROUND = Neighbourhood(None, None, None)
NEAR_CUSSET = Hint(CUSSET)
CUSSET_AROUND = Neighbourhood(NEAR_CUSSET, "03", 100.0)
UNSEEN = Surroundings()
REUNION = replace(VICHY, code="97411", department="974")


@pytest.mark.parametrize(
    ("site", "fault"),
    [
        (IN_VICHY, None),
        (Site("03310"), "missing"),
        (Site("03310", latitude=46.12), "missing"),
        (Site("03310", longitude=3.42), "missing"),
        (Site("03310", 3.42, 46.12), "swapped"),
        (Site("03310", 10.0, 20.0), "outside-france"),
        (Site("03310", -21.1, 55.5), "contradict-commune"),
    ],
)
def test_what_is_wrong_with_coordinates_is_told(site: Site, fault: str | None) -> None:
    assert fault_of(site, VICHY, UNSEEN) == fault


def test_without_a_commune_coordinates_in_france_contradict_nothing() -> None:
    assert fault_of(Site(None, -21.1, 55.5), None, UNSEEN) is None
    assert fault_of(Site("97411", -21.1, 55.5), REUNION, UNSEEN) is None


@pytest.mark.parametrize("fault", [None, "missing", "swapped", "outside-france"])
def test_a_commune_tells_the_department_and_needs_no_hint(fault) -> None:
    assert whereabouts(VICHY, fault, CUSSET_AROUND) == Whereabouts(None, "03")


def test_a_point_that_contradicts_its_commune_is_hinted_at_by_the_nearest_town_hall() -> None:
    assert whereabouts(LYON, "contradict-commune", CUSSET_AROUND) == Whereabouts(NEAR_CUSSET, "69")
    assert whereabouts(LYON, "contradict-commune", NOTHING_AROUND) == Whereabouts(None, "69")


def test_without_a_commune_the_department_is_that_of_the_nearest_town_hall() -> None:
    assert whereabouts(None, None, CUSSET_AROUND) == Whereabouts(NEAR_CUSSET, "03")


@pytest.mark.parametrize(
    ("metres", "department"), [(20_000.0, "03"), (20_000.1, None), (None, None)]
)
def test_without_a_town_hall_it_is_that_of_a_perimeter_within_20_km(metres, department) -> None:
    assert whereabouts(None, None, Neighbourhood(None, "03", metres)) == Whereabouts(
        None, department
    )


@pytest.mark.parametrize("fault", ["missing", "swapped", "outside-france"])
def test_nothing_is_inferred_from_coordinates_at_fault(fault) -> None:
    assert whereabouts(None, fault, CUSSET_AROUND) == Whereabouts(None, None)


@pytest.mark.parametrize(
    ("postal_code", "hall", "confirmed"),
    [
        ("03200", None, True),
        ("03300", None, False),
        (None, None, False),
        (None, VICHY, True),
        (None, CUSSET, False),
        ("03200", CUSSET, True),
    ],
)
def test_a_postal_code_of_the_commune_or_its_own_town_hall_confirms_it(
    postal_code, hall, confirmed
) -> None:
    site = replace(IN_VICHY, postal_code=postal_code)
    assert is_confirmed(site, VICHY, Surroundings(hall=hall)) is confirmed


def test_a_postal_code_that_is_the_code_itself_confirms_nothing() -> None:
    twice = replace(VICHY, postal_codes=("03310",))
    assert not is_confirmed(replace(IN_VICHY, postal_code="03310"), twice, UNSEEN)


def test_another_commune_is_a_doubt_only_where_the_answer_would_be_another() -> None:
    given = Reading(VICHY, False)
    same = Reading(CUSSET, False)
    other = Reading(LYON, True)
    unknown = Reading(REUNION, None)
    assert doubts(given, [same, other, unknown, Reading(VICHY, True)]) == (other, unknown)
    assert doubts(Reading(VICHY, None), [same, unknown]) == (same, unknown)


def test_the_edges_of_a_territory_belong_to_it() -> None:
    box = METROPOLE
    for longitude in (box.west, box.east):
        for latitude in (box.south, box.north):
            assert territory_at(longitude, latitude) is box
    assert territory_at(box.west - 0.1, box.south) is None
    assert territory_at(box.east, box.north + 0.1) is None


@pytest.mark.parametrize(
    ("department", "name"),
    [("03", "metropole"), ("2A", "metropole"), ("971", "antilles"), ("974", "reunion")],
)
def test_each_department_has_its_projection(department: str, name: str) -> None:
    found = territory_of_department(department)
    assert found and found.name == name


def test_a_department_that_no_projection_covers_has_none() -> None:
    assert territory_of_department("984") is None


def test_latitude_and_longitude_are_seen_swapped_where_only_the_other_order_is_in_france() -> None:
    assert is_swapped(45.2, 3.0)
    assert not is_swapped(3.0, 45.2)
    assert not is_swapped(100.0, 100.0)


@pytest.mark.parametrize(
    ("code", "department"), [("03310", "03"), ("2A004", "2A"), ("97411", "974"), ("98818", "988")]
)
def test_a_commune_code_tells_its_department(code: str, department: str) -> None:
    assert department_of_code(code) == department


def test_a_place_without_a_code_is_in_the_commune_of_its_qpv_where_that_lies_in_one_alone() -> None:
    assert commune_of_perimeter(["03310"]) == "03310"
    assert commune_of_perimeter(["03310", "03095"]) is None
    assert commune_of_perimeter([]) is None
