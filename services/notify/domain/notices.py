"""The rules of notify: which message a fact calls for, once; the support plan and its steps. No I/O, time passed in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from services.notify.domain import wording
from services.notify.domain.contacts import Contact
from services.notify.domain.support import CLOSED, INTRODUCTION, PEERS, Site, meeting_step, nearest_peers, plan_steps
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import GrantAwarded
from shared.contract.notify import NoticeFailed, NoticeSent, SupportAdvanced, SupportOpened
from shared.contract.values import Reason
from shared.programme.model import Support
from shared.value import value

HOLDER, ASSOCIATION = "holder", "association"
QUEUED, SENT, FAILED, DROPPED = "queued", "sent", "failed", "dropped"
NO_ADDRESS = "no-address"


@value
class Notice:
    """One message to one recipient for one cause. It is written as text when it is sent, from `context`.

    `context` holds ids, dates, amounts and reasons; of a person, nothing but what an erasure notice needs to leave.
    """

    notice_id: str
    candidature_id: str
    template: str
    recipient: str
    cause_id: str
    at: datetime
    context: Mapping[str, Any]
    state: str = QUEUED
    attempts: int = 0
    retry_at: datetime | None = None
    short: bool = False  # it left without its words, for an address that nobody had proven


@value
class Plan:
    """The support of one laureate: its steps in order, those done, and whether the award still stands."""

    candidature_id: str
    wave: str
    promoted: bool
    awarded_at: datetime
    needs: tuple[str, ...]
    steps: tuple[str, ...]
    done: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    is_open: bool = True


@value
class WaveSupport:
    """Peers are matched once per wave, when as many plans are open as laureates were ranked."""

    wave: str
    expected: int | None = None
    opened: int = 0
    first_awarded_at: datetime | None = None
    matched: bool = False


@value
class Cause:
    """The event that calls for a message: its id, and its time."""

    event_id: str
    now: datetime


@value
class Message:
    """What to say. `matter` tells apart two messages of one template in one cause, such as two invitations."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    recipient: str = HOLDER
    matter: str = ""


def notice_id(cause: Cause, message: Message) -> str:
    """Once per (recipient, template, cause): the same three give the same id. UUIDv7, so that rows stay in order."""
    key = f"{cause.event_id}/{message.template}/{message.recipient}/{message.matter}"
    digest = int.from_bytes(blake2b(key.encode(), digest_size=10).digest(), "big")
    milliseconds = int(cause.now.timestamp() * 1000) & (2**48 - 1)
    written = f"{milliseconds << 80 | 7 << 76 | (digest >> 62 & 0xFFF) << 64 | 2 << 62 | digest & (2**62 - 1):032x}"
    return f"{written[:8]}-{written[8:12]}-{written[12:16]}-{written[16:20]}-{written[20:]}"


def tell(contact: Contact, cause: Cause, message: Message) -> Decision:
    """Queues one message; one that can reach nobody is noted as failed at once.

    The receipt number is the one known now: a letter that waits must not show what came after it.
    """
    if contact.erased:
        return nothing("erased")
    message = replace(message, context={"receipt": contact.receipt_number, **message.context})
    notice = _notice(contact.candidature_id, cause, message)
    if contact.email:
        return Decision(message.template, changes=(notice,))
    fact = failed_fact(notice, NO_ADDRESS)
    return Decision(NO_ADDRESS, facts=(fact,), changes=(replace(notice, state=FAILED),))


def tell_once(contact: Contact, matter: str, said: str, cause: Cause, message: Message) -> Decision:
    """The same as `tell`, unless the last message on this matter said the same."""
    if contact.told.get(matter) == said:
        return nothing("said-before")
    changed = replace(contact, told={**contact.told, matter: said})
    return joined(Decision(message.template, changes=(changed,)), tell(contact, cause, message))


def joined(*decisions: Decision) -> Decision:
    """One decision out of several: the result of the last one stands for all."""
    return Decision(
        decisions[-1].result,
        reasons=tuple(reason for decision in decisions for reason in decision.reasons),
        facts=tuple(fact for decision in decisions for fact in decision.facts),
        changes=tuple(change for decision in decisions for change in decision.changes),
    )


def plain_reasons(reasons: Sequence[Reason]) -> list[list[str]]:
    return _once((reason.code, reason.message) for reason in reasons)


def file_reasons(reasons: Sequence[Reason]) -> list[list[str]]:
    """Reasons about a file, each with the French name of the field it is about."""
    return _once((reason.code, wording.about_field(reason.field, reason.message)) for reason in reasons)


def _once(lines: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[code, sentence] for code, sentence in dict.fromkeys(lines)]


def confirm(contact: Contact, email: str, short: Sequence[Notice], cause: Cause) -> Decision:
    """Somebody reads the address: what left for it without its words leaves again, whole."""
    contact = replace(contact, proven=(*contact.proven, email))
    again = [
        tell(contact, cause, Message(notice.template, notice.context, notice.recipient, matter=notice.notice_id))
        for notice in (short if contact.is_proven else ())
    ]
    whole = tuple(replace(notice, short=False) for notice in short) if again else ()
    return replace(joined(*again, Decision("address-proven", changes=(contact, *whole))), result="address-proven")


