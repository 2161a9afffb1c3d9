"""What a programme asks of the data and nobody has imported is told to operators, with the file's line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.eligibility import app
from services.eligibility.domain.territory.dataset import DENSITY, QPV, URBAN_UNIT, Dataset
from services.eligibility.domain.territory.lacks import lacking, unknown_name
from services.eligibility.tools.territory.commands import territory
from shared.kit.settings import Settings
from shared.programme import Programme, ProgrammeInvalid
from shared.programme.model import UrbanRule
from tests.conftest import SHIPPED_PROGRAMME
from tests.databases import kept_in
from tests.rules.eligibility.given import PROGRAMME
from tests.rules.eligibility.territory.given import dataset
from tests.rules.eligibility.territory.territory_samples import DENSITY as GRID
from tests.rules.eligibility.territory.territory_samples import put

SHIPPED = SHIPPED_PROGRAMME.read_text(encoding="utf-8")
RUN = CliRunner()


def asking(**changes: object) -> Programme:
    return PROGRAMME.model_copy(
        update={"territory": PROGRAMME.territory.model_copy(update=changes)}
    )


def places(datasets: list[Dataset], programme: Programme) -> list[str]:
    return [".".join(map(str, place)) for place, _ in lacking(datasets, programme)]


def line_of(key: str) -> int:
    return next(n for n, line in enumerate(SHIPPED.splitlines(), 1) if line.startswith(key))


def test_given_no_name_then_nothing_is_unknown() -> None:
    assert unknown_name([], asking(density_dataset="")) is None


def test_given_the_named_version_or_id_then_nothing_is_unknown() -> None:
    grid = dataset(1, DENSITY)
    for name in (grid.version, grid.id):
        assert unknown_name([grid], asking(density_dataset=name)) is None


@pytest.mark.parametrize(
    ("held", "known"),
    [
        ([], "known: none"),
        ([dataset(1, DENSITY)], "known: v1"),
        ([dataset(1, DENSITY), dataset(2, DENSITY, version="2024")], "known: v1, 2024)"),
        ([dataset(1, DENSITY, version="2025", retired_at="2021-01-01")], "known: none"),
        ([dataset(1, QPV, version="2025")], "known: none"),
    ],
)
def test_given_no_grid_of_that_name_then_it_is_unknown_and_those_that_are_known_are_told(
    held: list[Dataset], known: str
) -> None:
    found = unknown_name(held, asking(density_dataset="2025"))
    assert found
    place, told = found
    assert place == ("territory", "density_dataset")
    assert "no density grid 2025" in told and known in told and "--version 2025" in told


def test_given_a_rule_that_reads_a_kind_then_a_dataset_valid_on_each_waves_last_day_is_needed() -> (
    None
):
    perimeters = dataset(9, QPV)
    for rule, kind in ((UrbanRule.DENSITY, DENSITY), (UrbanRule.URBAN_UNIT, URBAN_UNIT)):
        assert places([perimeters], asking(urban_rule=rule)) == ["territory.urban_rule"]
        assert places([perimeters, dataset(1, kind)], asking(urban_rule=rule)) == []
    later = dataset(1, DENSITY, valid_from="2021-01-01")
    [(_, told)] = lacking([perimeters, later], asking(urban_rule=UrbanRule.DENSITY))
    assert "the end of 2020-4:" in told


@pytest.mark.parametrize("rule", [UrbanRule.BEST, UrbanRule.EPCI])
def test_given_a_rule_that_groupings_answer_then_no_grid_is_lacking(rule: UrbanRule) -> None:
    assert places([dataset(9, QPV)], asking(urban_rule=rule)) == []


def test_given_a_name_that_is_unknown_then_it_is_told_once_and_as_a_name() -> None:
    programme = asking(urban_rule=UrbanRule.DENSITY, density_dataset="2025")
    assert places([dataset(9, QPV)], programme) == ["territory.density_dataset"]


def test_given_no_perimeters_of_the_generation_then_they_are_lacking() -> None:
    other = dataset(1, QPV, generation="2024")
    retired = dataset(2, QPV, retired_at="2021-01-01")
    assert places([other, retired], PROGRAMME) == ["territory.qpv_generation"]
    assert places([other], asking(qpv_generation="2024")) == []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose programme names a grid, and that has another."""
    for name in ("FABRIQUES_ELIGIBILITY_DATABASE_URL", "FABRIQUES_PROGRAMME_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FABRIQUES_HOME", str(tmp_path))
    text = SHIPPED.replace('density_dataset = "" ', 'density_dataset = "2025" ')
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    put(kept_in(tmp_path, "eligibility"), tmp_path, "grid.csv", GRID, version="2024")
    return tmp_path


def test_a_service_whose_programme_names_a_version_that_is_not_imported_does_not_start(
    home: Path,
) -> None:
    """It would answer from nothing, and every place would go to an officer."""
    settings = Settings(home=home, programme_file=home / "programme.toml")
    with pytest.raises(ProgrammeInvalid) as refusal:
        app.build(settings)
    [told] = refusal.value.mistakes
    assert told.startswith(
        f"line {line_of('density_dataset')}: territory.density_dataset: no density grid 2025"
    )
    assert "known: 2024" in told


def test_what_is_lacking_is_told_at_start_and_by_the_list_with_its_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = f"line {line_of('qpv_generation')}: territory.qpv_generation: no perimeters of 2014 are imported"
    assert told in RUN.invoke(territory, ["list"]).output.replace("\n", " ")
    (home / "programme.toml").write_text(SHIPPED, encoding="utf-8")
    app.build(Settings(home=home, programme_file=home / "programme.toml"))
    assert told in capsys.readouterr().out


def test_the_version_that_the_programme_names_is_not_retired(home: Path) -> None:
    (home / "programme.toml").write_text(
        SHIPPED.replace('dataset = "" ', 'dataset = "2024" '), "utf-8"
    )
    [held] = json.loads(RUN.invoke(territory, ["list", "--json"]).output)
    refused = RUN.invoke(territory, ["retire", held["id"]])
    assert refused.exit_code == 1 and "names 2024 (territory.density_dataset)" in refused.output
    (home / "programme.toml").write_text(SHIPPED, encoding="utf-8")
    assert RUN.invoke(territory, ["retire", held["id"]]).exit_code == 0
