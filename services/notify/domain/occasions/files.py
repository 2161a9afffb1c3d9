"""Letters about a file: its receipt, what it lacks, a refusal, a withdrawal, what was found of its place."""

from dataclasses import replace

from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.contacts import accepted, contact_of_stray, is_stray, refused
from services.notify.domain.notice import Cause, Message
from services.notify.domain.reasons import codes_of, file_reasons, plain_reasons
from services.notify.domain.telling import keeping, tell, tell_once
from shared.contract.decision import Decision
from shared.contract.eligibility import EligibilityChecked, InstructionRequested, for_the_holder
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidatureChangedHands,
    CandidatureDeadlineMoved,
    CandidaturePiecesRequested,
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
)
from shared.kit.errors import TooEarly

ELIGIBILITY = "eligibility"  # the matter of the two letters about a place


def registered(contact: Contact, fact: CandidatureRegistered, cause: Cause) -> Decision:
    """The counter took the sending: its contact and its receipt are the ones to use."""
    contact = accepted(contact, cause.sending_id, fact.receipt_number)
    contact = replace(
        contact, front_end=fact.front_end or "", siret=fact.siret, public_key=fact.public_key
    )
    context = {
        "received_at": fact.received_at.isoformat(),
        "answer_due_on": fact.answer_due_on,
        "wave": fact.wave,
        "version": fact.version,
        "receipt_number": fact.receipt_number,
    }
    return keeping(contact, tell(contact, cause, Message("receipt", context)))


def pieces_requested(contact: Contact, fact: CandidaturePiecesRequested, cause: Cause) -> Decision:
    contact = accepted(contact, cause.sending_id)
    context = {
        "missing": list(fact.missing),
        "complete_before": fact.complete_before.isoformat(),
        "received_at": (fact.received_at or cause.now).isoformat(),
        "reopened": fact.reopened,
    }
    return keeping(contact, tell(contact, cause, Message("pieces_requested", context)))


def refusal(
    known: Contact | None,
    stray: StrayCard | None,
    fact: CandidatureRefused,
    cause: Cause,
) -> Decision:
    """Its author is told at the address of the file, even of one that could not be read whole.

    Raises TooEarly where the file itself was not heard yet.
    """
    message = Message("refused", {"reasons": file_reasons(fact.reasons)})
    if known is None or is_stray(known):
        if stray is None:
            raise TooEarly(fact.candidature_id)
        contact = contact_of_stray(stray)
        return keeping(contact, tell(contact, cause, message))
    contact = refused(known, cause.sending_id)
    decision = tell(contact, cause, message)
    return decision if contact is known else keeping(contact, decision)


def already_registered(
    contact: Contact, fact: CandidatureAlreadyRegistered, cause: Cause
) -> Decision:
    return tell(
        contact,
        cause,
        Message("already_registered", {"first_receipt": fact.receipt_number}),
    )


def deadline_moved(contact: Contact, fact: CandidatureDeadlineMoved, cause: Cause) -> Decision:
    context = {
        "wave": fact.wave,
        "deadline": fact.deadline.isoformat(),
        "answer_due_on": fact.answer_due_on.isoformat(),
        "complete": fact.complete,
        "reopened": fact.reopened,
    }
    return tell(contact, cause, Message("deadline_moved", context))


def withdrawn(contact: Contact, fact: CandidatureWithdrawn, cause: Cause) -> Decision:
    return tell(contact, cause, Message("withdrawn", {"wave": fact.wave}))


def changed_hands(contact: Contact, fact: CandidatureChangedHands, cause: Cause) -> Decision:
    context = {"front_end": fact.front_end, "has_key": fact.public_key is not None}
    moved = replace(contact, front_end=fact.front_end, public_key=fact.public_key)
    return keeping(moved, tell(moved, cause, Message("moved", context)))


def eligibility_checked(contact: Contact, fact: EligibilityChecked, cause: Cause) -> Decision:
    """A file is checked again with each change: its holder is told when the answer is another one."""
    require_receipt(contact)
    template = "eligible" if fact.eligible else "ineligible"
    context = {
        "zones": list(fact.zones),
        "reasons": plain_reasons(for_the_holder(fact.reasons)),
        "wave": fact.wave,
    }
    said = " ".join([template, *sorted(fact.zones), *codes_of(fact.reasons)])
    return tell_once(contact, ELIGIBILITY, said, cause, Message(template, context))


def told_ineligible(contact: Contact) -> bool:
    """Whether the last letter about the place said that it is in no zone."""
    return contact.told.get(ELIGIBILITY, "").partition(" ")[0] == "ineligible"


def instruction_requested(contact: Contact, fact: InstructionRequested, cause: Cause) -> Decision:
    require_receipt(contact)
    message = Message(
        "instruction_requested", {"reasons": plain_reasons(for_the_holder(fact.reasons))}
    )
    said = " ".join(["instruction", *codes_of(fact.reasons)])
    return tell_once(contact, ELIGIBILITY, said, cause, message)


def require_receipt(contact: Contact) -> None:
    """What follows from a registration names its receipt, and waits for it where it is read before.

    Raises TooEarly.
    """
    if not contact.receipt_number and not contact.erased:
        raise TooEarly(contact.candidature_id)
