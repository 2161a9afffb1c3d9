"""A person's data is gone: the contact is emptied, what waits is dropped, and a last message leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.notify.domain.contact import Contact, StrayCard, nobody
from services.notify.domain.notice import (
    DROPPED,
    ERASING,
    QUEUED,
    SENT,
    Cause,
    Message,
    Notice,
    NoticeState,
)
from services.notify.domain.steps import Step, ended
from services.notify.domain.support import Plan
from services.notify.domain.telling import joined, notice_of
from shared.contract.decision import Decision, nothing
from shared.contract.notify import ContactForgotten

ERASED = "erased"  # the template of the last message
GONE: Mapping[NoticeState, NoticeState] = {QUEUED: DROPPED, SENT: ERASING}


def erase(
    candidature_id: str,
    known: Contact | None,
    stray: StrayCard | None,
    notices: Sequence[Notice],
    cause: Cause,
    asked: bool = True,
    support: Sequence[Plan | Step] = (),
) -> Decision:
    """`notices` are the letters of the dossier. A last one leaves where the person `asked`.

    `support` is what there was of it, as `support_ended` leaves it.
    """
    gone: tuple[Contact | StrayCard, ...] = (erased(known, candidature_id),)
    if stray:
        gone = (
            *gone,
            StrayCard(
                candidature_id,
                email="",
                representative="",
                legal_name="",
                place_name="",
            ),
        )
    last = farewell(known, cause) if known and asked else nothing("erased")
    emptied = tuple(without_words(notice) for notice in notices)
    fact = ContactForgotten(candidature_id=candidature_id)
    first = Decision(
        "erased",
        facts=(fact,),
        changes=(*gone, *emptied, *support),
        forgets=candidature_id,
    )
    return joined(first, last)


def support_ended(plan: Plan | None, steps: Sequence[Step], today: date) -> list[Plan | Step]:
    """How far each step came stays, and nobody's word about it; nobody has anything left to do."""
    if plan is None:
        return []
    silent = [replace(step, moves=()) for step in steps]
    over = [ended(step, "dropped", today) if step.is_live else step for step in silent]
    return [replace(plan, is_open=False), *over]


def without_words(notice: Notice) -> Notice:
    """That it was sent stays known, what waits is dropped; only a last letter still has to leave."""
    if notice.state == QUEUED and notice.template == ERASED:
        return notice
    return replace(notice, state=GONE.get(notice.state, notice.state), context={}, short=False)


def erased(contact: Contact | None, candidature_id: str) -> Contact:
    """What stays after an erasure: an id that is known, and nothing to write to."""
    receipt = contact.receipt_number if contact else ""
    return replace(nobody(candidature_id), receipt_number=receipt, erased=True)


def farewell(contact: Contact, cause: Cause) -> Decision:
    """The last message of an erased dossier carries its own address: the contact is gone when it leaves."""
    if contact.erased or not contact.email:
        return nothing("erased")
    name = contact.representative if contact.is_proven else ""
    address = {
        "email": contact.email,
        "representative": name,
        "receipt": contact.receipt_number,
    }
    notice = notice_of(contact.candidature_id, cause, Message(ERASED, address))
    return Decision("erased", changes=(notice,))
