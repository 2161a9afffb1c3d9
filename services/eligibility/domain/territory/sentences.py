"""The reasons given to people, in French. Codes are stable: front-ends and statistics rely on them."""

import math
from functools import cache

from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import (
    CommuneFacts,
    Fault,
    Hint,
    QpvFacts,
    Reading,
    Rule,
    UrbanFacts,
)
from shared.contract.values import Reason
from shared.programme.zones import Zone
from shared.reference.commune_codes import SHOWN_MAX

COMMUNE = "place.commune_code"
POINT = "place.latitude"
DECLARED = "place.declared_qpv"
ZONES = "place.declared_zones"

UNTOLD = "on ne peut pas dire si le lieu est dans un grand centre urbain"
FAULTS: dict[Fault, str] = {
    "missing": "Sans coordonnées, on ne peut pas mesurer la distance du lieu à un quartier prioritaire"
    " : indiquez sa latitude et sa longitude.",
    "swapped": "La latitude et la longitude du lieu semblent inversées : vérifiez leur ordre.",
    "outside-france": "Les coordonnées du lieu sont hors du territoire français : vérifiez-les.",
}
SIDES = {
    True: "dans un grand centre urbain",
    False: "hors des grands centres urbains",
    None: "zone inconnue",
}


def commune_missing(hint: Hint | None) -> Reason:
    message = f"Sans code commune, {UNTOLD}.{_told_by_the_point(hint)}"
    return Reason(code="commune-missing", field=COMMUNE, message=message)


def commune_doubtful(code: str, given: Reading, others: tuple[Reading, ...]) -> Reason:
    """Both readings, for the officer who decides; and for the holder, what ends the doubt."""
    readings = ", ".join(_reading(other) for other in others[:SHOWN_MAX])
    more = " ou dans une autre commune" if len(others) > SHOWN_MAX else ""
    side = f" ({SIDES[given.urban]})" if given.urban_asked else ""
    message = (
        f"Le code {code} désigne {given.commune.name}{side}, mais le lieu "
        f"peut être à {readings}{more}, si un code postal a été écrit à sa place : un agent doit le dire. "
        "Pour lever le doute, ajoutez le code postal à l'adresse."
    )
    return Reason(code="commune-doubtful", field=COMMUNE, message=message)


def _reading(reading: Reading) -> str:
    commune = reading.commune
    side = f", {SIDES[reading.urban]}" if reading.urban_asked else ""
    return f"{commune.name} ({commune.code}{side})"


def by_epci(commune: CommuneFacts, urban: bool) -> Reason:
    grouping = f"({commune.epci_name})" if commune.epci_name else "(commune hors intercommunalité)"
    why = f"car dans une métropole {grouping}" if urban else f"car hors métropole {grouping}"
    taken_for = "Les métropoles tiennent ici lieu de grands centres urbains."
    message = f"{commune.name} est {SIDES[urban]}, {why}. {taken_for}"
    return _side(urban, message)


def _side(urban: bool, message: str) -> Reason:
    if urban:
        return Reason(code="in-large-urban-centre", field=COMMUNE, message=message)
    return Reason(code="outside-urban", field=COMMUNE, message=message)


def by_level(commune: CommuneFacts, found: UrbanFacts, rule: Rule, urban: bool) -> Reason:
    what = "niveau de densité" if rule.urban == "density" else "tranche de taille d'unité urbaine"
    levels = ", ".join(map(str, sorted(found.levels)))
    version = found.dataset.version if found.dataset else ""
    message = f"{commune.name} est {SIDES[urban]} ({what} {levels}, {version})."
    return _side(urban, message)


def urban_data_missing(rule: Rule) -> Reason:
    what = "La composition des unités urbaines"
    if rule.urban == "density":
        what = "La grille de densité"
    if rule.urban == "density" and rule.density_dataset:
        what = f"La grille de densité « {rule.density_dataset} »"
    message = f"{what} n'a pas été importée : {UNTOLD}."
    return Reason(code="urban-data-missing", field=COMMUNE, message=message)


def commune_not_covered(commune: CommuneFacts, dataset: DatasetRef) -> Reason:
    message = f"{commune.label} est absente du jeu de données {dataset.version}."
    return Reason(code="commune-not-covered", field=COMMUNE, message=message)


def merged_communes_differ(commune: CommuneFacts, dataset: DatasetRef) -> Reason:
    former = f"Les anciennes communes de {commune.name}"
    message = f"{former} ne sont pas toutes classées de même dans {dataset.version}."
    return Reason(code="merged-communes-differ", field=COMMUNE, message=message)


