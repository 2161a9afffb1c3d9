"""Files as producers publish them: read whatever their form, versioned, or refused with every reason."""

import contextlib
import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from services.eligibility.datasets import store
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed
from services.eligibility.datasets.reading import parse_bytes
from services.eligibility.domain.territory.dataset import Dataset
from tests.rules.eligibility.territory.territory_samples import (
    DENSITY,
    TOULOUSE,
    district,
    geojson,
    new_store,
    put,
    shapefile_zip,
    square,
)


def only(content: bytes | str, name: str = "file") -> Parsed:
    (parsed,) = parse_bytes(content.encode() if isinstance(content, str) else content, name)
    return parsed


def refusal(content: bytes | str, name: str = "file") -> str:
    with pytest.raises(ImportRefusedError) as caught:
        parse_bytes(content.encode() if isinstance(content, str) else content, name)
    assert caught.value.reasons
    return str(caught.value)


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def levels(parsed: Parsed) -> dict[str, int | None]:
    return {row.code: row.level for row in parsed.communes}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_density_grid_is_read_in_any_usual_form(separator: str, encoding: str) -> None:
    text = "CODGEO;LIBGEO;DENS\n01001;L'Abergement-Clémenciat;6\n2A004;Ajaccio;2\n".replace(
        ";", separator
    )
    parsed = only(gzip.compress(text.encode(encoding)))
    assert parsed.kind == "density"
    assert levels(parsed) == {"01001": 6, "2A004": 2}
    assert parsed.communes[0].name == "L'Abergement-Clémenciat"
    assert ("Windows-1252" in " ".join(parsed.notes)) is (encoding == "cp1252")


def test_insee_s_workbook_is_read_below_its_title_and_its_line_of_labels() -> None:
    grid = workbook(
        Notice=[["Grille communale de densité"]],
        Grille=[
            ["Grille communale de densité à 7 niveaux"],
            [],
            ["Code commune", "Libellé", "Degré de densité de la commune"],
            ["CODGEO", "LIBGEO", "DENS"],
            [1001, "L'Abergement-Clémenciat", 6],
            ["75056", "Paris", "1 - Grands centres urbains"],
        ],
    )
    parsed = only(grid, "grille.xlsx")
    assert levels(parsed) == {"01001": 6, "75056": 1}


def test_urban_units_take_their_size_from_the_sheet_of_units() -> None:
    units = workbook(
        UU2020=[
            ["UU2020", "LIBUU2020", "TUU2017"],
            ["00851", "Paris", 8],
            ["03000", "Hors unité", 0],
        ],
        Composition=[
            ["CODGEO", "LIBGEO", "UU2020"],
            ["75056", "Paris", "00851"],
            ["03001", "Abrest", "03000"],
        ],
    )
    assert levels(only(units)) == {"75056": 8, "03001": 0}
    assert "size class" in refusal("CODGEO;LIBGEO;UU2020\n75056;Paris;00851\n")


def test_the_table_of_belonging_gives_urban_units_and_attraction_areas() -> None:
    text = "CODGEO;LIBGEO;UU2020;TUU2017;AAV2020;CATEAAV2020\n75056;Paris;00851;8;001;11\n"
    assert [parsed.kind for parsed in parse_bytes(text.encode(), "f.csv")] == ["urban-unit", "aav"]


def test_the_official_geographic_code_gives_the_commune_in_force() -> None:
    rows = ("COM,01015,84,Arboys,", "COMD,01015,,Arbignieu,01015", "COMD,01340,,S,01015")
    text = "\n".join(["TYPECOM,COM,REG,LIBELLE,COMPARENT", *rows, ""])
    parsed = only(text)
    assert {row.code: row.codes for row in parsed.communes} == {"01015": "", "01340": "01015"}


