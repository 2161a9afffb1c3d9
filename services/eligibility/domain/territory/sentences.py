"""The reasons given to people, in French. Codes are stable: front-ends and statistics rely on them."""

from functools import cache

from services.eligibility.domain.territory.answer import CommuneFacts, DatasetRef, QpvFacts, Reading, Rule, UrbanFacts
from shared.contract.values import Reason

COMMUNE, POINT, DECLARED = "place.commune_code", "place.latitude", "place.declared_qpv"

FAULTS = {
    "missing": "Sans coordonnées, on ne peut pas mesurer la distance du lieu à un quartier prioritaire : "
    "indiquez sa latitude et sa longitude.",
    "swapped": "La latitude et la longitude du lieu semblent inversées : vérifiez leur ordre.",
    "outside-france": "Les coordonnées du lieu sont hors du territoire français : vérifiez-les.",
    "contradict-commune": "Les coordonnées du lieu et sa commune ne se correspondent pas : vérifiez les deux.",
}

SIDES = {True: "dans un grand centre urbain", False: "hors des grands centres urbains", None: "zone inconnue"}


def commune_missing(hint: str | None) -> Reason:
    advice = f" La mairie la plus proche est celle de {hint}." if hint else ""
    return Reason(
        code="commune-missing",
        field=COMMUNE,
        message=f"Sans code commune, on ne peut pas dire si le lieu est dans un grand centre urbain.{advice}",
    )


def commune_doubtful(code: str, given: Reading, others: tuple[Reading, ...]) -> Reason:
    """Both readings, for the officer who decides; and for the holder, what ends the doubt."""
    readings = ", ".join(f"{other.commune.name} ({other.commune.code}, {SIDES[other.urban]})" for other in others)
    message = (
        f"Le code {code} est celui de {given.commune.name} ({SIDES[given.urban]}), mais le lieu "
        f"peut être à {readings}, si un code postal a été écrit à sa place : un agent doit le dire. "
        "Pour lever le doute, ajoutez le code postal à l'adresse."
    )
    return Reason(code="commune-doubtful", field=COMMUNE, message=message)


def by_epci(commune: CommuneFacts, urban: bool) -> Reason:
    grouping = f"({commune.epci_name})" if commune.epci_name else "(commune hors intercommunalité)"
    approximate = "approximation : métropole = grand centre urbain"
    if urban:
        message = f"{commune.name} est dans un grand centre urbain, car dans une métropole {grouping} ; {approximate}."
        return Reason(code="in-large-urban-centre", field=COMMUNE, message=message)
    message = f"{commune.name} est hors des grands centres urbains, car hors métropole {grouping} ; {approximate}."
    return Reason(code="outside-urban", field=COMMUNE, message=message)


def by_level(commune: CommuneFacts, found: UrbanFacts, rule: Rule, urban: bool) -> Reason:
    levels = ", ".join(map(str, sorted(found.levels)))
    what = "niveau de densité" if rule.urban == "density" else "tranche de taille d'unité urbaine"
    source = f"{what} {levels}, {found.dataset.version if found.dataset else ''}"
    where = "dans un grand centre urbain" if urban else "hors des grands centres urbains"
    code = "in-large-urban-centre" if urban else "outside-urban"
    return Reason(code=code, field=COMMUNE, message=f"{commune.name} est {where} ({source}).")


def urban_data_missing(rule: Rule) -> Reason:
    what = "La grille de densité" if rule.urban == "density" else "La composition des unités urbaines"
    named = f" « {rule.density_dataset} »" if rule.urban == "density" and rule.density_dataset else ""
    message = f"{what}{named} n'a pas été importée : on ne peut pas dire si le lieu est dans un grand centre urbain."
    return Reason(code="urban-data-missing", field=COMMUNE, message=message)


def commune_not_covered(commune: CommuneFacts, dataset: DatasetRef) -> Reason:
    message = f"{commune.name} ({commune.code}) est absente du jeu de données {dataset.version}."
    return Reason(code="commune-not-covered", field=COMMUNE, message=message)


def merged_communes_differ(commune: CommuneFacts, dataset: DatasetRef) -> Reason:
    message = f"Les anciennes communes de {commune.name} ne sont pas toutes classées de même dans {dataset.version}."
    return Reason(code="merged-communes-differ", field=COMMUNE, message=message)


def in_qpv(code: str) -> Reason:
    return Reason(code="in-qpv", field=POINT, message=f"Le lieu est dans le quartier prioritaire {code}.")


def near_qpv(facts: QpvFacts, rule: Rule) -> Reason:
    distance = metres(facts.distance_metres)
    message = f"Le lieu est à {distance} du quartier prioritaire {facts.nearest} (limite : {rule.near_metres:g} m)."
    return Reason(code="near-qpv", field=POINT, message=message)


def outside_qpv(facts: QpvFacts, rule: Rule) -> Reason:
    nearest = f"le plus proche, {facts.nearest}, est à {metres(facts.distance_metres)}"
    near = nearest if facts.nearest else "aucun à moins de 50 km"
    message = f"Le lieu n'est ni dans un quartier prioritaire ni à {rule.near_metres:g} m au plus ({near})."
    return Reason(code="outside-qpv", field=POINT, message=message)


def claimed(code: str) -> Reason:
    message = f"Le porteur atteste que le lieu relève du quartier prioritaire {code} : un agent doit le vérifier."
    return Reason(code="qpv-claimed", field=DECLARED, message=message)


def declared_elsewhere(code: str) -> Reason:
    message = f"Le quartier prioritaire attesté, {code}, est connu, mais le lieu n'y est pas et n'en est pas voisin."
    return Reason(code="qpv-declared-elsewhere", field=DECLARED, message=message)


def coordinates(fault: str, hint: str | None = None) -> Reason:
    near = f" La mairie la plus proche du point est celle de {hint}." if hint else ""
    return Reason(code=f"coordinates-{fault}", field=POINT, message=FAULTS[fault] + near)


@cache
def qpv_data_missing(generation: str) -> Reason:
    message = f"Les périmètres des quartiers prioritaires de {generation} n'ont pas été importés."
    return Reason(code="qpv-data-missing", field=POINT, message=message)


@cache
def department_not_covered(department: str | None, generation: str) -> Reason:
    where = f"le département {department}" if department else "cet endroit (précisez la commune)"
    message = f"Les périmètres importés des quartiers prioritaires de {generation} ne couvrent pas {where}."
    return Reason(code="qpv-department-not-covered", field=POINT, message=message)


def commune_has_qpv(codes: tuple[str, ...]) -> Reason:
    message = f"La commune a au moins un quartier prioritaire ({', '.join(codes)}) ; le lieu peut en relever ou non."
    return Reason(code="commune-has-qpv", field=COMMUNE, message=message)


def metres(distance: float | None) -> str:
    """Rounded up, so that a distance just above the limit is never shown as equal to it."""
    return "une distance inconnue" if distance is None else f"{-int(-distance * 10 // 1) / 10:g} m".replace(".", ",")
