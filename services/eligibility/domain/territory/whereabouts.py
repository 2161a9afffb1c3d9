"""Where coordinates lie, and whether the commune agrees: a department may be inferred, never a zone."""

from services.eligibility.domain.territory.facts import CommuneFacts, Fault, Reading, Site
from services.eligibility.domain.territory.territories import (
    is_swapped,
    territory_at,
    territory_of_department,
)
from shared.value import value

INFERRED_FROM_PERIMETER_METRES = 20_000.0


@value
class Neighbourhood:
    """Around a point: the commune of the nearest town hall, the nearest QPV's department and distance."""

    hall_commune: CommuneFacts | None
    qpv_department: str | None
    qpv_metres: float | None


@value
class Whereabouts:
    """`hint` names the commune of the nearest town hall, for whoever looks for the mistake."""

    hint: str | None
    department: str | None


def fault_of(site: Site, commune: CommuneFacts | None) -> Fault | None:
    """What is wrong with the coordinates, None where nothing is. Town halls are not looked at here."""
    if site.point is None:
        return "missing"
    here = territory_at(*site.point)
    if here is None and is_swapped(*site.point):
        return "swapped"
    if here is None:
        return "outside-france"
    if commune and territory_of_department(commune.department) is not here:
        return "contradict-commune"
    return None


def whereabouts(commune: CommuneFacts | None, fault: Fault | None, around: Neighbourhood) -> Whereabouts:
    """Without a commune the department is that of the town hall, else of a perimeter within 20 km."""
    if commune and fault != "contradict-commune":
        return Whereabouts(None, commune.department)
    hall = around.hall_commune if fault in (None, "contradict-commune") else None
    hint = hall.label if hall else None
    if commune:
        return Whereabouts(hint, commune.department)
    if hall:
        return Whereabouts(hint, hall.department)
    if fault or around.qpv_metres is None or around.qpv_metres > INFERRED_FROM_PERIMETER_METRES:
        return Whereabouts(None, None)
    return Whereabouts(None, around.qpv_department)


def is_confirmed(site: Site, commune: CommuneFacts, hall_commune: CommuneFacts | None) -> bool:
    """A postal code of the commune that is not the code itself confirms it; so does its own town hall."""
    if site.postal_code in commune.postal_codes and site.postal_code != site.commune_code:
        return True
    return hall_commune is not None and hall_commune.code == commune.code


def doubts(given: Reading, others: list[Reading]) -> tuple[Reading, ...]:
    """Of the other communes that may be meant, those where the answer would be another, or is not known."""
    return tuple(
        other
        for other in others
        if other.commune.code != given.commune.code and (other.urban is None or other.urban != given.urban)
    )