def test_a_list_of_codes_by_commune_is_told_by_its_generation() -> None:
    parsed = only(
        "insee_com,lib_com,qpv_codes\n31555,Toulouse,QN03101M QN03102M\n31555,Toulouse,QN03103M\n"
    )
    assert (parsed.kind, parsed.generation) == ("qpv-communes", "2024")
    assert parsed.communes[0].codes == "QN03101M QN03102M QN03103M"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        ("insee_com;densite7\n", "empty"),
        ("a;b\n1;2\n", "columns not recognised"),
        ("insee_com;densite7\n31555;9\n", "not 1 to 7"),
        ("insee_com;densite7\n31555;1\n31555;2\n", "twice"),
        ("insee_com;densite7\n" + "abc;1\n" * 10 + "31555;1\n", "without a valid commune code"),
        ('{"type": "FeatureCollection", "features": []}', "no perimeter"),
        ('{"type": "FeatureCollection", "features": [{}]}', "no perimeter"),
        ('{"type": "Topology"}', "FeatureCollection"),
        ('{"type": ', "malformed"),
        (b"PK\x03\x04rien", "damaged"),
        (b"\x1f\x8brien", "damaged"),
        (b"\x81\x00\x00\x8f", "neither UTF-8"),
        ("insee_com,qpv_codes\n31555,QP031001 QN03101M\n", "two generations"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(
    content: bytes | str, words: str
) -> None:
    assert words in refusal(content)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "geometry", "coordinates", "code_qp"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SHAPES = st.sampled_from(
    ["Polygon", "MultiPolygon", "Point", "LineString", "GeometryCollection", "Autre"]
)
GEOMETRIES = ANY_JSON | st.fixed_dictionaries({"type": SHAPES, "coordinates": ANY_JSON})
FEATURES = ANY_JSON | st.fixed_dictionaries(
    {"properties": ANY_JSON | st.just({"code_qp": "QP031001"}), "geometry": GEOMETRIES}
)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(ImportRefusedError):
        parse_bytes(content, "file")


@given(st.lists(FEATURES, max_size=3), ANY_JSON)
def test_whatever_geojson_comes_it_is_read_or_refused(features: list[object], crs: object) -> None:
    document = {"type": "FeatureCollection", "features": features, "crs": crs}
    with contextlib.suppress(ImportRefusedError):
        parse_bytes(json.dumps(document).encode(), "file")


def test_a_grid_of_three_levels_is_not_taken_for_one_of_seven() -> None:
    rows = "".join(f"{n:05};{n % 3 + 1}\n" for n in range(1_000, 7_000))
    assert "7 levels" in refusal("insee_com;densite\n" + rows)


def test_repeated_rows_and_rows_without_a_code_are_dropped_and_told() -> None:
    parsed = only("insee_com;densite7\n31555;1\n31555;1\n;\nSource : INSEE;\n")
    assert levels(parsed) == {"31555": 1}
    assert "repeated" in parsed.notes[1] and "without a commune code" in parsed.notes[0]


def test_an_invalid_perimeter_is_repaired_and_counted() -> None:
    bow_tie = [[1.44, 43.60], [1.45, 43.61], [1.45, 43.60], [1.44, 43.61], [1.44, 43.60]]
    parsed = only(geojson(district("QP031001", bow_tie), district("QP031002", square(*TOULOUSE))))
    assert parsed.repaired_count == 1
    assert all(shapely.is_valid(perimeter.geometry) for perimeter in parsed.perimeters)
    assert parsed.perimeters[0].geometry.area == pytest.approx(0.01 * 0.01 / 2)


def test_swapped_coordinates_are_seen_and_put_right() -> None:
    swapped = [[latitude, longitude] for longitude, latitude in square(*TOULOUSE)]
    parsed = only(geojson(district("QP031001", swapped)))
    assert "swapped in 1" in parsed.notes[0]
    assert parsed.perimeters[0].geometry.contains(shapely.Point(*TOULOUSE))


def test_both_generations_and_property_names_are_read() -> None:
    new = district("QN03101M", square(*TOULOUSE))
    new["properties"] = {
        "CODE_QP": "QN03101M",
        "LIB_QP": "Les Izards",
        "INSEE_COM": "31555, 31069",
        "INSEE_DEP": "31",
    }
    (perimeter,) = only(geojson(new)).perimeters
    assert (perimeter.name, perimeter.department, perimeter.communes) == (
        "Les Izards",
        "31",
        ("31069", "31555"),
    )
    assert only(geojson(new)).generation == "2024"
    assert "generations" in refusal(geojson(new, district("QP031001", square(*TOULOUSE))))
    assert "row 1: Q12 is no QPV code" in refusal(geojson(district("Q12", square(*TOULOUSE))))


@pytest.mark.parametrize(
    ("code", "department"),
    [("QP066007", "66"), ("QP02A001", "2A"), ("QP971001", "971"), ("QN97403M", "974")],
)
def test_the_department_is_in_the_code_where_no_property_gives_it(
    code: str, department: str
) -> None:
    feature = district(code, square(*TOULOUSE), commune="")
    assert only(geojson(feature)).departments == (department,)


def test_parts_of_one_perimeter_are_joined_and_none_is_lost() -> None:
    parts = [district("QP031001", square(x, 43.6)) for x in (1.40, 1.44)]
    parsed = only(geojson(*parts))
    assert len(parsed.perimeters) == 1
    assert parsed.perimeters[0].geometry.geom_type == "MultiPolygon"
    assert "joined" in parsed.notes[0]


@pytest.mark.parametrize(
    ("stated", "department"), [("031", "31"), ("001", "01"), ("2a", "2A"), ("971", "971")]
)
def test_a_department_that_is_stated_with_a_zero_too_many_is_the_same(
    stated: str, department: str
) -> None:
    feature = district("QP031001", square(*TOULOUSE), code_departement=stated)
    assert only(geojson(feature)).departments == (department,)


def test_a_department_with_an_unreadable_perimeter_is_not_covered() -> None:
    lost = {**district("QP034001", commune="34172"), "geometry": None}
    parsed = only(geojson(district("QP031001", square(*TOULOUSE)), lost))
    assert parsed.departments == ("31",)
    assert "QP034001" in parsed.notes[0]


@pytest.mark.parametrize("epsg", [2154, 4326, 3857])
def test_a_zipped_shapefile_is_read_in_the_projection_it_names(epsg: int) -> None:
    parsed = only(shapefile_zip(epsg, {"QP031001": square(*TOULOUSE)}))
    assert parsed.perimeters[0].name == "Quartier de l'Étang"
    expected = shapely.Polygon(square(*TOULOUSE))
    assert parsed.perimeters[0].geometry.symmetric_difference(expected).area < expected.area * 1e-4


@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [
        ("utf-8", ""), ("utf-8", "UTF-8"), ("utf-8", "65001"), ("cp1252", ""), ("cp1252", "88591"),
        ("cp1252", "UTF-8"),
        ("cp1252", "ANSI 1252"), ("latin-1", "ISO 88591"), ("latin-1", "ISO-8859-1"), ("cp1252", "1252"),
        ("iso8859-15", "ISO 8859-15"), ("iso8859-15", "885915"), ("cp850", "OEM 850"), ("cp1252", "Klingon"),
    ],
)  # fmt: skip
def test_a_shapefile_is_read_in_whatever_encoding_its_producer_uses(
    encoding: str, cpg: str
) -> None:
    parsed = only(shapefile_zip(2154, {"QP031001": square(*TOULOUSE)}, encoding=encoding, cpg=cpg))
    assert parsed.perimeters[0].name == "Quartier de l'Étang"


