"""Where invented places lie: real communes that are in the zones they are meant to be in."""

from collections.abc import Sequence
from functools import lru_cache

from shared.programme import Programme, Zone, ZoneRule
from shared.reference.communes import Commune, load_communes

URBAN_EPCI = ("METRO", "MET69")
# Latitude and longitude, degrees: somewhere in the middle of each region.
CENTRES = {
    "44": (48.7, 5.6), "76": (43.7, 2.1), "75": (45.2, 0.2), "84": (45.5, 4.5), "32": (49.9, 2.8),
    "27": (47.2, 4.8), "28": (49.1, 0.1), "24": (47.5, 1.7), "11": (48.7, 2.5), "52": (47.5, -0.8),
    "53": (48.2, -2.8), "93": (43.9, 6.1), "94": (42.2, 9.1), "04": (-21.1, 55.5),
}  # fmt: skip


def told_by(programme: Programme, zones: Sequence[str], rule: str) -> list[str]:
    """Those of the zones that are told by this rule."""
    return [zone.id for zone in programme.zones if zone.id in zones and zone.rule == rule]


def communes_for(programme: Programme, zones: Sequence[str]) -> Sequence[Commune]:
    """Communes whose places may be found in these zones, and in none where there are none."""
    listed = tuple(zone for zone in programme.zones if zone.is_listed)
    wanted = frozenset(zone.id for zone in listed if zone.id in zones)
    near_qpv = bool(told_by(programme, zones, ZoneRule.NEAR_QPV)) or not zones
    outside = bool(told_by(programme, zones, ZoneRule.OUTSIDE_URBAN)) or not (near_qpv or wanted)
    return _within(outside, near_qpv, listed, wanted)


@lru_cache
def _within(
    outside: bool, near_qpv: bool, listed: Sequence[Zone], wanted: frozenset[str]
) -> Sequence[Commune]:
    """Outside of a métropole or in a town of one, where that matters; and on these of the lists alone."""
    found: Sequence[Commune] = _placed()
    if outside:
        found = [c for c in found if c.epci_nature in ("CC", "CA") and (c.population or 0) >= 400]
    elif near_qpv:
        found = [c for c in found if c.epci_nature in URBAN_EPCI and (c.population or 0) >= 10_000]
    for zone in listed:
        found = [c for c in found if zone.lists(c.code, c.department) == (zone.id in wanted)]
    return found


@lru_cache(maxsize=1)
def _placed() -> Sequence[Commune]:
    return [commune for commune in load_communes() if commune.region in CENTRES]