def farewell(contact: Contact, cause: Cause) -> Decision:
    """The last message of an erased dossier carries its own address: the contact is gone when it leaves."""
    if contact.erased or not contact.email:
        return nothing("erased")
    name = contact.representative if contact.is_proven else ""
    address = {"email": contact.email, "representative": name, "receipt": contact.receipt_number}
    return Decision("erased", changes=(_notice(contact.candidature_id, cause, Message("erased", address)),))


def _notice(candidature_id: str, cause: Cause, message: Message) -> Notice:
    return Notice(
        notice_id(cause, message),
        candidature_id,
        message.template,
        message.recipient,
        cause.event_id,
        cause.now,
        message.context,
    )


def sent_fact(notice: Notice) -> NoticeSent:
    return NoticeSent(
        candidature_id=notice.candidature_id,
        notice_id=notice.notice_id,
        template=notice.template,
        cause_id=notice.cause_id,
        short=notice.short,
    )


def failed_fact(notice: Notice, cause: str) -> NoticeFailed:
    return NoticeFailed(
        candidature_id=notice.candidature_id,
        notice_id=notice.notice_id,
        template=notice.template,
        cause_id=notice.cause_id,
        cause=cause,
    )


def open_plan(event: GrantAwarded, contact: Contact, known: Plan | None, support: Support) -> Decision:
    """A laureate's plan, from the needs the file declares. An award that was already followed changes nothing."""
    if known and known.is_open:
        return nothing("plan-open")
    steps = plan_steps(contact.needs, support)
    plan = Plan(event.candidature_id, event.wave, event.promoted, event.awarded_at, contact.needs, steps)
    fact = SupportOpened(candidature_id=event.candidature_id, needs=contact.needs, steps=steps)
    return Decision("plan-opened", facts=(fact,), changes=(plan,))


def close_plan(plan: Plan | None) -> Decision:
    if plan is None or not plan.is_open:
        return nothing("no-plan")
    fact = SupportAdvanced(candidature_id=plan.candidature_id, step=CLOSED)
    return Decision("plan-closed", facts=(fact,), changes=(replace(plan, is_open=False),))


def begin_support(plan: Plan, contact: Contact, cause: Cause, support: Support) -> tuple[Plan, Decision]:
    """The first steps of a plan: the association learns of the laureate and the needs, the meetings are announced."""
    meetings = [meeting_step(index) for index, _ in enumerate(support.meetings)]
    steps = [step for step in plan.steps if step == INTRODUCTION or step.startswith("need-") or step in meetings]
    awarded = {"needs": list(plan.needs), "wave": plan.wave, "awarded_at": plan.awarded_at.isoformat()}
    decisions = [
        tell(contact, cause, Message("support_opened", {**awarded, "plan": list(plan.steps)})),
        tell(contact, cause, Message("introduction", awarded, ASSOCIATION)),
    ]
    for index, step in enumerate(meetings):
        invitation = Message("invitation", {"meeting": index, "awarded_at": awarded["awarded_at"]}, matter=step)
        decisions.append(tell(contact, cause, invitation))
    facts = tuple(SupportAdvanced(candidature_id=plan.candidature_id, step=step) for step in steps)
    moved = replace(plan, done=(*plan.done, *steps))
    return moved, joined(*decisions, Decision("support-begun", facts=facts, changes=(moved,)))


def count_opened(wave: WaveSupport, plan: Plan) -> WaveSupport:
    """Those promoted later come on top of the laureates that were ranked."""
    if plan.promoted:
        return wave
    first = min(filter(None, (wave.first_awarded_at, plan.awarded_at)))
    return replace(wave, opened=wave.opened + 1, first_awarded_at=first)


def is_complete(wave: WaveSupport) -> bool:
    return not wave.matched and wave.expected is not None and 0 < wave.expected <= wave.opened


def match_peers(
    unmatched: Sequence[Plan], laureates: Sequence[Plan], contacts: Mapping[str, Contact], cause: Cause, count: int
) -> Decision:
    """Introduces each plan that has no peers yet to the nearest laureates of its wave."""
    sites = {plan.candidature_id: _site(plan, contacts[plan.candidature_id]) for plan in laureates}
    decisions = [Decision("peers-matched")]
    for plan in unmatched:
        peers = nearest_peers(sites[plan.candidature_id], sites.values(), count)
        if peers and PEERS in plan.steps and PEERS not in plan.done:
            decisions.append(_met(plan, [contacts[peer] for peer in peers], contacts[plan.candidature_id], cause))
    return replace(joined(*decisions), result="peers-matched")


def _met(plan: Plan, peers: Sequence[Contact], contact: Contact, cause: Cause) -> Decision:
    ids = tuple(peer.candidature_id for peer in peers)
    fact: Event = SupportAdvanced(candidature_id=plan.candidature_id, step=PEERS, peers=ids)
    moved = Decision("peers", facts=(fact,), changes=(replace(plan, peers=ids, done=(*plan.done, PEERS)),))
    shown = [
        {
            "place": peer.place_name,
            "holder": peer.legal_name,
            "commune_code": peer.commune_code,
            "shared": [need for need in plan.needs if need in peer.needs],
        }
        for peer in peers
    ]
    return joined(tell(contact, cause, Message("peers", {"peers": shown}, matter=plan.candidature_id)), moved)


def _site(plan: Plan, contact: Contact) -> Site:
    return Site(plan.candidature_id, plan.needs, contact.latitude, contact.longitude)
