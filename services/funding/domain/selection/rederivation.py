"""For the verifier: what was left above each dossier, counted again from the stored laureates."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.funding.domain.selection.values import Candidate, Policy, Ranked, Reason, Violation, WaveInputs
from shared.contract.values import Outcome

# The property each obstacle belongs to, when someone was accepted in spite of it.
BROKEN_BY = {
    "quota-full": "quotas",
    "laureates-max": "laureates-max",
    "money-short": "envelope",
    "list-stopped": "money-policy",
}


class Ground(NamedTuple):
    """A reason as it must have been recorded."""

    code: str
    rule: str
    threshold: int | None
    value: int | None


def failing_grounds(candidate: Candidate, policy: Policy) -> list[Ground]:
    """Each threshold the dossier misses on its own."""
    due = sum(due_cents(candidate, policy))
    thresholds = [
        Ground("below-criterion-pass-mark", f"criteria.{name}.pass_mark", least, candidate.criteria[name])
        for name, least in policy.criterion_pass_marks.items()
    ]
    thresholds.append(Ground("below-pass-mark", "selection.pass_mark", policy.pass_mark, candidate.score))
    thresholds.append(Ground("request-below-floor", "award.floor_cents", policy.floor_cents, due))
    return [ground for ground in thresholds if (ground.value or 0) < (ground.threshold or 0)]


def disagreement(recorded: Sequence[Reason], grounds: Sequence[Ground]) -> str:
    """Empty where the recorded reasons are exactly the grounds. Figures count where kept: events drop them."""
    said = sorted((reason.code, reason.rule) for reason in recorded)
    true = {(ground.code, ground.rule): (ground.threshold, ground.value) for ground in grounds}
    if said != sorted(true):
        return f"recorded {[code for code, _ in said]}, should be {[ground.code for ground in grounds]}"
    wrong = [
        f"{reason.code}: recorded {reason.threshold} against {reason.value}, should be {true[reason.code, reason.rule]}"
        for reason in recorded
        if (reason.threshold, reason.value) not in ((None, None), true[reason.code, reason.rule])
    ]
    return "; ".join(wrong)


def due_cents(candidate: Candidate, policy: Policy) -> list[int]:
    """What the dossier would get if money were no matter."""
    years = [year if year < policy.yearly_cap_cents else policy.yearly_cap_cents for year in candidate.requested_cents]
    return years if sum(years) <= policy.ceiling_cents else in_proportion(years, policy.ceiling_cents)


def in_proportion(years: list[int], total: int) -> list[int]:
    """Whole cents in proportion; the cents lost in rounding go to the earliest years that were rounded or cut."""
    parts = [divmod(year * total, sum(years)) for year in years]
    lost = total - sum(whole for whole, _ in parts)
    gains = [index for index, (whole, _) in enumerate(parts) if whole < years[index]][:lost]
    return [whole + (index in gains) for index, (whole, _) in enumerate(parts)]


class Ledger:
    """Places, money and laureates above the current rank, as the stored list has them."""

    def __init__(self, inputs: WaveInputs) -> None:
        self.policy = inputs.policy
        self.left_cents = inputs.envelope_left_cents
        self.laureates = 0
        self.stopped_at: int | None = None
        self.quotas = inputs.quotas_left
        kinds = {frozenset(candidate.zones) for candidate in inputs.candidatures}
        self.spare = {union: sum(inputs.quotas_left.get(zone, 0) for zone in union) for union in _unions(kinds)}
        self.containing = {kind: [union for union in self.spare if kind <= union] for kind in kinds}

    def judge(self, candidate: Candidate, entry: Ranked) -> Iterator[Violation]:
        """The dossier passes every threshold: it is a laureate exactly when nothing is in its way."""
        due = due_cents(candidate, self.policy)
        payable = self._payable(due)
        obstacles = self._obstacles(candidate, entry.rank, sum(due), fits_money=payable is not None)
        if entry.outcome is Outcome.LAUREATE:
            yield from self._accepted_rightly(candidate, entry, due, payable, obstacles)
        elif not obstacles:
            detail = f"rank {entry.rank} fits quotas, money and number beside every laureate above it"
            yield Violation("highest-set", (entry.id,), detail)
        elif detail := disagreement(entry.reasons, obstacles):
            yield Violation("reasons", (entry.id,), detail)
        short_of_money_alone = [ground.code for ground in obstacles] == ["money-short"]
        if short_of_money_alone and self.policy.when_short_of_money.value == "stop":
            self.stopped_at = entry.rank

    def enter(self, candidate: Candidate, entry: Ranked) -> None:
        self.laureates += 1
        self.left_cents -= sum(entry.awarded_cents)
        for union in self.containing[frozenset(candidate.zones)]:
            self.spare[union] -= 1

    def _accepted_rightly(
        self, candidate: Candidate, entry: Ranked, due: list[int], payable: list[int] | None, obstacles: list[Ground]
    ) -> Iterator[Violation]:
        for ground in obstacles:
            detail = (
                f"accepted at rank {entry.rank} in spite of {ground.code}: {ground.value} against {ground.threshold}"
            )
            yield Violation(BROKEN_BY[ground.code], (entry.id,), detail)
        if payable is None:
            return
        if list(entry.awarded_cents) != payable:
            yield Violation("amounts", (entry.id,), f"awarded {list(entry.awarded_cents)}, should be {payable}")
        grounds = [Ground("accepted", "selection.rank", None, entry.rank)]
        if (asked := sum(candidate.requested_cents)) > sum(due):
            grounds.append(Ground("amount-capped", "award.ceilings", sum(due), asked))
        if sum(payable) < sum(due):
            grounds.append(Ground("part-funded", "selection.when_short_of_money", sum(payable), sum(due)))
        if detail := disagreement(entry.reasons, grounds):
            yield Violation("reasons", (entry.id,), detail)

    def _payable(self, due: list[int]) -> list[int] | None:
        if self.left_cents >= sum(due):
            return due
        enough_for_a_part = self.left_cents > 0 and self.left_cents >= self.policy.floor_cents
        if self.policy.when_short_of_money.value == "part-fund" and enough_for_a_part:
            return in_proportion(due, self.left_cents)
        return None

    def _obstacles(self, candidate: Candidate, rank: int, due: int, fits_money: bool) -> list[Ground]:
        found, limit = [], self.policy.laureates_max
        if limit is not None and self.laureates >= limit:
            found.append(Ground("laureates-max", "selection.laureates_max", limit, limit + 1))
        if full := [union for union in self.containing[frozenset(candidate.zones)] if self.spare[union] <= 0]:
            smallest = min(full, key=len)
            places = sum(self.quotas.get(zone, 0) for zone in smallest)
            found.append(Ground("quota-full", f"quotas.{'+'.join(sorted(smallest))}", places, places + 1))
        if not fits_money:
            found.append(Ground("money-short", "envelope_left_cents", self.left_cents, due))
        if self.stopped_at is not None:
            found.append(Ground("list-stopped", "selection.when_short_of_money", self.stopped_at, rank))
        return found


def _unions(kinds: set[frozenset[str]]) -> set[frozenset[str]]:
    """Every union of sets of zones: Hall's condition fails, if it does, on one of them. Three with two zones."""
    found: set[frozenset[str]] = set()
    for kind in kinds:
        found |= {kind} | {kind | union for union in found}
    return found
