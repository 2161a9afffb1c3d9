"""A list under other rules, as officers ask for it and read it: a form of the rules, and what moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.portal.forms.fields import Field, Mistake, Typed
from deploy.portal.forms.reading import at_their_fields, body_of, values_of
from deploy.portal.french import euros, number
from shared.french import marks
from shared.programme import Programme
from shared.reference.communes import Communes
from shared.reference.regions import by_region

LAUREATES_MAX = 100_000
HUNDREDTHS = 100
SHORT_OF_MONEY = (
    ("skip", "Passer au dossier suivant qui tient dans le reste"),
    ("stop", "Arrêter la liste à ce dossier"),
    ("part-fund", "Attribuer ce qui reste, si c'est au moins le plancher"),
)
MISSING = "Donnez une valeur."
UNCHOSEN = "Choisissez ce qui se fait alors."
CRITERION = "criterion_pass_marks"


@dataclass(frozen=True, slots=True)
class Rule:
    """One that differs from the list's: its name, and both values as people write them."""

    name: str
    before: str
    after: str


def rules_of(programme: Programme) -> tuple[Field, ...]:
    """The rules that may be tried; places, money and tie-break stay those of the list."""
    highest = _highest(programme)
    return (
        _mark("pass_mark", "Note minimale", highest),
        Field("laureates_max", "Lauréats au plus", "number", hint="Rien : sans limite."),
        Field("floor_cents", "Subvention, au moins", "euros", MISSING),
        Field("ceiling_cents", "Subvention, au plus", "euros", MISSING),
        Field("yearly_cap_cents", "Par année, au plus", "euros", MISSING),
        Field(
            "when_short_of_money",
            "Si l'argent ne suffit plus au dossier suivant",
            "choice",
            UNCHOSEN,
            options=SHORT_OF_MONEY,
        ),
        *(_mark(f"{CRITERION}.{one.id}", one.title, highest) for one in programme.criteria),
    )


def _highest(programme: Programme) -> dict[str, int]:
    """What each mark can be at most, in hundredths, by the name of its field."""
    of_one = programme.reviews.mark_max * HUNDREDTHS
    of_each = {f"{CRITERION}.{one.id}": of_one for one in programme.criteria}
    return {"pass_mark": of_one * len(of_each), **of_each}


def _mark(name: str, label: str, highest: Mapping[str, int]) -> Field:
    return Field(name, label, "marks", hint=f"De 0 à {marks(highest[name])} ; rien : aucune.")


def is_of_criterion(name: str) -> bool:
    return name.startswith(f"{CRITERION}.")


def typed_of(rules: Iterable[Field], policy: Mapping[str, Any]) -> Typed:
    """The rules of a list, as somebody would type them."""
    return {rule.name: _written(rule, _value(policy, rule)) for rule in rules}


def policy_typed(
    programme: Programme, policy: Mapping[str, Any], typed: Typed
) -> tuple[dict[str, Any], list[Mistake]]:
    """The list's policy with what was typed in place of its own, and every mistake at its field."""
    rules = rules_of(programme)
    values, mistakes = values_of(rules, typed)
    mistakes += _beyond(programme, values)
    values |= {rule.name: values[rule.name] or 0 for rule in rules if rule.kind == "marks"}
    return {**policy, **body_of(values)}, at_their_fields(mistakes, rules)


def _beyond(programme: Programme, values: Mapping[str, Any]) -> Iterable[Mistake]:
    """What no list could be made with."""
    for name, most in _highest(programme).items():
        if (values[name] or 0) > most:
            yield Mistake(name, f"Cette note est trop haute : {marks(most)} au plus.")
    if (values["laureates_max"] or 0) > LAUREATES_MAX:
        yield Mistake("laureates_max", "Ce nombre est trop grand.")
    if values["when_short_of_money"] not in dict(SHORT_OF_MONEY):
        yield Mistake("when_short_of_money", UNCHOSEN)
    floor, ceiling, yearly = (
        values[name] for name in ("floor_cents", "ceiling_cents", "yearly_cap_cents")
    )
    years = programme.award.years
    if floor and ceiling and ceiling < floor:
        yield Mistake("ceiling_cents", f"C'est moins que le plancher, {euros(floor)}.")
    if floor and yearly and yearly * years < floor:
        told = f"En {number(years, 'an', 'ans')}, cela fait moins que le plancher, {euros(floor)}."
        yield Mistake("yearly_cap_cents", told)


def rules_changed(
    programme: Programme, policy: Mapping[str, Any], tried: Mapping[str, Any]
) -> list[Rule]:
    """Those that differ, in the order of the form."""
    found = []
    for rule in rules_of(programme):
        before, after = _value(policy, rule), _value(tried, rule)
        if before != after:
            found.append(Rule(rule.label, _shown(rule, before), _shown(rule, after)))
    return found


def regions_moved(
    departments: Iterable[Mapping[str, Any]], communes: Communes
) -> list[dict[str, Any]]:
    """The regions whose laureates become more or fewer, those that gain most first."""
    regions = by_region(departments, communes, ("before", "after"))
    moved = [region for region in regions if region["before"] != region["after"]]
    return sorted(moved, key=lambda region: region["before"] - region["after"])


def _value(policy: Mapping[str, Any], rule: Field) -> Any:
    if is_of_criterion(rule.name):
        return policy[CRITERION].get(rule.name.partition(".")[2], 0)
    return policy[rule.name]


def _written(rule: Field, value: Any) -> str:
    if value is None:
        return ""
    if rule.kind == "marks":
        return marks(value)
    if rule.kind == "euros":
        return euros(value).removesuffix("€").strip()
    return str(value)


def _shown(rule: Field, value: Any) -> str:
    if value is None:
        return "sans limite"
    if rule.kind == "choice":
        return dict(rule.options)[value].lower()
    return euros(value) if rule.kind == "euros" else _written(rule, value)
