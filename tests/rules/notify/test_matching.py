"""Who helps whom: everybody whom somebody accepts has a peer, nobody is asked too often, in any order."""

import csv
import gzip
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.matching import Fabrique, Match, distance_metres, match, may_meet
from services.notify.domain.sentences import NEEDS
from shared.reference.communes import load_communes
from tests.rules.notify.notify_samples import PROGRAMME

SUPPORT = PROGRAMME.support
REFERENCE_DATA = Path(os.environ.get("REFERENCE_DATA", "../shared/data"))
SAINT_MARTIN = {
    "lat": "18.07",
    "lon": "-63.05",
}  # of the laureates' communes, the one without a point
NAMES = [f"fabrique-{number}" for number in range(9)]
WORDS = ["a", "b", "c", "d"]
words = st.lists(st.sampled_from(WORDS), max_size=2, unique=True).map(tuple)
fabriques = st.lists(
    st.builds(
        Fabrique,
        candidature_id=st.sampled_from(NAMES),
        needs=words,
        offers=words,
        commune_code=st.sampled_from(["03310", "75056", "97105", "97302", "98818"]),
        latitude=st.floats(41, 51),
        longitude=st.floats(-5, 9),
        room=st.integers(0, 3),
        apart=st.frozensets(st.sampled_from(NAMES), max_size=4),
    ),
    max_size=9,
    unique_by=lambda one: one.candidature_id,
)


def a_fabrique(name: str, **changes: Any) -> Fabrique:
    fields: dict[str, Any] = {
        "candidature_id": name,
        "needs": ("legal",),
        "offers": (),
        "commune_code": "03310",
        "latitude": 46.0,
        "longitude": 3.0,
        "room": 3,
    }
    return Fabrique(**fields | changes)


def placed(matches: Sequence[Match]) -> set[str]:
    return {one.helped for one in matches} | {one.helper for one in matches if one.mutual}


def asked(matches: Sequence[Match]) -> Counter[str]:
    return Counter([one.helper for one in matches] + [one.helped for one in matches if one.mutual])


@given(fabriques)
def test_who_has_no_peer_is_accepted_by_nobody_who_has_room(known: list[Fabrique]) -> None:
    matches = match(known, known, SUPPORT)
    times = asked(matches)
    for one in known:
        if one.candidature_id not in placed(matches):
            left = [other for other in known if may_meet(one, other)]
            assert all(times[other.candidature_id] >= other.room for other in left)


@given(fabriques)
def test_nobody_is_named_to_whom_they_refuse_nor_more_often_than_they_have_room(
    known: list[Fabrique],
) -> None:
    matches = match(known, known, SUPPORT)
    by_name = {one.candidature_id: one for one in known}
    assert all(may_meet(by_name[one.helped], by_name[one.helper]) for one in matches)
    assert all(times <= by_name[name].room for name, times in asked(matches).items())
    pairs = [frozenset((one.helped, one.helper)) for one in matches]
    assert len(set(pairs)) == len(pairs), "two are one pair, whoever helps"


@given(fabriques, st.randoms())
def test_the_same_laureates_in_any_order_have_the_same_peers(
    known: list[Fabrique], order: random.Random
) -> None:
    shuffled = known[:]
    order.shuffle(shuffled)
    assert match(shuffled, shuffled, SUPPORT) == match(known, known, SUPPORT)


@given(fabriques.filter(lambda known: len(known) > 1))
def test_where_nobody_refuses_anybody_nobody_is_left_out(known: list[Fabrique]) -> None:
    willing = [replace(one, room=1, apart=frozenset()) for one in known]
    assert placed(match(willing, willing, SUPPORT)) == {one.candidature_id for one in willing}


@given(fabriques)
def test_a_match_says_truly_why(known: list[Fabrique]) -> None:
    by_name = {one.candidature_id: one for one in known}
    for found in match(known, known, SUPPORT):
        helped, helper = by_name[found.helped], by_name[found.helper]
        assert set(found.met) == set(helped.needs) & set(helper.offers)
        assert set(found.returned) == set(helper.needs) & set(helped.offers)
        assert set(found.shared) == set(helped.needs) & set(helper.needs)
        is_far = found.distance_km > SUPPORT.peer_visit_km
        assert found.by_video == (is_far or helped.territory != helper.territory)


def test_an_offer_that_meets_the_need_comes_before_who_is_a_little_nearer() -> None:
    me = a_fabrique("me")
    near = a_fabrique("near", latitude=46.1, needs=())
    helper = a_fabrique("helper", latitude=46.4, offers=("legal",))
    [found] = match([me], [near, helper], SUPPORT)
    assert (found.helper, found.met, found.distance_km, found.by_video) == (
        "helper",
        ("legal",),
        44,
        False,
    )
    [without] = match([me], [near, replace(helper, latitude=47.0)], SUPPORT)
    assert without.helper == "near", "a detour has its limit"


def test_a_need_in_common_comes_before_none() -> None:
    alone, shares = a_fabrique("a", needs=(), latitude=46.1), a_fabrique("b", latitude=46.2)
    [found] = match([a_fabrique("me")], [alone, shares], SUPPORT)
    assert (found.helper, found.shared, found.met) == ("b", ("legal",), ())


