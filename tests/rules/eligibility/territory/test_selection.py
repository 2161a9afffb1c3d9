"""Which version of a dataset answers: the one the programme names, else the newest that holds on the day."""

from dataclasses import replace
from datetime import date

import pytest

from services.eligibility.domain.territory import selection
from services.eligibility.domain.territory.dataset import (
    COMMUNES,
    DENSITY,
    QPV,
    QPV_COMMUNES,
    URBAN_UNIT,
    DatasetRef,
)
from services.eligibility.domain.territory.facts import Rule
from tests.rules.eligibility.given import PROGRAMME
from tests.rules.eligibility.territory.given import BY_DENSITY, BY_EPCI, BY_UNIT, dataset

BEST = replace(BY_DENSITY, urban="best")
THAT_DAY = replace(BY_DENSITY, day=date(2021, 3, 30))
RETIRED = {"retired_at": "2021-01-01"}


def test_a_wave_is_judged_by_the_programmes_rule_on_its_last_day() -> None:
    wave = PROGRAMME.waves[0]
    rule = selection.rule_for(PROGRAMME, wave)
    territory = PROGRAMME.territory
    assert rule == Rule(
        urban=territory.urban_rule.value,
        near_metres=territory.near_metres,
        qpv_generation=territory.qpv_generation,
        density_dataset=territory.density_dataset,
        day=wave.closes_on,
        zones=PROGRAMME.zones,
    )


def test_the_grid_that_the_programme_names_is_the_one_of_its_rule() -> None:
    territory = PROGRAMME.territory.model_copy(update={"density_dataset": "density-1"})
    naming = PROGRAMME.model_copy(update={"territory": territory})
    assert selection.rule_for(naming, naming.waves[0]).density_dataset == "density-1"


def test_a_rehearsal_moves_its_days_and_data_keep_theirs() -> None:
    wave = PROGRAMME.waves[0]
    moved = PROGRAMME.model_copy(update={"moved_days": 400})
    day = selection.rule_for(moved, wave).day
    assert day and (wave.closes_on - day).days == 400


def test_given_two_grids_then_the_newest_by_its_own_day_answers() -> None:
    older = dataset(2, DENSITY, dated="2019-01-01")
    newer = dataset(1, DENSITY, dated="2020-01-01")
    assert selection.urban_dataset([newer, older, dataset(3, URBAN_UNIT)], BY_DENSITY) is newer
    assert selection.urban_dataset([dataset(3, DENSITY, dated="2019-12-31")], BY_UNIT) is None


def test_given_grids_without_a_day_then_the_last_import_answers() -> None:
    first = dataset(1, DENSITY, imported_at="2020-10-02T12:00:00")
    second = dataset(2, DENSITY, imported_at="2020-10-01T12:00:00")
    same_day = dataset(3, DENSITY, imported_at="2020-10-02T09:00:00")
    assert selection.urban_dataset([first, second], BY_DENSITY) is first
    assert selection.urban_dataset([same_day, first, second], BY_DENSITY) is same_day
    dated = dataset(4, DENSITY, dated="2020-10-02", imported_at="2021-01-01T12:00:00")
    assert selection.urban_dataset([dated, first], BY_DENSITY) is dated


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "answers"),
    [
        ("", "", True),
        ("2021-03-30", "", True),
        ("2021-03-31", "", False),
        ("", "2021-03-30", True),
        ("", "2021-03-29", False),
        ("2020-01-01", "2022-01-01", True),
    ],
)
def test_a_version_answers_within_its_own_days_both_included(valid_from, valid_to, answers) -> None:
    held = dataset(1, DENSITY, valid_from=valid_from, valid_to=valid_to)
    assert selection.urban_dataset([held], THAT_DAY) is (held if answers else None)
    assert selection.urban_dataset([held], BY_DENSITY) is held


def test_given_a_version_that_the_programme_names_then_it_answers_whatever_its_days() -> None:
    named = dataset(1, DENSITY, valid_to="2000-01-01")
    newer = dataset(2, DENSITY)
    for name in (named.id, named.version):
        assert (
            selection.urban_dataset([named, newer], replace(THAT_DAY, density_dataset=name))
            is named
        )
    assert (
        selection.urban_dataset([named, newer], replace(THAT_DAY, density_dataset="other")) is None
    )


def test_the_name_of_a_grid_does_not_choose_among_urban_units() -> None:
    unit = dataset(1, URBAN_UNIT)
    assert selection.urban_dataset([unit], replace(BY_UNIT, density_dataset="density-9")) is unit


def test_given_a_retired_version_then_it_answers_nothing_any_more() -> None:
    for kind in (DENSITY, QPV, QPV_COMMUNES, COMMUNES):
        held = [dataset(1, kind, coverage=("03",), **RETIRED)]
        assert selection.urban_dataset(held, BY_DENSITY) is None
        assert selection.qpv_departments(held, BY_DENSITY) == {}
        assert selection.qpv_list(held, BY_DENSITY) is None
        assert selection.newest(held, kind) is None


def test_the_best_rule_is_the_density_grid_where_one_applies_and_the_groupings_until_then() -> None:
    day = date(2021, 3, 30)
    grid = dataset(1, DENSITY, valid_from="2022-01-01")
    assert selection.effective([grid], BEST) == BY_DENSITY
    assert selection.effective([grid], replace(BEST, day=day)) == replace(BY_EPCI, day=day)
    assert selection.effective([], BY_UNIT) == BY_UNIT


def test_regional_perimeters_add_up_and_newer_ones_replace_older_ones() -> None:
    region = dataset(1, coverage=("03", "63"), dated="2020-01-01")
    newer = dataset(2, coverage=("03",), dated="2020-06-01")
    other_generation = dataset(3, coverage=("03",), dated="2024-01-01", generation="2024")
    found = selection.qpv_departments([newer, other_generation, region], BY_DENSITY)
    assert found == {"03": newer, "63": region}


def test_a_list_of_qpv_by_commune_answers_for_its_generation_alone() -> None:
    listed = dataset(1, QPV_COMMUNES)
    assert (
        selection.qpv_list([listed, dataset(2, QPV_COMMUNES, generation="2024")], BY_DENSITY)
        is listed
    )


def test_the_newest_of_a_kind_is_found() -> None:
    newer = dataset(2, COMMUNES, dated="2021-01-01")
    assert (
        selection.newest(
            [newer, dataset(1, COMMUNES, dated="2020-01-01"), dataset(3, DENSITY)], COMMUNES
        )
        is newer
    )


def test_a_dataset_is_named_in_evidence_by_its_id_version_source_and_digest() -> None:
    ref = dataset(1).ref
    assert ref == DatasetRef("qpv-1", "qpv", "v1", "ANCT", "LO", "1")
    assert ref.as_evidence() == {
        "id": "qpv-1",
        "kind": "qpv",
        "version": "v1",
        "source": "ANCT",
        "sha256": "1",
    }
