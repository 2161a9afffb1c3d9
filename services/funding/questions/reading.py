"""What is written about a dossier and its grant: appeals, reports, aids, why the grant was amended."""

from typing import Any

from services.funding.domain.money.reports import financial_table
from services.funding.domain.states import (
    Amendment,
    Appeal,
    Entry,
    Grant,
    Recovery,
    Report,
    StateAid,
)
from shared.contract.asked import SignedDossierAsked
from shared.contract.values import Reason
from shared.kit.errors import ReadingRefused
from shared.kit.storage.states import States

UNKNOWN = Reason(code="unknown", message="Le financement ne connaît pas ce dossier.")


def file_reports(states: States, candidature_id: str) -> dict[str, Any]:
    """Each year's latest report with its text and table; aids, amendments, appeals, money asked back.

    Raises ReadingRefused.
    """
    known = _known(states, candidature_id)
    if known is None:
        raise ReadingRefused(UNKNOWN)
    declared = states.one(StateAid, candidature_id)
    return {
        "candidature_id": candidature_id,
        "receipt_number": known.receipt_number,
        "reports": [_report(report) for report in states.of(Report, candidature_id)],
        "aids": [dict(aid) for aid in declared.aids] if declared else [],
        "amendments": [_amendment(one) for one in states.of(Amendment, candidature_id)],
        "appeals": [_appeal(one) for one in states.of(Appeal, candidature_id)],
        "recoveries": [_recovery(one) for one in states.of(Recovery, candidature_id)],
    }


def _recovery(recovery: Recovery) -> dict[str, Any]:
    return {
        "number": recovery.number,
        "state": recovery.state,
        "amount_cents": recovery.amount_cents,
        "answer_by": recovery.answer_by.isoformat(),
        "answered_at": recovery.answered_at.isoformat() if recovery.answered_at else None,
        "observations": list(recovery.observations or ()),
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    return {
        "filed_at": appeal.filed_at.isoformat(),
        "answer_by": appeal.answer_by.isoformat(),
        "state": appeal.state,
        "grounds": list(appeal.grounds),
    }


def _amendment(found: Amendment) -> dict[str, Any]:
    return {"number": found.number, "kind": found.kind, "reason": found.reason}


def _report(report: Report) -> dict[str, Any]:
    return {
        "year": report.year,
        "state": report.state,
        "version": report.version,
        "submitted_at": report.submitted_at.isoformat(),
        "activity": report.activity,
        "financial_table": financial_table(report),
        "indicators": dict(report.indicators),
        "returned_because": report.returned_because,
    }


def dossier_key(states: States, asked: SignedDossierAsked) -> str | None:
    known = _known(states, asked.candidature_id)
    return known.public_key if known else None


def _known(states: States, candidature_id: str) -> Grant | Entry | None:
    return states.one(Grant, candidature_id) or states.one(Entry, candidature_id)
