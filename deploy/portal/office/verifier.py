"""What the verifier finds against a list, in French: the check, the place, what it means for who is to sign.

It speaks English: the sentences here are found by its own, whose figures come along. What none of them knows
is shown in its words.
"""

import re
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deploy.portal.french import euros, number
from deploy.portal.typography import unbroken
from deploy.portal.words import OUTCOMES
from shared.french import marks
from shared.programme import Programme

SHOWN_OF_A_CHECK_MAX = 20
NOBODY = "la liste"
NAMED = re.compile(r"(?P<words>.*) \((?P<named>[^()]*?)(?:, … (?P<more>[0-9]+))?\)", re.DOTALL)
FIGURE = re.compile(r"\{([a-z_]+)\}")
Place = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """`says` are its sentences, theirs to ours. A figure's name tells how people write it."""

    name: str
    means: str
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is empty where no sentence knows `words`, the verifier's own; `more` dossiers are not named."""

    says: str
    words: str
    places: tuple[Place, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """One check that fails, with the first things it found; `more` is how many others there are."""

    name: str
    means: str
    findings: tuple[Finding, ...]
    more: int


SPITE = "accepted at rank {rank} in spite of"
CHECKS = {
    "completeness": Check(
        "La liste est entière",
        "Quelqu'un serait oublié ou compté deux fois. Rien d'autre ne peut être contrôlé d'une telle liste.",
        {
            "missing from the list": "Il manque à la liste.",
            "listed too often or unknown": "Dans la liste plus d'une fois, ou inconnu de la vague.",
            "given twice in the inputs": "Compté deux fois parmi les dossiers à classer.",
        },
    ),
    "rank-order": Check(
        "Les rangs suivent les notes",
        "L'ordre n'est pas celui des notes et du départage : une place pourrait revenir à quelqu'un d'autre.",
        {
            "ranks must run 1, 2, 3… in the order of the list": "Les rangs ne se suivent pas : 1, 2, 3…",
            "{dossier} should come before {other_dossier}": (
                "{dossier} devrait être classé avant {other_dossier}."
            ),
        },
    ),
    "tie-break": Check(
        "Chaque note est celle du dossier",
        "Un rang repose sur une note ou un départage qui n'est pas le sien.",
        {
            "stored {score} {keys}, inputs say {true_score} {true_keys}": (
                "Note de la liste : {score} ; note du dossier : {true_score}. "
                "La note, ou ce qui départage, n'est pas la sienne."
            ),
        },
    ),
    "pass-marks": Check(
        "Les notes minimales sont appliquées",
        "Un dossier serait gardé ou écarté contre les seuils de l'appel.",
        {
            "declined, but meets every threshold": "Non retenu, alors qu'il atteint chaque seuil.",
            "{outcome}, but fails {grounds}": "Classé « {outcome} », alors que : {grounds}.",
        },
    ),
    "zones": Check(
        "Chaque lauréat est dans une de ses zones",
        "Une place serait prise dans une zone où le lieu n'est pas.",
        {
            "sits in {zone}, lies in {zones}": (
                "Compté en zone « {zone} », alors que le lieu est en zone « {zones} »."
            ),
            "{outcome} with a zone or an amount": (
                "Une zone ou un montant est écrit, alors que le dossier est « {outcome} »."
            ),
        },
    ),
    "quotas": Check(
        "Aucune zone n'a plus de lauréats que de places",
        "Signer donnerait plus de places que l'appel n'en a.",
        {
            "{zone}: {laureates} laureates for {places} places": "« {zone} » : {laureates} pour {places}.",
            f"{SPITE} quota-full: {{value}} against {{places}}": (
                "Lauréat au rang {rank}, alors que ses zones n'ont que {places}."
            ),
        },
    ),
    "laureates-max": Check(
        "Pas plus de lauréats que la vague n'en prévoit",
        "Signer accepterait des dossiers que les règles de la vague n'admettent plus.",
        {
            "{laureates} laureates for at most {limit}": "{laureates}, pour {limit} au plus.",
            f"{SPITE} laureates-max: {{value}} against {{limit}}": (
                "Lauréat au rang {rank}, alors que la vague en prévoit {limit} au plus."
            ),
        },
    ),
    "envelope": Check(
        "Les subventions tiennent dans l'enveloppe",
        "Signer engagerait plus d'argent qu'il n'en reste.",
        {
            "{spent_cents} cents awarded of {left_cents}": "{spent_cents} attribués, sur {left_cents}.",
            f"{SPITE} money-short: {{due_cents}} against {{left_cents}}": (
                "Lauréat au rang {rank} pour {due_cents}, alors qu'il ne reste que {left_cents}."
            ),
        },
    ),
    "amounts": Check(
        "Chaque montant est celui des règles",
        "Un porteur recevrait plus, ou moins, que ce que les règles lui donnent.",
        {
            "awarded {years}, should be {true_years}": (
                "Attribué, année par année : {years}. D'après les règles : {true_years}."
            ),
            "{properties}: {years}": (
                "Attribué, année par année : {years}. Ce qui n'est pas tenu : {properties}."
            ),
        },
    ),
    "money-policy": Check(
        "La liste s'arrête où l'argent manque",
        "Quelqu'un serait accepté après le rang où la liste s'arrête.",
        {
            f"{SPITE} list-stopped: {{value}} against {{stopped_at}}": (
                "Lauréat au rang {rank}, alors que la liste s'arrête au rang {stopped_at}."
            ),
        },
    ),
    "fairness": Check(
        "Personne ne passe devant un mieux classé des mêmes zones",
        "La décision ne tiendrait pas devant le porteur qui a été dépassé.",
        {
            "{dossier} is refused while {other_dossier}, ranked lower, is not": (
                "{dossier} n'est pas retenu, alors que {other_dossier}, classé plus bas, l'est."
            ),
        },
    ),
    "highest-set": Check(
        "Aucun autre choix ne servait mieux le classement",
        "Un dossier serait refusé alors qu'il avait sa place.",
        {
            "rank {rank} fits quotas, money and number beside every laureate above it": (
                "Refusé au rang {rank}, alors que places, enveloppe et nombre de lauréats le permettent."
            ),
        },
    ),
    "reasons": Check(
        "Chaque motif est le vrai",
        "Le porteur recevrait une décision dont le motif est faux.",
        {
            "recorded {grounds}, should be {true_grounds}": (
                "Motif écrit : {grounds}. Motif d'après les règles : {true_grounds}."
            ),
            "{ground}: recorded {value}, should be {true_value}": (
                "Motif « {ground} » : les chiffres écrits ne sont pas les vrais."
            ),
        },
    ),
    "scores": Check(
        "Chaque note vient des avis qui comptent",
        "Une note ne serait pas celle des évaluateurs : un avis récusé, par exemple, serait compté.",
        {
            "has a score, but no review that counts": "Noté, alors qu'aucun avis ne compte.",
            "its reviews do not mark the same criteria": "Ses avis ne notent pas les mêmes critères.",
            "score {score} {marks}, reviews say {true_score} {true_marks}": (
                "Note de la liste : {score} ; note d'après les avis : {true_score}. "
                "Le total, ou un critère, n'est pas la moyenne des avis."
            ),
        },
    ),
    "digests": Check(
        "Les empreintes sont celles de cette liste",
        "Ce que vous signeriez n'est pas ce qui a été calculé : quelque chose a changé depuis.",
        {
            "inputs: {value}": "L'empreinte des dossiers n'est pas la leur.",
            "policy: {value}": "L'empreinte des règles n'est pas la leur.",
            "result: {value}": "L'empreinte de la liste n'est pas la sienne.",
        },
    ),
    "funded-places": Check(
        "Les zones gardent leur nombre de places, toutes vagues comptées",
        "Avec les subventions déjà accordées, signer donnerait plus de places que l'appel n'en a.",
        # This one says it in French already, by the name that the programme file has for the zone.
        {"{zone} : {sentence}": "« {zone} » : {sentence}."},
    ),
}
GROUNDS = {
    "below-pass-mark": "note sous la note minimale",
    "below-criterion-pass-mark": "un critère sous son minimum",
    "request-below-floor": "demande sous l'aide minimale",
    "quota-full": "plus de place dans la zone",
    "laureates-max": "nombre de lauréats atteint",
    "money-short": "plus assez d'argent",
    "list-stopped": "liste arrêtée plus haut",
    "accepted": "retenu",
    "amount-capped": "montant ramené au plafond",
    "part-funded": "aide partielle",
}
PROPERTIES = {
    "a year for each year asked": "un montant par année demandée",
    "whole cents": "des centimes entiers",
    "nothing negative": "rien de négatif",
    "yearly cap": "le plafond d'une année",
    "not above the request": "pas plus que la demande",
    "floor and ceiling": "le plancher et le plafond",
}
# How people write a figure, by its name; what has none is shown as it was said.
FORMS: Mapping[str, Callable[[str], str]] = {
    "score": lambda said: marks(int(said)),
    "outcome": lambda said: OUTCOMES.get(said, said),
    "laureates": lambda said: number(int(said), "lauréat", "lauréats"),
    "places": lambda said: number(int(said), "place", "places"),
    "spent_cents": lambda said: euros(int(said)),
    "due_cents": lambda said: euros(int(said)),
    "left_cents": lambda said: euros(int(said)),
    "years": lambda said: ", ".join(_year(cents) for cents in literal_eval(said)),
    "ground": lambda said: GROUNDS.get(said, said),
    "grounds": lambda said: (
        ", ".join(GROUNDS.get(one, one) for one in literal_eval(said)) or "aucun"
    ),
    "properties": lambda said: ", ".join(PROPERTIES.get(one, one) for one in said.split(", ")),
}
UNKNOWN = Check(
    "Un contrôle que cette page ne connaît pas",
    "Ne signez pas avant qu'un opérateur vous ait dit ce qu'il veut dire.",
    {},
)


def refusals(
    violations: Iterable[Mapping[str, str]], listed: Iterable[Place], programme: Programme
) -> list[Refusal]:
    """`violations` as `verify` answers them, `listed` the places of the list. In the verifier's order."""
    teller = _Teller({place["id"]: place for place in listed}, programme)
    by_check: dict[str, list[str]] = {}
    for violation in violations:
        by_check.setdefault(violation["property"], []).append(violation["detail"])
    found = []
    for name, details in by_check.items():
        check = CHECKS.get(name, UNKNOWN)
        shown = tuple(teller.finding(check, one) for one in details[:SHOWN_OF_A_CHECK_MAX])
        found.append(Refusal(check.name, check.means, shown, len(details) - len(shown)))
    return found


class _Teller:
    def __init__(self, places: Mapping[str, Place], programme: Programme) -> None:
        self._places = places
        self._programme = programme

    def finding(self, check: Check, detail: str) -> Finding:
        words, names, more = _parted(detail)
        places = tuple(self._place(name) for name in names)
        return Finding(self._french(check, words), words, places, more)

    def _place(self, dossier: str) -> Place:
        """One that is not in the list is known by its id alone."""
        return self._places.get(dossier, {"id": dossier, "receipt_number": dossier})

    def _french(self, check: Check, words: str) -> str:
        """Empty where no sentence is this one, or a figure of it is none."""
        for theirs, ours in check.says.items():
            if found := _pattern(theirs).fullmatch(words):
                with suppress(ValueError, SyntaxError):
                    told = {
                        name: self._told(name, said) for name, said in found.groupdict().items()
                    }
                    return unbroken(ours.format(**told))
        return ""

    def _told(self, name: str, said: str) -> str:
        """Raises ValueError or SyntaxError for a figure that is none."""
        kind = name.removeprefix("true_").removeprefix("other_")
        if kind == "dossier":
            return str(self._place(said)["receipt_number"])
        if kind in ("zone", "zones"):
            return " et ".join(self._programme.zone_name(zone) for zone in said.split(", "))
        return FORMS[kind](said) if kind in FORMS else said


def _parted(detail: str) -> tuple[str, list[str], int]:
    """What is said, the dossiers it is said of, and how many more: the service adds them in brackets."""
    found = NAMED.fullmatch(detail)
    if found is None:
        return detail, [], 0
    named = found["named"]
    names = [] if named == NOBODY else named.split(", ")
    return found["words"], names, int(found["more"] or 0)


@lru_cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """`{rank} of {places}` → a pattern with a group for each figure."""
    return re.compile("".join(_parts(sentence)), re.DOTALL)


def _parts(sentence: str) -> Iterator[str]:
    for place, part in enumerate(FIGURE.split(sentence)):
        yield f"(?P<{part}>.+?)" if place % 2 else re.escape(part)


def _year(cents: Any) -> str:
    """What no amount can be is shown as it is."""
    return euros(cents) if type(cents) is int else str(cents)
