"""The agenda as officers see it: the programme file's meetings, and what was announced of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shared.programme.model import Gathering

Told = Mapping[str, Any]
Stage = Literal["planned", "announced", "moved", "cancelled", "over", "missed"]
STAGES: dict[Stage, tuple[str, str]] = {
    "planned": ("pas encore annoncée", "neutral"),
    "announced": ("annoncée", "good"),
    "moved": ("annoncée, autre que le programme", "waiting"),
    "cancelled": ("annulée", "bad"),
    "over": ("passée", "neutral"),
    "missed": ("passée sans être annoncée", "bad"),
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting. `shown` is what stands: as it was announced, or else as it is planned.

    `planned` is None for what the programme file does not have, `told` for what nobody announced yet.
    """

    gathering: str
    planned: dict[str, Any] | None
    told: Told | None

    @property
    def shown(self) -> Told:
        return self.told or self.planned or {}

    def stage(self, today: date) -> Stage:
        if self.shown["cancelled"]:
            return "cancelled"
        if self.told is None:
            return "planned" if self.may_announce(today) else "missed"
        if date.fromisoformat(self.shown["ends_on"]) < today:
            return "over"
        return "announced" if self.is_as_planned else "moved"

    @property
    def is_as_planned(self) -> bool:
        """Whether what was announced is what the programme file says, where it says anything."""
        planned = self.planned or {}
        return all(self.shown[name] == value for name, value in planned.items())

    def may_announce(self, today: date) -> bool:
        """The first time, or once more: until the day that was told."""
        if self.told is None and self.shown["cancelled"]:
            return False
        return date.fromisoformat(self.shown["starts_on"]) >= today

    def has_begun(self, today: date) -> bool:
        """Whether somebody can have come."""
        is_told = self.told is not None and not self.told["cancelled"]
        return is_told and date.fromisoformat(self.shown["starts_on"]) <= today


def meetings_of(planned: Iterable[Gathering], told: Iterable[Told]) -> list[Meeting]:
    """By day. `told` are the service's answers."""
    file = {one.id: one.model_dump(mode="json", exclude={"id"}) for one in planned}
    announced = {one["gathering"]: one for one in told}
    found = [Meeting(name, file.get(name), announced.get(name)) for name in file | announced]
    return sorted(found, key=lambda one: (one.shown["starts_on"], one.gathering))
