"""What a running service answers from imported files: coverage, versions, swaps, communes old and new."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.eligibility.datasets import store
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import Site
from services.eligibility.domain.territory.selection import rule_for
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.eligibility.territory.territory_samples import (
    DENSITY,
    GEOD,
    NOW,
    RULE,
    TOULOUSE,
    district,
    geojson,
    index_of,
    new_store,
    put,
    square,
)

LON, LAT = TOULOUSE
QPV = geojson(district("QP031001", square(*TOULOUSE)))


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def east(metres: float) -> tuple[float, float]:
    """(latitude, longitude) that many metres east of the sample perimeter's edge."""
    ring = square(*TOULOUSE)
    longitude, latitude, _ = GEOD.fwd(
        (ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[1][1]) / 2, 90, metres
    )
    return latitude, longitude


def test_without_any_dataset_only_the_shipped_grouping_answers_and_the_qpv_is_unknown(
    tmp_path: Path,
) -> None:
    index = index_of(tmp_path)
    known = index.classify(Site("31555", LAT, LON), RULE)
    assert (known.large_urban_centre, known.qpv.status) == (True, "unknown")
    assert known.evidence["urban"]["approximation"] is True
    assert known.needs_instruction
    strict = index.classify(Site("31555", LAT, LON), replace(RULE, urban="density"))
    assert (strict.large_urban_centre, strict.zones, strict.needs_instruction) == (None, (), True)
    assert codes(strict) == ["urban-data-missing", "qpv-data-missing"]


def test_the_density_grid_replaces_the_approximation_once_imported(tmp_path: Path) -> None:
    answer = index_of(tmp_path, grid=DENSITY).classify(Site("31555", LAT, LON), RULE)
    assert answer.evidence["urban"] == {
        "rule": "density",
        "large_urban_centre": True,
        "approximation": False,
        "dataset": answer.datasets[1]["id"],
        "levels": [1],
        "threshold": 1,
    }


@pytest.mark.parametrize(("metres", "status"), [(299.0, "near"), (301.0, "outside")])
def test_three_hundred_metres_is_the_limit(tmp_path: Path, metres: float, status: str) -> None:
    answer = index_of(tmp_path, qpv=QPV).classify(Site("31555", *east(metres)), RULE)
    assert (answer.qpv.status, answer.qpv.code) == (status, "QP031001")
    assert answer.qpv.distance_m == pytest.approx(metres, abs=0.1)


def test_a_file_says_no_only_in_the_departments_it_covers(tmp_path: Path) -> None:
    index = index_of(tmp_path, qpv=QPV)
    assert index.classify(Site("31555", LAT, LON + 0.1), RULE).qpv.status == "outside"
    elsewhere = index.classify(Site("34172", 43.61, 3.87), RULE)
    assert (elsewhere.qpv.status, elsewhere.needs_instruction) == ("unknown", True)
    assert codes(elsewhere)[-1] == "qpv-department-not-covered"


def test_a_declared_coverage_replaces_the_one_that_is_guessed(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    put(engine, tmp_path, "qpv.geojson", QPV, coverage=("31", "34"))
    answer = TerritoryIndex.load(engine).classify(Site("34172", 43.61, 3.87), RULE)
    assert answer.qpv.status == "outside"


def test_a_point_without_a_commune_is_answered_from_what_is_around_it(tmp_path: Path) -> None:
    index = index_of(tmp_path, qpv=QPV, grid=DENSITY)
    inside = index.classify(Site(None, LAT, LON), RULE)
    assert (inside.commune_code, inside.qpv.status, inside.large_urban_centre) == (
        "31555",
        "in",
        True,
    )
    beside = index.classify(Site(None, *east(2_000)), RULE)
    assert (beside.commune_code, beside.qpv.status, beside.large_urban_centre) == (
        None,
        "outside",
        None,
    )
    assert beside.evidence["qpv"]["department_inferred"] is True
    assert index.classify(Site(None, 48.85, 2.35), RULE).qpv.status == "unknown"


def test_two_overlapping_perimeters_give_the_declared_one_else_the_first(tmp_path: Path) -> None:
    both = geojson(
        district("QP031002", square(*TOULOUSE)), district("QP031001", square(*TOULOUSE, metres=800))
    )
    index = index_of(tmp_path, qpv=both)
    assert index.classify(Site("31555", LAT, LON), RULE).qpv.code == "QP031001"
    declared = index.classify(Site("31555", LAT, LON, "QP031002"), RULE)
    assert declared.qpv.code == "QP031002"
    assert declared.evidence["qpv"]["inside"] == ["QP031001", "QP031002"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "fault"),
    [
        (LON, LAT, "coordinates-swapped"),
        (0.0, 0.0, "coordinates-outside-france"),
        (-20.89, 55.45, "coordinates-contradict-commune"),
    ],
)
def test_coordinates_that_cannot_be_right_are_told_and_never_a_no(
    tmp_path: Path, latitude: float, longitude: float, fault: str
) -> None:
    answer = index_of(tmp_path, qpv=QPV).classify(Site("31555", latitude, longitude), RULE)
    assert answer.qpv.status == "unknown" and answer.needs_instruction
    assert fault in codes(answer)


