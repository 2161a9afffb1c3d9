"""A call names its zones: each is told by its own rule, and nothing is asked that no zone is about."""

from dataclasses import replace

import pytest

from services.eligibility.domain.files import require_zones
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import (
    Facts,
    QpvFacts,
    Reading,
    Rule,
    Site,
    UrbanFacts,
)
from services.eligibility.domain.territory.rules import classify
from services.eligibility.domain.territory.whereabouts import doubts
from shared.contract.values import Reason
from shared.kit.errors import Rejected
from shared.programme import Zone, ZoneRule, load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.eligibility.territory.given import (
    BY_DENSITY,
    CUSSET,
    GRID,
    LYON,
    SOURCE,
    VICHY,
    measured,
)

ALL = Zone(id="national", name="France", where="en France", rule=ZoneRule.EVERYWHERE)
VALLEY = Zone(
    id="valley",
    name="Vallée",
    where="dans la vallée",
    rule=ZoneRule.COMMUNES,
    communes=(VICHY.code,),
)
RHONE = Zone(
    id="rhone", name="Rhône", where="dans le Rhône", rule=ZoneRule.DEPARTMENTS, departments=("69",)
)
MARSH = Zone(id="marsh", name="Marais", where="dans le marais", rule=ZoneRule.DECLARED)
NEAR = Zone(id="qpv", name="QPV", where="en QPV", rule=ZoneRule.NEAR_QPV)
OUTSIDE = Zone(id="out", name="Hors centres", where="hors des centres", rule=ZoneRule.OUTSIDE_URBAN)
UNTOLD = QpvFacts()
IN_TOWN = UrbanFacts(GRID, frozenset({1}))


def of_zones(*zones: Zone) -> Rule:
    return replace(BY_DENSITY, zones=zones)


def answer(rule: Rule, facts: Facts, *declared: str) -> Answer:
    return classify(Site("03310", 46.1, 3.4, declared_zones=declared), facts, rule)


def facts(commune=VICHY, urban=IN_TOWN, qpv=UNTOLD, **changes) -> Facts:
    return Facts(commune, urban, qpv, SOURCE, **changes)


def codes(found: Answer) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_a_call_for_everywhere_asks_nothing_of_a_place_and_no_officer() -> None:
    lost = facts(None, UrbanFacts(), QpvFacts(fault="swapped"))
    found = answer(of_zones(ALL), lost)
    assert (found.zones, codes(found), found.needs_instruction) == (
        ("national",),
        ["open-to-all"],
        False,
    )


def test_a_list_of_communes_and_one_of_departments_are_told_by_the_commune_alone() -> None:
    rule = of_zones(VALLEY, RHONE)
    here, there, elsewhere = (answer(rule, facts(commune)) for commune in (VICHY, LYON, CUSSET))
    assert (here.zones, there.zones, elsewhere.zones) == (("valley",), ("rhone",), ())
    assert codes(elsewhere) == ["outside-zone-list", "outside-zone-list"]
    assert not (here.needs_instruction or elsewhere.needs_instruction)
    assert (
        here.reasons[0].message == "Vichy (03310) fait partie de la liste de communes « Vallée »."
    )


def test_without_a_commune_a_list_cannot_tell_and_an_officer_does() -> None:
    found = answer(of_zones(VALLEY), facts(None))
    assert (found.zones, codes(found), found.needs_instruction) == ((), ["commune-missing"], True)


def test_a_code_that_may_mean_two_communes_matters_where_one_of_them_is_on_a_list() -> None:
    rule = of_zones(VALLEY)
    given, other = (
        Reading(commune, None, rule.listed(commune), urban_asked=False)
        for commune in (VICHY, CUSSET)
    )
    assert doubts(given, [other]) == (other,)
    assert doubts(other, [replace(other, commune=LYON)]) == ()
    found = answer(rule, facts(doubts=(other,)))
    assert (found.zones, codes(found), found.needs_instruction) == ((), ["commune-doubtful"], True)
    assert "désigne Vichy, mais le lieu peut être à Cusset (03095)" in found.reasons[0].message


def test_a_wrong_commune_code_is_told_where_only_a_qpv_is_asked_about() -> None:
    """An officer is asked because of it. A call for everywhere does not ask, and tells nobody."""
    wrong = Reason(code="commune-mistyped", field="place.commune_code", message="…")
    inside = facts(None, qpv=measured(inside=("QP003001",)), mistake=wrong)
    found = answer(of_zones(NEAR), inside)
    assert (found.zones, codes(found), found.needs_instruction) == (
        (),
        ["commune-mistyped", "in-qpv"],
        True,
    )
    assert codes(answer(of_zones(ALL), inside)) == ["open-to-all"]


@pytest.mark.parametrize(
    ("declared", "told", "instruct"),
    [(("marsh",), ["zone-claimed"], True), ((), ["zone-not-declared"], False)],
)
def test_a_zone_that_its_holder_declares_is_an_officers_to_find(declared, told, instruct) -> None:
    found = answer(of_zones(MARSH), facts(), *declared)
    assert (found.zones, codes(found), found.needs_instruction) == ((), told, instruct)


def test_a_zone_that_nobody_asks_about_is_neither_told_nor_waited_for() -> None:
    """A QPV that no data know is nothing to an officer of a call without such a zone."""
    found = classify(Site("03310", 46.1, 3.4, "QP003001"), facts(qpv=UNTOLD), of_zones(OUTSIDE))
    assert (found.zones, codes(found), found.needs_instruction) == (
        (),
        ["in-large-urban-centre"],
        False,
    )
    listed = answer(of_zones(VALLEY), facts(urban=UrbanFacts(), qpv=measured(100.0)))
    assert (listed.zones, codes(listed), listed.needs_instruction) == (
        ("valley",),
        ["in-zone-list"],
        False,
    )


def test_a_point_in_another_commune_is_told_where_a_list_or_a_centre_is_asked_about() -> None:
    elsewhere = facts(qpv=QpvFacts(fault="contradict-commune"))
    for zone in (VALLEY, OUTSIDE):
        found = answer(of_zones(zone), elsewhere)
        assert "coordinates-contradict-commune" in codes(found)
        assert (found.zones, found.needs_instruction) == ((), True)
    missing = answer(of_zones(VALLEY), facts(qpv=QpvFacts(fault="missing")))
    assert (missing.zones, codes(missing)) == (("valley",), ["in-zone-list"])


def test_an_officers_answer_names_zones_of_the_call() -> None:
    programme = load_programme(SHIPPED_PROGRAMME)
    require_zones(programme, ("qpv", "outside-urban"))
    with pytest.raises(Rejected, match=r"no zone is called marsh: .*outside-urban, qpv"):
        require_zones(programme, ("qpv", "marsh"))
