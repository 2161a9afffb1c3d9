"""From marks to a score. Integers throughout: hundredths of a mark, halves rounded up."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.eligibility.domain.states import Marks

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Score:
    """The mean of the counted reviews, by criterion and in total, in hundredths of a mark."""

    total: int
    criteria: Mapping[str, int]
    reviewers: tuple[str, ...]


def aggregate(marks: Mapping[str, Marks]) -> Score:
    """The total is the sum of the criteria as they are shown, so that anybody can add it up."""
    names = sorted({name for given in marks.values() for name in given})
    criteria = {name: _mean([given[name] for given in marks.values()]) for name in names}
    return Score(sum(criteria.values()), criteria, tuple(sorted(marks)))


def needs_another_review(marks: Mapping[str, Marks], apart_max: int) -> bool:
    """Whether two reviewers' totals are further apart than the programme allows."""
    totals = [sum(given.values()) for given in marks.values()]
    if not totals:
        return False
    return max(totals) - min(totals) > apart_max


def _mean(marks: list[int]) -> int:
    # In whole numbers: a float would round some halves down.
    return (2 * HUNDREDTHS * sum(marks) + len(marks)) // (2 * len(marks))
