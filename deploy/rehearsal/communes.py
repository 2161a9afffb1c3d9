"""Where invented places lie: real communes that are in the zones they are meant to be in."""

from collections.abc import Sequence
from functools import lru_cache

from shared.programme import Programme, Zone, ZoneRule
from shared.reference.communes import Commune, load_communes

URBAN_EPCI = ("METRO", "MET69")
OTHER_EPCI = ("CC", "CA")
VILLAGE_PEOPLE_MIN = 400
TOWN_PEOPLE_MIN = 10_000
# Latitude and longitude, degrees: somewhere in the middle of each region.
CENTRES = {
    "44": (48.7, 5.6),
    "76": (43.7, 2.1),
    "75": (45.2, 0.2),
    "84": (45.5, 4.5),
    "32": (49.9, 2.8),
    "27": (47.2, 4.8),
    "28": (49.1, 0.1),
    "24": (47.5, 1.7),
    "11": (48.7, 2.5),
    "52": (47.5, -0.8),
    "53": (48.2, -2.8),
    "93": (43.9, 6.1),
    "94": (42.2, 9.1),
    "04": (-21.1, 55.5),
}


def told_by(programme: Programme, zones: Sequence[str], rule: ZoneRule) -> list[str]:
    """Those of the zones that are told by this rule."""
    told = [zone.id for zone in programme.zones if zone.rule == rule]
    return [zone for zone in told if zone in zones]


def communes_for(programme: Programme, zones: Sequence[str]) -> Sequence[Commune]:
    """Communes whose places may be found in these zones, and in none where there are none."""
    listed = tuple(zone for zone in programme.zones if zone.is_listed)
    wanted = frozenset(zone.id for zone in listed if zone.id in zones)
    near_qpv = not zones or bool(told_by(programme, zones, ZoneRule.NEAR_QPV))
    anywhere = not near_qpv and not wanted
    outside = anywhere or bool(told_by(programme, zones, ZoneRule.OUTSIDE_URBAN))
    return _within(outside, near_qpv, listed, wanted)


@lru_cache
def _within(
    outside: bool, near_qpv: bool, listed: Sequence[Zone], wanted: frozenset[str]
) -> Sequence[Commune]:
    """Outside of a métropole or in a town of one, where that matters; and on these of the lists alone."""
    found: Sequence[Commune] = _placed()
    if outside:
        found = _of(found, OTHER_EPCI, VILLAGE_PEOPLE_MIN)
    elif near_qpv:
        found = _of(found, URBAN_EPCI, TOWN_PEOPLE_MIN)
    for zone in listed:
        is_wanted = zone.id in wanted
        found = [one for one in found if zone.lists(one.code, one.department) == is_wanted]
    return found


def _of(communes: Sequence[Commune], natures: Sequence[str], people_min: int) -> Sequence[Commune]:
    """Those in groupings of these natures that are large enough."""
    grouped = [commune for commune in communes if commune.epci_nature in natures]
    return [commune for commune in grouped if (commune.population or 0) >= people_min]


@lru_cache(maxsize=1)
def _placed() -> Sequence[Commune]:
    return [commune for commune in load_communes() if commune.region in CENTRES]
