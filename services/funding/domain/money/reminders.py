"""Who is told that a report is expected: some days before it is due, on the day, and once it is late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.funding.domain.money.reports import ReportDue
from services.funding.domain.states import ReportReminder
from shared.contract.decision import Decision
from shared.contract.funding import ReportExpected

ON_THE_DAY = 0
LATE = -1  # however late: it is said once


@dataclass(frozen=True, slots=True)
class Expected:
    """A report that is due, and the last reminder of it."""

    due: ReportDue
    reminder: ReportReminder | None


def stage_on(today: date, due_on: date, remind_days: Iterable[int]) -> int | None:
    """The latest reminder whose day has come, as days before the report is due; None before the first one."""
    left = (due_on - today).days
    if left < ON_THE_DAY:
        return LATE
    return min(
        (days for days in (*remind_days, ON_THE_DAY) if days >= left),
        default=None,
    )


def remind(expected: Iterable[Expected], remind_days: Iterable[int], today: date) -> Decision:
    """Each stage is said once; those that passed unsaid are left out. A report that is there needs none."""
    said = list(_due_now(expected, tuple(remind_days), today))
    facts = tuple(
        ReportExpected(
            candidature_id=due.candidature_id,
            year=due.year,
            due_on=due.due_on,
            days_left=(due.due_on - today).days,
            opens_on=due.opens_on,
        )
        for due, _ in said
    )
    changes = tuple(
        ReportReminder(due.candidature_id, due.year, due.due_on, stage) for due, stage in said
    )
    return Decision("reports-expected", facts=facts, changes=changes)


def _due_now(
    expected: Iterable[Expected], remind_days: tuple[int, ...], today: date
) -> Iterator[tuple[ReportDue, int]]:
    for one in expected:
        stage = stage_on(today, one.due.due_on, remind_days)
        if stage is not None and one.due.state in ("missing", "returned") and not _said(one, stage):
            yield one.due, stage


def _said(one: Expected, stage: int) -> bool:
    """A report whose day was put off is reminded of anew."""
    last = one.reminder
    return last is not None and last.due_on == one.due.due_on and last.days_left <= stage
