"""What people read of a wave, in French. Figures and days come in, no rule is here."""

from datetime import date

from services.funding.domain.waves.words import TurnKind
from shared import french
from shared.contract.values import Reason

SAME_OFFICER = Reason(
    code="same-officer",
    message="Le même agent ne peut pas approuver deux fois.",
)
ALREADY_LABELLED = Reason(code="already-labelled", message="Ce lieu est déjà labellisé.")

RESERVE_ENDED = Reason(
    code="reserve-ended",
    message="La liste d'attente de votre vague a pris fin : la vague suivante est classée.",
)
RESERVE_REOPENED = Reason(
    code="reserve-reopened",
    message="La vague suivante est rouverte : la liste d'attente vit encore.",
)

APPEAL_UPHELD = Reason(
    code="appeal-upheld",
    message="Le recours est accueilli : la candidature remplit les conditions.",
)
NO_ROOM_LEFT = "mais ni les places ni l'enveloppe ne permettent plus d'attribuer une aide"
APPEAL_NO_ROOM = Reason(code="nothing-left", message=f"Le recours est accueilli, {NO_ROOM_LEFT}.")

INELIGIBLE_LATER = Reason(
    code="ineligible-later",
    message="Le lieu ne remplit pas les conditions de zone du label.",
)
WITHDRAWN = Reason(code="withdrawn", message="Le porteur a retiré sa candidature.")
GRANT_REFUSED = Reason(code="grant-refused", message="Le porteur renonce à l'aide.")
GIVEN_UP = Reason(code="given-up", message="Le porteur renonce à la suite de l'aide.")
PAID_IN_FULL = Reason(
    code="paid-in-full",
    message="L'aide est versée en entier : il n'y a plus à y renoncer.",
)

NOT_RANKED_WITHDRAWN = "Le porteur a retiré sa candidature : elle n'est pas classée."
NOT_RANKED_THEN = "La candidature n'était pas classée quand la vague a été publiée."

TURNS: dict[TurnKind, str] = {
    "promoted": "appelée depuis la liste d'attente",
    "reserve-ended": "la liste d'attente a pris fin",
    "reserve-reopened": "la liste d'attente est rouverte",
    "cancelled": "l'aide a pris fin",
    "reexamined": "réexaminée après recours",
}


def appeal_of_a_laureate(why: str) -> Reason:
    """What follows of it for the grant is an act of its own: here are the officer's words."""
    return Reason(code="appeal-upheld", message=f"Le recours est accueilli. {why}")


def appeal_rejected(why: str) -> Reason:
    """A rejection says its motives (CRPA L211-2): those that its officer gives."""
    return Reason(code="appeal-rejected", message=f"La décision est maintenue. {why}")


def appeal_late(filed_on: date, until: date) -> Reason:
    limit = f"Il pouvait être formé jusqu'au {french.day(until)}."
    message = f"Le recours est arrivé le {french.day(filed_on)}. {limit}"
    return Reason(code="appeal-late", message=message)


def reserve_ended_on(last_day: date) -> Reason:
    return Reason(
        code="reserve-ended",
        message=f"La liste d'attente a pris fin le {french.day(last_day)}.",
    )


def funded_places(zone: str, held: int, new: int, quota: int) -> Reason:
    funded = french.number(held, "place financée", "places financées")
    message = f"{zone} : {funded} et {new} de plus, sur {quota}"
    return Reason(code="funded-places", message=message)


def ineligible(messages: str) -> str:
    return f"La candidature n'est pas éligible. {messages}".strip()


def not_published(wave: str) -> str:
    return f"La vague {wave} n'est pas publiée : aucune décision n'est encore prise."


def turned(day: date, kind: TurnKind, messages: str) -> str:
    return f"Depuis, le {french.day(day)} : {TURNS[kind]}. {messages}".strip()


def nothing_to_verify(wave: str) -> Reason:
    return Reason(code="not-ranked", message=f"La vague {wave} n'a pas de classement à vérifier.")


OTHER_LIST = Reason(
    code="list-changed",
    message="La vague a été classée de nouveau : cette liste n'est plus la sienne.",
)


def no_mark_for(criterion: str) -> Reason:
    message = f"Les dossiers de cette liste n'ont pas de note pour {criterion}."
    return Reason(code="criterion-unknown", message=message)


def no_list_yet(wave: str) -> Reason:
    return Reason(code="not-ranked", message=f"La vague {wave} n'a pas encore de classement.")
