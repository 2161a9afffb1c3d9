"""Seats laureates in the quotas of their zones, however many, and moves them while it helps the next."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.funding.domain.selection.values import Quotas, ZoneCode

Group = tuple[ZoneCode, ...]  # the zones of a candidature, sorted: all those of one group are alike
ENDLESS = 10**9  # places of a zone without a quota: no wave has so many dossiers


def group_of(zones: Iterable[ZoneCode]) -> Group:
    return tuple(sorted({str(zone) for zone in zones}))


@dataclass(frozen=True, slots=True)
class Move:
    """A laureate of this group gives up its place in this zone for one in another of its zones."""

    group: Group
    zone: ZoneCode


@dataclass(frozen=True, slots=True)
class Search:
    """`reached`: the zones a place could be made in, each with the move that leads there; None for its own.

    `free_zone` is the first found with room; None where there is none.
    """

    reached: Mapping[ZoneCode, Move | None]
    free_zone: ZoneCode | None


class Seating:
    """How many of each group sit in each quota. Nobody is refused for a seat that another could leave."""

    def __init__(self, quotas: Quotas) -> None:
        self._room = {
            zone: ENDLESS if places is None else places for zone, places in quotas.items()
        }
        self.places = dict(self._room)
        self._held: dict[Group, dict[ZoneCode, int]] = {}
        self._full: dict[Group, Group] = {}

    def obstacle(self, group: Group) -> Group | None:
        """The zones that are full even after every possible move, or None where a place can be made.

        Laureates only get more numerous, so what is full once stays full.
        """
        if group in self._full:
            return self._full[group]
        found = self._search(group)
        if found.free_zone is not None:
            return None
        self._full[group] = tuple(sorted(found.reached))
        return self._full[group]

    def seat(self, group: Group) -> None:
        """Takes a place, moving others along an augmenting path. Raises ValueError where there is none."""
        found = self._search(group)
        if found.free_zone is None:
            raise ValueError(f"no place can be made in {', '.join(group)}")
        zone = found.free_zone
        self._room[zone] -= 1
        # The path is walked backwards: the free place goes to the last to move, its own to the one before.
        # Every zone on the way keeps its number, and the newcomer finds a place in a zone of its own.
        move = found.reached[zone]
        while move is not None:
            self._hold(move.group, move.zone, -1)
            self._hold(move.group, zone, 1)
            zone = move.zone
            move = found.reached[zone]
        self._hold(group, zone, 1)

    def held(self, group: Group) -> list[ZoneCode]:
        """The zone of each place a group holds, in order of zone."""
        zones: list[ZoneCode] = []
        for zone, count in sorted(self._held.get(group, {}).items()):
            zones += [zone] * count
        return zones

    def _search(self, group: Group) -> Search:
        """Breadth first from the roomiest zone, so that what is left of the quotas stays balanced."""
        starts = sorted(group, key=lambda zone: (-self._room.get(zone, 0), zone))
        reached: dict[ZoneCode, Move | None] = dict.fromkeys(starts)
        queue = deque(starts)
        while queue:
            zone = queue.popleft()
            if self._room.get(zone, 0) > 0:
                return Search(reached, zone)
            for move in self._moves_out_of(zone):
                # Breadth first: the first move that reaches a zone is the shortest way there.
                new = [other for other in move.group if other not in reached]
                reached.update(dict.fromkeys(new, move))
                queue.extend(new)
        return Search(reached, None)

    def _moves_out_of(self, zone: ZoneCode) -> list[Move]:
        """One for each group that sits there. Sorted: the same wave takes the same path on any machine."""
        seated = [group for group, seats in self._held.items() if seats.get(zone, 0) > 0]
        return [Move(group, zone) for group in sorted(seated)]

    def _hold(self, group: Group, zone: ZoneCode, change: int) -> None:
        seats = self._held.setdefault(group, {})
        seats[zone] = seats.get(zone, 0) + change


def final_zones(laureates: Sequence[Iterable[ZoneCode]], quotas: Quotas) -> list[ZoneCode]:
    """The quota each laureate takes, in the order given. Raises ValueError where they do not all fit."""
    groups = [group_of(zones) for zones in laureates]
    seating = Seating(quotas)
    # Those with one zone sit down first: whoever has two then takes what is left, and fewer have to move.
    for group in sorted(groups, key=len):
        seating.seat(group)
    seats = {group: iter(seating.held(group)) for group in set(groups)}
    return [next(seats[group]) for group in groups]
