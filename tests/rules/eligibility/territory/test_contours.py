"""A commune's contour tells whether a point lies in it: read from public files, asked before town halls."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed
from services.eligibility.datasets.reading import parse_bytes
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import CommuneFacts, Site
from services.eligibility.domain.territory.whereabouts import (
    Surroundings,
    fault_of,
    is_elsewhere,
    may_be_meant,
)
from tests.rules.eligibility.territory.given import CUSSET, IN_VICHY, LYON, VICHY
from tests.rules.eligibility.territory.territory_samples import (
    GEOD,
    RULE,
    WIDE,
    commune,
    geojson,
    index_of,
    new_store,
    put,
    shapefile_zip,
    square,
    surface,
)

AT_VICHY = (3.4217, 46.1271)
AT_CUSSET = (3.4560, 46.1346)
AT_SAINT_DENIS = (55.4504, -20.8789)
GUYANE = CommuneFacts("97353", "Régina", "973", "CC", "CC de l'Est guyanais")


BOTH = geojson(commune("03310", AT_VICHY, 1_500), commune("03095", AT_CUSSET, 1_500))


def only(content: bytes) -> Parsed:
    (parsed,) = parse_bytes(content, "communes.geojson")
    return parsed


def refusals(*features: dict[str, Any]) -> Sequence[str]:
    with pytest.raises(ImportRefusedError) as caught:
        parse_bytes(geojson(*features), "communes.geojson")
    return caught.value.reasons


def codes(found: Answer) -> list[str]:
    return [reason.code for reason in found.reasons]


def beside(at: tuple[float, float], metres: float) -> tuple[float, float]:
    """(latitude, longitude) to the north."""
    longitude, latitude, _ = GEOD.fwd(*at, 0, metres)
    return latitude, longitude


COLUMNS = [
    {"code": "03310", "nom": "Vichy"},  # Etalab
    {"INSEE_COM": "03310", "NOM": "Vichy", "INSEE_DEP": "03"},  # IGN until 2023
    {"code_insee": "03310", "nom_officiel": "Vichy"},  # IGN since
    {"insee": "03310", "nom": "Vichy", "wikipedia": "fr:Vichy"},  # OpenStreetMap France
    {"com_code": "03310", "com_name": "Vichy", "dep_code": "03"},  # Opendatasoft
    {"CODGEO": "3310", "LIBGEO": "Vichy"},  # a spreadsheet dropped the zero
]


@pytest.mark.parametrize("columns", COLUMNS, ids=[next(iter(columns)) for columns in COLUMNS])
def test_the_column_names_of_every_public_copy_are_known(columns: dict[str, str]) -> None:
    parsed = only(geojson(surface(AT_VICHY, columns)))
    (contour,) = parsed.perimeters
    assert (parsed.kind, contour.code, contour.name) == ("contours", "03310", "Vichy")
    assert (contour.department, contour.communes, parsed.departments) == ("03", ("03310",), ("03",))


@pytest.mark.parametrize(
    ("encoding", "cpg"), [("utf-8", ""), ("cp1252", ""), ("cp1252", "ANSI 1252")]
)
def test_a_shapefile_of_ign_is_read_in_its_projection_and_encoding(encoding: str, cpg: str) -> None:
    fields = ("INSEE_COM", "NOM", "STATUT")
    zipped = shapefile_zip(
        2154, {"03310": square(*AT_VICHY, metres=WIDE)}, encoding=encoding, cpg=cpg, fields=fields
    )
    parsed = only(zipped)
    assert (parsed.kind, parsed.perimeters[0].name) == ("contours", "Quartier de l'Étang")


def test_each_row_has_one_true_reason() -> None:
    found = refusals(commune("", AT_VICHY), commune("Vichy", AT_VICHY), commune("03310", AT_VICHY))
    assert found == ("row 1: no commune code", "row 2: VICHY is no commune code (expected 31555)")


def test_parts_of_a_commune_are_joined_and_rows_of_departments_left_out_and_told() -> None:
    department = surface(AT_VICHY, {"INSEE_DEP": "03", "NOM": "Allier"})
    parts = [surface(at, {"INSEE_COM": "03310", "NOM": "Vichy"}) for at in (AT_VICHY, (3.5, 46.2))]
    parsed = only(geojson(department, *parts))
    assert [contour.code for contour in parsed.perimeters] == ["03310"]
    assert parsed.perimeters[0].geometry.geom_type == "MultiPolygon"
    assert parsed.notes == [
        "1 communes of several rows, joined.",
        "1 rows of something else than communes left out.",
    ]


def test_a_commune_that_has_lost_a_part_is_left_out_whole_and_told() -> None:
    """A place on its other island would be told to lie elsewhere."""
    lost = {**commune("03310", AT_VICHY), "geometry": None}
    parsed = only(geojson(commune("03310", AT_VICHY), lost, commune("03095", AT_CUSSET)))
    assert [contour.code for contour in parsed.perimeters] == ["03095"]
    assert "(03310)" in parsed.notes[0]


def test_an_archive_of_ign_is_read_whatever_layers_and_capitals_it_has() -> None:
    rings = {"03310": square(*AT_VICHY, metres=WIDE)}
    layers = {
        "COMMUNE": shapefile_zip(2154, rings, fields=("INSEE_COM", "NOM", "STATUT")),
        "DEPARTEMENT": shapefile_zip(2154, rings, fields=("INSEE_DEP", "NOM", "INSEE_REG")),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for layer, zipped in layers.items():
            with zipfile.ZipFile(io.BytesIO(zipped)) as part:
                for name in part.namelist():
                    files.writestr(f"ADE/{layer}{name[-4:].upper()}", part.read(name))
    town = surface(AT_VICHY, {"INSEE_COM": "03310", "NOM": "Vichy"})
    town["geometry"] = {"type": "Point", "coordinates": AT_VICHY}
    for content in (archive.getvalue(), geojson(town, commune("03310", AT_VICHY))):
        parsed = only(content)
        assert [contour.code for contour in parsed.perimeters] == ["03310"]
        assert "1 rows of something else than communes left out." in parsed.notes


def test_overseas_communes_drawn_beside_the_mainland_are_left_out_and_told() -> None:
    parsed = only(geojson(commune("97411", (-3.0, 44.0)), commune("03310", AT_VICHY)))
    assert [contour.code for contour in parsed.perimeters] == ["03310"]
    assert "97411" in parsed.notes[0]


def test_surfaces_in_communes_are_not_taken_for_communes() -> None:
    """QPV without their codes, business parks: a place outside them is not outside its commune."""
    parks = [surface(AT_VICHY, {"code_insee": "03310", "zone": f"{n}"}, 200) for n in range(3)]
    assert "less than 0.08 km²" in refusals(*parks)[0]


@pytest.mark.parametrize("column", ["code_qp", "qp", "quartier_prioritaire", "code_quartier"])
def test_perimeters_of_qpv_that_name_their_commune_are_still_qpv(column: str) -> None:
    feature = surface(AT_VICHY, {"insee_com": "03310", "code": "QP003001", column: "QP003001"}, 400)
    assert only(geojson(feature)).kind == "qpv"


@pytest.mark.parametrize(
    ("around", "elsewhere"),
    [
        (Surroundings(contour_metres=0.0), False),
        (Surroundings(contour_metres=100.0), False),
        (Surroundings(contour_metres=100.1), True),
        (Surroundings(contour_metres=0.0, hall_metres=90_000.0, reach_metres=1_000.0), False),
        (Surroundings(contour_metres=101.0, hall_metres=10.0, reach_metres=9_000.0), True),
        (Surroundings(holder=CUSSET), True),
        (Surroundings(holder=VICHY, hall_metres=90_000.0), False),
        (Surroundings(hall_metres=5_000.0, reach_metres=100.0), False),
        (Surroundings(hall_metres=5_000.1, reach_metres=100.0), True),
        (Surroundings(hall_metres=8_000.0, reach_metres=4_000.0), False),
        (Surroundings(hall_metres=8_000.1, reach_metres=4_000.0), True),
        (Surroundings(hall_metres=60_000.0), False),
        (Surroundings(hall_metres=60_000.1), True),
        (Surroundings(reach_metres=4_000.0), False),
        (Surroundings(), False),
    ],
)
def test_the_contour_tells_first_then_another_communes_then_the_town_halls(
    around: Surroundings, elsewhere: bool
) -> None:
    assert is_elsewhere(VICHY, around) is elsewhere
    assert fault_of(IN_VICHY, VICHY, around) == ("contradict-commune" if elsewhere else None)


def test_communes_of_guyane_may_be_vast_and_only_contours_tell() -> None:
    assert not is_elsewhere(GUYANE, Surroundings(hall_metres=90_000.0, reach_metres=1_000.0))
    assert is_elsewhere(GUYANE, Surroundings(contour_metres=200.0, hall_metres=10.0))


def test_within_its_contour_a_commune_is_confirmed_though_another_town_hall_is_nearer() -> None:
    typed = Site("03310", 46.12, 3.42, typed=True)
    within = Surroundings(contour_metres=0.0, holder=VICHY, hall=CUSSET)
    assert may_be_meant(typed, VICHY, None, within, [LYON]) == []
    at_its_edge = Surroundings(contour_metres=80.0, holder=CUSSET, hall=VICHY)
    assert may_be_meant(typed, VICHY, None, at_its_edge, [LYON]) == [LYON, CUSSET]
    assert may_be_meant(typed, VICHY, "contradict-commune", at_its_edge, [LYON]) == []
    assert may_be_meant(Site("03310", 46.12, 3.42), VICHY, None, at_its_edge, [LYON]) == []


def test_a_point_in_another_commune_is_told_with_the_likely_code_and_gives_no_zone(
    tmp_path: Path,
) -> None:
    answer = index_of(tmp_path, contours=BOTH).classify(Site("03310", *AT_CUSSET[::-1]), RULE)
    assert (answer.zones, answer.needs_instruction) == ((), True)
    assert "coordinates-contradict-commune" in codes(answer)
    assert "Le point est dans la commune de Cusset (03095)." in answer.reasons[1].message
    assert answer.evidence["commune"]["point_tells"] == "03095"
    assert [dataset["kind"] for dataset in answer.datasets] == ["communes", "contours"]


def test_the_control_without_contours_the_same_place_is_a_silent_quota(tmp_path: Path) -> None:
    answer = index_of(tmp_path).classify(Site("03310", *AT_CUSSET[::-1]), RULE)
    assert (answer.zones, answer.needs_instruction) == (("outside-urban",), False)


@pytest.mark.parametrize(
    ("metres", "fault"), [(0, None), (1_100, None), (1_300, "contradict-commune")]
)
def test_an_honest_place_at_the_simplified_edge_is_not_elsewhere(
    tmp_path: Path, metres: float, fault: str | None
) -> None:
    """The edge is 1 061 m north of the middle: half the diagonal of 1 500 m."""
    index = index_of(tmp_path, contours=geojson(commune("03310", AT_VICHY, 1_500)))
    assert index.classify(Site("03310", *beside(AT_VICHY, metres)), RULE).facts.qpv.fault == fault


def test_a_merged_commune_is_where_any_of_its_former_communes_was_drawn(tmp_path: Path) -> None:
    arbignieu, saint_bois = (5.6486, 45.7311), (5.7013, 45.7021)
    older = geojson(commune("01015", arbignieu), commune("01340", saint_bois))
    index = index_of(tmp_path, contours=older)
    for code in ("01015", "01340"):
        for at in (arbignieu, saint_bois):
            assert index.classify(Site(code, *at[::-1]), RULE).facts.qpv.fault is None
    assert (
        index.classify(Site("01015", *AT_VICHY[::-1]), RULE).facts.qpv.fault == "contradict-commune"
    )


def test_where_the_commune_is_not_drawn_the_town_halls_tell(tmp_path: Path) -> None:
    grid = "insee_com,lib_com,densite7,lon,lat\n31555,Toulouse,1,1.44,43.60\n"
    index = index_of(tmp_path, contours=BOTH, grid=grid)
    assert index.classify(Site("31555", 43.62, 1.45), RULE).facts.qpv.fault is None
    assert index.classify(Site("31555", 44.60, 1.45), RULE).facts.qpv.fault == "contradict-commune"


def test_files_of_departments_add_up_and_a_newer_contour_replaces_an_older_one(
    tmp_path: Path,
) -> None:
    engine = new_store(tmp_path)
    put(
        engine,
        tmp_path,
        "a",
        geojson(commune("03310", AT_CUSSET), commune("31555", (1.44, 43.6))),
        dated="2019-01-01",
    )
    put(engine, tmp_path, "b", geojson(commune("03310", AT_VICHY)), dated="2020-01-01")
    index = TerritoryIndex.load(engine)
    faults = [
        index.classify(Site(code, *at[::-1]), RULE).facts.qpv.fault
        for code, at in (("03310", AT_VICHY), ("03310", (3.6, 46.3)), ("31555", (1.44, 43.6)))
    ]
    assert faults == [None, "contradict-commune", None]


def test_a_point_alone_is_told_its_commune_and_given_no_zone_by_it(tmp_path: Path) -> None:
    answer = index_of(tmp_path, contours=BOTH).classify(Site(None, *AT_VICHY[::-1]), RULE)
    assert (answer.commune_code, answer.zones) == (None, ())
    assert "Le point est dans la commune de Vichy (03310)." in answer.reasons[0].message


def test_what_is_imported_is_stored_as_it_was_read(tmp_path: Path) -> None:
    (imported,) = put(new_store(tmp_path), tmp_path, "communes.geojson", BOTH)
    held = imported.dataset
    assert held.id == f"contours-{held.sha256[:8]}"
    assert (held.source, held.row_count, held.coverage) == (
        "IGN, contours des communes",
        2,
        ("03",),
    )
