"""What funding answers about money: accounts, what holds a tranche and since when, reports, bank lines."""

from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from services.funding import store
from services.funding.domain.money.explanation import told_tranche
from services.funding.domain.money.impact import impact
from services.funding.domain.money.reports import ReportDue, reports_due
from services.funding.domain.states import (
    Account,
    Amendment,
    Anomaly,
    Declaration,
    Grant,
    Order,
    Recovery,
    Report,
    StateAid,
    Tranche,
)
from shared.contract.asked import GrantsAsked, ReportsAsked
from shared.kit.storage.states import States
from shared.programme import Programme

WHOSE = attrgetter("candidature_id")


def account(found: Account | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "fingerprint": found.fingerprint,
        "verified": found.trusted_at is not None,
        "replaces": found.replaces,
        "verified_by": found.verified_by,
        "confirmed_by": found.confirmed_by,
    }


def tranche(found: Tranche, order_id: str | None) -> dict[str, Any]:
    return {
        "tranche_id": found.tranche_id,
        "number": found.number,
        "due_on": found.due_on.isoformat(),
        "amount_cents": found.amount_cents,
        "payable_cents": found.payable_cents,
        "state": found.state,
        "since": found.since.isoformat(),
        "order_id": order_id,
        "gates": [dict(gate) for gate in found.gates] if found.state == "withheld" else [],
    }


def money(states: States, programme: Programme, grant: Grant) -> dict[str, Any]:
    """The money of one grant in words: tranches, gates, orders, the bank's word; then its history."""
    key = grant.candidature_id
    orders = states.of(Order, key)
    letters = store.letters_on(states, orders)
    told: list[str] = []
    for one in states.of(Tranche, key):
        told += told_tranche(
            programme,
            one,
            [o for o in orders if o.tranche_id == one.tranche_id],
            letters,
        )
    return {
        "text": told,
        "reports": [_report(due, states) for due in _due(states, programme, grant)],
        "amendments": [_amendment(one) for one in states.of(Amendment, key)],
        "recoveries": [_recovery(one) for one in states.of(Recovery, key)],
        "state_aid": _state_aid(states.one(StateAid, key)),
    }


def _amendment(found: Amendment) -> dict[str, Any]:
    return {
        "number": found.number,
        "kind": found.kind,
        "at": found.at.isoformat(),
        "by": found.officer,
    }


def _recovery(found: Recovery) -> dict[str, Any]:
    return {
        "number": found.number,
        "state": found.state,
        "amount_cents": found.amount_cents,
        "left_cents": found.left_cents if found.state == "ordered" else 0,
        "answer_by": found.answer_by.isoformat(),
        "answered": found.answered_at is not None,
    }


def _state_aid(aid: StateAid | None) -> dict[str, Any] | None:
    if aid is None:
        return None
    return {
        "declaration": aid.sequence,
        "declared_cents": sum(one["amount_cents"] for one in aid.aids),
        "allowed": aid.allowed,
        "regime": aid.regime,
        "decided_by": aid.decided_by,
    }


def reports(
    states: States, programme: Programme, today: date, wanted: ReportsAsked
) -> dict[str, Any]:
    """The reports that are expected or were sent; an overdue one is missing or sent back, and late.

    What its holder wrote in one is read by `file-reports`, signed. `overdue` counts those of the page.
    """
    grants, following = _page(states, wanted)
    agreed = [grant for grant in grants if grant.agreed_at]
    for kind in (Tranche, Report):
        states.prefetch(kind, [grant.candidature_id for grant in agreed])
    due = [one for grant in agreed for one in _due(states, programme, grant)]
    told = []
    for one in due:
        overdue = one.overdue(today)
        if overdue or not wanted.overdue:
            told.append(_report(one, states) | {"overdue": overdue})
    return {
        "as_of": today.isoformat(),
        "overdue": sum(one.overdue(today) for one in due),
        "reports": told,
        "next": following,
    }


def achieved(states: States, programme: Programme) -> dict[str, Any]:
    """Each indicator by year of the grants and in all, over the accepted reports."""
    accepted = store.accepted_reports(states)
    return {
        "reports": len(accepted),
        "indicators": [
            {
                "indicator": one.indicator,
                "title": one.title,
                "by_year": {str(year): count for year, count in one.by_year.items()},
                "total": one.total,
            }
            for one in impact(programme, accepted)
        ],
    }


def reported_counts(states: States, asked: GrantsAsked) -> dict[str, Any]:
    """What each accepted report counted, grant by grant: a page of grants at a time."""
    found = store.accepted_after(states, asked.after or "", asked.limit + 1)
    by_grant = {key: list(reports) for key, reports in groupby(found, WHOSE)}
    page = list(by_grant)[: asked.limit]
    counts = [
        {"candidature_id": key, "year": report.year, "indicators": dict(report.indicators)}
        for key in page
        for report in by_grant[key]
    ]
    return {"counts": counts, "next": page[-1] if len(by_grant) > len(page) else None}


def _page(states: States, wanted: ReportsAsked) -> tuple[list[Grant], str | None]:
    """The grants, and where the next page begins after; None on the last one."""
    if wanted.receipt_number:
        return store.grants_of_receipt(states, wanted.receipt_number), None
    size = wanted.limit
    grants = store.page_of_grants(states, wanted.after or "", size)
    if len(grants) < size:
        return grants, None
    return grants, grants[-1].candidature_id


def _due(states: States, programme: Programme, grant: Grant) -> list[ReportDue]:
    key = grant.candidature_id
    return list(reports_due(programme, grant, states.of(Tranche, key), states.of(Report, key)))


def _report(due: ReportDue, states: States) -> dict[str, Any]:
    report = states.one(Report, due.candidature_id, due.year)
    return {
        "candidature_id": due.candidature_id,
        "receipt_number": due.receipt_number,
        "year": due.year,
        "due_on": due.due_on.isoformat(),
        "state": due.state,
        "version": report.version if report else 0,
    }


def in_doubt(states: States, order: Order) -> dict[str, Any]:
    """An order whose fate the bank leaves open, with what one person has declared since of its letter."""
    letter = states.one(Declaration, order.order_id)
    counts = letter is not None and letter.order_state == order.state
    return {
        "order_id": order.order_id,
        "tranche_id": order.tranche_id,
        "amount_cents": order.amount_cents,
        "reason_code": order.reason_code,
        "declared": declaration(letter) if counts else None,
    }


def declaration(found: Declaration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "fate": found.fate,
        "reference": found.reference,
        "by": [word["actor"] for word in found.words],
        "roles": [word["role"] for word in found.words],
    }


def anomaly(found: Anomaly) -> dict[str, Any]:
    return {
        "statement_id": found.statement_id,
        "part": found.part,
        "line": found.line,
        "end_to_end_id": found.end_to_end_id,
        "kind": found.kind,
        "amount_cents": found.amount_cents,
        "detail": found.detail,
    }


def with_money(states: States, programme: Programme, explanation: dict[str, Any]) -> dict[str, Any]:
    """An explanation of an outcome, with what holds the money where there is a grant."""
    if not explanation.get("grant"):
        return explanation
    grant = states.one(Grant, explanation["candidature_id"])
    if grant is None:
        return explanation
    return explanation | {"money": money(states, programme, grant)}
