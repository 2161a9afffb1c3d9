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
    """Changes are in rank order of the list that has the dossier: after for those who enter, before for the others."""

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
    old, new = {e.id: e for e in before.ranking}, {e.id: e for e in after.ranking}
    was, now = laureates_of(before.ranking), laureates_of(after.ranking)
    was_ids, now_ids = {entry.id for entry in was}, {entry.id for entry in now}
    return Comparison(
        enters=tuple(_change(old[e.id], e) for e in now if e.id not in was_ids),
        leaves=tuple(_change(e, new[e.id]) for e in was if e.id not in now_ids),
        amounts=tuple(
            _change(e, new[e.id]) for e in was if e.id in now_ids and e.awarded_cents != new[e.id].awarded_cents
        ),
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