def test_a_place_far_from_its_town_hall_contradicts_its_commune(tmp_path: Path) -> None:
    grid = f"insee_com,lib_com,densite7,lon,lat\n31555,Toulouse,1,{LON},{LAT}\n"
    answer = index_of(tmp_path, qpv=QPV, grid=grid).classify(Site("31555", LAT + 1, LON), RULE)
    assert "coordinates-contradict-commune" in codes(answer)


def test_a_commune_without_coordinates_says_only_that_it_has_a_qpv(tmp_path: Path) -> None:
    listed = "insee_com,lib_com,qpv_codes\n31555,Toulouse,QP031001 QP031002\n"
    answer = index_of(tmp_path, list=listed).classify(Site("31555"), RULE)
    assert answer.qpv.status == "unknown"
    assert codes(answer)[1:] == ["coordinates-missing", "commune-has-qpv"]
    assert index_of_list_never_says_no(tmp_path / "other", listed)


def index_of_list_never_says_no(folder: Path, listed: str) -> bool:
    """The control: a commune that the list does not name is as unknown as one that it names."""
    folder.mkdir()
    return (
        index_of(folder, list=listed).classify(Site("34172", 43.61, 3.87), RULE).qpv.status
        == "unknown"
    )


@pytest.mark.parametrize("code", ["75101", "75120", "75056"])
def test_an_arrondissement_is_its_commune(tmp_path: Path, code: str) -> None:
    answer = index_of(tmp_path, grid=DENSITY).classify(Site(code, 48.86, 2.34), RULE)
    assert (answer.commune_code, answer.large_urban_centre) == ("75056", True)


def test_a_merged_commune_is_found_in_older_and_newer_files(tmp_path: Path) -> None:
    newer = index_of(tmp_path, grid="insee_com;densite7\n01015;6\n")
    assert newer.classify(Site("01340"), RULE).large_urban_centre is False
    for name, grid, expected in (
        ("same", "insee_com;densite7\n01340;6\n", False),
        ("own", "insee_com;densite7\n01340;1\n01015;6\n", True),
    ):
        (tmp_path / name).mkdir()
        index = index_of(tmp_path / name, grid=grid)
        assert index.classify(Site("01340"), RULE).large_urban_centre is expected
        assert index.classify(Site("01015"), RULE).large_urban_centre is False


def test_an_unknown_commune_is_told(tmp_path: Path) -> None:
    answer = index_of(tmp_path, grid=DENSITY).classify(Site("99999", LAT, LON), RULE)
    assert codes(answer)[0] == "commune-unknown"


def test_an_imported_geographic_code_knows_communes_newer_than_the_shipped_table(
    tmp_path: Path,
) -> None:
    cog = "TYPECOM,COM,LIBELLE,COMPARENT\nCOM,01999,Neuve,\nCOMD,01998,Vieille,01999\n"
    answer = index_of(tmp_path, cog=cog).classify(Site("01998"), RULE)
    assert (answer.commune_code, answer.large_urban_centre) == ("01999", None)
    assert codes(answer)[0] == "commune-not-covered"


