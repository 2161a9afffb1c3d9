"""Which contact a dossier's letters go to, and when a newer one replaces it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from services.notify.domain.contact import Card, Contact, PendingCard, StrayCard, nobody
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.funding import GrantTakenOver
from shared.contract.values import Email, Line

EMAIL: TypeAdapter[str] = TypeAdapter(Email)
LINE: TypeAdapter[str] = TypeAdapter(Line)
ON_CARD = tuple(field.name for field in fields(Card))


def card_of(file: CandidatureSubmitted, heard_id: str, sending_id: str) -> Card:
    return Card(
        candidature_id=file.candidature_id,
        heard_id=heard_id,
        sending_id=sending_id,
        email=file.holder.email,
        representative=file.holder.representative,
        legal_name=file.holder.legal_name,
        place_name=file.place.name,
        needs=file.project.support_needs,
        offers=file.project.support_offers,
        kinds=tuple(kind.value for kind in file.place.kinds),
        commune_code=file.place.commune_code,
        latitude=file.place.latitude,
        longitude=file.place.longitude,
    )


def keep_card(known: Contact | None, card: Card) -> Decision:
    """A first contact is used at once, so that a refusal reaches its author.

    Once the counter has accepted a file, another sending changes the contact only when the counter accepts it
    too: a change that is refused must not turn the dossier's mail elsewhere.
    """
    if known is None:
        return Decision("contact-kept", changes=(Contact(**_pending(card)),))
    if known.erased:
        return nothing("erased")
    if _is_late(known, card):
        return nothing("superseded")
    if _says(_latest(known)) == _says(card):  # sent twice: the counter takes the first
        return nothing("duplicate")
    if known.accepted_id in ("", card.sending_id):
        return Decision("contact-changed", changes=(_adopted(card, known),))
    return Decision("contact-pending", changes=(replace(known, newer=_pending(card)),))


def _is_late(known: Contact, card: Card) -> bool:
    if _is_older(card.heard_id, known.heard_id):
        return True
    return known.newer is not None and _is_older(card.heard_id, known.newer["heard_id"])


def accepted(contact: Contact, sending_id: str, receipt_number: str = "") -> Contact:
    """The counter took this sending: its contact is the one to use. A receipt number stays."""
    if contact.newer and contact.newer["sending_id"] == sending_id:
        contact = _adopted(Card(**contact.newer), contact)
    return replace(
        contact,
        accepted_id=sending_id,
        receipt_number=receipt_number or contact.receipt_number,
    )


def refused(contact: Contact, sending_id: str) -> Contact:
    if contact.newer and contact.newer["sending_id"] == sending_id:
        return replace(contact, newer=None)
    return contact


def take_over(
    known: Contact | None, fact: GrantTakenOver, heard_id: str, sending_id: str
) -> Decision:
    """A label of before the platform: the place and its holder are known, and nobody to write to.

    Who tried to file under its id, and was refused, is no holder of it.
    """
    if known is not None and (known.accepted_id or known.erased):
        return nothing("duplicate")
    laureate = fact.laureate
    contact = replace(
        nobody(fact.candidature_id),
        heard_id=heard_id,
        sending_id=sending_id,
        accepted_id=sending_id,
        legal_name=laureate.legal_name,
        place_name=laureate.place_name,
        commune_code=laureate.commune_code,
        receipt_number=fact.receipt_number,
        siret=laureate.siret or "",
    )
    return Decision("contact-kept", changes=(contact,))


def addresses_of(contact: Contact) -> tuple[str, ...]:
    """The one in use, and the one of a sending that the counter has not accepted yet."""
    if contact.newer:
        return (contact.email, contact.newer["email"])
    return (contact.email,)


def stray_card(candidature_id: str, data: Mapping[str, Any]) -> StrayCard:
    """What can be read of a file that is wrong; what cannot is left empty."""
    holder = _part(data, "holder")
    place = _part(data, "place")
    return StrayCard(
        candidature_id=candidature_id,
        email=_valid(EMAIL, holder.get("email")),
        representative=_valid(LINE, holder.get("representative")),
        legal_name=_valid(LINE, holder.get("legal_name")),
        place_name=_valid(LINE, place.get("name")),
    )


def contact_of_stray(card: StrayCard) -> Contact:
    """Used until a readable file brings its own."""
    return replace(
        nobody(card.candidature_id),
        email=card.email,
        representative=card.representative,
        legal_name=card.legal_name,
        place_name=card.place_name,
    )


def is_stray(contact: Contact) -> bool:
    return not contact.heard_id and not contact.erased


def _part(file: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = file.get(name)
    return part if isinstance(part, dict) else {}


def _valid(kind: TypeAdapter[str], value: object) -> str:
    try:
        return kind.validate_python(value, strict=True)
    except ValidationError:
        return ""


def _adopted(card: Card, known: Contact) -> Contact:
    """What the dossier was told, whose it is, its receipt and its proven addresses stay."""
    return replace(known, **_pending(card), newer=None)


def _pending(card: Card) -> PendingCard:
    return cast("PendingCard", {name: getattr(card, name) for name in ON_CARD})


def _latest(known: Contact) -> Card | Contact:
    return Card(**known.newer) if known.newer else known


def _says(holder: Card | Contact) -> tuple[Any, ...]:
    """All but the sending it came with."""
    told = [name for name in ON_CARD if name not in ("heard_id", "sending_id")]
    return tuple(getattr(holder, name) for name in told)


def _is_older(one_id: str, other_id: str) -> bool:
    """Ids of the same stream carry their place in the log, with leading zeros."""
    return one_id.partition("-")[0] == other_id.partition("-")[0] and one_id < other_id
