"""What the accepted reports add up to, by the programme's indicators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from services.funding.domain.states import Grant, Report
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Achieved:
    """One indicator, by year of the grants."""

    indicator: str
    title: str
    by_year: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.by_year.values())


def impact(programme: Programme, accepted: Iterable[Report]) -> list[Achieved]:
    """Each indicator in the programme's order. What a report leaves out counts as nothing."""
    sums: dict[str, dict[int, int]] = {indicator.id: {} for indicator in programme.indicators}
    for report in sorted(accepted, key=attrgetter("year")):
        for name, count in report.indicators.items():
            by_year = sums.setdefault(name, {})
            by_year[report.year] = by_year.get(report.year, 0) + count
    titles = titles_of(programme)
    return [Achieved(name, titles.get(name, name), by_year) for name, by_year in sums.items()]


@dataclass(frozen=True, slots=True)
class ReportedCount:
    """One line of the open data: what one beneficiary counted in one year."""

    decision_reference: str
    beneficiary_name: str
    beneficiary_siret: str
    year: int
    indicator: str
    title: str
    count: int


def counts_of(programme: Programme, grant: Grant, report: Report) -> list[ReportedCount]:
    titles = titles_of(programme)
    return [
        ReportedCount(
            decision_reference=grant.receipt_number,
            beneficiary_name=grant.legal_name,
            beneficiary_siret=grant.siret,
            year=report.year,
            indicator=name,
            title=titles.get(name, name),
            count=count,
        )
        for name, count in sorted(report.indicators.items())
    ]


def titles_of(programme: Programme) -> dict[str, str]:
    return {indicator.id: indicator.title for indicator in programme.indicators}
