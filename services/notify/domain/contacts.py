"""Who to write to: the contact of a dossier, and when a newer one replaces it. Pure rules, no I/O."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Email, Line

EMAIL: TypeAdapter[str] = TypeAdapter(Email)
LINE: TypeAdapter[str] = TypeAdapter(Line)


@dataclass(frozen=True, slots=True)
class Card:
    """The contact as one sending gives it. `sending_id` is the sending's correlation id, `heard_id` its event id."""

    candidature_id: str
    heard_id: str
    sending_id: str
    email: str
    representative: str
    legal_name: str
    place_name: str
    needs: tuple[str, ...]
    commune_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact in use. `newer` is a card the counter has not accepted yet; `told` what was said last, by matter."""

    candidature_id: str
    heard_id: str
    sending_id: str
    email: str
    representative: str
    legal_name: str
    place_name: str
    needs: tuple[str, ...]
    commune_code: str
    latitude: float
    longitude: float
    accepted_id: str = ""
    newer: Mapping[str, Any] | None = None
    receipt_number: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    erased: bool = False
    proven: tuple[str, ...] = ()  # addresses that somebody reads, as a code from a letter has shown

    @property
    def is_proven(self) -> bool:
        return self.email in self.proven


@dataclass(frozen=True, slots=True)
class StrayCard:
    """Whom to tell what is wrong with a file that is not what its subject promises. Used where no contact is known."""

    candidature_id: str
    email: str
    representative: str
    legal_name: str
    place_name: str


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
        commune_code=file.place.commune_code,
        latitude=file.place.latitude,
        longitude=file.place.longitude,
    )


def stray_card(candidature_id: str, data: Mapping[str, Any]) -> StrayCard:
    """What can be read of a file that is wrong; what cannot is left empty."""
    holder, place = _part(data, "holder"), _part(data, "place")
    return StrayCard(
        candidature_id,
        _valid(EMAIL, holder.get("email")),
        _valid(LINE, holder.get("representative")),
        _valid(LINE, holder.get("legal_name")),
        _valid(LINE, place.get("name")),
    )


def contact_of_stray(card: StrayCard) -> Contact:
    return Contact(
        card.candidature_id, "", "", card.email, card.representative, card.legal_name, card.place_name, (), "", 0.0, 0.0
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


def keep_card(known: Contact | None, card: Card) -> Decision:
    """A first contact is used at once, so that a refusal reaches its author.

    Once the counter has accepted a file, another sending changes the contact only when the counter accepts it too:
    a change that is refused must not turn the dossier's mail elsewhere.
    """
    if known is None:
        return Decision("contact-kept", changes=(_adopted(card, None),))
    if known.erased:
        return nothing("erased")
    if _is_older(card.heard_id, known.heard_id) or (known.newer and _is_older(card.heard_id, known.newer["heard_id"])):
        return nothing("superseded")
    if _says(Card(**known.newer) if known.newer else known) == _says(card):  # sent twice: the counter takes the first
        return nothing("duplicate")
    if not known.accepted_id or known.accepted_id == card.sending_id:
        return Decision("contact-changed", changes=(_adopted(card, known),))
    return Decision("contact-pending", changes=(replace(known, newer=asdict(card)),))


def accepted(contact: Contact, sending_id: str, receipt_number: str = "") -> Contact:
    """The counter took this sending: its contact is the one to use. Its receipt number stays once it is known."""
    if contact.newer and contact.newer["sending_id"] == sending_id:
        contact = _adopted(Card(**contact.newer), contact)
    return replace(contact, accepted_id=sending_id, receipt_number=receipt_number or contact.receipt_number)


def refused(contact: Contact, sending_id: str) -> Contact:
    if contact.newer and contact.newer["sending_id"] == sending_id:
        return replace(contact, newer=None)
    return contact


def erased(contact: Contact | None, candidature_id: str) -> Contact:
    """What stays after an erasure: an id that is known, and nothing to write to."""
    receipt = contact.receipt_number if contact else ""
    return Contact(candidature_id, "", "", "", "", "", "", (), "", 0.0, 0.0, receipt_number=receipt, erased=True)


def addresses_of(contact: Contact) -> tuple[str, ...]:
    """The one in use, and the one of a sending that the counter has not accepted yet."""
    return (contact.email, contact.newer["email"]) if contact.newer else (contact.email,)


def _adopted(card: Card, known: Contact | None) -> Contact:
    fields = {name: getattr(card, name) for name in Card.__slots__}
    return replace(known, newer=None, **fields) if known else Contact(**fields)


def _says(holder: Card | Contact) -> tuple[Any, ...]:
    says = {name: getattr(holder, name) for name in Card.__slots__ if name not in ("heard_id", "sending_id")}
    return tuple((says | {"needs": tuple(holder.needs)}).values())


def _is_older(one_id: str, other_id: str) -> bool:
    """Ids of the same stream carry their place in the log, with leading zeros."""
    return one_id.partition("-")[0] == other_id.partition("-")[0] and one_id < other_id