COLUMNS = [
    ("code_quartier", "quartier_prioritaire", "code_insee", "departement"),  # Opendatasoft
    ("CODE_QP", "NOM_QP", "INSEE_COM", "INSEE_DEP"),
    ("code_qp", "lib_qp", "insee_com", "insee_dep"),
    ("qpv_code", "qpv_nom", "codgeo", "dep"),
    ("Code du quartier", "Nom du quartier", "Code commune", "Code département"),
    ("code_quartier_prioritaire", "nom_quartier_prioritaire", "code_commune", "num_dep"),
]


@pytest.mark.parametrize("names", COLUMNS, ids=[names[0] for names in COLUMNS])
def test_the_column_names_of_every_public_copy_are_known(names: tuple[str, str, str, str]) -> None:
    feature = district("QP031001", square(*TOULOUSE))
    feature["properties"] = dict(zip(names, ("QP031001", "Les Izards", "31555", "31"), strict=True))
    (perimeter,) = only(geojson(feature)).perimeters
    assert (perimeter.code, perimeter.name) == ("QP031001", "Les Izards")
    assert (perimeter.communes, perimeter.department) == (("31555",), "31")


def test_a_file_without_a_column_of_codes_is_told_the_columns_it_has() -> None:
    feature = district("QP031001", square(*TOULOUSE))
    feature["properties"] = {"zone": "1", "intitulé": "x"}
    told = refusal(geojson(feature))
    assert "found: intitule, zone" in told
    assert "generations" not in told
    assert "found: a, b" in refusal("a;b\n1;2\n")


