"""What a list used up, and where it was cut: read from the stored result, for reports and explanations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.funding.domain.selection.values import Ranked, Result, WaveInputs, ZoneCode
from shared.contract.values import Outcome


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The last laureate of a zone; `laureates` of `places` taken, None where it has no quota.

    Scores are in hundredths of a mark.
    """

    zone: ZoneCode
    places: int | None
    laureates: int
    awarded_cents: int
    rank: int | None
    score: int | None
    id: str | None


def laureates_of(ranking: Sequence[Ranked]) -> list[Ranked]:
    return [entry for entry in ranking if entry.outcome is Outcome.LAUREATE]


def awarded_cents(result: Result) -> int:
    return cents_of(result.ranking)


def cents_of(entries: Iterable[Ranked]) -> int:
    return sum(sum(entry.awarded_cents) for entry in entries)


def count_of(result: Result, outcome: Outcome) -> int:
    return sum(entry.outcome is outcome for entry in result.ranking)


def percent(part: int, whole: int) -> int:
    """In whole ones, rounded down, so that 100 is said only of all."""
    if whole == 0:
        return 0
    return min(100, part * 100 // whole)


def cutoffs(inputs: WaveInputs, result: Result) -> tuple[Cutoff, ...]:
    """One for each zone of the programme, by code."""
    laureates = laureates_of(result.ranking)
    # A zone without a laureate has its line too: its places are what the reader looks for.
    by_code = sorted(inputs.quotas_left.items())
    return tuple(_cutoff(str(zone), places, laureates) for zone, places in by_code)


def _cutoff(zone: ZoneCode, places: int | None, laureates: Sequence[Ranked]) -> Cutoff:
    seated = [entry for entry in laureates if entry.zone == zone]
    last = seated[-1] if seated else None
    return Cutoff(
        zone=zone,
        places=places,
        laureates=len(seated),
        awarded_cents=cents_of(seated),
        rank=last.rank if last else None,
        score=last.score if last else None,
        id=last.id if last else None,
    )
