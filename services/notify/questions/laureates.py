"""What notify tells a laureate of its own: the steps of its plan, its peers and why, its invitations."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from services.notify import store
from services.notify.domain import sentences
from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.commons import Common
from services.notify.domain.contact import Contact, nobody
from services.notify.domain.notice import Notice
from services.notify.domain.pairs import Member, Pair, is_listed, is_mentor
from services.notify.domain.peer_letters import NAMED
from services.notify.domain.steps import MENTOR, Step
from services.notify.domain.support import Plan
from services.notify.handlers.support import in_order
from services.notify.letters.peers import peer_view
from services.notify.letters.views import commune_name
from services.notify.questions.support import UNKNOWN
from shared.contract.asked import DossierAsked
from shared.kit.questions import refused
from shared.kit.storage.states import States
from shared.reference.communes import Communes


def my_support(
    states: States, asked: DossierAsked, communes: Communes, today: date
) -> dict[str, Any]:
    """Of a dossier of the front-end that asks; somebody else's is not there."""
    contact = states.one(Contact, asked.candidature_id)
    plan = states.one(Plan, asked.candidature_id)
    if contact is None or plan is None or not is_told(contact, asked.asker):
        return refused(UNKNOWN)
    steps = in_order(plan, states.of(Step, plan.candidature_id))
    pairs = store.pairs_of(states, plan.candidature_id)
    notices = store.notices_of(states, plan.candidature_id)
    return {
        "candidature_id": plan.candidature_id,
        "state": "open" if plan.is_open else "closed",
        "handed_over": plan.handed_over,
        "steps": [_step(step, today) for step in steps],
        "mentored": _mentored(states, pairs, plan.candidature_id, today),
        "peers": _peers(states, pairs, notices, plan.candidature_id, communes),
        "invitations": _invitations(states, plan.candidature_id, today),
        "commons": [_common(one) for one in states.of(Common, plan.candidature_id)],
        "declared": _declared(states.one(Member, plan.candidature_id), contact),
        "asked_back": _asked_back(notices),
    }


def is_told(contact: Contact, asker: str) -> bool:
    return contact.front_end == asker and not contact.erased


def _step(step: Step, today: date) -> dict[str, Any]:
    """What is agreed with the laureate, and no word of those who work on it."""
    return {
        "step": step.name,
        "title": sentences.step(step.name, step.need),
        "owner": step.owner,
        "due_on": step.due_on.isoformat(),
        "state": step.state,
        "overdue": step.is_overdue(today),
        "ended_on": step.ended_on.isoformat() if step.ended_on else None,
    }


def _mentored(
    states: States, pairs: Sequence[Pair], mine: str, today: date
) -> list[dict[str, Any]]:
    """The steps that are a mentor's, of those who agreed that this one helps them."""
    found = []
    for laureate in [pair.other(mine) for pair in pairs if is_mentor(pair, mine)]:
        place = (states.one(Contact, laureate) or nobody(laureate)).place_name
        steps = [one for one in states.of(Step, laureate) if one.owner == MENTOR and one.is_live]
        found += [
            {"candidature_id": laureate, "place": place, **_step(one, today)} for one in steps
        ]
    return found


def _peers(
    states: States,
    pairs: Sequence[Pair],
    notices: Sequence[Notice],
    mine: str,
    communes: Communes,
) -> list[dict[str, Any]]:
    """Those that were named, as their letters said why; who was erased has no name any more."""
    letters = [notice for notice in notices if notice.template == NAMED]
    why = {notice.context["peer"]: notice.context for notice in letters if "peer" in notice.context}
    contacts = states.many(Contact, [(pair.other(mine),) for pair in pairs])
    shown = []
    for pair in pairs:
        other = pair.other(mine)
        peer = contacts.get((other,)) or nobody(other)
        shown.append(_peer(pair, mine, peer, why.get(other, {}), communes))
    return shown


def _peer(
    pair: Pair, mine: str, peer: Contact, why: Mapping[str, Any], communes: Communes
) -> dict[str, Any]:
    """No address and no person's name: a letter tells them, once both said yes and the reader is proven."""
    context = {**why, "peer_place": peer.place_name, "commune_code": peer.commune_code}
    shown = peer_view(context, partial(commune_name, communes))
    return {
        "peer": peer.candidature_id,
        "place": peer.place_name,
        "holder": peer.legal_name,
        "commune": shown["peer_commune"],
        "reasons": shown.get("peer_reasons", []),
        "way": shown.get("peer_way", ""),
        "answer": _answer(pair, mine),
    }


def _answer(pair: Pair, mine: str) -> str:
    """Whether the other one said yes is told once this one has."""
    if pair.lapsed:
        return "lapsed"
    if not pair.stands:
        return "declined" if pair.ended_by == mine else "ended"
    if pair.was_agreed:
        return "agreed"
    return "accepted" if mine in pair.agreed_by else "asked"


def _invitations(states: States, mine: str, today: date) -> list[dict[str, Any]]:
    meetings = {one.gathering: one for one in store.gatherings(states)}
    guests = [one for one in states.of(Invitation, mine) if one.gathering in meetings]
    guests.sort(key=lambda one: (meetings[one.gathering].starts_on, one.gathering))
    return [_invitation(one, meetings[one.gathering], today) for one in guests]


def _invitation(guest: Invitation, meeting: Gathering, today: date) -> dict[str, Any]:
    return {
        "gathering": meeting.gathering,
        "title": meeting.title,
        "starts_on": meeting.starts_on.isoformat(),
        "ends_on": meeting.ends_on.isoformat(),
        "place": meeting.place,
        "cancelled": meeting.cancelled,
        "revision": meeting.revision,
        "ahead": meeting.is_ahead(today),
        "answer": guest.answer,
        "people": guest.people,
    }


def _common(one: Common) -> dict[str, Any]:
    shown = ("common", "title", "url", "licence", "about", "revision", "state", "refused_because")
    return {name: getattr(one, name) for name in shown}


def _asked_back(notices: Sequence[Notice]) -> dict[str, Any] | None:
    """Money that a letter asks back while nothing is decided. One request at a time, each closed once."""
    opened = [one for one in notices if one.template == "recovery_opened" and one.context]
    if not opened:
        return None
    last = max(opened, key=lambda one: one.context["number"])
    closed = sum(one.template == "recovery_closed" for one in notices)
    ordered = (one for one in notices if one.template == "recovery_ordered" and one.at >= last.at)
    if closed >= last.context["number"] or any(ordered):
        return None
    return {name: last.context[name] for name in ("number", "amount_cents", "answer_by")}


def _declared(member: Member | None, contact: Contact) -> dict[str, Any]:
    """The offers of the file hold until something is declared."""
    return {
        "offers": list(member.offers if member else contact.offers),
        "peers": member.peers if member else True,
        "listed": is_listed(member),
    }
