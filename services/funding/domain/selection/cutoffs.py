"""What a list used up, and where it was cut: read from the stored result, for reports and explanations."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.funding.domain.selection.values import Ranked, Result, WaveInputs, ZoneCode
from shared.contract.values import Outcome


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The last laureate of a zone; `laureates` of `places` taken, for `awarded_cents`. Scores are in hundredths."""

    zone: ZoneCode
    places: int
    laureates: int
    awarded_cents: int
    rank: int | None
    score: int | None
    id: str | None


def laureates_of(ranking: Sequence[Ranked]) -> list[Ranked]:
    return [entry for entry in ranking if entry.outcome is Outcome.LAUREATE]


def awarded_cents(result: Result) -> int:
    return sum(sum(entry.awarded_cents) for entry in result.ranking)


def cutoffs(inputs: WaveInputs, result: Result) -> tuple[Cutoff, ...]:
    """One for each zone of the programme, by code."""
    return tuple(_cutoff(str(zone), places, result) for zone, places in sorted(inputs.quotas_left.items()))


def _cutoff(zone: ZoneCode, places: int, result: Result) -> Cutoff:
    seated = [entry for entry in laureates_of(result.ranking) if entry.zone == zone]
    last = seated[-1] if seated else None
    return Cutoff(
        zone=zone,
        places=places,
        laureates=len(seated),
        awarded_cents=sum(sum(entry.awarded_cents) for entry in seated),
        rank=last.rank if last else None,
        score=last.score if last else None,
        id=last.id if last else None,
    )
