"""Kinds of places and departments of a list, and the tie that a department without a laureate wins."""

from dataclasses import replace

import pytest

from services.funding.domain.selection.sentences import tie_on_department
from services.funding.domain.waves import proposal
from services.funding.domain.waves.argument import arguments
from services.funding.domain.waves.diversity import Share, department_of, shares
from services.funding.domain.waves.explanation import explained
from shared.programme import Programme
from tests.rules.waves import given

DEPARTMENTS_FIRST = given.programme(
    tie_break=("ambition", "new_department", "receipt_sequence"), laureates_max=1
)
ALLIER = given.entry(1, commune_code="03310")
LOZERE = given.entry(2, commune_code="48095")


def listed(programme: Programme, departments: frozenset[str] = frozenset({"03"})) -> given.Listed:
    on = replace(given.basis(ALLIER, LOZERE, rules=programme), departments=departments)
    decision = proposal.propose(on)
    wave = given.one(decision, type(on.wave))
    return given.Listed(replace(on, wave=wave), given.changed(decision, given.Ranking))


@pytest.mark.parametrize(
    ("code", "department"), [("03310", "03"), ("2A004", "2A"), ("97411", "974"), ("98818", "988")]
)
def test_the_department_of_a_commune_is_in_its_code(code: str, department: str) -> None:
    assert department_of(code) == department


def test_of_two_equal_dossiers_the_one_of_a_department_without_a_laureate_comes_first() -> None:
    found = listed(DEPARTMENTS_FIRST)
    assert [place.candidature_id for place in found.rankings] == [
        given.dossier(2),
        given.dossier(1),
    ]
    assert [place.tie_break for place in found.rankings] == [(400, 1, 2), (400, 0, 1)]
    assert proposal.violations_of(found.basis, found.rankings, {}) == ()


def test_where_the_key_is_not_named_the_receipt_decides_as_ever() -> None:
    """The control, to the last bit: the list does not know of departments."""
    plain = given.programme(tie_break=("ambition", "receipt_sequence"), laureates_max=1)
    found = listed(plain)
    assert [place.candidature_id for place in found.rankings] == [
        given.dossier(1),
        given.dossier(2),
    ]
    assert found.wave.digest == listed(plain, departments=frozenset()).wave.digest
    assert "new_department" not in found.rankings[0].criteria


def test_the_verifier_finds_a_list_that_passes_over_the_new_department() -> None:
    found = listed(DEPARTMENTS_FIRST)
    swapped = [replace(place, rank=3 - place.rank) for place in found.rankings]
    assert "rank-order" in {
        fault.code for fault in proposal.violations_of(found.basis, swapped, {})
    }


def test_a_department_that_had_a_laureate_all_along_is_found_by_the_verifier() -> None:
    found = listed(DEPARTMENTS_FIRST)
    true = replace(found.basis, departments=frozenset({"03", "48"}))
    assert "tie-break" in {fault.code for fault in proposal.violations_of(true, found.rankings, {})}


def test_who_lost_the_tie_is_told_and_reads_no_mark_for_a_department() -> None:
    found = listed(DEPARTMENTS_FIRST)
    told = explained(found.wave, found.rankings, given.dossier(1))
    assert tie_on_department(1, is_new=False) in str(told)
    assert "new_department" not in arguments(found.wave, found.rankings)[given.dossier(1)].marks


def test_a_list_is_counted_by_kind_and_department_beside_the_laureates_there_were() -> None:
    first = replace(ALLIER, kinds=("fablab", "coworking"))
    second = replace(LOZERE, kinds=("fablab",))
    found = listed(DEPARTMENTS_FIRST)
    entries = {entry.candidature_id: entry for entry in (first, second)}
    before = [given.entry(9, commune_code="03001", kinds=("living-lab",))]
    kinds, departments = shares(found.rankings, entries, before)
    assert kinds == [
        Share("coworking", 0, 0, 1),
        Share("fablab", 0, 1, 2),
        Share("living-lab", 1, 0, 0),
    ]
    assert departments == [Share("03", 1, 0, 1), Share("48", 0, 1, 1)]
