"""Submissions of people and places that do not exist, on communes that do."""

import itertools
import uuid
from typing import Any

from stdnum import luhn

_number = itertools.count(1)
OPEN_DAY = "2020-11-03T10:00:00+01:00"  # the first wave of the shipped programme is open
COMMUNE = "03310"


def candidature_id(number: int | None = None) -> str:
    """A UUID no other call gave, of the shape front-ends make."""
    value = next(_number) if number is None else number
    return str(uuid.UUID(int=0x0198F2C4 << 96 | 7 << 76 | 2 << 62 | value))


def siret(number: int) -> str:
    """A SIRET whose two check digits are right; no company has it."""
    siren = luhn.calc_check_digit(f"{90_000_000 + number:08d}")
    head = f"{90_000_000 + number:08d}{siren}0001"
    return head + luhn.calc_check_digit(head)


def submission(number: int | None = None, **changes: Any) -> tuple[str, dict[str, Any]]:
    """(candidature id, body of a complete file that is registered).

    `changes` replaces fields: `holder__email="…"`.
    """
    value = next(_number) if number is None else number
    found = candidature_id(value)
    body: dict[str, Any] = {
        "candidature_id": found,
        "holder": {
            "legal_name": f"Association La Passerelle {value}",
            "siret": siret(value),
            "legal_form": "association",
            "representative": "Camille Exemple",
            "email": "contact@passerelle.example",
            "phone": None,
            "public_key": None,
        },
        "place": {
            "name": "La Passerelle",
            "kinds": ["coworking", "fablab"],
            "address": "1 place du Marché, 03200 Vichy",
            "commune_code": COMMUNE,
            "latitude": 46.12,
            "longitude": 3.42,
            "existing": True,
            "declared_qpv": None,
        },
        "project": {
            "summary": "Un lieu de travail partagé et un atelier de fabrication.",
            "territory_and_tiers_lieux": "Aider les tiers-lieux voisins à grandir.",
            "anchoring": "Porté depuis 2015 par des habitants.",
            "governance": "Un conseil où siègent usagers, commune et entreprises.",
            "business_model": "Adhésions, locations et formations à parts égales.",
            "learning": "Apprendre en faisant, avec le lycée professionnel.",
            "business_digital_transition": "Un appui aux artisans du canton.",
            "digital_mediation": "Des permanences ouvertes à tous.",
            "support_needs": ["business-model", "governance"],
        },
        "budget": {"requested_cents": [5_000_000, 5_000_000, 5_000_000]},
    }
    for path, change in changes.items():
        target, _, name = path.rpartition("__")
        (body[target] if target else body)[name] = change
    return found, body
