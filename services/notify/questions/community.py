"""What notify answers about the community: meetings and their guests, pairs of peers, the directory."""

from collections.abc import Collection, Mapping
from typing import Any

from services.notify import store
from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.commons import Common, CommonState
from services.notify.domain.contact import Contact
from services.notify.domain.pairs import Pair, is_listed
from services.notify.domain.peers import Laureate
from shared.contract.asked import CommonsAsked
from shared.contract.values import Reason
from shared.kit.questions import refused
from shared.kit.storage.state_tables import Key
from shared.kit.storage.states import States

PAIRS_MAX = 2_500  # about 300 bytes each: an answer stays under the broker's megabyte
LISTED: tuple[CommonState, ...] = ("accepted",)
SHOWN: tuple[CommonState, ...] = ("proposed", "accepted", "refused")
NO_GATHERING = Reason(code="unknown", message="Aucune rencontre annoncée ne porte ce nom.")


def agenda(states: States) -> dict[str, Any]:
    """Each meeting that was announced, by its day, with how many were invited, answered and came."""
    known = store.invitable(states)
    guests: dict[str, list[Invitation]] = {}
    for one in store.all_invitations(states):
        if one.candidature_id in known:
            guests.setdefault(one.gathering, []).append(one)
    meetings = sorted(store.gatherings(states), key=lambda one: (one.starts_on, one.gathering))
    return {"gatherings": [_gathering(one, guests.get(one.gathering, [])) for one in meetings]}


def answers(states: States, gathering: str) -> dict[str, Any]:
    """Who was invited to a meeting, what they answered, who came; none who is no laureate any more."""
    found = states.one(Gathering, gathering)
    if found is None:
        return refused(NO_GATHERING)
    known = store.invitable(states)
    guests = [one for one in store.guests_of(states, gathering) if one.candidature_id in known]
    return {
        **_gathering(found, guests),
        "guests": [_guest(one, known[one.candidature_id]) for one in guests],
    }


def _gathering(one: Gathering, guests: list[Invitation]) -> dict[str, Any]:
    return {
        "gathering": one.gathering,
        "title": one.title,
        "starts_on": one.starts_on.isoformat(),
        "ends_on": one.ends_on.isoformat(),
        "place": one.place,
        "departments": list(one.departments),
        "cancelled": one.cancelled,
        "invited": len(guests),
        "yes": sum(guest.answer == "yes" for guest in guests),
        "no": sum(guest.answer == "no" for guest in guests),
        "people": sum(guest.people for guest in guests),
        "present": sum(guest.present for guest in guests),
    }


def _guest(guest: Invitation, contact: Contact) -> dict[str, Any]:
    return {
        "candidature_id": guest.candidature_id,
        "receipt_number": contact.receipt_number,
        "place": contact.place_name,
        "commune_code": contact.commune_code,
        "answer": guest.answer,
        "people": guest.people,
        "present": guest.present,
    }


def peers(states: States) -> dict[str, Any]:
    """The pairs that stand: who is to help whom, and who has agreed; how many were agreed, ended, lapsed."""
    pairs = store.all_pairs(states)
    standing = [pair for pair in pairs if pair.stands]
    contacts = states.many(Contact, [(one,) for pair in standing for one in pair.both])
    return {
        "standing": len(standing),
        "agreed": sum(pair.was_agreed for pair in standing),
        "ended": len(pairs) - len(standing),
        "lapsed": sum(pair.lapsed for pair in pairs),
        "pairs": [_pair(pair, contacts) for pair in standing[:PAIRS_MAX]],
    }


def _pair(pair: Pair, contacts: Mapping[Key, Contact]) -> dict[str, Any]:
    return {
        "helped": pair.helped,
        "helper": pair.helper,
        "helped_receipt": _receipt(contacts.get((pair.helped,))),
        "helper_receipt": _receipt(contacts.get((pair.helper,))),
        "mutual": pair.mutual,
        "agreed_by": list(pair.agreed_by),
    }


def _receipt(contact: Contact | None) -> str:
    return contact.receipt_number if contact else ""


def commons(
    states: States, asked: CommonsAsked, shown: Collection[CommonState] = SHOWN
) -> dict[str, Any]:
    """A page of what laureates share; nothing of who is erased or left."""
    known = store.laureates(states)
    found = [
        one for one in store.commons(states) if one.candidature_id in known and one.state in shown
    ]
    left = [one for one in found if _place_of(one) > (asked.after or "")]
    page = left[: asked.limit]
    return {
        "commons": [_common(one, known[one.candidature_id].contact) for one in page],
        "next": _place_of(page[-1]) if len(left) > asked.limit else None,
    }


def _place_of(one: Common) -> str:
    return f"{one.candidature_id}/{one.common}"


def _common(one: Common, contact: Contact) -> dict[str, Any]:
    return {
        "candidature_id": one.candidature_id,
        "common": one.common,
        "revision": one.revision,
        "state": one.state,
        "title": one.title,
        "url": one.url,
        "licence": one.licence,
        "about": one.about,
        "place": contact.place_name,
        "holder": contact.legal_name,
        "receipt_number": contact.receipt_number,
        "shared_on": one.said_at.date().isoformat(),
    }


def directory(states: States, after: str, limit: int) -> dict[str, Any]:
    """A page of the laureates who want to be found: who, where, what they offer and look for; no address."""
    known = store.laureates(states).items()
    listed = [
        one
        for name, one in known
        if name > after and is_listed(one.member) and not one.contact.erased
    ]
    page = listed[:limit]
    return {
        "fabriques": [_entry(one) for one in page],
        "next": page[-1].plan.candidature_id if len(listed) > limit else None,
    }


def _entry(one: Laureate) -> dict[str, Any]:
    contact = one.contact
    return {
        "receipt_number": contact.receipt_number,
        "place": contact.place_name,
        "holder": contact.legal_name,
        "kinds": list(contact.kinds),
        "commune_code": contact.commune_code,
        "offers": list(one.offers),
        "needs": list(one.plan.needs),
    }
