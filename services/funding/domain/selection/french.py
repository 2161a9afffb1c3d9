"""How figures and zones are written for people, in French."""

from collections.abc import Iterable
from functools import partial

from shared import french
from shared.contract.values import Outcome
from shared.french import marks

__all__ = [
    "CRITERIA",
    "OUTCOMES",
    "ZONES",
    "criterion_name",
    "euros",
    "marks",
    "zone_name",
    "zone_names",
]

ZONES = {
    "outside-urban": "hors des grands centres urbains",
    "qpv": "quartier prioritaire (QPV) ou proximité",
}

CRITERIA = {
    "ambition": "ambition",
    "anchoring": "ancrage territorial",
    "governance": "gouvernance",
    "business_model": "modèle économique",
    "new_department": "département sans lauréat",
    "score": "note",
    "receipt_sequence": "ordre de réception",
}

OUTCOMES = {
    Outcome.LAUREATE: "lauréate",
    Outcome.WAITLISTED: "liste d'attente",
    Outcome.DECLINED: "non retenue",
}


euros = partial(french.euros, minus="−")


def zone_name(code: str | None) -> str:
    """A zone of another call, or of a study, is written by its code, as words."""
    if not code:
        return "—"
    return ZONES.get(code, code.replace("-", " "))


def criterion_name(key: str) -> str:
    return CRITERIA.get(key, key.replace("_", " "))


def zone_names(codes: Iterable[str]) -> str:
    return " et ".join(f"« {zone_name(code)} »" for code in sorted(codes))
