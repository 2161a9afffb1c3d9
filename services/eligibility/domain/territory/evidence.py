"""What an answer on a territory rests on, as plain JSON values: anybody can look it up and measure again."""

from typing import Any

from services.eligibility.domain.territory.facts import Facts, QpvFacts, Rule, Site


def datasets(facts: Facts) -> list[dict[str, str]]:
    consulted = [facts.communes_source]
    if facts.urban.dataset:
        consulted.append(facts.urban.dataset)
    if facts.located_by and facts.located_by not in consulted:
        consulted.append(facts.located_by)
    consulted.extend(facts.qpv.datasets)
    return [dataset.as_evidence() for dataset in consulted]


def of_commune(site: Site, facts: Facts) -> dict[str, Any]:
    commune = facts.commune
    hint = facts.hint
    return {
        "given": site.commune_code,
        "code": commune.code if commune else None,
        "name": commune.name if commune else None,
        "department": commune.department if commune else None,
        "postal_code": site.postal_code,
        "point_tells": hint.commune.code if hint else None,
        "may_also_be": [
            {"code": other.commune.code, "urban": other.urban} for other in facts.doubts
        ],
    }


def of_urban(facts: Facts, rule: Rule, large_urban_centre: bool | None) -> dict[str, Any]:
    """The grouping that a commune belongs to is an approximation, and says so."""
    told = {
        "rule": rule.urban,
        "large_urban_centre": large_urban_centre,
        "approximation": rule.urban == "epci",
    }
    if rule.urban == "epci":
        return told | _by_epci(facts)
    return told | _by_level(facts, rule)


def _by_epci(facts: Facts) -> dict[str, Any]:
    commune = facts.commune
    return {
        "dataset": facts.communes_source.id,
        "epci_nature": commune.epci_nature if commune else None,
        "epci_name": commune.epci_name if commune else None,
    }


def _by_level(facts: Facts, rule: Rule) -> dict[str, Any]:
    found = facts.urban
    threshold = rule.urban_unit_class_min
    if rule.urban == "density":
        threshold = rule.density_level_max
    return {
        "dataset": found.dataset.id if found.dataset else None,
        "levels": sorted(found.levels),
        "threshold": threshold,
    }


def qpv_rule(rule: Rule) -> str:
    return f"in or within {rule.near_metres:g} m, generation {rule.qpv_generation}"


def of_qpv(site: Site, facts: QpvFacts) -> dict[str, Any]:
    return {
        "inside": list(facts.inside),
        "nearest": facts.nearest,
        "covered": facts.covered,
        "department": facts.department,
        "department_inferred": facts.department_inferred,
        "declared": site.declared_qpv,
        "commune_qpvs": list(facts.commune_qpvs),
        "datasets": [dataset.id for dataset in facts.datasets],
    }
