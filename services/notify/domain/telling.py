"""A message is told once: one notice for each recipient, template and cause, queued or failed at once."""

from dataclasses import replace
from hashlib import blake2b

from services.notify.domain.contact import Contact, having_told
from services.notify.domain.notice import Cause, Message, Notice
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.notify import DigestFailed, DigestSent, NoticeFailed, NoticeSent
from shared.contract.uuid7 import milliseconds_of, uuid7

NO_ADDRESS = "no-address"


def tell(contact: Contact, cause: Cause, message: Message) -> Decision:
    """Queues one message; one that can reach nobody is noted as failed at once.

    The receipt number is the one known now: a letter that waits must not show what came after it.
    """
    if contact.erased:
        return nothing("erased")
    told = replace(message, context={"receipt": contact.receipt_number, **message.context})
    notice = notice_of(contact.candidature_id, cause, told)
    if contact.email:
        return Decision(message.template, changes=(notice,))
    fact = failed_fact(notice, NO_ADDRESS)
    return Decision(NO_ADDRESS, facts=(fact,), changes=(replace(notice, state="failed"),))


def tell_once(contact: Contact, matter: str, said: str, cause: Cause, message: Message) -> Decision:
    """The same as `tell`, unless the last message on this matter said the same."""
    if contact.told.get(matter) == said:
        return nothing("said-before")
    changed = having_told(contact, matter, said)
    return keeping(changed, tell(contact, cause, message))


def keeping(contact: Contact, decision: Decision) -> Decision:
    """The decision, and the contact as it is now."""
    return replace(decision, changes=(contact, *decision.changes))


def joined(*decisions: Decision) -> Decision:
    """One decision out of several: the result of the last one stands for all."""
    first, *later = decisions
    return replace(first.followed_by(*later), result=decisions[-1].result)


def notice_of(candidature_id: str, cause: Cause, message: Message) -> Notice:
    return Notice(
        notice_id=notice_id(cause, message),
        candidature_id=candidature_id,
        template=message.template,
        recipient=message.recipient,
        cause_id=cause.event_id,
        at=cause.now,
        context=message.context,
        traceparent=cause.traceparent,
    )


def notice_id(cause: Cause, message: Message) -> str:
    """The same recipient, template and cause give the same id: a UUIDv7, so that rows stay in order."""
    key = f"{cause.event_id}/{message.template}/{message.recipient}/{message.matter}"
    digest = int.from_bytes(blake2b(key.encode(), digest_size=10).digest(), "big")
    return uuid7(milliseconds_of(cause.now), digest >> 62, digest)


def sent_fact(notice: Notice) -> Event:
    if notice.person_id:
        return DigestSent(
            person_id=notice.person_id,
            notice_id=notice.notice_id,
            template=notice.template,
            cause_id=notice.cause_id,
        )
    return NoticeSent(
        candidature_id=notice.candidature_id,
        notice_id=notice.notice_id,
        template=notice.template,
        cause_id=notice.cause_id,
        short=notice.short,
    )


def failed_fact(notice: Notice, cause: str) -> Event:
    if notice.person_id:
        return DigestFailed(
            person_id=notice.person_id,
            notice_id=notice.notice_id,
            template=notice.template,
            cause_id=notice.cause_id,
            cause=cause,
        )
    return NoticeFailed(
        candidature_id=notice.candidature_id,
        notice_id=notice.notice_id,
        template=notice.template,
        cause_id=notice.cause_id,
        cause=cause,
    )
