"""A postal code typed for a commune code is never a silent quota: a reason to act on, or an officer."""

import csv
import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import Rule, Site
from shared.reference import load_communes
from shared.reference.commune_codes import code_mistake, postal_code_in
from tests.rules.eligibility.territory.territory_samples import commune, geojson, new_store, put

FOLDER = Path(os.environ.get("REFERENCE_DATA", "../shared/data"))
GRID = FOLDER / "communes-density-2025.csv.gz"
EPCI = Rule(urban="epci", near_metres=300, qpv_generation="2014")
DENSITY = Rule(urban="density", near_metres=300, qpv_generation="2014")
LYON = 45.769, 4.8345
PAIRS = 1_000


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> TerritoryIndex:
    """Nothing imported: what a new platform knows."""
    return TerritoryIndex.load(new_store(tmp_path_factory.mktemp("bare")))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> TerritoryIndex:
    """INSEE's grid with the points of the town halls."""
    if not GRID.exists():
        pytest.skip(f"{GRID} is absent: set REFERENCE_DATA to the folder that holds it")
    folder = tmp_path_factory.mktemp("graded")
    engine = new_store(folder)
    put(engine, folder, GRID.name, GRID.read_bytes())
    return TerritoryIndex.load(engine)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> TerritoryIndex:
    """Contours alone, drawn as squares: of the communes of the pairs, and of those they are mistaken for."""
    folder = tmp_path_factory.mktemp("drawn")
    halls = {
        row["insee_com"]: (float(row["lon"]), float(row["lat"])) for row in communes() if row["lat"]
    }
    named = {code for row, postal_code in pairs() for code in (row["insee_com"], postal_code)}
    squares = [commune(code, halls[code], metres=1_500) for code in sorted(named & halls.keys())]
    engine = new_store(folder)
    put(engine, folder, "communes.geojson", geojson(*squares))
    return TerritoryIndex.load(engine)


def communes() -> list[dict[str, str]]:
    if not GRID.exists():
        pytest.skip(f"{GRID} is absent: set REFERENCE_DATA to the folder that holds it")
    with gzip.open(GRID, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def pairs() -> Iterator[tuple[dict[str, str], str]]:
    """A commune of level 1, and one of its postal codes."""
    chance = random.Random(24)
    rows = [row for row in communes() if row["densite7"] == "1"]
    for _ in range(PAIRS):
        row = chance.choice(rows)
        known = load_communes().get(row["insee_com"])
        assert known
        yield row, chance.choice(known.postal_codes)


def typed(
    code: str, address: str = "", point: tuple[float, float] | tuple[None, None] = (None, None)
) -> Site:
    return Site(code, *point, postal_code=postal_code_in(address, load_communes()), typed=True)


def silently_outside(answer: Answer) -> bool:
    return "outside-urban" in answer.zones and not answer.needs_instruction


@pytest.mark.parametrize(
    "with_address", [True, False], ids=["with its address", "without an address"]
)
@pytest.mark.parametrize("with_point", [True, False], ids=["with its point", "without a point"])
def test_of_a_thousand_postal_codes_typed_for_dense_communes_none_is_a_silent_quota(
    graded: TerritoryIndex, with_address: bool, with_point: bool
) -> None:
    wrong = []
    for row, postal_code in pairs():
        point = (float(row["lat"]), float(row["lon"])) if with_point else (None, None)
        address = f"1 place de la Mairie, {postal_code} {row['lib_com']}" if with_address else ""
        if silently_outside(graded.classify(typed(postal_code, address, point), DENSITY)):
            wrong.append((row["insee_com"], postal_code))
    assert wrong == []


def test_with_contours_alone_none_is_a_silent_quota_even_of_a_code_that_nobody_typed(
    drawn: TerritoryIndex, bare: TerritoryIndex
) -> None:
    """The control: without the contours the same places are silently outside."""
    silent_without = 0
    for row, postal_code in pairs():
        site = Site(postal_code, float(row["lat"]), float(row["lon"]))
        assert not silently_outside(drawn.classify(site, EPCI)), (row["insee_com"], postal_code)
        silent_without += silently_outside(bare.classify(site, EPCI))
    assert silent_without > PAIRS / 4


def test_without_any_import_none_is_a_silent_quota_of_the_grouping_rule_either(
    bare: TerritoryIndex,
) -> None:
    wrong = []
    for row, postal_code in pairs():
        right = bare.classify(Site(row["insee_com"]), EPCI)
        answer = bare.classify(typed(postal_code), EPCI)
        if right.large_urban_centre and silently_outside(answer):
            wrong.append((row["insee_com"], postal_code))
    assert wrong == []


def test_the_control_without_the_comparison_the_quota_is_silent(bare: TerritoryIndex) -> None:
    """A code that nobody typed is taken at its word: it is Affoux, eligible, and no one looks."""
    assert silently_outside(bare.classify(Site("69001", *LYON), EPCI))


def test_a_commune_code_that_the_address_contradicts_is_told_with_the_likely_right_one(
    bare: TerritoryIndex,
) -> None:
    answer = bare.classify(typed("69001", "1 place des Terreaux, 69001 Lyon", LYON), EPCI)
    assert (answer.zones, answer.needs_instruction) == ((), True)
    assert answer.reasons[0].code == "commune-contradicted"
    assert "69123" in answer.reasons[0].message and "Affoux" in answer.reasons[0].message


def test_a_doubt_names_both_readings(bare: TerritoryIndex) -> None:
    answer = bare.classify(typed("69001", "1 place des Terreaux"), EPCI)
    assert (answer.large_urban_centre, answer.needs_instruction) == (None, True)
    assert answer.reasons[0].code == "commune-doubtful"
    assert all(name in answer.reasons[0].message for name in ("Affoux", "Lyon", "69123"))


@pytest.mark.parametrize("code", ["69001", "03310"])
def test_a_postal_code_of_the_commune_itself_ends_the_doubt(
    bare: TerritoryIndex, code: str
) -> None:
    commune = load_communes().get(code)
    assert commune
    answer = bare.classify(
        typed(code, f"1 place du Marché, {commune.postal_codes[0]} {commune.name}"), EPCI
    )
    assert answer.zones == ("outside-urban",) and not answer.needs_instruction


def test_two_readings_with_one_answer_are_no_doubt(bare: TerritoryIndex) -> None:
    """03310 is Vichy's code and Néris-les-Bains' postal code: neither is in a large urban centre."""
    assert bare.classify(typed("03310"), EPCI).zones == ("outside-urban",)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("75018", "commune-code-old"), ("75012", "commune-code-old"), ("78646", None), ("78498", None),
        ("20004", "commune-code-old"), ("01003", None), ("69381", None), ("13215", None), ("75104", None),
        ("99999", "commune-unknown"), ("75000", "commune-unknown"),
    ],
)  # fmt: skip
def test_codes_of_departments_that_are_gone_are_refused_unlike_merged_communes(
    code: str, told: str | None
) -> None:
    mistake = code_mistake(load_communes(), code)
    assert (mistake and mistake.code) == told


