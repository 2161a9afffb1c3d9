"""When the tranches of a grant fall due."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.funding.domain.states import Grant, Tranche
from shared.programme import Programme
from shared.programme.model import months_later
from shared.programme.promises import tranche_due_on


def schedule(programme: Programme, grant: Grant) -> list[Tranche]:
    """One tranche for each year that has money, the first some months after the award, then yearly."""
    awarded_on = programme.local_day(grant.awarded_at)
    tranches = []
    for number, cents in enumerate(grant.awarded_cents, start=1):
        if not cents:
            continue  # a year without money keeps its number: T2 is the second year, whoever asks for what
        tranche = Tranche(
            tranche_id=f"{grant.candidature_id}-T{number}",
            candidature_id=grant.candidature_id,
            number=number,
            due_on=tranche_due_on(programme, awarded_on, number),
            amount_cents=cents,
            state="scheduled",
            since=grant.awarded_at,
        )
        tranches.append(tranche)
    return tranches


def year_by_year(
    grant: Grant, tranches: Sequence[Tranche]
) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """The days and the cents of each year of the award, in its place: the first is year one.

    A year without money has no tranche, and is told with nothing to pay: who counts the places counts right.
    """
    by_year = {tranche.number: tranche for tranche in tranches}
    years = range(1, len(grant.awarded_cents) + 1)
    due_on = tuple(_due_on(by_year, year) for year in years)
    cents = tuple(by_year[year].amount_cents if year in by_year else 0 for year in years)
    return due_on, cents


def _due_on(by_year: Mapping[int, Tranche], year: int) -> date:
    """Of a year without a tranche, the day that those of the nearest one give it."""
    nearest = min(by_year.values(), key=lambda tranche: abs(tranche.number - year))
    return months_later(nearest.due_on, 12 * (year - nearest.number))
