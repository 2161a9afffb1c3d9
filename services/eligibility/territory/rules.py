"""The territory rules: facts in, answer out. No data is never a "no": it is `unknown`, with its reason."""

from typing import Any

from services.eligibility.territory import sentences
from services.eligibility.territory.answer import Answer, Facts, Qpv, QpvFacts, Rule, Site, UrbanFacts
from shared.contract.values import Reason, Zone


def classify(site: Site, facts: Facts, rule: Rule) -> Answer:
    """The zones a place lies in, why, and on what evidence. The same inputs always give the same answer."""
    urban, urban_reason = _large_urban_centre(site, facts, rule)
    qpv, qpv_reasons = _qpv(site, facts.qpv, rule)
    zones = tuple(
        zone
        for zone, holds in ((Zone.OUTSIDE_URBAN, urban is False), (Zone.QPV, qpv.status in ("in", "near")))
        if holds
    )
    code = facts.commune.code if facts.commune else None
    evidence = _evidence(site, facts, rule, urban, qpv)
    return Answer(code, urban, qpv, zones, (urban_reason, *qpv_reasons), evidence)


def _large_urban_centre(site: Site, facts: Facts, rule: Rule) -> tuple[bool | None, Reason]:
    if site.commune_code is None and facts.commune is None:
        return None, sentences.commune_missing(facts.hint)
    if facts.commune is None:
        return None, sentences.commune_unknown(str(site.commune_code))
    commune = facts.commune
    if rule.urban == "epci":
        urban = commune.epci_nature in rule.epci_natures
        return urban, sentences.by_epci(commune, urban)
    if facts.urban.dataset is None:
        return None, sentences.urban_data_missing(rule)
    verdicts = {_is_urban(level, rule) for level in facts.urban.levels}
    if not verdicts:
        return None, sentences.commune_not_covered(commune, facts.urban.dataset)
    if len(verdicts) == 2:
        return None, sentences.merged_communes_differ(commune, facts.urban.dataset)
    urban = verdicts.pop()
    return urban, sentences.by_level(commune, facts.urban, rule, urban)


def _is_urban(level: int, rule: Rule) -> bool:
    if rule.urban == "density":
        return level <= rule.density_level_max
    return level >= rule.urban_unit_class_min


def _qpv(site: Site, facts: QpvFacts, rule: Rule) -> tuple[Qpv, tuple[Reason, ...]]:
    declared = site.declared_qpv
    if facts.inside:
        code = declared if declared in facts.inside else facts.inside[0]
        return Qpv("in", code, 0.0), (sentences.in_qpv(str(code)),)
    distance = facts.distance_metres
    rounded = None if distance is None else round(distance, 2)
    if distance is not None and distance <= rule.near_metres:
        return Qpv("near", facts.nearest, rounded), (sentences.near_qpv(facts, rule),)
    told = facts.covered and facts.fault is None
    if declared and not (told and facts.declared_known):
        return Qpv("claimed", declared), (sentences.claimed(declared), *_why_untold(facts, rule))
    if told:
        refuted = (sentences.declared_elsewhere(declared),) if declared else ()
        return Qpv("outside", facts.nearest, rounded), (sentences.outside_qpv(facts, rule), *refuted)
    return Qpv("unknown"), _why_untold(facts, rule)


def _why_untold(facts: QpvFacts, rule: Rule) -> tuple[Reason, ...]:
    reasons = []
    if facts.fault is not None:
        reasons.append(sentences.coordinates(facts.fault))
    elif not facts.datasets:
        reasons.append(sentences.qpv_data_missing(rule))
    elif not facts.covered:
        reasons.append(sentences.department_not_covered(facts, rule))
    if facts.commune_qpvs:
        reasons.append(sentences.commune_has_qpv(facts.commune_qpvs))
    return tuple(reasons)


def _evidence(site: Site, facts: Facts, rule: Rule, urban: bool | None, qpv: Qpv) -> dict[str, Any]:
    used = [facts.communes_source]
    if facts.urban.dataset is not None:
        used.append(facts.urban.dataset)
    used += facts.qpv.datasets
    commune = facts.commune
    return {
        "commune": {
            "given": site.commune_code,
            "code": commune.code if commune else None,
            "name": commune.name if commune else None,
            "department": commune.department if commune else None,
        },
        "urban": _urban_evidence(facts, rule, facts.urban, urban),
        "qpv": {
            "rule": f"in or within {rule.near_metres:g} m, generation {rule.qpv_generation}",
            "status": qpv.status,
            "code": qpv.code,
            "distance_m": qpv.distance_m,
            "inside": list(facts.qpv.inside),
            "nearest": facts.qpv.nearest,
            "covered": facts.qpv.covered,
            "department": facts.qpv.department,
            "department_inferred": facts.qpv.department_inferred,
            "declared": site.declared_qpv,
            "commune_qpvs": list(facts.qpv.commune_qpvs),
            "datasets": [dataset.id for dataset in facts.qpv.datasets],
        },
        "datasets": [dataset.as_evidence() for dataset in used],
    }


def _urban_evidence(facts: Facts, rule: Rule, found: UrbanFacts, urban: bool | None) -> dict[str, Any]:
    evidence: dict[str, Any] = {"rule": rule.urban, "large_urban_centre": urban, "approximation": rule.urban == "epci"}
    if rule.urban == "epci":
        evidence |= {"dataset": facts.communes_source.id}
        if facts.commune:
            evidence |= {"epci_nature": facts.commune.epci_nature, "epci_name": facts.commune.epci_name}
        return evidence
    threshold = rule.density_level_max if rule.urban == "density" else rule.urban_unit_class_min
    dataset = found.dataset.id if found.dataset else None
    return evidence | {"dataset": dataset, "levels": sorted(found.levels), "threshold": threshold}
