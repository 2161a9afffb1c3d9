"""Every reason an outcome can have: one function for each code."""

from collections.abc import Collection

from services.funding.domain.selection.values import Candidate, Policy, Reason
from services.funding.domain.selection.wording import criterion_name, euros, marks, zone_name, zone_names


def below_pass_mark(candidate: Candidate, policy: Policy) -> Reason:
    message = f"La note de {marks(candidate.score)} est inférieure à la note minimale de {marks(policy.pass_mark)}."
    return Reason("below-pass-mark", "selection.pass_mark", policy.pass_mark, candidate.score, message)


def below_criterion_pass_mark(criterion: str, threshold: int, value: int) -> Reason:
    name = criterion_name(criterion)
    message = f"Au critère « {name} », la note de {marks(value)} est inférieure au minimum de {marks(threshold)}."
    return Reason("below-criterion-pass-mark", f"criteria.{criterion}.pass_mark", threshold, value, message)


def request_below_floor(amount_cents: int, policy: Policy) -> Reason:
    message = (
        f"Le montant finançable de la demande, {euros(amount_cents)}, n'atteint pas l'aide minimale de "
        f"{euros(policy.floor_cents)} ; une aide ne peut pas dépasser la demande."
    )
    return Reason("request-below-floor", "award.floor_cents", policy.floor_cents, amount_cents, message)


def quota_full(zones: Collection[str], places: int) -> Reason:
    where = f"en zone {zone_names(zones)}"
    message = f"Les {places} places disponibles {where} reviennent à des dossiers mieux classés."
    if places < 2:
        message = f"Aucune place n'est disponible {where}."
    if places == 1:
        message = f"La seule place disponible {where} revient à un dossier mieux classé."
    return Reason("quota-full", f"quotas.{'+'.join(sorted(zones))}", places, places + 1, message)


def laureates_max(limit: int) -> Reason:
    message = f"Les {limit} lauréates prévues au plus pour la vague sont mieux classées."
    if limit < 2:
        message = f"La vague prévoit {limit or 'zéro'} lauréate au plus."
    return Reason("laureates-max", "selection.laureates_max", limit, limit + 1, message)


def money_short(left_cents: int, amount_cents: int) -> Reason:
    message = f"Il reste {euros(left_cents)} dans l'enveloppe, moins que les {euros(amount_cents)} nécessaires."
    return Reason("money-short", "envelope_left_cents", left_cents, amount_cents, message)


def list_stopped(stopped_at_rank: int, rank: int) -> Reason:
    message = f"La liste s'arrête au rang {stopped_at_rank}, premier dossier que l'enveloppe ne peut plus financer."
    return Reason("list-stopped", "selection.when_short_of_money", stopped_at_rank, rank, message)


def accepted(rank: int, zone: str, amount_cents: int) -> Reason:
    message = f"Retenue au rang {rank}, zone « {zone_name(zone)} », pour {euros(amount_cents)}."
    return Reason("accepted", "selection.rank", None, rank, message)


def promoted(rank: int, zone: str, amount_cents: int) -> Reason:
    message = (
        f"Appelée depuis la liste d'attente, au rang {rank}, zone « {zone_name(zone)} », pour {euros(amount_cents)}."
    )
    return Reason("promoted", "selection.reserve", None, rank, message)


def amount_capped(requested_cents: int, amount_cents: int) -> Reason:
    message = f"Demande de {euros(requested_cents)} ramenée à {euros(amount_cents)} par les plafonds du programme."
    return Reason("amount-capped", "award.ceilings", amount_cents, requested_cents, message)


def part_funded(amount_cents: int, awarded_cents: int) -> Reason:
    message = f"Aide partielle : l'enveloppe ne laisse que {euros(awarded_cents)} sur {euros(amount_cents)}."
    return Reason("part-funded", "selection.when_short_of_money", awarded_cents, amount_cents, message)
