"""Where coordinates lie, and whether the commune agrees: a department may be inferred, never a zone."""

from collections.abc import Sequence

from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import (
    ELSEWHERE,
    CommuneFacts,
    Fault,
    Hint,
    Reading,
    Site,
)
from services.eligibility.domain.territory.territories import (
    is_swapped,
    territory_at,
    territory_of_department,
)
from shared.value import value

INFERRED_FROM_PERIMETER_METRES = 20_000.0
BEYOND_CONTOUR_METRES_MAX = 100.0  # published contours are simplified
FAR_FROM_TOWN_HALL_METRES = 60_000.0  # where too few points are imported to know a commune's reach
REACHES_MAX = 2.0  # of its neighbours' town halls: beyond, a point is certainly elsewhere
REACH_METRES_MIN = 5_000.0
VAST_DEPARTMENTS = ("973",)  # communes of Guyane may be 150 km across


@value
class Surroundings:
    """What contours and town halls tell of a point, None where none is imported for it.

    Metres are from the commune that was given: to its contour (0 within), to its town hall, and from there to
    its neighbours'. `holder` is the commune whose contour holds the point, `hall` that of the nearest hall.
    `source` is the version that tells.
    """

    contour_metres: float | None = None
    holder: CommuneFacts | None = None
    hall_metres: float | None = None
    reach_metres: float | None = None
    hall: CommuneFacts | None = None
    source: DatasetRef | None = None

    @property
    def likely(self) -> Hint | None:
        """The commune that the point tells."""
        if self.holder:
            return Hint(self.holder, holds_point=True)
        return Hint(self.hall) if self.hall else None


@value
class Neighbourhood:
    """Around a point: the commune it tells, the nearest QPV's department and distance."""

    likely: Hint | None
    qpv_department: str | None
    qpv_metres: float | None


@value
class Whereabouts:
    """`hint` names the commune that the point tells, for whoever looks for the mistake."""

    hint: Hint | None
    department: str | None


def fault_of(site: Site, commune: CommuneFacts | None, around: Surroundings) -> Fault | None:
    """What is wrong with the coordinates, None where nothing is."""
    if site.point is None:
        return "missing"
    here = territory_at(*site.point)
    # Swapped coordinates lie outside France too, but this mistake can be told by its name.
    if here is None and is_swapped(*site.point):
        return "swapped"
    if here is None:
        return "outside-france"
    if commune is None:
        return None
    if territory_of_department(commune.department) is not here or is_elsewhere(commune, around):
        return "contradict-commune"
    return None


def is_elsewhere(commune: CommuneFacts, around: Surroundings) -> bool:
    """The commune's contour tells where one is imported, else another's, else the town halls."""
    if around.contour_metres is not None:
        return around.contour_metres > BEYOND_CONTOUR_METRES_MAX
    if around.holder:
        return around.holder.code != commune.code
    if around.hall_metres is None or commune.department in VAST_DEPARTMENTS:
        return False
    if around.reach_metres is None:
        return around.hall_metres > FAR_FROM_TOWN_HALL_METRES
    return around.hall_metres > max(REACH_METRES_MIN, REACHES_MAX * around.reach_metres)


def whereabouts(
    commune: CommuneFacts | None, fault: Fault | None, around: Neighbourhood
) -> Whereabouts:
    """Without a commune the department is that of the point's, else of a perimeter within 20 km."""
    if commune and fault != "contradict-commune":
        return Whereabouts(None, commune.department)
    hint = around.likely if fault in (None, "contradict-commune") else None
    if commune:
        return Whereabouts(hint, commune.department)
    if hint:
        return Whereabouts(hint, hint.commune.department)
    if fault or around.qpv_metres is None or around.qpv_metres > INFERRED_FROM_PERIMETER_METRES:
        return Whereabouts(None, None)
    return Whereabouts(None, around.qpv_department)


def commune_of_perimeter(communes: Sequence[str]) -> str | None:
    """A place without a code in a QPV of one commune is in that commune."""
    return communes[0] if len(communes) == 1 else None


def may_be_meant(
    site: Site,
    commune: CommuneFacts,
    fault: Fault | None,
    around: Surroundings,
    served: Sequence[CommuneFacts],
) -> list[CommuneFacts]:
    """The other communes that code and point may mean; `served` have the code as their postal code.

    None where the code was not typed, or where the address or the point says that it is right. A point that
    lies elsewhere is told as that.
    """
    if not site.typed or fault in ELSEWHERE or is_confirmed(site, commune, around):
        return []
    others = {other.code: other for other in served}
    if around.likely:
        others[around.likely.commune.code] = around.likely.commune
    return list(others.values())


def is_confirmed(site: Site, commune: CommuneFacts, around: Surroundings) -> bool:
    """A postal code of the commune that is not the code itself confirms it; so does the point.

    The point does in the commune's contour, and where no contour is imported next to its own town hall.
    """
    # Who wrote a postal code for the commune wrote it twice: the same code confirms nothing.
    if site.postal_code in commune.postal_codes and site.postal_code != site.commune_code:
        return True
    if around.contour_metres is not None:
        # No tolerance here: a point just beyond the border may be in the other commune that is meant.
        return around.contour_metres == 0
    return around.hall is not None and around.hall.code == commune.code


def doubts(given: Reading, others: Sequence[Reading]) -> tuple[Reading, ...]:
    """Of the other communes that may be meant, those where the answer would be another, or is not known."""
    elsewhere = [other for other in others if other.commune.code != given.commune.code]
    return tuple(other for other in elsewhere if other.is_untold or _told(other) != _told(given))


def _told(reading: Reading) -> tuple[bool | None, tuple[str, ...]]:
    return reading.urban, reading.listed
