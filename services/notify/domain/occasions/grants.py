"""Letters about the outcome: award, reserve list, refusal, agreement, cancellation."""

from typing import Any

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.occasions.files import told_ineligible
from services.notify.domain.reasons import plain_reasons
from services.notify.domain.support import Moment, Plan, Supported, close_plan, open_plan
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.funding import (
    AwardCancelled,
    CandidatureDeclined,
    CandidatureWaitlisted,
    GrantAgreed,
    GrantAmended,
    GrantAwarded,
    GrantHeld,
    GrantReleased,
)


def awarded(contact: Contact, plan: Plan | None, fact: GrantAwarded, at: Moment) -> Decision:
    """The laureate is told, and the plan of their support opens. `plan` is the one there was, if any."""
    context = {
        "wave": fact.wave,
        "zone": fact.zone,
        "awarded_cents": list(fact.awarded_cents),
        "awarded_at": fact.awarded_at.isoformat(),
    }
    message = Message("promoted" if fact.promoted else "awarded", context)
    return joined(open_plan(fact, contact, plan, at), tell(contact, at.cause, message))


def cancelled(
    contact: Contact, known: Supported | None, fact: AwardCancelled, at: Moment
) -> Decision:
    context = {
        "reasons": plain_reasons(fact.reasons),
        "freed_cents": fact.freed_cents,
        "wave": fact.wave,
    }
    return joined(close_plan(known, at), tell(contact, at.cause, Message("cancelled", context)))


def waitlisted(contact: Contact, fact: CandidatureWaitlisted, cause: Cause) -> Decision:
    return tell(contact, cause, Message("waitlisted", _place(fact)))


def declined(contact: Contact, fact: CandidatureDeclined, cause: Cause) -> Decision:
    """Who was told that the place is in no zone had their decision then: it is not said twice."""
    if fact.rank is None and told_ineligible(contact):
        return nothing("told-before")
    return tell(contact, cause, Message("declined", _place(fact)))


def _place(fact: CandidatureWaitlisted | CandidatureDeclined) -> dict[str, Any]:
    context: dict[str, Any] = {
        "wave": fact.wave,
        "rank": fact.rank,
        "reasons": plain_reasons(fact.reasons),
    }
    if fact.argument is not None:
        context["argument"] = fact.argument.model_dump(mode="json")
    return context


def amended(contact: Contact, fact: GrantAmended, cause: Cause) -> Decision:
    context = {
        "kind": fact.kind,
        "schedule": _schedule(fact),
        "reasons": plain_reasons(fact.reasons),
    }
    return tell(contact, cause, Message("amended", context))


def held(contact: Contact, fact: GrantHeld, cause: Cause) -> Decision:
    context = {"reasons": plain_reasons(fact.reasons), "since": cause.now.isoformat()}
    return tell(contact, cause, Message("held", context))


def released(contact: Contact, _fact: GrantReleased, cause: Cause) -> Decision:
    return tell(contact, cause, Message("released"))


def agreed(contact: Contact, fact: GrantAgreed, cause: Cause) -> Decision:
    parties = [party.model_dump(mode="json") for party in fact.parties]
    return tell(
        contact, cause, Message("agreed", {"schedule": _schedule(fact), "parties": parties})
    )


def _schedule(fact: GrantAgreed | GrantAmended) -> list[list[Any]]:
    tranches = zip(fact.due_on, fact.amounts_cents, strict=False)
    return [[due.isoformat(), cents] for due, cents in tranches]
