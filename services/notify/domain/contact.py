"""Whom a dossier's letters go to, as its files name them."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TypedDict

from shared.value import value


class PendingCard(TypedDict):
    """A card as the table keeps it, until the counter has accepted its file."""

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
    offers: tuple[str, ...]
    kinds: tuple[str, ...]


@value
class Card:
    """The contact as one sending gives it: `sending_id` is its correlation id, `heard_id` its event id."""

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
    offers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@value
class Contact:
    """`newer` is a card the counter has not accepted yet; `told` is what was said last, by matter.

    `proven` are the addresses that somebody reads, as a code from a letter has shown. `front_end` is whose
    dossier it is, `siret` whose grant, `public_key` what its holder's acts are signed with.
    """

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
    newer: PendingCard | None = None
    receipt_number: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    erased: bool = False
    proven: tuple[str, ...] = ()
    front_end: str = ""
    siret: str = ""
    public_key: str | None = None
    offers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        return self.email in self.proven


@value
class StrayCard:
    """Whom to tell what is wrong with a file that cannot be read whole, where no contact is known."""

    candidature_id: str
    email: str
    representative: str
    legal_name: str
    place_name: str


def having_told(contact: Contact, matter: str, said: str) -> Contact:
    """The contact, once this was said on that matter."""
    # A database made anew hears streams in another order: the rows must be equal all the same.
    return replace(contact, told=dict(sorted({**contact.told, matter: said}.items())))


def nobody(candidature_id: str) -> Contact:
    """A contact that says nothing of anybody."""
    return Contact(
        candidature_id=candidature_id,
        heard_id="",
        sending_id="",
        email="",
        representative="",
        legal_name="",
        place_name="",
        needs=(),
        commune_code="",
        latitude=0.0,
        longitude=0.0,
    )
