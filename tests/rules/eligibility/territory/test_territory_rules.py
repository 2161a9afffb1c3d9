"""Facts in, answer out: no data is `unknown` with its reason, and goes to an officer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.domain.territory.answer import Answer, Qpv
from services.eligibility.domain.territory.facts import (
    CommuneFacts,
    Facts,
    Hint,
    QpvFacts,
    Reading,
    Site,
    UrbanFacts,
)
from services.eligibility.domain.territory.rules import classify
from shared.contract.values import Reason
from tests.rules.eligibility.territory.given import (
    BY_DENSITY,
    BY_EPCI,
    BY_UNIT,
    CUSSET,
    GRID,
    IN_VICHY,
    LYON,
    PERIMETERS,
    SOURCE,
    VICHY,
    measured,
)

RULE = BY_DENSITY


def answer(
    urban: UrbanFacts, qpv: QpvFacts, commune: CommuneFacts = VICHY, declared: str | None = None
) -> Answer:
    return classify(
        Site(commune.code, 46.1, 3.4, declared), Facts(commune, urban, qpv, SOURCE), RULE
    )


def codes(found: Answer) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_given_no_dataset_everything_is_unknown_and_goes_to_an_officer() -> None:
    found = answer(UrbanFacts(), QpvFacts())
    assert (found.large_urban_centre, found.qpv.status, found.zones) == (None, "unknown", ())
    assert codes(found) == ["urban-data-missing", "qpv-data-missing"]
    assert found.needs_instruction


def test_given_one_zone_unknown_and_the_other_yes_the_place_is_eligible_for_the_known_one() -> None:
    outside = answer(UrbanFacts(GRID, frozenset({2})), QpvFacts())
    assert outside.zones == ("outside-urban",) and not outside.needs_instruction
    inside = answer(
        UrbanFacts(), QpvFacts(inside=("QP003001",), covered=True, datasets=(PERIMETERS,))
    )
    assert inside.zones == ("qpv",) and not inside.needs_instruction


@pytest.mark.parametrize("fault", ["swapped", "outside-france", "contradict-commune"])
def test_given_coordinates_that_are_elsewhere_than_the_commune_an_officer_must_decide(
    fault: str,
) -> None:
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
        nearest="QP003001",
        distance_metres=900.0,
        covered=True,
        datasets=(PERIMETERS,),
        declared_known=True,
    )
    found = answer(UrbanFacts(GRID, frozenset({1})), facts, declared="QP003001")
    assert (found.qpv.status, found.needs_instruction) == ("outside", False)
    assert codes(found)[-1] == "qpv-declared-elsewhere"


def test_given_a_claim_of_a_perimeter_that_a_covering_file_does_not_hold_it_stays_a_claim() -> None:
    facts = QpvFacts(
        nearest="QP003001", distance_metres=900.0, covered=True, datasets=(PERIMETERS,)
    )
    assert answer(UrbanFacts(), facts, declared="QP003999").qpv.status == "claimed"


def test_given_the_grouping_rule_a_metropole_is_a_large_urban_centre_and_says_it_is_an_approximation() -> (
    None
):
    for commune, urban in ((LYON, True), (VICHY, False)):
        found = classify(
            Site(commune.code), Facts(commune, UrbanFacts(), QpvFacts(), SOURCE), BY_EPCI
        )
        assert found.large_urban_centre is urban
        assert found.evidence["urban"]["approximation"] is True
        assert "tiennent ici lieu de grands centres urbains" in found.reasons[0].message


def test_given_merged_communes_on_both_sides_of_the_rule_nobody_guesses() -> None:
    found = answer(UrbanFacts(GRID, frozenset({1, 5})), QpvFacts())
    assert found.large_urban_centre is None
    assert codes(found)[0] == "merged-communes-differ"


def test_given_a_commune_newer_than_the_groupings_the_grouping_rule_does_not_know() -> None:
    new = CommuneFacts("01999", "Neuve", "01", None, None, epci_known=False)
    found = classify(Site("01999"), Facts(new, UrbanFacts(), QpvFacts(), SOURCE), BY_EPCI)
    assert found.large_urban_centre is None


def test_the_evidence_names_every_dataset_the_rule_and_the_distance() -> None:
    facts = QpvFacts(
        nearest="QP003001", distance_metres=299.994, covered=True, datasets=(PERIMETERS,)
    )
    found = answer(UrbanFacts(GRID, frozenset({2})), facts)
    assert [dataset["id"] for dataset in found.evidence["datasets"]] == [
        "communes-6.0.0",
        "density-1",
        "qpv-2014-1",
    ]
    assert found.evidence["qpv"]["distance_m"] == 299.99
    assert found.evidence["urban"]["levels"] == [2]


@given(st.floats(min_value=0, max_value=50_000), st.floats(min_value=0, max_value=5_000))
def test_near_is_at_most_the_limit_whatever_both_are(distance: float, limit: float) -> None:
    rule = replace(BY_DENSITY, near_metres=limit)
    facts = QpvFacts(
        nearest="QP003001", distance_metres=distance, covered=True, datasets=(PERIMETERS,)
    )
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
LEVELS = st.builds(
    UrbanFacts, st.sampled_from([None, GRID]), st.frozensets(st.integers(1, 7), max_size=3)
)


@given(LEVELS, FACTS, st.sampled_from([None, "QP003001"]))
def test_no_is_only_said_where_data_cover_the_place(
    urban: UrbanFacts, qpv: QpvFacts, declared: str | None
) -> None:
    found = answer(urban, qpv, declared=declared)
    if found.qpv.status == "outside":
        assert qpv.covered and qpv.fault is None
    if found.large_urban_centre is not None:
        assert urban.dataset is not None and urban.levels
    if not found.zones and not found.needs_instruction:
        assert found.large_urban_centre is True and found.qpv.status == "outside"
    assert found.reasons and all(reason.message for reason in found.reasons)


DENSE = UrbanFacts(GRID, frozenset({1}))
SPARSE = UrbanFacts(GRID, frozenset({2}))


def placed(
    urban: UrbanFacts = SPARSE, qpv: QpvFacts | None = None, site: Site = IN_VICHY, **facts: object
) -> Answer:
    found = Facts(VICHY, urban, qpv or measured(), SOURCE)
    return classify(site, replace(found, **facts), BY_DENSITY)


@pytest.mark.parametrize(
    ("rule", "level", "urban"),
    [
        (BY_DENSITY, 1, True),
        (BY_DENSITY, 2, False),
        (BY_UNIT, 6, False),
        (BY_UNIT, 7, True),
        (BY_UNIT, 8, True),
    ],
)
def test_density_level_1_and_urban_units_from_200_000_inhabitants_are_large_urban_centres(
    rule, level, urban
) -> None:
    found = classify(
        IN_VICHY, Facts(VICHY, UrbanFacts(GRID, frozenset({level})), measured(), SOURCE), rule
    )
    assert found.large_urban_centre is urban


def test_given_an_unknown_commune_then_the_zone_it_decides_is_unknown() -> None:
    found = placed(commune=None, hint=Hint(CUSSET))
    assert (found.large_urban_centre, found.commune_code, codes(found)[0]) == (
        None,
        None,
        "commune-missing",
    )
    assert "Cusset (03095)" in found.reasons[0].message


def test_given_a_commune_that_the_grid_does_not_hold_then_nobody_guesses() -> None:
    found = placed(UrbanFacts(GRID))
    assert (found.large_urban_centre, codes(found)[0]) == (None, "commune-not-covered")
    assert GRID.version in found.reasons[0].message


def test_given_a_code_that_cannot_be_the_commune_of_the_place_then_it_gives_no_zone_at_all() -> (
    None
):
    mistake = Reason(code="commune-mistaken", field="place.commune_code", message="…")
    found = placed(qpv=measured(inside=("QP003001",)), mistake=mistake)
    assert (found.zones, found.needs_instruction, found.reasons[0]) == ((), True, mistake)


def test_given_a_code_that_may_mean_another_commune_then_the_point_alone_gives_its_zone() -> None:
    found = placed(qpv=measured(inside=("QP003001",)), doubts=(Reading(CUSSET, True),))
    assert (found.large_urban_centre, found.zones, found.needs_instruction) == (
        None,
        ("qpv",),
        True,
    )
    assert codes(found) == ["commune-doubtful", "in-qpv"]
    assert "03310 désigne Vichy (hors des grands centres urbains)" in found.reasons[0].message


def test_a_place_may_lie_in_both_zones() -> None:
    found = placed(qpv=measured(inside=("QP003001", "QP003002")))
    assert (found.zones, found.eligible) == (("outside-urban", "qpv"), True)
    assert found.qpv == Qpv("in", "QP003001", 0.0)
    assert "QP003001" in found.reasons[1].message


def test_of_two_perimeters_that_overlap_the_attested_one_counts() -> None:
    site = replace(IN_VICHY, declared_qpv="QP003002")
    found = placed(qpv=measured(inside=("QP003001", "QP003002")), site=site)
    assert found.qpv.code == "QP003002"
    assert placed(qpv=measured(inside=("QP003001",)), site=site).qpv.code == "QP003001"


def test_near_is_told_with_its_distance_to_the_centimetre() -> None:
    assert placed(qpv=measured(299.994)).qpv == Qpv("near", "QP003001", 299.99)
    assert placed(qpv=measured(300.0)).qpv.status == "near"
    assert placed(qpv=measured(300.004)).qpv == Qpv("outside", "QP003001", 300.0)
    assert placed(qpv=measured(None, nearest=None)).qpv == Qpv("outside")


def test_a_claim_that_is_refuted_is_told_so_and_needs_nobody() -> None:
    site = replace(IN_VICHY, declared_qpv="QP003001")
    found = placed(DENSE, measured(declared_known=True), site)
    assert codes(found) == ["in-large-urban-centre", "outside-qpv", "qpv-declared-elsewhere"]
    assert (found.zones, found.needs_instruction) == ((), False)
    assert codes(placed(DENSE, measured()))[1:] == ["outside-qpv"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (measured(fault="missing"), ["coordinates-missing"]),
        (QpvFacts(), ["qpv-data-missing"]),
        (measured(covered=False), ["qpv-department-not-covered"]),
        (
            measured(covered=False, commune_qpvs=("QP003001",)),
            ["qpv-department-not-covered", "commune-has-qpv"],
        ),
    ],
)
def test_why_a_qpv_cannot_be_told_is_told_and_a_claim_goes_to_an_officer(
    facts: QpvFacts, why: list[str]
) -> None:
    unknown = placed(DENSE, facts)
    assert (unknown.qpv, codes(unknown)[1:]) == (Qpv("unknown"), why)
    assert unknown.needs_instruction
    claimed = placed(DENSE, facts, replace(IN_VICHY, declared_qpv="QP003001"))
    assert (claimed.qpv, codes(claimed)[1:]) == (Qpv("claimed", "QP003001"), ["qpv-claimed", *why])
    assert "QP003001" in claimed.reasons[1].message, "the officer reads which QPV was attested"


def test_the_sentences_of_what_is_missing_name_the_department_the_generation_and_the_town_hall() -> (
    None
):
    told = placed(qpv=measured(covered=False)).reasons[1].message
    assert "2014" in told and "département 03" in told
    assert "2014" in placed(qpv=QpvFacts()).reasons[1].message
    fault = placed(qpv=measured(fault="contradict-commune"), hint=Hint(CUSSET))
    assert "Cusset (03095)" in fault.reasons[1].message


def test_the_evidence_holds_all_that_an_answer_rests_on() -> None:
    site = Site("03310", 46.12, 3.42, "QP003009", "03200")
    qpv = measured(900.004, inside=(), department_inferred=True, commune_qpvs=("QP003001",))
    found = placed(qpv=qpv, site=site, doubts=(Reading(CUSSET, None),))
    assert found.evidence == {
        "commune": {
            "given": "03310",
            "code": "03310",
            "name": "Vichy",
            "department": "03",
            "postal_code": "03200",
            "point_tells": None,
            "may_also_be": [{"code": "03095", "urban": None}],
        },
        "urban": {
            "rule": "density",
            "large_urban_centre": None,
            "approximation": False,
            "dataset": "density-1",
            "levels": [2],
            "threshold": 1,
        },
        "qpv": {
            "rule": "in or within 300 m, generation 2014",
            "status": "claimed",
            "code": "QP003009",
            "distance_m": None,
            "inside": [],
            "nearest": "QP003001",
            "covered": True,
            "department": "03",
            "department_inferred": True,
            "declared": "QP003009",
            "commune_qpvs": ["QP003001"],
            "datasets": ["qpv-2014-1"],
        },
        "datasets": [ref.as_evidence() for ref in (SOURCE, GRID, PERIMETERS)],
    }


def test_the_evidence_of_the_groupings_names_the_grouping_and_that_of_units_their_threshold() -> (
    None
):
    by_epci = classify(IN_VICHY, Facts(VICHY, UrbanFacts(), QpvFacts(), SOURCE), BY_EPCI)
    assert by_epci.evidence["urban"] == {
        "rule": "epci",
        "large_urban_centre": False,
        "approximation": True,
        "dataset": "communes-6.0.0",
        "epci_nature": "CA",
        "epci_name": "CA Vichy Communauté",
    }
    by_unit = classify(IN_VICHY, Facts(VICHY, UrbanFacts(), QpvFacts(), SOURCE), BY_UNIT)
    assert by_unit.evidence["urban"] | {"rule": ""} == {
        "rule": "",
        "large_urban_centre": None,
        "approximation": False,
        "dataset": None,
        "levels": [],
        "threshold": 7,
    }


def test_the_evidence_of_an_unknown_commune_says_none() -> None:
    found = classify(Site(None), Facts(None, UrbanFacts(), QpvFacts(), SOURCE), BY_EPCI)
    commune = found.evidence["commune"]
    assert [commune[name] for name in ("given", "code", "name", "department")] == [None] * 4
    assert (found.evidence["urban"]["epci_nature"], found.evidence["urban"]["epci_name"]) == (
        None,
        None,
    )


def test_the_answer_of_the_command_is_plain_json() -> None:
    assert placed(qpv=measured(120.0)).as_json() == {
        "commune_code": "03310",
        "large_urban_centre": False,
        "qpv": {"status": "near", "code": "QP003001", "distance_m": 120.0},
        "zones": ["outside-urban", "qpv"],
        "datasets": [ref.as_evidence() for ref in (SOURCE, GRID, PERIMETERS)],
    }
