"""Seats laureates in the quotas of their zones, for any number of zones, and moves them while it helps the next."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from services.funding.domain.selection.values import ZoneCode

Group = tuple[ZoneCode, ...]  # the zones of a candidature, sorted: all those of one group are alike


def group_of(zones: Iterable[ZoneCode]) -> Group:
    return tuple(sorted({str(zone) for zone in zones}))


class Seating:
    """How many of each group sit in each quota. Nobody is refused because an earlier one sits in the scarcer zone."""

    def __init__(self, quotas: Mapping[ZoneCode, int]) -> None:
        self._room = {str(zone): places for zone, places in quotas.items()}
        self.places = dict(self._room)
        self._held: dict[Group, dict[ZoneCode, int]] = {}
        self._full: dict[Group, Group] = {}

    def obstacle(self, group: Group) -> Group | None:
        """The zones that are full even after every possible move, or None where a place can be made.

        Laureates only get more numerous, so what is full once stays full.
        """
        if group in self._full:
            return self._full[group]
        came_from, end = self._search(group)
        if end is not None:
            return None
        return self._full.setdefault(group, tuple(sorted(came_from)))

    def seat(self, group: Group) -> None:
        """Takes a place, moving earlier ones along an augmenting path. Raises ValueError where none can be made."""
        came_from, end = self._search(group)
        if end is None:
            raise ValueError(f"no place can be made in {', '.join(group)}")
        self._room[end] -= 1
        while (step := came_from[end]) is not None:
            previous, moved = step
            self._move(moved, previous, end)
            end = previous
        self._hold(group, end, 1)

    def held(self, group: Group) -> list[ZoneCode]:
        """The zone of each place a group holds, in order of zone."""
        return [zone for zone, count in sorted(self._held.get(group, {}).items()) for _ in range(count)]

    def _search(self, group: Group) -> tuple[dict[ZoneCode, tuple[ZoneCode, Group] | None], ZoneCode | None]:
        """Breadth first from the roomiest zone, so that what is left of the quotas stays balanced."""
        starts = sorted(group, key=lambda zone: (-self._room.get(zone, 0), zone))
        came_from: dict[ZoneCode, tuple[ZoneCode, Group] | None] = dict.fromkeys(starts)
        queue = deque(starts)
        while queue:
            zone = queue.popleft()
            if self._room.get(zone, 0) > 0:
                return came_from, zone
            for other, step in self._moves_out_of(zone):
                if other not in came_from:
                    came_from[other] = step
                    queue.append(other)
        return came_from, None

    def _moves_out_of(self, zone: ZoneCode) -> list[tuple[ZoneCode, tuple[ZoneCode, Group]]]:
        movable = sorted(group for group, seats in self._held.items() if seats.get(zone, 0) > 0)
        return [(other, (zone, group)) for group in movable for other in group if other != zone]

    def _move(self, group: Group, origin: ZoneCode, target: ZoneCode) -> None:
        self._hold(group, origin, -1)
        self._hold(group, target, 1)

    def _hold(self, group: Group, zone: ZoneCode, change: int) -> None:
        seats = self._held.setdefault(group, {})
        seats[zone] = seats.get(zone, 0) + change


def final_zones(laureates: Sequence[Iterable[ZoneCode]], quotas: Mapping[ZoneCode, int]) -> list[ZoneCode]:
    """The quota each laureate takes, in the order given: those with one zone first, then the others where room is."""
    groups = [group_of(zones) for zones in laureates]
    seating = Seating(quotas)
    for group in sorted(groups, key=len):
        seating.seat(group)
    seats = {group: iter(seating.held(group)) for group in set(groups)}
    return [next(seats[group]) for group in groups]
