"""Letters about the yearly report: that it is due, that it came, what an officer made of it."""

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.reasons import plain_reasons
from services.notify.domain.telling import tell
from shared.contract.decision import Decision
from shared.contract.funding import ReportApproved, ReportExpected, ReportReceived, ReportSentBack


def report_expected(contact: Contact, fact: ReportExpected, cause: Cause) -> Decision:
    context = {
        "year": fact.year,
        "due_on": fact.due_on.isoformat(),
        "days_left": fact.days_left,
        "opens_on": fact.opens_on.isoformat() if fact.opens_on else None,
    }
    return tell(contact, cause, Message("report_expected", context))


def report_received(contact: Contact, fact: ReportReceived, cause: Cause) -> Decision:
    context = {
        "year": fact.year,
        "version": fact.version,
        "received_at": cause.now.isoformat(),
    }
    return tell(contact, cause, Message("report_received", context))


def report_approved(contact: Contact, fact: ReportApproved, cause: Cause) -> Decision:
    return tell(contact, cause, Message("report_approved", {"year": fact.year}))


def report_sent_back(contact: Contact, fact: ReportSentBack, cause: Cause) -> Decision:
    context = {
        "year": fact.year,
        "reasons": plain_reasons(fact.reasons),
        "due_on": fact.due_on.isoformat() if fact.due_on else None,
    }
    return tell(contact, cause, Message("report_sent_back", context))
