"""Facts in, answer out: no data is `unknown` with its reason, and goes to an officer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts, Facts, QpvFacts, Rule, Site, UrbanFacts
from services.eligibility.domain.territory.rules import classify
from shared.contract.values import Zone

SOURCE = DatasetRef("communes-6.0.0", "communes", "6.0.0", "etalab", "LO", "00")
GRID = DatasetRef("density-1", "density", "2025", "INSEE", "LO", "11")
PERIMETERS = DatasetRef("qpv-2014-1", "qpv", "2014", "ANCT", "LO", "22")
RULE = Rule(urban="density", near_metres=300, qpv_generation="2014")
VICHY = CommuneFacts("03310", "Vichy", "03", "CA", "CA Vichy Communauté")
LYON = CommuneFacts("69123", "Lyon", "69", "MET69", "Métropole de Lyon")


def answer(urban: UrbanFacts, qpv: QpvFacts, commune: CommuneFacts = VICHY, declared: str | None = None) -> Answer:
    return classify(Site(commune.code, 46.1, 3.4, declared), Facts(commune, urban, qpv, SOURCE), RULE)


def codes(found: Answer) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_given_no_dataset_everything_is_unknown_and_goes_to_an_officer() -> None:
    found = answer(UrbanFacts(), QpvFacts())
    assert (found.large_urban_centre, found.qpv.status, found.zones) == (None, "unknown", ())
    assert codes(found) == ["urban-data-missing", "qpv-data-missing"]
    assert found.needs_instruction


def test_given_one_zone_unknown_and_the_other_yes_the_place_is_eligible_for_the_known_one() -> None:
    outside = answer(UrbanFacts(GRID, frozenset({2})), QpvFacts())
    assert outside.zones == (Zone.OUTSIDE_URBAN,) and not outside.needs_instruction
    inside = answer(UrbanFacts(), QpvFacts(inside=("QP003001",), covered=True, datasets=(PERIMETERS,)))
    assert inside.zones == (Zone.QPV,) and not inside.needs_instruction


@pytest.mark.parametrize("fault", ["swapped", "outside-france", "contradict-commune"])
def test_given_coordinates_that_are_elsewhere_than_the_commune_an_officer_must_decide(fault: str) -> None:
    """The commune alone would make the place eligible, wherever it really is."""
    found = answer(UrbanFacts(GRID, frozenset({2})), QpvFacts(fault=fault))
    assert (found.large_urban_centre, found.zones, found.needs_instruction) == (False, (), True)
    assert codes(found) == ["outside-urban", f"coordinates-{fault}"]


def test_given_a_claim_that_no_dataset_covers_an_officer_must_decide() -> None:
    found = answer(UrbanFacts(GRID, frozenset({1})), QpvFacts(), declared="QP003001")
    assert (found.qpv.status, found.qpv.code, found.zones) == ("claimed", "QP003001", ())
    assert found.needs_instruction and "qpv-claimed" in codes(found)


def test_given_a_claim_of_a_perimeter_that_is_known_the_measure_decides() -> None:
    facts = QpvFacts(
        nearest="QP003001", distance_metres=900.0, covered=True, datasets=(PERIMETERS,), declared_known=True
    )
    found = answer(UrbanFacts(GRID, frozenset({1})), facts, declared="QP003001")
    assert (found.qpv.status, found.needs_instruction) == ("outside", False)
    assert codes(found)[-1] == "qpv-declared-elsewhere"


def test_given_a_claim_of_a_perimeter_that_a_covering_file_does_not_hold_it_stays_a_claim() -> None:
    facts = QpvFacts(nearest="QP003001", distance_metres=900.0, covered=True, datasets=(PERIMETERS,))
    assert answer(UrbanFacts(), facts, declared="QP003999").qpv.status == "claimed"


def test_given_the_grouping_rule_a_metropole_is_a_large_urban_centre_and_says_it_is_an_approximation() -> None:
    rule = Rule(urban="epci", near_metres=300, qpv_generation="2014")
    for commune, urban in ((LYON, True), (VICHY, False)):
        found = classify(Site(commune.code), Facts(commune, UrbanFacts(), QpvFacts(), SOURCE), rule)
        assert found.large_urban_centre is urban
        assert found.evidence["urban"]["approximation"] is True
        assert "approximation" in found.reasons[0].message


def test_given_merged_communes_on_both_sides_of_the_rule_nobody_guesses() -> None:
    found = answer(UrbanFacts(GRID, frozenset({1, 5})), QpvFacts())
    assert found.large_urban_centre is None
    assert codes(found)[0] == "merged-communes-differ"


def test_given_a_commune_newer_than_the_groupings_the_grouping_rule_does_not_know() -> None:
    rule = Rule(urban="epci", near_metres=300, qpv_generation="2014")
    new = CommuneFacts("01999", "Neuve", "01", None, None, epci_known=False)
    found = classify(Site("01999"), Facts(new, UrbanFacts(), QpvFacts(), SOURCE), rule)
    assert found.large_urban_centre is None


def test_the_evidence_names_every_dataset_the_rule_and_the_distance() -> None:
    facts = QpvFacts(nearest="QP003001", distance_metres=299.994, covered=True, datasets=(PERIMETERS,))
    found = answer(UrbanFacts(GRID, frozenset({2})), facts)
    assert [dataset["id"] for dataset in found.evidence["datasets"]] == ["communes-6.0.0", "density-1", "qpv-2014-1"]
    assert found.evidence["qpv"]["distance_m"] == 299.99
    assert found.evidence["urban"]["levels"] == [2]


@given(st.floats(min_value=0, max_value=50_000), st.floats(min_value=0, max_value=5_000))
def test_near_is_at_most_the_limit_whatever_both_are(distance: float, limit: float) -> None:
    rule = Rule(urban="density", near_metres=limit, qpv_generation="2014")
    facts = QpvFacts(nearest="QP003001", distance_metres=distance, covered=True, datasets=(PERIMETERS,))
    found = classify(Site("03310", 46.1, 3.4), Facts(VICHY, UrbanFacts(), facts, SOURCE), rule)
    assert found.qpv.status == ("near" if distance <= limit else "outside")


FACTS = st.builds(
    QpvFacts,
    inside=st.sampled_from([(), ("QP003001",), ("QP003001", "QP003002")]),
    nearest=st.sampled_from([None, "QP003001"]),
    distance_metres=st.none() | st.floats(min_value=0, max_value=2_000),
    covered=st.booleans(),
    fault=st.sampled_from([None, "missing", "swapped", "outside-france", "contradict-commune"]),
    datasets=st.sampled_from([(), (PERIMETERS,)]),
    declared_known=st.booleans(),
)
LEVELS = st.builds(UrbanFacts, st.sampled_from([None, GRID]), st.frozensets(st.integers(1, 7), max_size=3))


@given(LEVELS, FACTS, st.sampled_from([None, "QP003001"]))
def test_no_is_only_said_where_data_cover_the_place(urban: UrbanFacts, qpv: QpvFacts, declared: str | None) -> None:
    found = answer(urban, qpv, declared=declared)
    if found.qpv.status == "outside":
        assert qpv.covered and qpv.fault is None
    if found.large_urban_centre is not None:
        assert urban.dataset is not None and urban.levels
    if not found.zones and not found.needs_instruction:
        assert found.large_urban_centre is True and found.qpv.status == "outside"
    assert found.reasons and all(reason.message for reason in found.reasons)
