"""What peers are told: why these two, how to reach each other once both agreed, that it is over."""

from collections.abc import Iterable
from dataclasses import replace

from services.notify.domain.contact import Contact
from services.notify.domain.erasure import without_words
from services.notify.domain.matching import Match
from services.notify.domain.notice import DROPPED, QUEUED, Message, Notice
from services.notify.domain.pairs import Pair

NAMED = "peers"
AGREED = "peer_agreed"
ENDED = "peer_ended"
LAPSED = "peer_lapsed"


def named_letter(found: Match, reader: Contact, peer: Contact, instead_of: str) -> Message:
    """`needs` are the reader's that the peer meets, `offers` what the peer needs of the reader."""
    is_helped = reader.candidature_id == found.helped
    needs, offers = (found.met, found.returned) if is_helped else (found.returned, found.met)
    context = {
        **shown(peer),
        "is_helped": is_helped or found.mutual,
        "is_asked": not is_helped or found.mutual,
        "needs": list(needs),
        "offers": list(offers),
        "shared": list(found.shared),
        "distance_km": found.distance_km,
        "by_video": found.by_video,
        "instead_of": instead_of,
    }
    return Message(NAMED, context, matter=_matter(reader.candidature_id, peer.candidature_id))


def agreed_letter(reader: Contact, peer: Contact) -> Message:
    """Who agreed is introduced by name and address; `without_the_peer` takes them out again."""
    context = {**shown(peer), "peer_name": peer.representative, "peer_email": peer.email}
    return Message(AGREED, context, matter=_matter(reader.candidature_id, peer.candidature_id))


def ended_letter(pair: Pair, reader: str, place: str) -> Message:
    """`place` is the other one's."""
    peer = pair.other(reader)
    context: dict[str, object] = {"peer": peer, "peer_place": place}
    if pair.lapsed:
        context["has_answered"] = reader in pair.agreed_by
        return Message(LAPSED, context, matter=_matter(reader, peer))
    return Message(ENDED, {**context, "was_agreed": pair.was_agreed}, matter=_matter(reader, peer))


def without_the_peer(notices: Iterable[Notice], gone: str) -> tuple[Notice, ...]:
    """Letters to others that name a person who is erased: their words go with that person's own."""
    return tuple(without_words(notice) for notice in _introducing(gone, notices))


def retracted(notices: Iterable[Notice], peer: str) -> tuple[Notice, ...]:
    """It is over between two: how to reach the other, not told in words yet, is told no more."""
    return tuple(
        replace(
            notice,
            state=DROPPED if notice.state == QUEUED else notice.state,
            context={},
            short=False,
        )
        for notice in _introducing(peer, notices)
        if notice.short or notice.state == QUEUED
    )


def _introducing(peer: str, notices: Iterable[Notice]) -> list[Notice]:
    return [one for one in notices if one.template == AGREED and one.context.get("peer") == peer]


def _matter(reader: str, peer: str) -> str:
    """One decision writes to several laureates about one, and to one about several."""
    return f"{reader}/{peer}"


def shown(peer: Contact) -> dict[str, object]:
    """Who the other one is, to a reader: no person's name and no address."""
    return {
        "peer": peer.candidature_id,
        "peer_place": peer.place_name,
        "peer_holder": peer.legal_name,
        "commune_code": peer.commune_code,
    }