def test_overseas_meets_by_video_and_at_home_where_somebody_is_there() -> None:
    island = a_fabrique("island", commune_code="97105", latitude=16.0, longitude=-61.7)
    neighbour = a_fabrique("neighbour", commune_code="97101", latitude=16.3, longitude=-61.4)
    other_island = a_fabrique("other", commune_code="97209", latitude=14.6, longitude=-61.0)
    mainland = a_fabrique("mainland", offers=("legal",))
    [far] = match([island], [mainland, other_island], SUPPORT)
    assert (far.helper, far.by_video) == ("mainland", True), "whoever is called, an offer counts"
    [near] = match([island], [mainland, neighbour, other_island], SUPPORT)
    assert (near.helper, near.by_video) == ("neighbour", False)


def test_what_is_asked_of_one_is_shared_with_another_who_is_nearly_as_near() -> None:
    seekers = [a_fabrique(f"seeker-{number}", room=0) for number in range(2)]
    one = a_fabrique("one", offers=("legal",))
    other = a_fabrique("other", offers=("legal",), latitude=46.1)
    assert asked(match(seekers, [one, other], SUPPORT)) == {"one": 1, "other": 1}


def test_two_who_help_each_other_are_one_pair() -> None:
    one = a_fabrique("a", needs=("legal",), offers=("training",))
    other = a_fabrique("b", needs=("training",), offers=("legal",))
    [found] = match([one, other], [one, other], SUPPORT)
    assert (found.mutual, found.met, found.returned) == (True, ("legal",), ("training",))


def test_a_crowd_at_one_place_is_looked_at_whole_before_anybody_is_left_out() -> None:
    """The nearest of all have too little room: the search goes on beyond them."""
    seekers = [a_fabrique(f"seeker-{number:02}", room=0) for number in range(30)]
    helpers = [
        a_fabrique(f"helper-{number:02}", room=1, latitude=46 + number / 100)
        for number in range(30)
    ]
    assert len(placed(match(seekers, helpers, SUPPORT))) == 30


def test_without_anybody_there_is_no_match() -> None:
    me = a_fabrique("me")
    assert match([], [], SUPPORT) == match([me], [me], SUPPORT) == match([], [me], SUPPORT) == []


points = st.builds(
    a_fabrique, st.uuids().map(str), latitude=st.floats(-60, 60), longitude=st.floats(-179, 179)
)


@given(points, points)
def test_the_way_there_is_the_way_back(one: Fabrique, other: Fabrique) -> None:
    assert distance_metres(one, other) == pytest.approx(distance_metres(other, one), abs=0.001)
    assert 0 <= distance_metres(one, other) <= 20_020_000


def test_paris_to_lyon_is_known() -> None:
    paris = a_fabrique("p", latitude=48.8566, longitude=2.3522)
    lyon = a_fabrique("l", latitude=45.7640, longitude=4.8357)
    assert distance_metres(paris, lyon) == pytest.approx(391_500, rel=0.005)


@pytest.mark.parametrize(("needed", "offered"), [(2, 2), (3, 3)])
def test_the_real_laureates_all_have_a_peer_hardly_farther_than_the_nearest(
    needed: int, offered: int
) -> None:
    """Their places are real; needs and offers were never published, and are drawn."""
    laureates = real_laureates()
    drawn = [with_words(one, needed, offered) for one in laureates]
    matches, by_distance = match(drawn, drawn, SUPPORT), match(laureates, laureates, SUPPORT)
    assert placed(matches) == placed(by_distance) == {one.candidature_id for one in laureates}
    assert max(asked(matches).values()) <= SUPPORT.peers
    assert median_km(matches) <= 1.5 * median_km(by_distance)
    met = sum(bool(one.met) for one in matches) / len(matches)
    assert met > 0.6, f"{met:.0%} of the pairs meet a need"
    territories = {one.candidature_id: one.territory for one in laureates}
    apart = [one for one in matches if territories[one.helped] != territories[one.helper]]
    assert apart
    assert all(one.by_video for one in apart)


def median_km(matches: Sequence[Match]) -> float:
    return median(one.distance_km for one in matches)


def with_words(one: Fabrique, needed: int, offered: int) -> Fabrique:
    drawn = random.Random(one.candidature_id).sample(sorted(NEEDS), needed + offered)
    return replace(one, needs=tuple(drawn[:needed]), offers=tuple(drawn[needed:]))


def real_laureates() -> list[Fabrique]:
    laureates = REFERENCE_DATA / "fabriques-waves-1-3.csv"
    if not laureates.is_file():
        pytest.skip(f"{laureates} is absent: set REFERENCE_DATA to the folder that holds it")
    with gzip.open(
        REFERENCE_DATA / "communes-density-2025.csv.gz", "rt", encoding="utf-8"
    ) as lines:
        points = {row["insee_com"]: row for row in csv.DictReader(lines)}
    points["97801"] = SAINT_MARTIN
    communes = load_communes()
    found = []
    for row in csv.DictReader(laureates.read_text(encoding="utf-8").splitlines()):
        code = row["insee_com"]
        point = points.get(code) or points[communes.resolve(code) or code]
        place = {
            "commune_code": code,
            "latitude": float(point["lat"]),
            "longitude": float(point["lon"]),
        }
        found.append(a_fabrique(row["id"], needs=(), **place))
    return found


def test_two_of_whom_either_is_to_be_kept_apart_never_meet_and_nobody_meets_themselves() -> None:
    one, other = a_fabrique("one"), a_fabrique("other")
    wary = replace(one, apart=frozenset(["other"]))
    assert may_meet(one, other)
    assert not may_meet(wary, other)
    assert not may_meet(other, wary)
    assert not may_meet(one, one)
