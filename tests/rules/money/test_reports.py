"""A report on each paid year: sent until it is accepted, due months after its year, with its variances."""

from datetime import date, timedelta

import pytest

from services.funding.domain.money import reports
from shared.contract.frontdesk import ReportLine, ReportSubmitted
from shared.contract.funding import ReportApproved, ReportReceived, ReportSentBack
from tests.rules.money import given

LINES = (
    ReportLine(label="Salaires", planned_cents=3_000_000, spent_cents=3_300_000),
    ReportLine(label="Imprévus", planned_cents=0, spent_cents=10_000),
)


def taken(before=None, year=1, now=given.DUE_AT, **indicators):
    event = ReportSubmitted(
        candidature_id=given.KEY, year=year, activity="Ouvert.", lines=LINES, indicators=indicators
    )
    return reports.take_report(given.programme(), before, given.tranches(), event, given.at(now))


def test_a_report_is_kept_with_its_sums_and_waits_for_an_officer():
    decision = taken()
    [report] = decision.changes

    assert decision.result == "report-submitted"
    assert (report.candidature_id, report.year, report.submitted_at) == (given.KEY, 1, given.DUE_AT)
    assert (report.activity, report.lines[1]["label"]) == ("Ouvert.", "Imprévus")
    assert (report.state, report.version, report.planned_cents, report.spent_cents) == (
        "submitted",
        1,
        3_000_000,
        3_310_000,
    )


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_a_report_sent_again_is_a_new_version_to_be_read_anew(state):
    [report] = taken(given.report(state=state)).changes

    assert (report.state, report.version) == ("submitted", 2)


def test_an_accepted_report_stands():
    assert taken(given.report()).result == "accepted-already"


def test_a_report_heard_late_does_not_replace_a_newer_one():
    [newer] = taken().changes

    assert taken(newer, now=given.DUE_AT - timedelta(seconds=1)).result == "superseded"


def test_what_a_report_counts_is_kept_and_what_the_programme_does_not_count_is_refused():
    [report] = taken(people_trained=120).changes

    assert report.indicators == {"people_trained": 120}
    assert given.refused(taken(parties=3)) == "no-such-indicator"


def test_its_holder_is_told_of_each_step_and_reads_why_it_comes_back():
    [received] = taken().facts
    [sent_back] = reports.decide_report(
        given.report(state="submitted"), "returned", "officer-1", "Illisible.", date(2022, 6, 30)
    ).facts
    [approved] = reports.decide_report(
        given.report(state="submitted"), "accepted", "officer-1", "Bon."
    ).facts

    assert (type(received), received.year, received.version) == (ReportReceived, 1, 1)
    assert (type(sent_back), [reason.message for reason in sent_back.reasons]) == (
        ReportSentBack,
        ["Illisible."],
    )
    assert sent_back.due_on == date(2022, 6, 30)
    assert type(approved) is ReportApproved


def test_no_report_is_taken_on_a_year_that_pays_nothing():
    assert given.refused(taken(year=4)) == "no-such-year"


def test_a_report_that_is_sent_back_says_why_and_an_accepted_one_is_never_sent_back():
    submitted = given.report(state="submitted")
    decision = reports.decide_report(submitted, "returned", "officer-1", "Illisible.")
    [returned] = decision.changes
    [accepted] = reports.decide_report(submitted, "accepted", "officer-1", "Complet.").changes

    assert (decision.result, returned.decided_by) == ("report-returned", "officer-1")
    assert (returned.state, returned.returned_because) == ("returned", "Illisible.")
    assert (accepted.state, accepted.returned_because) == ("accepted", "")
    assert (
        reports.decide_report(accepted, "returned", "officer-1", "Non.").result
        == "accepted-already"
    )
    assert reports.decide_report(accepted, "accepted", "officer-1", "Oui.").result == "duplicate"


def test_the_financial_table_ends_with_its_total_and_tells_variances_in_cents_and_percent():
    [report] = taken().changes

    table = [
        (line["label"], line["variance_cents"], line["variance_percent"])
        for line in reports.financial_table(report)
    ]
    assert table == [
        ("Salaires", 300_000, 10.0),
        ("Imprévus", 10_000, None),
        ("Total", 310_000, 10.33),
    ]


def due(**grant):
    return list(
        reports.reports_due(
            given.programme(), given.grant(**grant), given.tranches(t1={"state": "settled"}), []
        )
    )


def test_a_report_is_due_before_the_tranche_it_opens_and_the_last_one_six_months_after_its_year():
    assert [one.due_on for one in due()] == [
        date(2022, 3, 23),
        date(2023, 3, 23),
        date(2024, 6, 30),
    ]


@pytest.mark.parametrize(
    ("state", "overdue"),
    [("missing", True), ("returned", True), ("submitted", False), ("accepted", False)],
)
def test_who_has_sent_a_report_is_not_late(state, overdue):
    one = reports.ReportDue(given.KEY, given.RECEIPT, 1, date(2022, 6, 30), state)

    assert one.overdue(date(2022, 7, 1)) is overdue
    assert one.overdue(date(2022, 6, 30)) is False


def test_a_grant_that_ended_reports_on_what_it_was_paid_and_one_never_signed_on_nothing():
    assert [one.year for one in due(state="cancelled")] == [1]
    assert due(agreed_at=None) == []


def test_a_year_that_was_cancelled_needs_no_report():
    cancelled = given.tranches(t2={"state": "cancelled"})

    found = reports.reports_due(given.programme(), given.grant(), cancelled, [given.report()])
    assert [(one.year, one.state) for one in found] == [(1, "accepted"), (3, "missing")]
