"""What people read of a selection, in French: one function a sentence. Figures come in, no rule is here."""

from collections.abc import Collection

from services.funding.domain.selection.french import (
    criterion_name,
    euros,
    marks,
    zone_name,
    zone_names,
)
from shared.french import number

# Grounds of an outcome: they are published with it.


def below_pass_mark(score: int, threshold: int) -> str:
    return f"La note de {marks(score)} est inférieure à la note minimale de {marks(threshold)}."


def below_criterion_pass_mark(criterion: str, threshold: int, value: int) -> str:
    mark = f"Au critère « {criterion_name(criterion)} », la note de {marks(value)}"
    return f"{mark} est inférieure au minimum de {marks(threshold)}."


def request_below_floor(amount_cents: int, floor_cents: int) -> str:
    return (
        f"Le montant finançable de la demande, {euros(amount_cents)}, n'atteint pas l'aide minimale de "
        f"{euros(floor_cents)} ; une aide ne peut pas dépasser la demande."
    )


def quota_full(zones: Collection[str], places: int) -> str:
    where = f"en zone {zone_names(zones)}"
    if places > 1:
        return f"Les {places} places disponibles {where} reviennent à des dossiers mieux classés."
    if places == 1:
        return f"La seule place disponible {where} revient à un dossier mieux classé."
    return f"Aucune place n'est disponible {where}."


def laureates_max(limit: int) -> str:
    if limit > 1:
        return f"Les {limit} lauréates prévues au plus pour la vague sont mieux classées."
    return f"La vague prévoit {limit or 'zéro'} lauréate au plus."


def money_short(left_cents: int, amount_cents: int) -> str:
    return f"Il reste {euros(left_cents)} dans l'enveloppe, moins que les {euros(amount_cents)} nécessaires."


def list_stopped(stopped_at_rank: int) -> str:
    first = "premier dossier que l'enveloppe ne peut plus financer"
    return f"La liste s'arrête au rang {stopped_at_rank}, {first}."


def accepted(rank: int, zone: str, amount_cents: int) -> str:
    return f"Retenue au rang {rank}, zone « {zone_name(zone)} », pour {euros(amount_cents)}."


def promoted(rank: int, zone: str, amount_cents: int) -> str:
    where = f"zone « {zone_name(zone)} »"
    return (
        f"Appelée depuis la liste d'attente, au rang {rank}, {where}, pour {euros(amount_cents)}."
    )


def amount_capped(requested_cents: int, amount_cents: int) -> str:
    bounded = f"ramenée à {euros(amount_cents)} par les plafonds du programme"
    return f"Demande de {euros(requested_cents)} {bounded}."


def part_funded(amount_cents: int, awarded_cents: int) -> str:
    return f"Aide partielle : l'enveloppe ne laisse que {euros(awarded_cents)} sur {euros(amount_cents)}."


# Explanations: what would have changed the decision, and what told two dossiers apart.


def score_needed(needed: int, missing: int) -> str:
    return f"une note d'au moins {marks(needed)}, soit {marks(missing)} de plus."


def score_missing(missing: int) -> str:
    return f"{marks(missing)} de plus à la note totale."


def criterion_missing(criterion: str, missing: int) -> str:
    return f"{marks(missing)} de plus au critère « {criterion_name(criterion)} »."


def request_needed(floor_cents: int) -> str:
    return f"une demande finançable d'au moins {euros(floor_cents)}."


def place_needed(zones: Collection[str]) -> str:
    return f"une place de plus en zone {zone_names(zones)}."


def laureates_needed(limit: int) -> str:
    return f"un nombre maximal de lauréates supérieur à {limit}."


def money_needed(missing_cents: int) -> str:
    return f"{euros(missing_cents)} de plus dans l'enveloppe à ce rang."


def stop_lifted(stopped_at_rank: int) -> str:
    return (
        f"une enveloppe suffisante pour le dossier de rang {stopped_at_rank}, où la liste s'arrête."
    )


def tie_on_receipt(rank: int, own: int, theirs: int) -> str:
    return f"à égalité avec le rang {rank}, reçu avant (n° {theirs} contre {own})."


def tie_on_criterion(rank: int, key: str, own: int, theirs: int) -> str:
    compared = f"critère « {criterion_name(key)} » {marks(own)} contre {marks(theirs)}"
    return f"note égale au rang {rank}, {compared}."


def tie_on_department(rank: int, *, is_new: bool) -> str:
    if is_new:
        return f"note égale au rang {rank}, mais aucun lauréat des vagues précédentes dans le département."
    return (
        f"note égale au rang {rank}, dont le département n'a aucun lauréat des vagues précédentes."
    )


def zone_used(zone: str, laureates: int, places: int | None) -> str:
    used = f"zone « {zone_name(zone)} », {number(laureates, 'lauréate', 'lauréates')}"
    return used if places is None else f"{used} pour {number(places, 'place', 'places')}"


def last_laureate(rank: int | None, score: int) -> str:
    return f"la dernière au rang {rank} avec {marks(score)}"
