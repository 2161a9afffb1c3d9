"""Against the official files, where they are at hand: REFERENCE_DATA names their folder."""

import csv
import json
import os
import random
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.datasets.projections import GEOD
from services.eligibility.domain.territory.facts import Rule, Site
from tests.rules.eligibility.territory.territory_samples import RULE, new_store, put

FOLDER = Path(os.environ.get("REFERENCE_DATA", "../shared/data"))
FILES = (
    "communes-density-2025.csv.gz",
    "qpv-2014-occitanie-part.geojson",
    "qpv-2024-codes-by-commune.csv",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> TerritoryIndex:
    if not all((FOLDER / name).exists() for name in (*FILES, "fabriques-waves-1-3.csv")):
        pytest.skip(
            f"{FOLDER} has no reference data: set REFERENCE_DATA to the folder that holds it"
        )
    folder = tmp_path_factory.mktemp("store")
    engine = new_store(folder)
    for name in FILES:
        put(engine, folder, name, (FOLDER / name).read_bytes())
    return TerritoryIndex.load(engine)


def laureates() -> list[dict[str, str]]:
    with (FOLDER / "fabriques-waves-1-3.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_official_files_import_whole(index: TerritoryIndex) -> None:
    assert {d.kind: d.row_count for d in index.datasets} == {
        "density": 34_875,
        "qpv": 67,
        "qpv-communes": 824,
    }
    assert [d.repaired_count for d in index.datasets if d.kind == "qpv"] != [0]


def test_every_real_laureate_s_commune_is_found_and_few_are_urban_without_a_qpv(
    index: TerritoryIndex,
) -> None:
    rule = Rule(urban="density", near_metres=300, qpv_generation="2024")
    answers = index.classify_many([Site(row["insee_com"]) for row in laureates()], rule)
    assert len(answers) == 170
    assert all(answer.commune_code for answer in answers)
    unknown = {answer.commune_code for answer in answers if answer.large_urban_centre is None}
    assert unknown <= {"97801", "49069"}
    lonely = [a for a in answers if a.large_urban_centre and not a.facts.qpv.commune_qpvs]
    assert len(lonely) <= 0.02 * len(answers)


def test_random_points_around_real_perimeters_agree_with_their_published_outline(
    index: TerritoryIndex,
) -> None:
    """Against the raw rings, unrepaired and unprojected: containment by parity, distance by geodesics."""
    chance = random.Random(31)
    features = json.loads((FOLDER / FILES[1]).read_text(encoding="utf-8"))["features"]
    for feature in chance.sample(features, 12):
        outline = shape(feature["geometry"])
        alone = index.perimeters(RULE)
        code = feature["properties"]["code_qp"]
        held = next(perimeter for perimeter in alone if perimeter.code == code)
        repaired = shapely.make_valid(outline)
        assert held.geometry.symmetric_difference(repaired).area <= repaired.area * 1e-9
        x, y = outline.exterior.coords[0]
        for _ in range(10):
            longitude, latitude, _ = GEOD.fwd(x, y, chance.uniform(0, 360), chance.uniform(0, 900))
            answer = index.classify(
                Site(feature["properties"]["code_commune"], latitude, longitude), RULE
            )
            expected = min(_metres(longitude, latitude, perimeter.geometry) for perimeter in alone)
            assert answer.qpv.distance_m == pytest.approx(expected, abs=1.0)


def _metres(longitude: float, latitude: float, geometry: shapely.Geometry) -> float:
    """Degrees scaled so that both axes count alike: fit to find the nearest point, measured by a geodesic."""
    shrink = shapely.transform(geometry, lambda c: c * [0.723, 1.0])
    point = shapely.Point(longitude * 0.723, latitude)
    if shrink.intersects(point):
        return 0.0
    line = shapely.shortest_line(shapely.segmentize(shrink, 0.0005), point)
    x, y = line.coords[0]
    return float(GEOD.inv(longitude, latitude, x / 0.723, y)[2])
