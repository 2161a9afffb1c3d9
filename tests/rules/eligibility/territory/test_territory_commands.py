"""The officers' commands, run as they run them."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.eligibility.datasets.store import datasets
from services.eligibility.tools.territory.commands import territory
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.eligibility.territory.territory_samples import (
    DENSITY,
    TOULOUSE,
    commune,
    district,
    geojson,
    square,
)

RUN = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FABRIQUES_HOME", str(tmp_path / "var"))
    for name in ("FABRIQUES_ELIGIBILITY_DATABASE_URL", "FABRIQUES_PROGRAMME_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "grid.csv").write_text(DENSITY + "31069;Blagnac;2\n", encoding="utf-8")
    (tmp_path / "qpv.geojson").write_bytes(geojson(district("QP031001", square(*TOULOUSE))))
    return tmp_path


def said(*arguments: str, code: int = 0) -> str:
    result = RUN.invoke(territory, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_check_answers_in_the_stated_shape(home: Path) -> None:
    said("import", str(home / "grid.csv"), str(home / "qpv.geojson"))
    answer = json.loads(
        said("check", "--commune", "31555", "--lat", "43.60", "--lon", "1.44", "--json")
    )
    first = ["commune_code", "large_urban_centre", "qpv", "zones", "datasets"]
    assert list(answer) == [*first, "needs_instruction", "reasons"]
    assert [reason["code"] for reason in answer["reasons"]] == ["in-large-urban-centre", "in-qpv"]
    assert answer["large_urban_centre"] is True
    assert answer["qpv"] == {"status": "in", "code": "QP031001", "distance_m": 0.0}
    assert answer["zones"] == ["qpv"]
    assert [dataset["kind"] for dataset in answer["datasets"]] == ["communes", "density", "qpv"]


def test_what_is_imported_goes_where_the_service_finds_its_database(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In containers its URL is a file of a folder of secrets, and no variable."""
    (home / "secrets").mkdir()
    url = f"sqlite:///{home / 'elsewhere.db'}"
    (home / "secrets" / "fabriques_eligibility_database_url").write_text(url, encoding="utf-8")
    monkeypatch.setenv("FABRIQUES_SECRETS", str(home / "secrets"))
    said("import", str(home / "grid.csv"))
    engine = open_engine(Settings().database_url("eligibility"))
    assert engine.url.database == str(home / "elsewhere.db")
    with engine.connect() as connection:
        assert [dataset.kind for dataset in datasets(connection)] == ["density"]
    engine.dispose()
    monkeypatch.delenv("FABRIQUES_SECRETS")
    assert "No dataset yet" in said("list")


LYON = ["--lat", "45.769", "--lon", "4.8345"]
CONTRADICTIONS = {
    "the address": (
        ["--commune", "69001", "--address", "1 place des Terreaux, 69001 Lyon", *LYON],
        "commune-contradicted",
        ["Affoux", "Lyon (code commune 69123)"],
    ),
    "the point": (
        ["--commune", "69001", *LYON],
        "coordinates-contradict-commune",
        ["Affoux (69001)", "Le point est dans la commune de Lyon (69123)"],
    ),
    "the code itself": (["--commune", "69001"], "commune-doubtful", ["Affoux", "Lyon (69123"]),
}


