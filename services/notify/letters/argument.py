"""The argument of a refusal or of a place on the list: marks, rank, where the list was cut."""

from collections.abc import Mapping
from typing import Any

from services.notify.letters import french
from shared.programme import Programme


def argument_view(context: Mapping[str, Any], programme: Programme) -> dict[str, Any]:
    """Nothing for who was not ranked. Marks come in hundredths."""
    argument = context.get("argument")
    if argument is None:
        return {"standing": []}
    return {
        "standing": _standing(argument, context["rank"], programme),
        "cutoffs": [
            *(_cutoff(cutoff, programme) for cutoff in argument["cutoffs"]),
            *_called(argument),
        ],
        "missing": _missing(argument, _highest_total(programme)),
        "strengths": argument.get("strengths", ()),
        "weaknesses": argument.get("weaknesses", ()),
    }


def _standing(
    argument: Mapping[str, Any], rank: int, programme: Programme
) -> list[tuple[str, str]]:
    """Total and rank, then each criterion by its own title."""
    highest = programme.reviews.mark_max
    total = _out_of(argument["score"], _highest_total(programme))
    ranked = french.number(argument["ranked"], "dossier classé", "dossiers classés")
    rows = [
        ("Votre note", total),
        ("Votre rang", f"{rank} sur {ranked}"),
    ]
    marks = argument["marks"]
    for criterion in programme.criteria:
        if criterion.id in marks:
            rows.append((criterion.title, _out_of(marks[criterion.id], highest)))
    return rows


def _out_of(hundredths: int, highest: int) -> str:
    return french.NO_BREAK.join((french.marks(hundredths), "sur", str(highest)))


def _cutoff(cutoff: Mapping[str, Any], programme: Programme) -> str:
    where = programme.where(cutoff["zone"])
    left = _places_left(cutoff["places"])
    if cutoff["score"] is None:
        return f"Lieu {where} : aucun lauréat dans cette vague ({left})."
    laureates = f"{french.number(cutoff['laureates'], 'lauréat', 'lauréats')} dans cette vague"
    last = f"le dernier au rang {cutoff['rank']} avec la note de {french.marks(cutoff['score'])}"
    return f"Lieu {where} : {laureates}, {last} ({left})."


def _called(argument: Mapping[str, Any]) -> list[str]:
    rank = argument["called_to_rank"]
    return [f"Depuis, la liste d'attente a été appelée jusqu'au rang {rank}."] if rank else []


def _places_left(count: int) -> str:
    if count == 0:
        return "aucune place ne restait au programme"
    return f"{count} places restaient au programme" if count > 1 else "1 place restait au programme"


def _highest_total(programme: Programme) -> int:
    return programme.reviews.mark_max * len(programme.criteria)


def _missing(argument: Mapping[str, Any], highest: int) -> str:
    """What would have changed the decision, as far as the total can change it."""
    needed = argument["score_needed"]
    if needed is None or needed > highest * 100:
        return "Une note plus haute n'aurait pas suffi à elle seule."
    missing = needed - argument["score"]
    if missing <= 0:
        return ""
    return (
        f"À la publication de la liste, il fallait une note d'au moins {french.marks(needed)}, "
        f"soit {french.marks(missing)} de plus, les autres dossiers restant les mêmes."
    )
