"""The territory rules: facts in, answer out. No data is never a "no": it is `unknown`, with its reason."""

from collections.abc import Sequence

from services.eligibility.domain.territory import sentences
from services.eligibility.domain.territory.answer import Answer, Qpv
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import (
    ELSEWHERE,
    CommuneFacts,
    Facts,
    QpvFacts,
    Reading,
    Rule,
    Site,
    UrbanFacts,
)
from shared.contract.values import Reason
from shared.programme.zones import Zone, ZoneRule

Reasons = tuple[Reason, ...]
Urban = tuple[bool | None, Reason]
InQpv = tuple[Qpv, Reasons]
NOT_ASKED = Qpv("unknown")
CENTIMETRES = 2  # decimals of a distance in metres, as it is told


def classify(site: Site, facts: Facts, rule: Rule) -> Answer:
    """The zones a place lies in, why, and on what evidence. The same inputs always give the same answer."""
    urban, urban_reasons = _urban_of_the_place(site, facts, rule)
    qpv, qpv_reasons = _qpv_of_the_place(site, facts, rule)
    zones = tuple(zone.id for zone in rule.zones if _lies_in(zone, facts, urban, qpv))
    claimed = _claimed(site, rule)
    reasons = (
        *urban_reasons,
        *qpv_reasons,
        *_of_lists(facts, rule),
        *_of_declarations(rule, claimed),
        *_of_everywhere(rule),
    )
    return Answer(
        large_urban_centre=urban,
        qpv=qpv,
        zones=zones,
        claimed=tuple(zone.id for zone in claimed),
        reasons=reasons,
        site=site,
        facts=facts,
        rule=rule,
    )


def large_urban_centre(
    commune: CommuneFacts,
    found: UrbanFacts,
    communes_source: DatasetRef,
    rule: Rule,
) -> Urban:
    """Whether a commune is in one, None where no data tell; and why."""
    if rule.urban == "epci":
        return _by_epci(commune, communes_source, rule)
    if found.dataset is None:
        return None, sentences.urban_data_missing(rule)
    verdicts = {rule.is_urban(level) for level in found.levels}
    if not verdicts:
        return None, sentences.commune_not_covered(commune, found.dataset)
    if len(verdicts) == 2:
        return None, sentences.merged_communes_differ(commune, found.dataset)
    urban = verdicts.pop()
    return urban, sentences.by_level(commune, found, rule, urban)


def _by_epci(commune: CommuneFacts, communes_source: DatasetRef, rule: Rule) -> Urban:
    if not commune.epci_known:
        return None, sentences.commune_not_covered(commune, communes_source)
    urban = commune.epci_nature in rule.epci_natures
    return urban, sentences.by_epci(commune, urban)


def _urban_of_the_place(site: Site, facts: Facts, rule: Rule) -> tuple[bool | None, Reasons]:
    """A code that may mean two communes of different answers gives none."""
    if facts.mistake and rule.asks_place:
        return None, (facts.mistake,)
    if not (rule.asks_urban or rule.asks_commune):
        return None, ()
    if facts.commune is None:
        return None, (sentences.commune_missing(facts.hint),)
    urban, reason = large_urban_centre(facts.commune, facts.urban, facts.communes_source, rule)
    if facts.doubts:
        given = Reading(facts.commune, urban, rule.listed(facts.commune), rule.asks_urban)
        return None, (sentences.commune_doubtful(str(site.commune_code), given, facts.doubts),)
    if rule.asks_urban:
        return urban, (reason,)
    return None, ()


def _lies_in(zone: Zone, facts: Facts, urban: bool | None, qpv: Qpv) -> bool:
    """A zone that only its holder's word or an officer can tell is not found here."""
    if zone.rule is ZoneRule.EVERYWHERE:
        return True
    if facts.qpv.elsewhere or facts.mistake:
        return False
    if zone.rule is ZoneRule.OUTSIDE_URBAN:
        # None is what no data tell: it opens no zone.
        return urban is False
    if zone.rule is ZoneRule.NEAR_QPV:
        return qpv.status in ("in", "near")
    commune = facts.commune
    return commune is not None and not facts.doubts and zone.lists(commune.code, commune.department)


