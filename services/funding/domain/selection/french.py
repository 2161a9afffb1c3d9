"""How figures and zones are written for people, in French."""

from collections.abc import Iterable

from shared.contract.values import Outcome, Zone

NO_BREAK = "\u00a0"

ZONES = {
    Zone.OUTSIDE_URBAN.value: "hors des grands centres urbains",
    Zone.QPV.value: "quartier prioritaire (QPV) ou proximité",
}

CRITERIA = {
    "ambition": "ambition",
    "anchoring": "ancrage territorial",
    "governance": "gouvernance",
    "business_model": "modèle économique",
    "score": "note",
    "receipt_sequence": "ordre de réception",
}

OUTCOMES = {
    Outcome.LAUREATE: "lauréate",
    Outcome.WAITLISTED: "liste d'attente",
    Outcome.DECLINED: "non retenue",
}


def euros(cents: int) -> str:
    """`15000000` → `150 000 €`, `7512345` → `75 123,45 €`."""
    whole, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    digits = f"{whole:,}".replace(",", NO_BREAK)
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}{digits}{decimals}{NO_BREAK}€"


def marks(hundredths: int) -> str:
    """`1450` → `14,50`."""
    whole, rest = divmod(abs(hundredths), 100)
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{whole},{rest:02d}"


def zone_name(code: str | None) -> str:
    """A zone that only a study knows is written by its code."""
    if not code:
        return "—"
    return ZONES.get(str(code), str(code))


def criterion_name(key: str) -> str:
    return CRITERIA.get(key, key)


def zone_names(codes: Iterable[str]) -> str:
    return " et ".join(f"« {zone_name(code)} »" for code in sorted(codes))
