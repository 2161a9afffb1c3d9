"""Three real calls ship: each file is right, and its rehearsal invents candidatures that it takes."""

from collections import Counter

import pytest

from deploy.rehearsal.applicants import Mix, full_amounts
from deploy.rehearsal.cast import make_cast
from deploy.rehearsal.special import stories_of
from services.intake.domain.amounts import amount_reasons
from shared.contract.frontdesk import CandidatureSubmitted
from shared.programme import load_programme
from tests.conftest import PROGRAMMES, SHIPPED_PROGRAMME

FILES = sorted(PROGRAMMES.glob("*.toml"))
each_call = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_three_calls_ship_with_names_and_prefixes_of_their_own() -> None:
    calls = [load_programme(file) for file in FILES]
    assert len({call.id for call in calls}) == len({call.receipt_prefix for call in calls}) == 3


@each_call
def test_what_no_source_says_is_marked_and_sources_are_named(file) -> None:
    text = file.read_text(encoding="utf-8")
    assert file == SHIPPED_PROGRAMME or ("https://" in text and text.count("assumed") > 5)


@each_call
def test_every_invented_file_is_one_that_the_call_takes(file) -> None:
    programme = load_programme(file)
    cast = make_cast(programme, stories_of(programme), Mix(4, 3, 1, 2), "test")
    for applicant in (*cast.crowd[programme.waves[0].id], cast.latecomer):
        body = CandidatureSubmitted.model_validate(applicant.file)
        assert list(amount_reasons(programme.award, body.budget.requested_cents)) == []
        assert body.holder.legal_form in programme.intake.legal_forms
        assert all(
            name in {criterion.id for criterion in programme.criteria}
            for name in applicant.marks[0]
        )
    assert list(amount_reasons(programme.award, tuple(full_amounts(programme)))) == []


@each_call
def test_a_crowd_lies_in_every_zone_of_its_call(file) -> None:
    programme = load_programme(file)
    cast = make_cast(programme, (), Mix(6, 6, 0, 2), "test")
    found = Counter(zone for one in cast.crowd[programme.waves[0].id] for zone in one.zones)
    assert set(found) == {zone.id for zone in programme.zones}


def test_special_cases_are_played_on_the_call_they_are_cut_to() -> None:
    played = [file for file in FILES if stories_of(load_programme(file))]
    assert played == [SHIPPED_PROGRAMME]
