"""Seats in quotas: who has two zones moves for the next, and nobody is refused while a move makes room."""

import pytest

from services.funding.domain.selection.matching import Seating, final_zones, group_of

ISLAND, MOUNTAIN, QPV = ("island",), ("mountain",), ("qpv",)


def seated(quotas, *groups) -> Seating:
    seating = Seating(quotas)
    for group in groups:
        assert seating.obstacle(group_of(group)) is None
        seating.seat(group_of(group))
    return seating


def test_a_full_zone_is_an_obstacle_to_those_who_lie_in_it_alone():
    seating = seated({"island": 1, "qpv": 1}, ISLAND)

    assert seating.obstacle(ISLAND) == ISLAND
    assert seating.obstacle(QPV) is None


def test_one_with_two_zones_moves_to_make_room():
    seating = seated({"island": 1, "qpv": 1}, ("island", "qpv"), QPV)

    assert seating.held(("island", "qpv")) == ["island"]
    assert seating.obstacle(("island", "qpv")) == ("island", "qpv")


def test_a_chain_of_moves_is_found():
    """The newcomer takes the island, whose holder takes the mountain, whose holder takes the QPV."""
    seating = seated(
        {"island": 1, "mountain": 1, "qpv": 1}, ("island", "mountain"), ("mountain", "qpv"), ISLAND
    )

    assert seating.held(ISLAND) == ["island"]
    assert seating.held(("island", "mountain")) == ["mountain"]
    assert seating.held(("mountain", "qpv")) == ["qpv"]


def test_what_is_full_after_every_move_is_named_whole():
    """Two who could each leave the other's zone fill both: neither has anywhere else to go."""
    seating = seated({"island": 1, "qpv": 1, "mountain": 3}, ("island", "qpv"), ("island", "qpv"))

    assert seating.obstacle(QPV) == ("island", "qpv")
    assert seating.obstacle(MOUNTAIN) is None


def test_a_zone_without_a_quota_has_no_place():
    assert Seating({"qpv": 1}).obstacle(ISLAND) == ISLAND


def test_nobody_is_seated_where_no_place_can_be_made():
    seating = seated({"qpv": 1}, QPV)

    with pytest.raises(ValueError, match="no place can be made in qpv"):
        seating.seat(QPV)


def test_one_with_two_zones_sits_where_more_places_are_left():
    assert final_zones([("island", "qpv")], {"island": 1, "qpv": 5}) == ["qpv"]
    assert final_zones([("island", "qpv")], {"island": 5, "qpv": 1}) == ["island"]
    assert final_zones([("qpv", "island")], {"island": 1, "qpv": 1}) == ["island"], "level: by name"


def test_final_zones_are_told_in_the_order_they_were_asked_for():
    laureates = [("island", "qpv"), ("qpv",), ("island", "qpv")]

    assert final_zones(laureates, {"island": 1, "qpv": 2}) == ["island", "qpv", "qpv"]


def test_more_laureates_than_places_have_no_final_zones():
    with pytest.raises(ValueError, match="no place can be made"):
        final_zones([QPV, QPV], {"qpv": 1})


def test_given_two_of_a_group_in_one_zone_when_one_moves_for_another_then_the_other_stays():
    seating = Seating({"outside-urban": 4, "qpv": 1})
    both = group_of(("outside-urban", "qpv"))
    for group in (both, both, ("outside-urban",), ("outside-urban",), ("outside-urban",)):
        seating.seat(group)

    assert seating.held(both) == ["outside-urban", "qpv"]
    assert seating.held(("outside-urban",)) == ["outside-urban"] * 3


def test_a_zone_without_a_quota_is_never_full_and_leaves_the_places_of_the_others() -> None:
    seating = seated({"a": 1, "open": None}, *[("a", "open")] * 3)
    assert seating.held(("a", "open")) == ["open"] * 3
    assert seating.obstacle(("a",)) is None
    seating.seat(("a",))
    assert seating.obstacle(("a",)) == ("a",)
    assert seating.obstacle(("a", "open")) is None
