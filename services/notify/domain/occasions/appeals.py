"""Letters about an appeal: that it came, that it came too late, what was answered."""

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.reasons import plain_reasons
from services.notify.domain.telling import tell
from shared.contract.decision import Decision, nothing
from shared.contract.funding import AppealReceived, AppealRefused, CandidatureReexamined
from shared.contract.values import Outcome


def appeal_received(contact: Contact, fact: AppealReceived, cause: Cause) -> Decision:
    context = {
        "wave": fact.wave,
        "received_at": cause.now.isoformat(),
        "answer_by": fact.answer_by.isoformat(),
    }
    return tell(contact, cause, Message("appeal_received", context))


def appeal_refused(contact: Contact, fact: AppealRefused, cause: Cause) -> Decision:
    context = {"wave": fact.wave, "reasons": plain_reasons(fact.reasons)}
    return tell(contact, cause, Message("appeal_refused", context))


def reexamined(contact: Contact, fact: CandidatureReexamined, cause: Cause) -> Decision:
    """An appeal that was upheld is told by what follows from it: the award, or a place on the list.

    Where nothing follows, the letter says so, and why.
    """
    if not fact.upheld:
        template = "appeal_rejected"
    elif fact.outcome_before is Outcome.LAUREATE:
        template = "appeal_upheld"
    elif fact.outcome is Outcome.DECLINED:
        template = "appeal_without_grant"
    else:
        return nothing("told-by-the-outcome")
    context = {"wave": fact.wave, "reasons": plain_reasons(fact.reasons)}
    return tell(contact, cause, Message(template, context))