def test_each_row_has_one_true_reason() -> None:
    """A code that is missing is of no generation: it is not told to be mixed with another."""
    lost = district("QP031002", square(*TOULOUSE))
    lost["properties"]["code_qp"] = None
    features = [lost, district("Q12", square(*TOULOUSE)), district("QP031001", square(*TOULOUSE))]
    with pytest.raises(ImportRefusedError) as caught:
        parse_bytes(geojson(*features), "qpv.geojson")
    assert [reason.partition(" (")[0] for reason in caught.value.reasons] == [
        "row 1: no QPV code",
        "row 2: Q12 is no QPV code",
    ]


def test_an_overseas_shapefile_is_read_in_its_own_projection() -> None:
    reunion = 55.45, -20.89
    parsed = only(shapefile_zip(2975, {"QP974001": square(*reunion)}))
    assert parsed.perimeters[0].geometry.contains(shapely.Point(*reunion))


def test_a_zip_of_other_files_is_opened_and_a_useless_one_refused() -> None:
    def zipped(name: str, content: bytes) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(name, content)
        return stream.getvalue()

    assert only(zipped("grille.csv", DENSITY.encode())).kind == "density"
    assert (
        only(zipped("qpv.geojson", geojson(district("QP031001", square(*TOULOUSE))))).kind == "qpv"
    )
    assert "holds no" in refusal(zipped("lisez-moi.pdf", b"%PDF"))


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    (first,) = put(engine, tmp_path, "grille.csv", DENSITY, version="2025", valid_from="2020-01-01")
    with engine.begin() as connection:
        before = store.stamp(connection)
    (again,) = put(engine, tmp_path, "autre-nom.csv", DENSITY)
    assert (first.new, again.new, again.dataset) == (True, False, first.dataset)
    with engine.begin() as connection:
        assert store.stamp(connection) == before


def test_a_version_keeps_its_provenance(tmp_path: Path) -> None:
    (imported,) = put(
        new_store(tmp_path),
        tmp_path,
        "qpv.geojson",
        geojson(district("QP031001", square(*TOULOUSE))),
    )
    held = imported.dataset
    assert held.id == f"qpv-2014-{held.sha256[:8]}"
    assert (held.version, held.licence, held.row_count) == ("qpv.geojson", "Licence Ouverte 2.0", 1)
    assert (held.valid_from, held.valid_to, held.coverage) == ("2015-01-01", "2023-12-31", ("31",))


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    with pytest.raises(ImportRefusedError):
        put(engine, tmp_path, "grille.csv", json.dumps([]))
    with engine.begin() as connection:
        assert store.datasets(connection) == []


def test_a_failure_while_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    twice = parse_bytes(DENSITY.encode(), "grille.csv")[0]
    twice.communes.append(twice.communes[0])
    about = {name: "" for name in Dataset.__slots__ if name != "serial"}
    with pytest.raises(IntegrityError, match=r"(?i)unique"), engine.begin() as connection:
        store.add(connection, twice, {**about, "row_count": 5, "repaired_count": 0})
    with engine.begin() as connection:
        assert store.datasets(connection) == []
        assert store.commune_rows(connection, 1) == []
