"""The territory rules: facts in, answer out. No data is never a "no": it is `unknown`, with its reason."""

from services.eligibility.domain.territory import sentences
from services.eligibility.domain.territory.answer import (
    Answer,
    CommuneFacts,
    DatasetRef,
    Facts,
    Qpv,
    Reading,
    Rule,
    Site,
    UrbanFacts,
)
from shared.contract.values import Reason, Zone


def classify(site: Site, facts: Facts, rule: Rule) -> Answer:
    """The zones a place lies in, why, and on what evidence. The same inputs always give the same answer."""
    urban, urban_reason = _urban_of_the_place(site, facts, rule)
    qpv, qpv_reasons = _qpv(site, facts, rule)
    zones = tuple(
        zone
        for zone, holds in ((Zone.OUTSIDE_URBAN, urban is False), (Zone.QPV, qpv.status in ("in", "near")))
        if holds and not facts.qpv.elsewhere and facts.mistake is None
    )
    return Answer(urban, qpv, zones, (urban_reason, *qpv_reasons), site, facts, rule)


def _urban_of_the_place(site: Site, facts: Facts, rule: Rule) -> tuple[bool | None, Reason]:
    """A code that may mean two communes of different answers gives none."""
    if facts.mistake:
        return None, facts.mistake
    if facts.commune is None:
        return None, sentences.commune_missing(facts.hint)
    urban, reason = large_urban_centre(facts.commune, facts.urban, facts.communes_source, rule)
    if facts.doubts:
        return None, sentences.commune_doubtful(str(site.commune_code), Reading(facts.commune, urban), facts.doubts)
    return urban, reason


def large_urban_centre(
    commune: CommuneFacts, found: UrbanFacts, communes_source: DatasetRef, rule: Rule
) -> tuple[bool | None, Reason]:
    if rule.urban == "epci":
        if not commune.epci_known:
            return None, sentences.commune_not_covered(commune, communes_source)
        urban = commune.epci_nature in rule.epci_natures
        return urban, sentences.by_epci(commune, urban)
    if found.dataset is None:
        return None, sentences.urban_data_missing(rule)
    verdicts = {_is_urban(level, rule) for level in found.levels}
    if not verdicts:
        return None, sentences.commune_not_covered(commune, found.dataset)
    if len(verdicts) == 2:
        return None, sentences.merged_communes_differ(commune, found.dataset)
    urban = verdicts.pop()
    return urban, sentences.by_level(commune, found, rule, urban)


def _is_urban(level: int, rule: Rule) -> bool:
    if rule.urban == "density":
        return level <= rule.density_level_max
    return level >= rule.urban_unit_class_min


def _qpv(site: Site, found: Facts, rule: Rule) -> tuple[Qpv, tuple[Reason, ...]]:
    declared = site.declared_qpv
    facts = found.qpv
    if facts.inside:
        code = declared if declared in facts.inside else facts.inside[0]
        return Qpv("in", code, 0.0), (sentences.in_qpv(str(code)),)
    distance = facts.distance_metres
    rounded = None if distance is None else round(distance, 2)
    if distance is not None and distance <= rule.near_metres:
        return Qpv("near", facts.nearest, rounded), (sentences.near_qpv(facts, rule),)
    told = facts.covered and facts.fault is None
    if declared and not (told and facts.declared_known):
        return Qpv("claimed", declared), (sentences.claimed(declared), *_why_untold(found, rule))
    if told:
        refuted = (sentences.declared_elsewhere(declared),) if declared else ()
        return Qpv("outside", facts.nearest, rounded), (sentences.outside_qpv(facts, rule), *refuted)
    return Qpv("unknown"), _why_untold(found, rule)


def _why_untold(found: Facts, rule: Rule) -> tuple[Reason, ...]:
    facts = found.qpv
    reasons = []
    if facts.fault is not None:
        reasons.append(sentences.coordinates(facts.fault, found.hint))
    elif not facts.datasets:
        reasons.append(sentences.qpv_data_missing(rule.qpv_generation))
    elif not facts.covered:
        reasons.append(sentences.department_not_covered(facts.department, rule.qpv_generation))
    if facts.commune_qpvs:
        reasons.append(sentences.commune_has_qpv(facts.commune_qpvs))
    return tuple(reasons)