def in_qpv(code: str) -> Reason:
    return Reason(
        code="in-qpv",
        field=POINT,
        message=f"Le lieu est dans le quartier prioritaire {code}.",
    )


def near_qpv(facts: QpvFacts, rule: Rule) -> Reason:
    distance = metres(facts.distance_metres)
    limit = f"limite : {rule.near_metres:g} m"
    message = f"Le lieu est à {distance} du quartier prioritaire {facts.nearest} ({limit})."
    return Reason(code="near-qpv", field=POINT, message=message)


def outside_qpv(facts: QpvFacts, rule: Rule) -> Reason:
    nearest = "aucun à moins de 50 km"
    if facts.nearest:
        nearest = f"le plus proche, {facts.nearest}, est à {metres(facts.distance_metres)}"
    limit = f"{rule.near_metres:g} m au plus"
    message = f"Le lieu n'est ni dans un quartier prioritaire ni à {limit} ({nearest})."
    return Reason(code="outside-qpv", field=POINT, message=message)


def claimed(code: str) -> Reason:
    attested = f"le lieu relève du quartier prioritaire {code}"
    message = f"Le porteur atteste que {attested} : un agent doit le vérifier."
    return Reason(code="qpv-claimed", field=DECLARED, message=message)


def declared_elsewhere(code: str) -> Reason:
    attested = f"Le quartier prioritaire attesté, {code}, est connu"
    message = f"{attested}, mais le lieu n'y est pas et n'en est pas voisin."
    return Reason(code="qpv-declared-elsewhere", field=DECLARED, message=message)


def coordinates(fault: Fault) -> Reason:
    return Reason(code=f"coordinates-{fault}", field=POINT, message=FAULTS[fault])


def elsewhere(commune: CommuneFacts, hint: Hint | None) -> Reason:
    """Both readings: the commune that was given, and the one that the point tells."""
    given = f"Les coordonnées du lieu ne sont pas dans la commune de {commune.label} : vérifiez les deux."
    message = given + _told_by_the_point(hint)
    return Reason(code="coordinates-contradict-commune", field=POINT, message=message)


def _told_by_the_point(hint: Hint | None) -> str:
    """The likely commune, with its code."""
    if hint is None:
        return ""
    if hint.holds_point:
        return f" Le point est dans la commune de {hint.commune.label}."
    return f" La mairie la plus proche du point est celle de {hint.commune.label}."


@cache
def qpv_data_missing(generation: str) -> Reason:
    message = f"Les périmètres des quartiers prioritaires de {generation} n'ont pas été importés."
    return Reason(code="qpv-data-missing", field=POINT, message=message)


@cache
def department_not_covered(department: str | None, generation: str) -> Reason:
    where = f"le département {department}" if department else "cet endroit (précisez la commune)"
    imported = f"Les périmètres importés des quartiers prioritaires de {generation}"
    message = f"{imported} ne couvrent pas {where}."
    return Reason(code="qpv-department-not-covered", field=POINT, message=message)


OPEN_TO_ALL = Reason(code="open-to-all", message="L'appel est ouvert à tout le territoire.")


def in_list(commune: CommuneFacts, zone: Zone, listed: bool) -> Reason:
    """The list is the programme's own, of communes or of departments."""
    what = "liste de communes" if zone.communes else "liste de départements"
    where = f"{commune.label} {{}} de la {what} « {zone.name} »."
    if listed:
        return Reason(code="in-zone-list", field=COMMUNE, message=where.format("fait partie"))
    return Reason(
        code="outside-zone-list", field=COMMUNE, message=where.format("ne fait pas partie")
    )


def zone_claimed(zone: Zone) -> Reason:
    """Only the holder's word and what they show: an officer looks at it."""
    message = f"Le porteur déclare que le lieu est {zone.where} : un agent doit le vérifier."
    return Reason(code="zone-claimed", field=ZONES, message=message)


def zone_not_declared(zone: Zone) -> Reason:
    message = (
        f"Le porteur ne déclare pas que le lieu est {zone.where} : cela se déclare dans le dossier."
    )
    return Reason(code="zone-not-declared", field=ZONES, message=message)


def commune_has_qpv(codes: tuple[str, ...]) -> Reason:
    known = ", ".join(codes)
    message = (
        f"La commune a au moins un quartier prioritaire ({known}) ; le lieu peut en relever ou non."
    )
    return Reason(code="commune-has-qpv", field=COMMUNE, message=message)


def metres(distance: float | None) -> str:
    """Rounded up to decimetres, so that a distance just above the limit is never shown as equal to it."""
    if distance is None:
        return "une distance inconnue"
    decimetres = math.ceil(distance * 10)
    return f"{decimetres / 10:g} m".replace(".", ",")
