"""A wave as officers read it before they approve it: its list, where each zone's cut-off lies, diversity."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reference.communes import Communes
from shared.reference.regions import by_region

OUTCOMES = ("laureate", "waitlisted", "declined")


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The last laureate of a zone. `rank` and `score` (hundredths) are None where it has none.

    `quota` is None where the zone has no limit of its own.
    """

    zone: str
    quota: int | None
    laureates: int
    rank: int | None
    score: int | None
    awarded_cents: int


@dataclass(frozen=True, slots=True)
class WaveList:
    """All places of a list, with what stands over them. `pass_mark` is in hundredths, 0 for none."""

    places: tuple[dict[str, Any], ...]
    counts: dict[str, int]
    cutoffs: tuple[Cutoff, ...]
    pass_mark: int
    awarded_cents: int
    left_cents: int | None


def list_of(pages: Sequence[Mapping[str, Any]]) -> WaveList:
    """Of the pages of a ranking, in their order. Raises IndexError for no page."""
    first = pages[0]
    places = tuple(place for page in pages for place in page["places"])
    counted = Counter(place["outcome"] for place in places)
    return WaveList(
        places=places,
        counts={outcome: counted[outcome] for outcome in OUTCOMES},
        cutoffs=tuple(
            _cutoff(zone, quota, places) for zone, quota in sorted(first["quotas_left"].items())
        ),
        pass_mark=first["policy"].get("pass_mark", 0),
        awarded_cents=sum(sum(place["awarded_cents"]) for place in places),
        left_cents=first["envelope_left_cents"],
    )


def is_of(digest: str, *answers: Mapping[str, Any]) -> bool:
    """Whether all were told of the list that an approval names: they are asked one after the other."""
    return all(answer["digest"] == digest for answer in answers)


def _cutoff(zone: str, quota: int | None, places: Iterable[dict[str, Any]]) -> Cutoff:
    seated = [place for place in places if place["outcome"] == "laureate" and place["zone"] == zone]
    last = seated[-1] if seated else None
    return Cutoff(
        zone=zone,
        quota=quota,
        laureates=len(seated),
        rank=last["rank"] if last else None,
        score=last["score"] if last else None,
        awarded_cents=sum(sum(place["awarded_cents"]) for place in seated),
    )


def shares_by_region(
    departments: Iterable[dict[str, Any]], communes: Communes
) -> list[dict[str, Any]]:
    """The shares of departments added up by region, most laureates first."""
    return sorted(by_region(departments, communes), key=lambda region: -region["laureates"])
