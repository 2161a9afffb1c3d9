"""The pages of officers, reviewers and the association as their menu lists them, by role."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.contract.front_ends import ASSOCIATION, OFFICERS, REVIEWERS
from shared.contract.people import INSTRUCTION, TREASURY
from shared.contract.values import Role


@dataclass(frozen=True, slots=True)
class Room:
    """A page of people with a key, as their space lists it. `kind` of front-end carries its acts."""

    path: str
    name: str
    what: str
    kind: str
    roles: tuple[Role, ...]


OFFICER_ROLES = (*INSTRUCTION, *TREASURY)
ROOMS: tuple[Room, ...] = (
    Room(
        "/evaluations",
        "Mes évaluations",
        "Les dossiers qui vous sont confiés, leurs échéances, vos avis.",
        REVIEWERS,
        (Role.REVIEWER,),
    ),
    Room(
        "/accompagnement",
        "Lauréats confiés",
        "Les étapes que vous menez pour les lauréats confiés, les plus pressantes d'abord.",
        ASSOCIATION,
        (Role.ASSOCIATION,),
    ),
    Room(
        "/bureau",
        "À faire",
        "Ce qui attend votre décision, le plus ancien d'abord.",
        OFFICERS,
        OFFICER_ROLES,
    ),
    Room(
        "/bureau/vagues",
        "Vagues",
        "Le classement, ses seuils, sa diversité ; l'approbation.",
        OFFICERS,
        OFFICER_ROLES,
    ),
    Room(
        "/bureau/dossiers",
        "Dossiers",
        "Trouver un dossier, son histoire, son argent ; le lire.",
        OFFICERS,
        OFFICER_ROLES,
    ),
    Room(
        "/bureau/bilans",
        "Bilans",
        "Les bilans à lire, ceux qui sont en retard ; les accepter ou les renvoyer.",
        OFFICERS,
        OFFICER_ROLES,
    ),
    Room(
        "/bureau/recours",
        "Recours",
        "Ceux qui attendent une réponse, et jusqu'à quand.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/commentaires",
        "Commentaires",
        "Ce que les lettres diront des avis des évaluateurs.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/accompagnement",
        "Accompagnement",
        "Les plans des lauréats, ce qui est à mener, ce qui est en retard.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/rencontres",
        "Rencontres",
        "Inviter, déplacer, annuler ; qui vient, qui est venu.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/communs",
        "Communs",
        "Ce que les lauréats partagent : à lire, accepter ou refuser.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/effacements",
        "Effacements",
        "Ce qui peut être effacé, ce que la loi garde ; une personne qui le demande.",
        OFFICERS,
        INSTRUCTION,
    ),
    Room(
        "/bureau/paiements",
        "Paiements",
        "Le lot en cours, ce qui est à la banque.",
        OFFICERS,
        OFFICER_ROLES,
    ),
)


def rooms_for(roles: tuple[str, ...], kinds: Collection[str]) -> list[Room]:
    """Those of a person with these roles, where these kinds of front-ends speak."""
    return [room for room in ROOMS if room.kind in kinds and not set(roles).isdisjoint(room.roles)]


def places_for(roles: tuple[str, ...], kinds: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The same as a menu."""
    rooms = [(room.path, room.name) for room in rooms_for(roles, kinds)]
    return (("/espace", "Mon espace"), *rooms, ("/cle", "Ma clé"))