def _claimed(site: Site, rule: Rule) -> list[Zone]:
    return [zone for zone in rule.zones if zone.is_declared and zone.id in site.declared_zones]


def _of_declarations(rule: Rule, claimed: Sequence[Zone]) -> Reasons:
    """Who did not declare a zone learns that it is theirs to declare."""
    return tuple(
        sentences.zone_claimed(zone) if zone in claimed else sentences.zone_not_declared(zone)
        for zone in rule.zones
        if zone.is_declared
    )


def _of_lists(facts: Facts, rule: Rule) -> Reasons:
    """What each list says of the commune, where it is certain which one it is."""
    commune = facts.commune
    if commune is None or facts.mistake or facts.doubts:
        return ()
    listed = rule.listed(commune)
    return tuple(
        sentences.in_list(commune, zone, zone.id in listed) for zone in rule.zones if zone.is_listed
    )


def _of_everywhere(rule: Rule) -> Reasons:
    if rule.asks(ZoneRule.EVERYWHERE):
        return (sentences.OPEN_TO_ALL,)
    return ()


def _qpv_of_the_place(site: Site, facts: Facts, rule: Rule) -> InQpv:
    """Where no zone is about a QPV, the point still says whether the commune is right, if that is asked."""
    if rule.asks_qpv:
        return _qpv(site, facts, rule)
    if rule.asks_urban or rule.asks_commune:
        return NOT_ASKED, _why_elsewhere(facts)
    return NOT_ASKED, ()


def _qpv(site: Site, found: Facts, rule: Rule) -> InQpv:
    """What was measured decides; an attested QPV that no data know is for a person to look at."""
    facts = found.qpv
    declared = site.declared_qpv
    if facts.inside:
        return _inside(facts, declared)
    if facts.distance_metres is not None and facts.distance_metres <= rule.near_metres:
        return Qpv("near", facts.nearest, _told(facts)), (sentences.near_qpv(facts, rule),)
    # Data say no only where they cover the place and its point holds: no data is never a "no".
    told = facts.covered and facts.fault is None
    if declared and not (told and facts.declared_known):
        return Qpv("claimed", declared), (sentences.claimed(declared), *_why_untold(found, rule))
    if not told:
        return Qpv("unknown"), _why_untold(found, rule)
    outside = Qpv("outside", facts.nearest, _told(facts))
    if declared:
        return outside, (sentences.outside_qpv(facts, rule), sentences.declared_elsewhere(declared))
    return outside, (sentences.outside_qpv(facts, rule),)


def _inside(facts: QpvFacts, declared: str | None) -> InQpv:
    """Of two perimeters that overlap, the one its holder attests."""
    code = facts.inside[0]
    if declared in facts.inside:
        code = declared
    return Qpv("in", code, 0.0), (sentences.in_qpv(code),)


def _told(facts: QpvFacts) -> float | None:
    if facts.distance_metres is None:
        return None
    return round(facts.distance_metres, CENTIMETRES)


def _why_elsewhere(found: Facts) -> Reasons:
    """The commune says where the place is, and its point says elsewhere."""
    fault = found.qpv.fault
    if fault == "contradict-commune" and found.commune:
        return (sentences.elsewhere(found.commune, found.hint),)
    if fault in ELSEWHERE:
        return (sentences.coordinates(fault),)
    return ()


def _why_untold(found: Facts, rule: Rule) -> Reasons:
    facts = found.qpv
    reasons = [*_why_elsewhere(found)]
    if facts.fault == "missing":
        reasons.append(sentences.coordinates(facts.fault))
    elif facts.fault is None and not facts.datasets:
        reasons.append(sentences.qpv_data_missing(rule.qpv_generation))
    elif facts.fault is None and not facts.covered:
        reasons.append(sentences.department_not_covered(facts.department, rule.qpv_generation))
    # Told, and no zone comes of it: QPV cover some 4 % of the communes they lie in.
    if facts.commune_qpvs:
        reasons.append(sentences.commune_has_qpv(facts.commune_qpvs))
    return tuple(reasons)
