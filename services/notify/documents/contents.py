"""What a document says, as data for its template: the same words as the letter that it is set from."""

from collections.abc import Mapping
from typing import Any

from services.notify.domain.contact import Contact
from services.notify.domain.documents import Paper
from services.notify.letters import french
from services.notify.letters.views import View, commune_name, view
from shared.programme import Programme
from shared.reference.communes import Communes

# What a document takes of its letter's view, where it is there: sentences, pairs of a name and a value.
SHOWN = (
    "amounts", "tranches", "zone_name", "regulation", "aid_period", "reasons", "standing", "strengths",
    "weaknesses", "cutoffs", "missing",
)  # fmt: skip
EMPTY: Mapping[str, Any] = {"zone_name": "", "regulation": "", "aid_period": "", "missing": ""}


def contents(paper: Paper, contact: Contact, programme: Programme, communes: Communes) -> View:
    """Plain JSON: texts and lists of texts, ready to be set; nothing in it is of the day of the making."""
    notice = paper.notice
    seen = view(notice, contact, programme, communes)
    shown = {name: seen.get(name) or EMPTY.get(name, []) for name in SHOWN}
    said: View = {
        "number": paper.number,
        "receipt": contact.receipt_number,
        "decided_on": french.local_day(notice.at, programme.zone),
        "decided_day": programme.local_day(notice.at).isoformat(),
        "wave": notice.context.get("wave") or "",
        "holder": contact.legal_name,
        "siret": contact.siret,
        "place": contact.place_name,
        "commune": commune_name(communes, contact.commune_code),
        "parties": [_party(party, programme) for party in notice.context.get("parties", ())],
        **_sums(notice.context, seen),
        **_office(programme),
        **shown,
    }
    typeset: View = _typeset(said)
    return typeset


def _sums(context: Mapping[str, Any], seen: View) -> View:
    """In figures; of a schedule, what its tranches add up to."""
    scheduled = sum(amount for _, amount in context.get("schedule", ()))
    cents = seen.get("total_cents") or context.get("amount_cents") or scheduled
    ceiling = seen.get("aid_ceiling_cents")
    return {"total": french.euros(cents), "aid_ceiling": french.euros(ceiling) if ceiling else ""}


def _office(programme: Programme) -> View:
    office = programme.authority
    return {
        "programme": programme.name,
        "authority": programme.payment.debtor_name,
        "authority_named": french.with_article(programme.payment.debtor_name),
        "service": office.service,
        "postal_address": office.postal_address,
        "contact_email": programme.contact,
        "signatory_name": office.signatory_name,
        "signatory_function": office.signatory_function,
        "court": office.court,
        "appeal_time": french.months(office.appeal_months),
    }


def _party(party: Mapping[str, Any], programme: Programme) -> View:
    """Who signed, for whom, when, and the key that the act can be checked with."""
    return {
        "side": SIDES[party["side"]],
        "name": party["name"] or UNNAMED,
        "signed_at": french.moment(party["signed_at"], programme.zone),
        "key": party["public_key"] or WITHOUT_KEY,
    }


def _typeset(value: Any) -> Any:
    """French spaces in every text; JSON has no pairs, only lists."""
    if isinstance(value, str):
        return french.typeset(value)
    if isinstance(value, Mapping):
        return {name: _typeset(one) for name, one in value.items()}
    return [_typeset(one) for one in value]


SIDES = {"holder": "Le porteur", "state": "L'État"}
UNNAMED = "guichet non désigné"
WITHOUT_KEY = "sans clé propre : l'acte est venu par le guichet du dossier"
