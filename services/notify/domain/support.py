"""Support to a laureate, as pure rules: the steps of a plan, the days of the meetings, and who are good peers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from shared.programme.model import Support, months_later

EARTH_RADIUS_METRES = 6_371_008.8
INTRODUCTION = "introduction"
PEERS = "peers"
CLOSED = "closed"
NO_NEED_DECLARED = "first-interview"


@dataclass(frozen=True, slots=True)
class Site:
    """A laureate as a possible peer. Degrees are WGS84."""

    candidature_id: str
    needs: tuple[str, ...]
    latitude: float
    longitude: float


def plan_steps(needs: Sequence[str], support: Support) -> tuple[str, ...]:
    """The introduction, one hand-over for each declared need, each meeting of the community, then the peers.

    A laureate who declared no need gets an interview about them instead.
    """
    handovers = [f"need-{need}" for need in dict.fromkeys(needs)] or [f"need-{NO_NEED_DECLARED}"]
    meetings = [meeting_step(index) for index, _ in enumerate(support.meetings)]
    peers = [PEERS] if support.peers else []
    return (INTRODUCTION, *handovers, *meetings, *peers)


def meeting_step(index: int) -> str:
    return f"meeting-{index + 1}"


def meeting_day(awarded_on: date, months_after_award: int) -> date:
    return months_later(awarded_on, months_after_award)


def nearest_peers(site: Site, others: Iterable[Site], count: int) -> tuple[str, ...]:
    """The most needs in common first, then the shortest way, then the id: the same whatever the order of `others`."""

    def closeness(other: Site) -> tuple[int, float, str]:
        return (-len(set(site.needs) & set(other.needs)), distance_metres(site, other), other.candidature_id)

    candidates = {other.candidature_id: other for other in others if other.candidature_id != site.candidature_id}
    return tuple(other.candidature_id for other in sorted(candidates.values(), key=closeness)[:count])


def distance_metres(one: Site, other: Site) -> float:
    """Great-circle distance (haversine), good to half a percent: enough to tell near from far."""
    latitude, other_latitude = radians(one.latitude), radians(other.latitude)
    half_latitude = (other_latitude - latitude) / 2
    half_longitude = radians(other.longitude - one.longitude) / 2
    chord = sin(half_latitude) ** 2 + cos(latitude) * cos(other_latitude) * sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_METRES * asin(min(1.0, sqrt(chord)))
