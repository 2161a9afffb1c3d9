"""For the verifier: what was left above each dossier, counted again from the stored laureates."""

from collections.abc import Iterator

from services.funding.selection.values import Candidate, Policy, Ranked, Violation, WaveInputs
from shared.contract.values import Outcome

# The property each obstacle belongs to, when someone was accepted in spite of it.
BROKEN_BY = {
    "quota-full": "quotas",
    "laureates-max": "laureates-max",
    "money-short": "envelope",
    "list-stopped": "money-policy",
}


def failing_grounds(candidate: Candidate, policy: Policy) -> list[tuple[str, str]]:
    """The (code, rule) of each threshold the dossier misses on its own."""
    grounds = [
        ("below-criterion-pass-mark", f"criteria.{name}.pass_mark")
        for name, least in policy.criterion_pass_marks.items()
        if least > candidate.criteria[name]
    ]
    if policy.pass_mark > candidate.score:
        grounds.append(("below-pass-mark", "selection.pass_mark"))
    if policy.floor_cents > sum(due_cents(candidate, policy)):
        grounds.append(("request-below-floor", "award.floor_cents"))
    return grounds


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
        self.stopped = False
        kinds = {frozenset(candidate.zones) for candidate in inputs.candidatures}
        self.spare = {union: sum(inputs.quotas_left.get(zone, 0) for zone in union) for union in _unions(kinds)}
        self.containing = {kind: [union for union in self.spare if kind <= union] for kind in kinds}

    def judge(self, candidate: Candidate, entry: Ranked) -> Iterator[Violation]:
        """The dossier passes every threshold: it is a laureate exactly when nothing is in its way."""
        due = due_cents(candidate, self.policy)
        payable = self._payable(due)
        obstacles = self._obstacles(candidate, fits_money=payable is not None)
        if entry.outcome is Outcome.LAUREATE:
            yield from self._accepted_rightly(candidate, entry, due, payable, obstacles)
        elif not obstacles:
            detail = f"rank {entry.rank} fits quotas, money and number beside every laureate above it"
            yield Violation("highest-set", (entry.id,), detail)
        elif sorted(reason.code for reason in entry.reasons) != sorted(obstacles):
            recorded = [reason.code for reason in entry.reasons]
            yield Violation("reasons", (entry.id,), f"waits for {recorded}, should be {obstacles}")
        if obstacles == ["money-short"] and self.policy.when_short_of_money.value == "stop":
            self.stopped = True

    def enter(self, candidate: Candidate, entry: Ranked) -> None:
        self.laureates += 1
        self.left_cents -= sum(entry.awarded_cents)
        for union in self.containing[frozenset(candidate.zones)]:
            self.spare[union] -= 1

    def _accepted_rightly(
        self, candidate: Candidate, entry: Ranked, due: list[int], payable: list[int] | None, obstacles: list[str]
    ) -> Iterator[Violation]:
        for obstacle in obstacles:
            yield Violation(BROKEN_BY[obstacle], (entry.id,), f"accepted at rank {entry.rank} in spite of {obstacle}")
        if payable is None:
            return
        if list(entry.awarded_cents) != payable:
            yield Violation("amounts", (entry.id,), f"awarded {list(entry.awarded_cents)}, should be {payable}")
        expected = {
            "accepted": True,
            "amount-capped": sum(due) < sum(candidate.requested_cents),
            "part-funded": sum(payable) < sum(due),
        }
        recorded, should = [r.code for r in entry.reasons], [code for code, holds in expected.items() if holds]
        if sorted(recorded) != sorted(should):
            yield Violation("reasons", (entry.id,), f"accepted with {recorded}, should be {should}")

    def _payable(self, due: list[int]) -> list[int] | None:
        if self.left_cents >= sum(due):
            return due
        enough_for_a_part = self.left_cents > 0 and self.left_cents >= self.policy.floor_cents
        if self.policy.when_short_of_money.value == "part-fund" and enough_for_a_part:
            return in_proportion(due, self.left_cents)
        return None

    def _obstacles(self, candidate: Candidate, fits_money: bool) -> list[str]:
        limit = self.policy.laureates_max
        in_the_way = {
            "quota-full": any(self.spare[union] <= 0 for union in self.containing[frozenset(candidate.zones)]),
            "laureates-max": limit is not None and self.laureates >= limit,
            "money-short": not fits_money,
            "list-stopped": self.stopped,
        }
        return [code for code, is_there in in_the_way.items() if is_there]


def _unions(kinds: set[frozenset[str]]) -> set[frozenset[str]]:
    """Every union of sets of zones: Hall's condition fails, if it does, on one of them. Three with two zones."""
    found: set[frozenset[str]] = set()
    for kind in kinds:
        found |= {kind} | {kind | union for union in found}
    return found
