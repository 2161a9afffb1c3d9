"""For the verifier: what was left above each dossier, counted again from the stored laureates."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.funding.domain.selection.values import (
    Candidate,
    Ground,
    Policy,
    Ranked,
    Violation,
    WaveInputs,
)
from shared.contract.values import Outcome

# The property each obstacle belongs to, when someone was accepted in spite of it.
BROKEN_BY = {
    "quota-full": "quotas",
    "laureates-max": "laureates-max",
    "money-short": "envelope",
    "list-stopped": "money-policy",
}
Zones = frozenset[str]
WITHOUT_END = 10**9


class Expected(NamedTuple):
    """A ground as it must have been recorded."""

    code: str
    rule: str
    threshold: int | None
    value: int | None


def failing_grounds(candidate: Candidate, policy: Policy) -> list[Expected]:
    """Each threshold the dossier misses on its own."""
    found = []
    for name, least in policy.criterion_pass_marks.items():
        mark = candidate.criteria[name]
        if mark < least:
            rule = f"criteria.{name}.pass_mark"
            found.append(Expected("below-criterion-pass-mark", rule, least, mark))
    least = policy.pass_mark
    if candidate.score < least:
        found.append(Expected("below-pass-mark", "selection.pass_mark", least, candidate.score))
    due = sum(due_cents(candidate, policy))
    floor = policy.floor_cents
    if due < floor:
        found.append(Expected("request-below-floor", "award.floor_cents", floor, due))
    return found


def disagreement(recorded: Sequence[Ground], expected: Sequence[Expected]) -> str:
    """Empty where the recorded grounds are the expected. Figures count where kept: events drop them."""
    said = sorted((ground.code, ground.rule) for ground in recorded)
    figures = {(one.code, one.rule): (one.threshold, one.value) for one in expected}
    if said != sorted(figures):
        return f"recorded {[code for code, _ in said]}, should be {[one.code for one in expected]}"
    wrong = []
    for ground in recorded:
        kept = (ground.threshold, ground.value)
        true = figures[ground.code, ground.rule]
        if kept not in ((None, None), true):
            recorded_figures = f"recorded {ground.threshold} against {ground.value}"
            wrong.append(f"{ground.code}: {recorded_figures}, should be {true}")
    return "; ".join(wrong)


def due_cents(candidate: Candidate, policy: Policy) -> list[int]:
    """What the dossier would get if money were no matter."""
    years = [min(year, policy.yearly_cap_cents) for year in candidate.requested_cents]
    if sum(years) <= policy.ceiling_cents:
        return years
    return in_proportion(years, policy.ceiling_cents)


def in_proportion(years: list[int], total: int) -> list[int]:
    """Whole cents in proportion; those lost in rounding go to the earliest years that were rounded or cut."""
    whole = sum(years)
    parts = [year * total // whole for year in years]
    lost = total - sum(parts)
    rounded = [index for index, part in enumerate(parts) if part < years[index]]
    for index in rounded[:lost]:
        parts[index] += 1
    return parts


class RoomAbove:
    """Places, money and laureates above the current rank, as the stored list has them."""

    def __init__(self, inputs: WaveInputs) -> None:
        self.policy = inputs.policy
        self.left_cents = inputs.envelope_left_cents
        self.laureates = 0
        self.stopped_at: int | None = None
        # A zone without a quota is never full, nor is any union that it is in.
        self.quotas = {
            zone: WITHOUT_END if n is None else n for zone, n in inputs.quotas_left.items()
        }
        kinds = {frozenset(candidate.zones) for candidate in inputs.candidatures}
        # Hall's theorem: all find a place unless more can sit only in some set of zones than it has places.
        # So it is enough to count what each union of zones can still take.
        self.spare = {union: self._places(union) for union in _unions(kinds)}
        self.containing = {kind: [union for union in self.spare if kind <= union] for kind in kinds}

    def judge(self, candidate: Candidate, entry: Ranked) -> Iterator[Violation]:
        """The dossier passes every threshold: it is a laureate exactly when nothing is in its way."""
        due = due_cents(candidate, self.policy)
        payable = self._payable(due)
        obstacles = self._obstacles(candidate, entry.rank, sum(due), fits_money=payable is not None)
        if entry.outcome is Outcome.LAUREATE:
            yield from _in_spite_of(entry, obstacles)
            if payable is not None:
                yield from _award_faults(candidate, entry, due, payable)
        else:
            yield from _refusal_faults(entry, obstacles)
        # Want of money alone ends a list: a full quota says nothing of what is left to pay.
        money_alone = [obstacle.code for obstacle in obstacles] == ["money-short"]
        if money_alone and self.policy.when_short_of_money.value == "stop":
            self.stopped_at = entry.rank

    def enter(self, candidate: Candidate, entry: Ranked) -> None:
        """A laureate: what is left below is smaller."""
        self.laureates += 1
        self.left_cents -= sum(entry.awarded_cents)
        # Whichever of its zones it sits in, each union that has them all loses a place.
        for union in self.containing[frozenset(candidate.zones)]:
            self.spare[union] -= 1

    def _payable(self, due: list[int]) -> list[int] | None:
        if self.left_cents >= sum(due):
            return due
        # A part below the floor, or of nothing, is no award.
        enough_for_a_part = self.left_cents > 0 and self.left_cents >= self.policy.floor_cents
        if self.policy.when_short_of_money.value == "part-fund" and enough_for_a_part:
            return in_proportion(due, self.left_cents)
        return None

    def _obstacles(
        self, candidate: Candidate, rank: int, due: int, fits_money: bool
    ) -> list[Expected]:
        found = []
        limit = self.policy.laureates_max
        if limit is not None and self.laureates >= limit:
            found.append(Expected("laureates-max", "selection.laureates_max", limit, limit + 1))
        unions = self.containing[frozenset(candidate.zones)]
        full = [union for union in unions if self.spare[union] <= 0]
        if full:
            # Larger unions are full because this one is: it names the zones that are truly in the way.
            smallest = min(full, key=len)
            places = self._places(smallest)
            rule = f"quotas.{'+'.join(sorted(smallest))}"
            found.append(Expected("quota-full", rule, places, places + 1))
        if not fits_money:
            found.append(Expected("money-short", "envelope_left_cents", self.left_cents, due))
        if self.stopped_at is not None:
            rule = "selection.when_short_of_money"
            found.append(Expected("list-stopped", rule, self.stopped_at, rank))
        return found

    def _places(self, zones: Zones) -> int:
        return sum(self.quotas.get(zone, 0) for zone in zones)


def _in_spite_of(entry: Ranked, obstacles: Sequence[Expected]) -> Iterator[Violation]:
    for obstacle in obstacles:
        figures = f"{obstacle.value} against {obstacle.threshold}"
        detail = f"accepted at rank {entry.rank} in spite of {obstacle.code}: {figures}"
        yield Violation(BROKEN_BY[obstacle.code], (entry.id,), detail)


def _award_faults(
    candidate: Candidate,
    entry: Ranked,
    due: Sequence[int],
    payable: Sequence[int],
) -> Iterator[Violation]:
    awarded = list(entry.awarded_cents)
    if awarded != payable:
        yield Violation("amounts", (entry.id,), f"awarded {awarded}, should be {payable}")
    expected = [Expected("accepted", "selection.rank", None, entry.rank)]
    asked_cents = sum(candidate.requested_cents)
    capped_cents = sum(due)
    paid_cents = sum(payable)
    if asked_cents > capped_cents:
        expected.append(Expected("amount-capped", "award.ceilings", capped_cents, asked_cents))
    if paid_cents < capped_cents:
        rule = "selection.when_short_of_money"
        expected.append(Expected("part-funded", rule, paid_cents, capped_cents))
    detail = disagreement(entry.reasons, expected)
    if detail:
        yield Violation("reasons", (entry.id,), detail)


def _refusal_faults(entry: Ranked, obstacles: Sequence[Expected]) -> Iterator[Violation]:
    if not obstacles:
        detail = f"rank {entry.rank} fits quotas, money and number beside every laureate above it"
        yield Violation("highest-set", (entry.id,), detail)
        return
    detail = disagreement(entry.reasons, obstacles)
    if detail:
        yield Violation("reasons", (entry.id,), detail)


def _unions(kinds: set[Zones]) -> set[Zones]:
    """Every union of sets of zones: where Hall's condition fails, it fails on one of them."""
    found: set[Zones] = set()
    for kind in kinds:
        joined = {kind | union for union in found}
        found |= joined
        found.add(kind)
    return found