def test_every_code_of_the_old_seine_is_refused() -> None:
    communes = load_communes()
    seine = [
        code
        for code, current in communes.former_codes.items()
        if code < "75100" and code.startswith("75")
    ]
    assert len(seine) > 70
    assert {getattr(code_mistake(communes, code), "code", None) for code in seine} == {
        "commune-code-old"
    }


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("1 place des Terreaux, 69001 Lyon", "69001"),
        ("12345 route longue, 69001 Lyon", "69001"),
        ("BP 12345, F-69001 Lyon", "69001"),
        ("BP 1, 69201 Lyon Cedex 01", "69201"),
        ("SIRET 73282932000074", None),
        ("1 place du Marché", None),
        ("٦٩٠٠١ Lyon", None),
    ],
)
def test_the_postal_code_of_an_address(address: str, found: str | None) -> None:
    assert postal_code_in(address, load_communes()) == found


def test_a_cedex_contradicts_only_another_department() -> None:
    communes = load_communes()
    assert code_mistake(communes, "69123", "69201") is None
    assert code_mistake(communes, "03310", "69201") is not None


def test_every_commune_has_the_postal_codes_it_is_compared_with() -> None:
    without = {commune.code for commune in load_communes() if not commune.postal_codes}
    assert without == {"98411", "98412", "98413", "98414", "98415"}


def test_a_point_behind_the_neighbours_town_halls_is_elsewhere_and_the_nearest_is_named(
    graded: TerritoryIndex,
) -> None:
    answer = graded.classify(typed("69001", "", LYON), DENSITY)
    assert (answer.zones, answer.needs_instruction) == ((), True)
    fault = next(
        reason for reason in answer.reasons if reason.code == "coordinates-contradict-commune"
    )
    assert "Lyon (69123)" in fault.message


PLACES = [  # code, an address in it far from its town hall
    ("75056", 48.8478, 2.2645), ("13055", 43.2110, 5.4400), ("13004", 43.4500, 4.5500), ("31555", 43.5700,
    1.3950),
    ("33063", 44.8800, -0.5400), ("2A004", 41.9100, 8.6600), ("97415", -21.0700, 55.2300),
]  # fmt: skip


@pytest.mark.parametrize(("code", "latitude", "longitude"), PLACES)
def test_an_honest_place_at_the_edge_of_a_vast_commune_is_not_elsewhere(
    graded: TerritoryIndex, code: str, latitude: float, longitude: float
) -> None:
    answer = graded.classify(typed(code, "", (latitude, longitude)), DENSITY)
    assert answer.facts.qpv.fault is None
