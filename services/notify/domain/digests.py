"""Letters that gather what is new for a person who works for the programme: one a person and day at most."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.notify.domain.contact import Contact, nobody
from services.notify.domain.notice import Cause, Message, Recipient
from services.notify.domain.telling import notice_of
from shared.contract.backoffice import ReviewerRegistered
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import ReviewerBriefed
from shared.value import value

REVIEW_NEWS = "review_news"


@value
class Correspondent:
    """Whom an officer registered, and where their letters go; no address, no letter."""

    person_id: str
    address: str


def contact_of_person(known: Correspondent) -> Contact:
    """As a letter is written to them: an address without a dossier."""
    return replace(nobody(""), email=known.address)


def register(fact: ReviewerRegistered) -> Decision:
    """Registered again, what was said before is replaced, the address too."""
    return Decision(
        "correspondent-kept", changes=(Correspondent(fact.reviewer_id, fact.email or ""),)
    )


def review_news(known: Correspondent | None, fact: ReviewerBriefed, cause: Cause) -> Decision:
    """A day that was only reminded of is no news to who has given everything since."""
    if known is None or not known.address:
        return nothing("no-address")
    if not (fact.asked or fact.given or fact.released or fact.left):
        return nothing("nothing-new")
    context = {
        "day": fact.day.isoformat(),
        "asked": fact.asked,
        "given": fact.given,
        "reminded": fact.reminded,
        "released": [[one.candidature_id, one.because] for one in fact.released],
        "left": fact.left,
        "to_read": [
            [one.candidature_id, one.commune_code, one.due_on.isoformat()] for one in fact.to_read
        ],
    }
    return digest(known.person_id, "reviewer", REVIEW_NEWS, context, cause)


def digest(
    person_id: str, recipient: Recipient, template: str, context: Mapping[str, Any], cause: Cause
) -> Decision:
    message = Message(template, context, recipient, matter=person_id)
    notice = replace(notice_of("", cause, message), person_id=person_id)
    return Decision(template, changes=(notice,))
