"""What is written about a grant, for its holder and for officers: reports, aids, why it was amended."""

from typing import Any

from services.funding.domain.money.reports import financial_table
from services.funding.domain.states import Amendment, Grant, Report, StateAid
from shared.contract.asked import SignedDossierAsked
from shared.contract.values import Reason
from shared.kit.errors import ReadingRefused
from shared.kit.storage.states import States

UNKNOWN = Reason(code="unknown", message="Aucune subvention n'a cet identifiant.")


def file_reports(states: States, candidature_id: str) -> dict[str, Any]:
    """Each year's latest version, with its text and its table; aids and amendments. Raises ReadingRefused."""
    grant = states.one(Grant, candidature_id)
    if grant is None:
        raise ReadingRefused(UNKNOWN)
    declared = states.one(StateAid, candidature_id)
    return {
        "candidature_id": candidature_id,
        "receipt_number": grant.receipt_number,
        "reports": [_report(report) for report in states.of(Report, candidature_id)],
        "aids": [dict(aid) for aid in declared.aids] if declared else [],
        "amendments": [_amendment(one) for one in states.of(Amendment, candidature_id)],
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
    grant = states.one(Grant, asked.candidature_id)
    return grant.public_key if grant else None
