"""Who helps whom: each laureate gets one who offers what it needs, near first, and nobody is asked too often.

An assignment of least cost: a need that no offer meets, the way, and being asked once more all cost
kilometres. Whole numbers and sorted inputs: the same laureates in any order get the same peers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import asin, cos, radians, sin, sqrt
from typing import Any

from shared.programme.model import Support
from shared.value import value

EARTH_RADIUS_METRES = 6_371_008.8
OVERSEAS = ("97", "98")  # how the commune codes of departments and territories overseas begin
ASKED_AGAIN_KM = 20  # who is asked already is passed over for one who is so much farther
# Costs are in hundredths of a kilometre: what tells two offers apart weighs less than one.
PER_KM = 100
# The cheapest helpers of each are looked at; all of them only where these do not do.
CANDIDATES_FIRST = 12

Offers = Sequence[tuple[int, str]]  # the cost of each helper and its id, the best first


@dataclass(frozen=True, slots=True)
class Fabrique:
    """A laureate who is willing to help and to be helped. Degrees are WGS84.

    `room` is how many more it may be asked to help; it is never matched with who is in `apart`.
    """

    candidature_id: str
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    commune_code: str
    latitude: float
    longitude: float
    room: int
    apart: frozenset[str] = field(default_factory=frozenset)

    @property
    def territory(self) -> str:
        """What is on the other side of an ocean is another one."""
        return self.commune_code[:3] if self.commune_code.startswith(OVERSEAS) else ""


@value
class Match:
    """`helper` is to help `helped`, and why: `met` are needs that it offers to meet, `returned` the way back.

    `shared` are needs of both, which one works on with a peer where nobody offers to help. `mutual`: each is
    the other's helper. Beyond a visit's reach they meet `by_video`.
    """

    helped: str
    helper: str
    met: tuple[str, ...]
    returned: tuple[str, ...]
    shared: tuple[str, ...]
    distance_km: int
    by_video: bool
    mutual: bool = False


def match(
    seekers: Iterable[Fabrique], helpers: Iterable[Fabrique], support: Support
) -> list[Match]:
    """One helper for each seeker, as long as somebody has room; in the order of their ids."""
    asking = _each_once(seekers)
    asked = {one.candidature_id: one for one in _each_once(helpers) if one.room > 0}
    offers = {one.candidature_id: _by_cost(one, asked.values(), support) for one in asking}
    looked_at = CANDIDATES_FIRST
    found = _assigned(offers, asked, looked_at)
    while len(found) < len(asking) and looked_at < len(asked):
        looked_at *= 4
        found = _assigned(offers, asked, looked_at)
    known = {one.candidature_id: one for one in asking} | asked
    matches = [
        _explained(known[helped], known[helper], support)
        for helped, helper in sorted(found.items())
    ]
    return _without_the_way_back(matches, found)


def _each_once(fabriques: Iterable[Fabrique]) -> list[Fabrique]:
    return sorted(
        {one.candidature_id: one for one in fabriques}.values(), key=lambda one: one.candidature_id
    )


def _by_cost(one: Fabrique, others: Iterable[Fabrique], support: Support) -> Offers:
    """Whoever may help this one."""
    return sorted(
        (_cost(one, other, support), other.candidature_id)
        for other in others
        if may_meet(one, other)
    )


def may_meet(one: Fabrique, other: Fabrique) -> bool:
    if one.candidature_id == other.candidature_id:
        return False
    return other.candidature_id not in one.apart and one.candidature_id not in other.apart


def _cost(helped: Fabrique, helper: Fabrique, support: Support) -> int:
    way_km = distance_km(helped, helper)
    if is_by_video(helped, helper, way_km, support):
        way_km = support.peer_visit_km  # a call is as short wherever the other is
    met = _in_both(helped.needs, helper.offers)
    if not met:
        way_km += support.peer_detour_km
        way_km -= support.peer_detour_km // 2 if _in_both(helped.needs, helper.needs) else 0
    return way_km * PER_KM - len(met)


def _assigned(
    offers: Mapping[str, Offers], asked: Mapping[str, Fabrique], looked_at: int
) -> dict[str, str]:
    """Helper by helped: as many as can be placed, at the least cost in all."""
    if not offers or not asked:
        return {}
    considered = {helped: listed[:looked_at] for helped, listed in offers.items()}
    flow = _least_flow(considered, {helper: one.room for helper, one in asked.items()})
    return {
        helped: helper
        for helped, listed in considered.items()
        for _, helper in listed
        if any(flow["helped", helped]["helper", helper].values())
    }


def _least_flow(considered: Mapping[str, Offers], rooms: Mapping[str, int]) -> Mapping[Any, Any]:
    """From each helped to all: by a helper, the dearer the more often it is asked; or by nobody, dearest."""
    import networkx  # noqa: PLC0415  # 0.3 s and 23 MB, for the few times that somebody is matched

    count = len(considered)
    dearest = max((cost for listed in considered.values() for cost, _ in listed), default=0)
    asked_again = ASKED_AGAIN_KM * PER_KM
    nobody = (dearest + asked_again * count + 1) * (count + 1)
    graph = networkx.MultiDiGraph()
    graph.add_node("all", demand=count)
    for helped, listed in considered.items():
        graph.add_node(("helped", helped), demand=-1)
        graph.add_edge(("helped", helped), "all", capacity=1, weight=nobody)
        for cost, helper in listed:
            graph.add_edge(("helped", helped), ("helper", helper), capacity=1, weight=cost)
    for helper, room in rooms.items():
        for times in range(min(room, count)):
            graph.add_edge(("helper", helper), "all", capacity=1, weight=asked_again * times)
    flow: Mapping[Any, Any] = networkx.min_cost_flow(graph)
    return flow


def _explained(helped: Fabrique, helper: Fabrique, support: Support) -> Match:
    way_km = distance_km(helped, helper)
    return Match(
        helped=helped.candidature_id,
        helper=helper.candidature_id,
        met=_in_both(helped.needs, helper.offers),
        returned=_in_both(helper.needs, helped.offers),
        shared=_in_both(helped.needs, helper.needs),
        distance_km=way_km,
        by_video=is_by_video(helped, helper, way_km, support),
    )


def _without_the_way_back(matches: Sequence[Match], helper_of: Mapping[str, str]) -> list[Match]:
    """Two who are each other's helper are one pair."""
    kept = []
    for one in matches:
        is_mutual = helper_of.get(one.helper) == one.helped
        if not is_mutual:
            kept.append(one)
        elif one.helped < one.helper:
            kept.append(replace(one, mutual=True))
    return kept


def _in_both(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """In the order in which the first were said."""
    return tuple([word for word in dict.fromkeys(some) if word in others])


def is_by_video(one: Fabrique, other: Fabrique, way_km: int, support: Support) -> bool:
    return one.territory != other.territory or way_km > support.peer_visit_km


def distance_km(one: Fabrique, other: Fabrique) -> int:
    return round(distance_metres(one, other) / 1000)


def distance_metres(one: Fabrique, other: Fabrique) -> float:
    """Great-circle distance (haversine), good to half a percent: enough to tell near from far."""
    latitude = radians(one.latitude)
    other_latitude = radians(other.latitude)
    half_latitude = (other_latitude - latitude) / 2
    half_longitude = radians(other.longitude - one.longitude) / 2
    north_south = sin(half_latitude) ** 2
    east_west = cos(latitude) * cos(other_latitude) * sin(half_longitude) ** 2
    # Opposite places may add up to a hair more than one, of which there is no arcsine.
    half_chord = min(1.0, sqrt(north_south + east_west))
    return 2 * EARTH_RADIUS_METRES * asin(half_chord)
