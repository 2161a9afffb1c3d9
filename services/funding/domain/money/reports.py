"""The yearly report: activity and financial table, accepted or sent back; when it is due and who is late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import Any, Literal

from services.funding.domain.money import sentences
from services.funding.domain.money.words import KeptLine, ReportState
from services.funding.domain.states import Grant, Report, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import ReportLine, ReportSubmitted
from shared.contract.funding import ReportApproved, ReportReceived, ReportSentBack
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme
from shared.programme.promises import report_due_on


@dataclass(frozen=True, slots=True)
class ReportDue:
    """One report that is expected. `opens_on` is when the tranche it opens falls due; None for the last."""

    candidature_id: str
    receipt_number: str
    year: int
    due_on: date
    state: ReportState | Literal["missing"]
    opens_on: date | None = None

    def overdue(self, today: date) -> bool:
        return self.state in ("missing", "returned") and self.due_on < today


def take_report(
    programme: Programme,
    report: Report | None,
    tranches: Sequence[Tranche],
    event: ReportSubmitted,
    at: Arrival,
) -> Decision:
    """A report sent again replaces the one before it; an accepted one stands."""
    if report and (standing := _stays(report, at)):
        return standing
    if event.year not in {tranche.number for tranche in tranches}:
        return nothing("no-such-year", sentences.no_such_year(event.year))
    known = {indicator.id for indicator in programme.indicators}
    if unknown := sorted(event.indicators.keys() - known):
        return nothing("no-such-indicator", sentences.no_such_indicator(unknown[0]))
    new = Report(
        candidature_id=event.candidature_id,
        year=event.year,
        state="submitted",
        sequence=at.order,
        planned_cents=sum(line.planned_cents for line in event.lines),
        spent_cents=sum(line.spent_cents for line in event.lines),
        submitted_at=at.now,
        version=report.version + 1 if report else 1,
        activity=event.activity,
        lines=tuple(_kept(line) for line in event.lines),
        indicators=dict(event.indicators),
    )
    fact = ReportReceived(
        candidature_id=new.candidature_id,
        year=new.year,
        version=new.version,
        support_needs=event.support_needs,
    )
    return Decision("report-submitted", facts=(fact,), changes=(new,))


def _stays(report: Report, at: Arrival) -> Decision | None:
    """Why the report that is there is not replaced."""
    if report.state == "accepted":
        return nothing("accepted-already")
    # Two front-ends have two streams: the broker's time tells which of two versions is the later.
    if at.order <= report.sequence:
        return nothing("superseded")
    return None


def _kept(line: ReportLine) -> KeptLine:
    return KeptLine(
        label=line.label, planned_cents=line.planned_cents, spent_cents=line.spent_cents
    )


def decide_report(
    report: Report,
    state: Literal["accepted", "returned"],
    officer: str,
    reason: str,
    due_on: date | None = None,
) -> Decision:
    """An officer accepts the report, or sends it back for the reason that its holder will read.

    `due_on` is the last day of the next version, where that is to come.
    """
    if report.state == state:
        return nothing("duplicate")
    if report.state == "accepted":
        return nothing("accepted-already")
    because = reason if state == "returned" else ""
    decided = replace(report, state=state, decided_by=officer, returned_because=because)
    named = {
        "candidature_id": report.candidature_id,
        "year": report.year,
        "version": report.version,
    }
    fact: Event = ReportApproved(**named)
    if state == "returned":
        why = Reason(code="report-returned", message=because)
        fact = ReportSentBack(**named, reasons=(why,), due_on=due_on)
    return Decision(f"report-{state}", facts=(fact,), changes=(decided,))


def financial_table(report: Report) -> list[dict[str, Any]]:
    """Each line with its variance in cents and in percent of what was planned; the total comes last."""
    total = KeptLine(
        label="Total",
        planned_cents=report.planned_cents,
        spent_cents=report.spent_cents,
    )
    return [_with_variance(line) for line in (*report.lines, total)]


def _with_variance(line: KeptLine) -> dict[str, Any]:
    planned_cents = line["planned_cents"]
    variance_cents = line["spent_cents"] - planned_cents
    # What was not planned has a variance in cents, and none in percent.
    percent = round(100 * variance_cents / planned_cents, 2) if planned_cents else None
    return {
        **line,
        "variance_cents": variance_cents,
        "variance_percent": percent,
    }


def reports_due(
    programme: Programme,
    grant: Grant,
    tranches: Sequence[Tranche],
    reports: Sequence[Report],
) -> Iterator[ReportDue]:
    """One for each year whose tranche stands; a grant that ended reports on what it was paid."""
    if grant.agreed_at is None:
        return
    by_year = {report.year: report for report in reports}
    standing = [tranche for tranche in tranches if _stands(grant, tranche)]
    for tranche, opened in zip_longest(standing, standing[1:]):
        report = by_year.get(tranche.number)
        if report is None and _was_read_elsewhere(grant, opened):
            continue
        due_on = [one.due_on for one in (tranche, opened) if one]
        yield ReportDue(
            candidature_id=grant.candidature_id,
            receipt_number=grant.receipt_number,
            year=tranche.number,
            due_on=report_due_on(programme, due_on),
            state=report.state if report else "missing",
            opens_on=opened.due_on if opened else None,
        )


def _was_read_elsewhere(grant: Grant, opened: Tranche | None) -> bool:
    """The tranche that it opens was paid before the platform."""
    return grant.was_taken_over and opened is not None and opened.state == "settled"


def _stands(grant: Grant, tranche: Tranche) -> bool:
    if grant.state == "cancelled":
        return tranche.state == "settled"
    return tranche.state != "cancelled"
