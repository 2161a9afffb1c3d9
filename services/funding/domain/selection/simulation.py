"""The same wave under another policy: who enters, who leaves, whose award changes, and what it costs."""

from dataclasses import asdict, dataclass
from typing import Any

from services.funding.domain.selection.allocation import allocate, under
from services.funding.domain.selection.cutoffs import awarded_cents, laureates_of
from services.funding.domain.selection.values import Policy, Ranked, Result, WaveInputs


@dataclass(frozen=True, slots=True)
class Change:
    """One dossier, before and after. An amount of 0 means it is not a laureate there."""

    id: str
    rank_before: int
    rank_after: int
    zone_before: str | None
    zone_after: str | None
    before_cents: int
    after_cents: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who enters is in rank order of the list after, the others in that of the list before."""

    enters: tuple[Change, ...]
    leaves: tuple[Change, ...]
    amounts: tuple[Change, ...]
    laureates_before: int
    laureates_after: int
    before_cents: int
    after_cents: int

    @property
    def cost_cents(self) -> int:
        """What the other policy costs more; negative where it saves."""
        return self.after_cents - self.before_cents

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"cost_cents": self.cost_cents}


def simulate(inputs: WaveInputs, other: Policy) -> Comparison:
    return compare(allocate(inputs), allocate(under(inputs, other)))


def compare(before: Result, after: Result) -> Comparison:
    """Raises KeyError where the two results are not of the same candidatures."""
    old = {entry.id: entry for entry in before.ranking}
    new = {entry.id: entry for entry in after.ranking}
    was = laureates_of(before.ranking)
    now = laureates_of(after.ranking)
    stays = {entry.id for entry in was} & {entry.id for entry in now}
    kept = [entry for entry in was if entry.id in stays]
    amended = [entry for entry in kept if entry.awarded_cents != new[entry.id].awarded_cents]
    return Comparison(
        enters=tuple(_change(old[entry.id], entry) for entry in now if entry.id not in stays),
        leaves=tuple(_change(entry, new[entry.id]) for entry in was if entry.id not in stays),
        amounts=tuple(_change(entry, new[entry.id]) for entry in amended),
        laureates_before=len(was),
        laureates_after=len(now),
        before_cents=awarded_cents(before),
        after_cents=awarded_cents(after),
    )


def _change(before: Ranked, after: Ranked) -> Change:
    return Change(
        id=before.id,
        rank_before=before.rank,
        rank_after=after.rank,
        zone_before=before.zone,
        zone_after=after.zone,
        before_cents=sum(before.awarded_cents),
        after_cents=sum(after.awarded_cents),
    )
