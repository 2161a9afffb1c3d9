"""The invented files: valid on the wire, alone with their marks, and the same for the same seed."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.home.programme_copy import SHIPPED
from deploy.rehearsal.applicants import Applicant, Inventor, Mix, best_mark_sum, siret_of
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.identity import is_siret
from shared.programme import Programme, load_programme
from shared.reference.communes import load_communes

URBAN = ("METRO", "MET69")


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme(SHIPPED)


@pytest.fixture(scope="module")
def files(programme: Programme) -> list[Applicant]:
    inventor = Inventor(programme, "test")
    return [file for wave in programme.waves for file in inventor.wave(wave.id, Mix())]


def test_given_the_shipped_mix_then_more_than_nine_hundred_files_are_valid_on_the_wire(
    files: list[Applicant],
) -> None:
    assert len(files) >= 900
    for file in files:
        assert CandidatureSubmitted.model_validate(file.file).candidature_id == file.candidature_id


def test_no_two_files_share_an_id_or_a_siret_and_every_siret_is_valid(
    files: list[Applicant],
) -> None:
    assert (
        len({file.candidature_id for file in files})
        == len({file.siret for file in files})
        == len(files)
    )
    assert all(is_siret(file.siret) for file in files)


@given(st.integers(0, 500_000))
def test_every_number_gives_a_valid_siret(number: int) -> None:
    assert is_siret(siret_of(number))


def test_every_file_asks_for_what_the_programme_allows(
    files: list[Applicant], programme: Programme
) -> None:
    award = programme.award
    for file in files:
        asked = file.file["budget"]["requested_cents"]
        assert len(asked) == award.years
        assert max(asked) <= award.yearly_cap_cents
        assert award.floor_cents <= sum(asked) <= award.ceiling_cents


def test_a_file_outside_the_urban_centres_lies_outside_any_metropole_and_every_other_in_one(
    files: list[Applicant],
) -> None:
    communes = load_communes()
    for file in files:
        commune = communes.get(file.file["place"]["commune_code"])
        assert commune
        assert ("outside-urban" in file.zones) == (commune.epci_nature not in URBAN)
        assert ("qpv" in file.zones) == (file.file["place"]["declared_qpv"] is not None)


def test_no_two_files_of_a_wave_have_the_same_marks_so_that_the_order_of_arrival_decides_nothing(
    files: list[Applicant], programme: Programme
) -> None:
    for wave in programme.waves:
        profiles = Counter(
            tuple(sum(marks[c.id] for marks in file.marks) for c in programme.criteria)
            for file in files
            if file.wave == wave.id
        )
        assert max(profiles.values()) == 1
        assert max(map(sum, profiles)) <= best_mark_sum(programme)


def test_two_reviewers_are_never_so_far_apart_that_a_third_is_asked_for(
    files: list[Applicant], programme: Programme
) -> None:
    for file in files:
        totals = [sum(marks.values()) for marks in file.marks]
        assert max(totals) - min(totals) < programme.reviews.discrepancy_marks
        assert all(
            0 <= mark <= programme.reviews.mark_max
            for marks in file.marks
            for mark in marks.values()
        )


def test_given_the_same_seed_then_the_same_files_and_given_another_then_others(
    programme: Programme,
) -> None:
    wave, mix = programme.waves[0].id, Mix(3, 3, 1, 1)
    once, again, other = (Inventor(programme, seed).wave(wave, mix) for seed in ("a", "a", "b"))
    assert once == again
    assert [file.file for file in once] != [file.file for file in other]


def test_each_zone_has_more_good_files_in_each_wave_than_it_needs(
    files: list[Applicant], programme: Programme
) -> None:
    """A quota can only fill if enough files of its zone pass the mark."""
    for wave in programme.waves:
        for zone, quota in programme.quotas.items():
            good = [f for f in files if f.wave == wave.id and zone in f.zones and _score(f) >= 20]
            assert len(good) > quota // len(programme.waves)


def _score(file: Applicant) -> int:
    return sum(sum(marks.values()) for marks in file.marks)


def test_ids_tell_the_time_of_their_wave(files: list[Applicant], programme: Programme) -> None:
    opened = {wave.id: wave.opens_on for wave in programme.waves}
    for file in files[::50]:
        milliseconds = int(file.candidature_id.replace("-", "")[:12], 16)
        assert datetime.fromtimestamp(milliseconds / 1000, UTC).date() >= opened[file.wave]
