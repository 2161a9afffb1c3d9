"""What funding answers about money: accounts, what blocks a tranche and since when, reports, bank lines to look at."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.funding import store
from services.funding.domain.money.reports import ReportDue, financial_table, reports_due
from services.funding.domain.states import Account, Amendment, Anomaly, Grant, Recovery, Report, StateAid, Tranche
from shared.kit.storage.states import States
from shared.programme import Programme

PAGE_MAX = 500


def page_size(wanted: int) -> int:
    return min(max(wanted, 1), PAGE_MAX)


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


def money(book: States, programme: Programme, grant: Grant) -> dict[str, Any]:
    """What holds the money of one grant, each gate with the instant since when, then its history."""
    key = grant.candidature_id
    tranches = book.of(Tranche, key)
    return {
        "text": [line for found in tranches for line in _sentences(programme, found)],
        "reports": [_report(due, book.one(Report, key, due.year)) for due in _due(book, programme, grant)],
        "amendments": [
            {"number": a.number, "kind": a.kind, "at": a.at.isoformat(), "by": a.officer, "reason": a.reason}
            for a in book.of(Amendment, key)
        ],
        "recoveries": [
            {
                "number": asked.number,
                "state": asked.state,
                "amount_cents": asked.amount_cents,
                "left_cents": asked.left_cents if asked.state == "ordered" else 0,
                "answer_by": asked.answer_by.isoformat(),
                "answered": asked.answered_at is not None,
            }
            for asked in book.of(Recovery, key)
        ],
        "state_aid": _state_aid(book.one(StateAid, key)),
    }


def _sentences(programme: Programme, found: Tranche) -> list[str]:
    if found.state in ("rejected", "returned"):
        word = "rejeté" if found.state == "rejected" else "revenu"
        day = programme.local_day(found.since)
        return [f"Tranche {found.number} : versement {word} le {day:%d/%m/%Y} ; d'autres coordonnées sont attendues."]
    if found.state != "withheld":
        return []
    return [
        f"Tranche {found.number} bloquée depuis le {_day(programme, gate.get('since'))} : {gate['message']}"
        for gate in found.gates
    ]


def _day(programme: Programme, instant: str | None) -> str:
    return f"{programme.local_day(datetime.fromisoformat(instant)):%d/%m/%Y}" if instant else "?"


def _state_aid(aid: StateAid | None) -> dict[str, Any] | None:
    if aid is None:
        return None
    return {
        "declaration": aid.sequence,
        "declared_cents": sum(one["amount_cents"] for one in aid.aids),
        "aids": [dict(one) for one in aid.aids],
        "allowed": aid.allowed,
        "regime": aid.regime,
        "decided_by": aid.decided_by,
    }


@dataclass(frozen=True, slots=True)
class ReportsWanted:
    """A page of grants, by id, or the one grant of a receipt."""

    overdue_only: bool = False
    receipt_number: str = ""
    after: str = ""
    limit: int = 100


def reports(book: States, programme: Programme, today: date, wanted: ReportsWanted) -> dict[str, Any]:
    """The reports that are expected or were sent; an overdue one is missing or sent back, and late.

    Those of one dossier come with their financial tables. `overdue` counts those of the page.
    """
    grants, following = _page(book, wanted)
    keys = [grant.candidature_id for grant in grants if grant.agreed_at]
    for kind in (Tranche, Report):
        book.prefetch(kind, keys)
    due = [one for grant in grants if grant.agreed_at for one in _due(book, programme, grant)]
    kept = [one for one in due if one.overdue(today) or not wanted.overdue_only]
    with_table = bool(wanted.receipt_number)
    return {
        "as_of": today.isoformat(),
        "overdue": sum(one.overdue(today) for one in due),
        "reports": [
            _report(one, book.one(Report, one.candidature_id, one.year), with_table) | {"overdue": one.overdue(today)}
            for one in kept
        ],
        "next": following,
    }


def _page(book: States, wanted: ReportsWanted) -> tuple[list[Grant], str | None]:
    if wanted.receipt_number:
        return store.grants_of_receipt(book, wanted.receipt_number), None
    size = page_size(wanted.limit)
    grants = store.page_of_grants(book, wanted.after, size)
    return grants, grants[-1].candidature_id if len(grants) == size else None


def _due(book: States, programme: Programme, grant: Grant) -> list[ReportDue]:
    filed = {report.year: report for report in book.of(Report, grant.candidature_id)}
    return list(reports_due(programme, grant, book.of(Tranche, grant.candidature_id), filed))


def _report(due: ReportDue, report: Report | None, with_table: bool = True) -> dict[str, Any]:
    told = {
        "candidature_id": due.candidature_id,
        "receipt_number": due.receipt_number,
        "year": due.year,
        "due_on": due.due_on.isoformat(),
        "state": due.state,
        "version": report.version if report else 0,
        "returned_because": report.returned_because if report else "",
    }
    return told | {"financial_table": financial_table(report) if report else []} if with_table else told


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


def with_money(book: States, programme: Programme, explanation: dict[str, Any]) -> dict[str, Any]:
    """An explanation of an outcome, with what holds the money where there is a grant."""
    grant = book.one(Grant, explanation["candidature_id"]) if explanation.get("grant") else None
    return explanation | {"money": money(book, programme, grant)} if grant else explanation
