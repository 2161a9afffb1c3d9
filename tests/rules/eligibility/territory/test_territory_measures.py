"""Points and perimeters: edges, holes, overlaps, 299 m and 301 m, overseas, and an independent measure."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pyproj
import pytest
import shapely

from services.eligibility.datasets.parsed import Perimeter
from services.eligibility.datasets.perimeter_index import PerimeterIndex
from services.eligibility.domain.territory.facts import Measure
from services.eligibility.domain.territory.territories import TERRITORIES, is_swapped, territory_at
from tests.rules.eligibility.territory.territory_samples import GEOD, TOULOUSE, square
from tests.rules.selection.random_waves import LONG

POINTS = 50 if LONG else 12  # around each of twenty rings
WGS84 = pyproj.Geod(ellps="WGS84")
PLACES = {
    "metropole": TOULOUSE,
    "antilles": (-61.53, 16.24),
    "guyane": (-52.33, 4.93),
    "reunion": (55.45, -20.89),
    "mayotte": (45.23, -12.78),
    "nouvelle-caledonie": (166.45, -22.27),
    "polynesie": (-149.56, -17.54),
    "saint-pierre-et-miquelon": (-56.17, 46.78),
    "wallis-et-futuna": (-176.17, -13.28),
}


def perimeter(
    code: str, ring: Sequence[Sequence[float]], *holes: Sequence[Sequence[float]]
) -> Perimeter:
    return Perimeter(code, code, "31", (), shapely.Polygon(ring, holes))


def measured(
    perimeters: list[Perimeter], longitude: float, latitude: float
) -> tuple[list[str], Measure]:
    index = PerimeterIndex(perimeters)
    measure = index.measure([longitude], [latitude])[0]
    return [index.perimeters[i].code for i in measure.inside], measure


def east_of(ring: list[list[float]], metres: float) -> tuple[float, float]:
    """A point due east of the middle of the ring's east edge (its first two corners)."""
    (x1, y1), (x2, y2) = ring[0], ring[1]
    longitude, latitude, _ = GEOD.fwd((x1 + x2) / 2, (y1 + y2) / 2, 90, metres)
    return longitude, latitude


def independent_metres(longitude: float, latitude: float, ring: list[list[float]]) -> float:
    """Geodesic distance to the nearest of many points along the ring, refined around the best."""
    steps, best = 64, None
    for (x1, y1), (x2, y2) in pairwise(ring):
        low, high = 0.0, 1.0
        for _ in range(4):
            shares = [low + (high - low) * i / steps for i in range(steps + 1)]
            lons = [x1 + (x2 - x1) * share for share in shares]
            lats = [y1 + (y2 - y1) * share for share in shares]
            _, _, found = WGS84.inv([longitude] * len(shares), [latitude] * len(shares), lons, lats)
            nearest = min(range(len(shares)), key=lambda i: found[i])
            best = min(found[nearest], best) if best is not None else found[nearest]
            low, high = shares[max(nearest - 1, 0)], shares[min(nearest + 1, steps)]
    assert best is not None
    return float(best)


@pytest.mark.parametrize("territory", PLACES)
@pytest.mark.parametrize("metres", [299.0, 301.0])
def test_a_distance_is_right_to_a_few_centimetres_everywhere_in_france(
    territory: str, metres: float
) -> None:
    ring = square(*PLACES[territory])
    inside, measure = measured([perimeter("QP031001", ring)], *east_of(ring, metres))
    assert territory_at(*PLACES[territory]).name == territory  # type: ignore[union-attr]
    assert inside == []
    assert measure.distance_metres == pytest.approx(metres, abs=0.05)


def test_a_point_on_an_edge_or_a_corner_is_inside() -> None:
    ring = square(*TOULOUSE, metres=3_000)
    halves = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(ring)]
    for longitude, latitude in [*halves, *map(tuple, ring)]:
        inside, measure = measured([perimeter("QP031001", ring)], longitude, latitude)
        assert (inside, measure.distance_metres) == (["QP031001"], 0.0)