@pytest.mark.parametrize(
    ("arguments", "code", "names"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_check_tells_which_contradiction_both_readings_and_the_likely_code(
    home: Path, arguments: list[str], code: str, names: list[str]
) -> None:
    squares = geojson(
        commune("69001", (4.414, 45.843), 1_500), commune("69123", (4.835, 45.768), 1_500)
    )
    (home / "communes.geojson").write_bytes(squares)
    said("import", str(home / "communes.geojson"))
    answer = json.loads(said("check", *arguments, "--json"))
    assert (answer["zones"], answer["needs_instruction"]) == ([], True)
    message = next(reason["message"] for reason in answer["reasons"] if reason["code"] == code)
    assert [name for name in names if name not in message] == []
    told = said("check", *arguments)
    assert message in told and f"[{code}]" in told and "an officer must decide" in told


def test_check_follows_the_programme_that_the_platform_of_the_folder_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The programme asks for the groupings, though a grid is imported."""
    said("import", str(home / "grid.csv"))
    shipped = SHIPPED_PROGRAMME.read_text(encoding="utf-8")
    (home / "var").mkdir(exist_ok=True)
    (home / "var" / "programme.toml").write_text(
        shipped.replace('"best" ', '"epci" '), encoding="utf-8"
    )
    assert "tiennent ici lieu" in said("check", "--commune", "31069")
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(SHIPPED_PROGRAMME))
    assert "niveau de densité" in said("check", "--commune", "31069")


def test_check_reads_codes_as_a_filed_place_is_read(home: Path) -> None:
    said("import", str(home / "qpv.geojson"))
    at = ["--lat", "43.60", "--lon", "1.44"]
    answer = json.loads(
        said("check", "--commune", " 31555", *at, "--declared-qpv", "qp031001", "--json")
    )
    assert (answer["qpv"]["status"], answer["qpv"]["code"]) == ("in", "QP031001")
    wrong = said("check", "--commune", "Vichy", "--declared-qpv", "31", code=1)
    assert "--commune is an INSEE code" in wrong and "--declared-qpv is the code of a QPV" in wrong


def test_check_without_data_is_unknown_and_says_so_to_people(home: Path) -> None:
    answer = json.loads(
        said("check", "--commune", "31555", "--lat", "43.60", "--lon", "1.44", "--json")
    )
    assert answer["qpv"] == {"status": "unknown", "code": None, "distance_m": None}
    assert "an officer must decide" in said(
        "check", "--commune", "31555", "--lat", "43.60", "--lon", "1.44"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "--commune"),
        (["check", "--lat", "43.6"], "go together"),
        (["show", "absent"], "is not imported"),
        (["retire", "absent"], "is not imported"),
        (["import", "absent.csv"], "cannot be read"),
        (["import", "absent.csv", "--coverage", "999"], "no such departments"),
        (["import", "absent.csv", "--valid-from", "hier"], "is not a day"),
        (["check", "--commune", "31555", "--programme", "absent.toml"], "absent.toml"),
    ],
)
def test_a_mistake_gives_one_clear_line_and_a_code_that_is_not_zero(
    home: Path, arguments: list[str], words: str
) -> None:
    assert words in said(*arguments, code=1)


def test_import_list_show_and_retire_tell_the_same_version(home: Path) -> None:
    (held,) = json.loads(said("import", str(home / "grid.csv"), "--version", "2025", "--json"))
    assert held["new"] is True
    assert "nothing has changed" in said("import", str(home / "grid.csv"))
    assert [dataset["id"] for dataset in json.loads(said("list", "--json"))] == [held["id"]]
    assert held["id"] in said("list")
    assert json.loads(said("show", "2025", "--json"))["sha256"] == held["sha256"]
    said("retire", held["id"])
    assert json.loads(said("show", held["id"], "--json"))["retired_at"]


def test_a_good_file_is_imported_though_its_neighbour_is_refused(home: Path) -> None:
    (home / "wrong.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    output = said("import", str(home / "wrong.csv"), str(home / "grid.csv"), code=1)
    assert "wrong.csv" in output
    assert len(json.loads(said("list", "--json"))) == 1


class _Page(HTMLParser):
    """What a page fetches, and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.images: list[str | None] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.fetched += [str(named[name]) for name in ("src", "href") if name in named]
        if tag == "svg" and named.get("role") == "img":
            self.images.append(named.get("aria-label"))

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_the_map_is_one_file_that_says_in_text_what_it_shows(home: Path) -> None:
    grid = (
        "insee_com,lib_com,densite7,lon,lat\n"
        "31555,Toulouse,1,1.44,43.60\n97411,Saint-Denis,1,55.45,-20.88\n"
    )
    (home / "grid.csv").write_text(grid, encoding="utf-8")
    laureates = [
        {"name": "<b>Le Hublot</b>", "commune_code": "31555", "wave": 1},
        {"name": "La Réserve", "insee_com": "97411"},
        {"name": "Nulle part", "insee_com": "99999"},
    ]
    (home / "laureates.json").write_text(json.dumps(laureates), encoding="utf-8")
    said("import", str(home / "grid.csv"), str(home / "qpv.geojson"))
    said("map", "--out", str(home / "map.html"), "--laureates", str(home / "laureates.json"))
    text = (home / "map.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.fetched == []
    assert page.images == [
        "France métropolitaine : 1 lauréat, 1 quartier prioritaire",
        "La Réunion : 1 lauréat, 0 quartier prioritaire",
    ]
    assert {"<b>Le Hublot</b>", "La Réserve", "Nulle part"} <= set(page.cells)
    assert "<b>" not in text and "{{" not in text
    assert text.count('class="laureate" cx') == 2 + 1  # the legend has one
