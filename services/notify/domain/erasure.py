"""A person's data is gone: the contact is emptied, what waits is dropped, and a last message leaves."""

from collections.abc import Sequence
from dataclasses import replace

from services.notify.domain.contact import Contact, StrayCard, nobody
from services.notify.domain.notice import Cause, Message, Notice
from services.notify.domain.telling import joined, notice_of
from shared.contract.decision import Decision, nothing

ERASED = "erased"  # the template of the last message


def erase(
    candidature_id: str,
    known: Contact | None,
    stray: StrayCard | None,
    queued: Sequence[Notice],
    cause: Cause,
) -> Decision:
    """`queued` are the letters of the dossier that wait to be sent."""
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
    dropped = tuple(replace(notice, state="dropped", context={}) for notice in queued)
    last = farewell(known, cause) if known else nothing("erased")
    return joined(Decision("erased", changes=(*gone, *dropped)), last)


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