def test_a_point_in_a_hole_is_outside_at_the_distance_of_the_hole() -> None:
    hole = square(*TOULOUSE, metres=400)
    inside, measure = measured(
        [perimeter("QP031001", square(*TOULOUSE, metres=2_000), hole)], *TOULOUSE
    )
    assert inside == []
    assert measure.distance_metres == pytest.approx(independent_metres(*TOULOUSE, hole), abs=0.05)


def test_a_point_in_two_overlapping_perimeters_is_in_both_in_the_order_of_codes() -> None:
    longitude, latitude, _ = GEOD.fwd(*TOULOUSE, 90, 100)
    both = [
        perimeter("QP031002", square(*TOULOUSE)),
        perimeter("QP031001", square(longitude, latitude)),
    ]
    assert measured(both, *TOULOUSE)[0] == ["QP031001", "QP031002"]


def test_the_nearest_of_several_is_named() -> None:
    far, near = square(1.50, 43.60), square(1.46, 43.60)
    index = PerimeterIndex([perimeter("QP031001", far), perimeter("QP031002", near)])
    measure = index.measure([TOULOUSE[0]], [TOULOUSE[1]])[0]
    assert measure.nearest is not None and index.perimeters[measure.nearest].code == "QP031002"


def test_nothing_within_fifty_kilometres_is_nothing_rather_than_a_number() -> None:
    assert measured([perimeter("QP031001", square(2.5, 48.8))], *TOULOUSE)[1] == Measure()


def test_random_points_around_many_rings_agree_with_a_geodesic_measure_within_a_metre() -> None:
    chance = random.Random(2020)
    rings: list[list[list[float]]] = []
    for _ in range(25):
        centre = chance.uniform(-1, 6.5), chance.uniform(43.5, 49.5)
        turns = sorted(chance.uniform(0, 360) for _ in range(chance.randint(3, 9)))
        ring = [list(GEOD.fwd(*centre, turn, chance.uniform(200, 1_500))[:2]) for turn in turns]
        if shapely.Polygon(ring).is_valid:
            rings.append([*ring, ring[0]])
    for ring in rings[:20]:
        alone = PerimeterIndex([perimeter("QP031001", ring)])
        polygon = shapely.Polygon(ring)
        points = [
            GEOD.fwd(*ring[0], chance.uniform(0, 360), chance.uniform(0, 8_000))[:2]
            for _ in range(POINTS)
        ]
        for (longitude, latitude), measure in zip(
            points, alone.measure(*zip(*points, strict=True)), strict=True
        ):
            if polygon.contains(shapely.Point(longitude, latitude)):
                assert measure.distance_metres == 0.0
            else:
                expected = independent_metres(longitude, latitude, ring)
                assert measure.distance_metres == pytest.approx(expected, abs=1.0)


def test_ten_thousand_points_get_the_same_answers_together_as_alone() -> None:
    chance = random.Random(1)
    index = PerimeterIndex(
        [
            perimeter(f"QP{n:06}", square(chance.uniform(0, 5), chance.uniform(44, 49)))
            for n in range(150)
        ]
    )
    lons = [chance.uniform(0, 5) for _ in range(1_000)]
    lats = [chance.uniform(44, 49) for _ in range(1_000)]
    together = index.measure(lons, lats)
    for i in range(0, 1_000, 50):
        assert index.measure([lons[i]], [lats[i]])[0] == together[i]


def test_the_boxes_of_territories_never_meet_and_swapping_is_always_seen() -> None:
    boxes = [shapely.box(t.west, t.south, t.east, t.north) for t in TERRITORIES]
    mirrored = [shapely.box(t.south, t.west, t.north, t.east) for t in TERRITORIES]
    assert not [1 for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.intersects(b)]
    assert not [1 for a in boxes for b in mirrored if a.intersects(b)]
    assert all(is_swapped(latitude, longitude) for longitude, latitude in PLACES.values())
    assert not any(is_swapped(longitude, latitude) for longitude, latitude in PLACES.values())
