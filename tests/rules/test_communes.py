"""The commune table: what it finds, and that it is rebuilt to the same bytes."""

import csv
import gzip
import os
from pathlib import Path

import pytest

from shared.reference import load_communes
from shared.reference.communes import TABLE
from shared.reference.rebuild import compressed, table_rows

REFERENCE_DATA = Path(os.environ.get("REFERENCE_DATA", "../shared/data"))


def test_a_commune_in_force_is_found_with_its_grouping() -> None:
    vichy = load_communes().get("03310")
    assert vichy is not None
    assert (vichy.name, vichy.department, vichy.region, vichy.epci_nature) == (
        "Vichy",
        "03",
        "84",
        "CA",
    )
    assert vichy.population is not None and vichy.population > 20_000


@pytest.mark.parametrize(
    ("code", "current"),
    [(f"751{n:02}", "75056") for n in range(1, 21)]
    + [(f"6938{n}", "69123") for n in range(1, 10)]
    + [(f"132{n:02}", "13055") for n in range(1, 17)],
)
def test_an_arrondissement_leads_to_its_commune(code: str, current: str) -> None:
    assert load_communes().resolve(code) == current


def test_a_merged_commune_leads_to_the_commune_in_force() -> None:
    communes = load_communes()
    assert communes.resolve("01340") == "01015"
    assert communes.resolve("49069") == "49126"
    arboys = communes.get("01340")
    assert arboys is not None and arboys.name == "Arboys en Bugey"


def test_every_former_code_leads_to_a_commune_in_force_and_is_not_one_itself() -> None:
    communes = load_communes()
    in_force = {commune.code for commune in communes}
    former = communes.former_codes
    assert set(former.values()) <= in_force
    assert not set(former) & in_force
    assert len(in_force) == len(communes) == 34_969


def test_an_unknown_code_is_not_found() -> None:
    communes = load_communes()
    assert communes.get("99999") is None
    assert communes.resolve("") is None
    assert "75101" in communes
    assert "00000" not in communes


def test_an_island_commune_outside_any_grouping_has_no_nature() -> None:
    brehat = load_communes().get("22016")
    assert brehat is not None
    assert (brehat.epci, brehat.epci_nature) == (None, None)


def test_the_metropoles_are_the_twenty_two_of_the_law() -> None:
    metropoles = {c.epci_name for c in load_communes() if c.epci_nature in ("METRO", "MET69")}
    assert len(metropoles) == 22
    assert {
        "Métropole de Lyon",
        "Métropole du Grand Paris",
        "Métropole d'Aix-Marseille-Provence",
    } <= metropoles


def test_the_table_is_written_to_the_same_bytes_each_time() -> None:
    rows = list(csv.reader(gzip.decompress(TABLE.read_bytes()).decode().splitlines()))[1:]
    assert compressed(rows) == compressed(rows)
    assert TABLE.read_bytes()[4:8] == b"\0\0\0\0"
    assert rows == sorted(rows)


def test_a_code_that_two_communes_claim_goes_to_the_one_it_is_part_of_today() -> None:
    def current(code: str, former: list[str]) -> dict[str, object]:
        place = {"nom": code, "departement": "55", "region": "44", "anciensCodes": former}
        return {"code": code, "type": "commune-actuelle", **place}

    part = {"code": "55273", "nom": "Lamarche", "type": "commune-associee", "chefLieu": "55386"}
    rows = table_rows([current("55245", ["55273"]), current("55386", []), part], [])
    assert [row[-1] for row in rows if row[0] == "55273"] == ["55386"]
    shared = table_rows([current("55245", ["55999"]), current("55386", ["55999"])], [])
    assert not [row for row in shared if row[0] == "55999"]


def test_the_communes_of_the_real_laureates_are_all_found() -> None:
    laureates = REFERENCE_DATA / "fabriques-waves-1-3.csv"
    if not laureates.exists():
        pytest.skip(f"{laureates} is absent: set REFERENCE_DATA to the folder that holds it")
    with laureates.open(encoding="utf-8", newline="") as stream:
        codes = [row["insee_com"] for row in csv.DictReader(stream)]
    assert len(codes) == 170
    assert [code for code in codes if code not in load_communes()] == []