def test_the_size_of_the_urban_unit_can_be_the_rule(tmp_path: Path) -> None:
    units = "CODGEO;LIBGEO;UU2020;TUU2017\n31555;Toulouse;31701;7\n03310;Vichy;03601;5\n"
    index = index_of(tmp_path, units=units)
    rule = replace(RULE, urban="urban-unit")
    assert [
        index.classify(Site(code), rule).large_urban_centre for code in ("31555", "03310", "34172")
    ] == [
        True,
        False,
        None,
    ]


def test_the_programme_names_the_version_else_the_newest_valid_on_the_day(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    put(
        engine,
        tmp_path,
        "a.csv",
        "insee_com;densite7\n31555;1\n",
        version="2020",
        valid_to="2020-12-31",
    )
    put(
        engine,
        tmp_path,
        "b.csv",
        "insee_com;densite7\n31555;3\n",
        version="2021",
        valid_from="2021-01-01",
    )
    index = TerritoryIndex.load(engine)

    def level(**changes: object) -> list[int]:
        answer = index.classify(Site("31555"), replace(RULE, urban="density", **changes))  # type: ignore[arg-type]
        return list(answer.evidence["urban"]["levels"])

    assert level(day=date(2020, 12, 30)) == [1]
    assert level(day=date(2021, 3, 30)) == [3]
    assert level(day=date(2021, 3, 30), density_dataset="2020") == [1]
    assert level(density_dataset="1999") == []


def test_generations_stand_side_by_side_and_the_rule_chooses(tmp_path: Path) -> None:
    index = index_of(tmp_path, old=QPV, new=geojson(district("QN03101M", square(1.60, 43.60))))
    at_old = Site("31555", LAT, LON)
    assert index.classify(at_old, RULE).qpv.code == "QP031001"
    later = index.classify(at_old, replace(RULE, qpv_generation="2024"))
    assert (later.qpv.status, later.qpv.code) == ("outside", "QN03101M")


def test_regional_files_add_up_and_a_newer_one_replaces_its_departments(tmp_path: Path) -> None:
    herault = district("QP034001", square(3.87, 43.61), commune="34172")
    moved = district("QP031009", square(1.60, 43.60))
    engine = new_store(tmp_path)
    for name, feature, day in (
        ("a", district("QP031001", square(*TOULOUSE)), "2019-01-01"),
        ("b", herault, "2019-01-01"),
        ("c", moved, "2020-01-01"),
    ):
        put(engine, tmp_path, name, geojson(feature), dated=day)
    index = TerritoryIndex.load(engine)
    assert index.classify(Site("34172", 43.61, 3.87), RULE).qpv.status == "in"
    assert index.classify(Site("31555", LAT, LON), RULE).qpv.status == "outside"
    assert index.classify(Site("31555", 43.60, 1.60), RULE).qpv.code == "QP031009"


def test_a_running_service_sees_that_a_dataset_came_or_went(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    index = TerritoryIndex.load(engine)
    assert not index.is_stale(engine)
    (imported,) = put(engine, tmp_path, "grid.csv", DENSITY)
    assert index.is_stale(engine)
    fresh = TerritoryIndex.load(engine)
    assert not fresh.is_stale(engine)
    assert (index.datasets, len(fresh.datasets)) == ((), 1)
    with engine.begin() as connection:
        assert store.retire(connection, imported.dataset.id, NOW.isoformat())
    assert fresh.is_stale(engine)
    assert TerritoryIndex.load(engine).datasets == ()


def test_the_shipped_programme_gives_a_rule_whose_day_is_the_deadline_even_when_moved() -> None:
    programme = load_programme(SHIPPED_PROGRAMME)
    moved = programme.moved_to(NOW.replace(year=2026))
    days = [rule_for(p, p.waves[0]).day for p in (programme, moved)]
    assert days == [date(2020, 12, 30)] * 2
    assert rule_for(programme, programme.waves[0]).near_metres == 300
