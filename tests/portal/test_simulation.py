"""The rules that officers try on a list, as pure parts: bounds, what was changed, regions."""

from typing import Any

import pytest

from deploy.portal.office.simulation import (
    Rule,
    policy_typed,
    regions_moved,
    rules_changed,
    rules_of,
    typed_of,
)
from shared.programme import load_programme
from shared.reference.communes import load_communes
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
POLICY: dict[str, Any] = {
    "pass_mark": 1000,
    "criterion_pass_marks": {one.id: 0 for one in PROGRAMME.criteria},
    "laureates_max": 75,
    "when_short_of_money": "skip",
    "tie_break": ["ambition", "receipt_sequence"],
    "floor_cents": 7_500_000,
    "ceiling_cents": 15_000_000,
    "yearly_cap_cents": 5_000_000,
}


def tried(**typed: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    form = {**typed_of(rules_of(PROGRAMME), POLICY), **typed}
    policy, mistakes = policy_typed(PROGRAMME, POLICY, form)
    return policy, [(one.field, one.message) for one in mistakes]


def test_the_form_as_it_is_shown_gives_the_policy_of_the_list() -> None:
    assert tried() == (POLICY, [])
    assert rules_changed(PROGRAMME, POLICY, POLICY) == []


def test_what_is_typed_replaces_the_lists_own_and_is_told_as_people_write_it() -> None:
    of_one = {"criterion_pass_marks.ambition": "2,5"}
    policy, mistakes = tried(
        pass_mark="12,5", laureates_max="", when_short_of_money="stop", **of_one
    )
    assert mistakes == []
    assert (policy["pass_mark"], policy["laureates_max"]) == (1250, None)
    assert policy["criterion_pass_marks"]["ambition"] == 250
    assert policy["tie_break"] == POLICY["tie_break"]
    changed = rules_changed(PROGRAMME, POLICY, policy)
    assert changed[:2] == [
        Rule("Note minimale", "10,00", "12,50"),
        Rule("Lauréats au plus", "75", "sans limite"),
    ]
    assert [one.after for one in changed[2:]] == ["arrêter la liste à ce dossier", "2,50"]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("pass_mark", "20,01", "20,00 au plus"),
        ("pass_mark", "dix", "comme 12 ou 12,50"),
        ("pass_mark", "-1", "comme 12 ou 12,50"),
        ("criterion_pass_marks.ambition", "6", "5,00 au plus"),
        ("laureates_max", "999999", "trop grand"),
        ("floor_cents", "", "Donnez une valeur"),
        ("ceiling_cents", "74 999", "moins que le plancher"),
        ("yearly_cap_cents", "20 000", "En 3\u00a0ans, cela fait moins que le plancher"),
        ("when_short_of_money", "", "Choisissez"),
        ("when_short_of_money", "give-all", "Choisissez"),
    ],
)
def test_what_no_list_could_be_made_with_is_told_at_its_field(
    field: str, typed: str, told: str
) -> None:
    [(where, words)] = tried(**{field: typed})[1]
    assert where == field and told in words


def test_departments_are_added_up_by_region_and_only_those_that_move_are_told() -> None:
    departments = [
        {"name": "03", "before": 3, "after": 2},
        {"name": "69", "before": 1, "after": 0},
        {"name": "35", "before": 1, "after": 2},
        {"name": "75", "before": 4, "after": 4},
    ]
    assert regions_moved(departments, load_communes()) == [
        {"name": "53", "before": 1, "after": 2},
        {"name": "84", "before": 4, "after": 2},
    ]
