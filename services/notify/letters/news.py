"""What a reviewer's letter shows: the day's news, what is left to read, how it is marked."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from services.notify.domain import sentences
from services.notify.letters import french
from shared.programme import Programme

Context = Mapping[str, Any]
NameOf = Callable[[str], str]  # of a commune, by its code


def news_view(
    context: Context, at: datetime, programme: Programme, name_of: NameOf
) -> dict[str, Any]:
    """`late` is how many of those that are left were due before the day of the letter."""
    today = programme.local_day(at)
    days = [date.fromisoformat(due_on) for _, _, due_on in context["to_read"]]
    late = sum(due_on < today for due_on in days)
    return {
        "headline": _headline(context, late),
        "news": [*_counts(context), *_released(context)],
        "to_read_lines": [
            _to_read(line, due_on < today, name_of)
            for line, due_on in zip(context["to_read"], days, strict=True)
        ],
        "marking": _marking(programme),
        "late": late,
    }


def _headline(context: Context, late: int) -> str:
    """The most pressing first; what is new before what is known."""
    if late:
        return "Des évaluations sont en retard" if late > 1 else "Une évaluation est en retard"
    if context["asked"] and context["left"]:
        return _asked(context["asked"])
    if context["left"] and context["reminded"]:
        return "Des évaluations sont attendues bientôt"
    if context["given"] and not context["left"]:
        return "Merci : vos évaluations sont toutes rendues"
    if context["given"]:
        return "Vos évaluations sont bien reçues"
    return "Des dossiers ne vous sont plus confiés" if context["released"] else "Vos évaluations"


def _asked(count: int) -> str:
    return f"{count} dossiers vous sont confiés" if count > 1 else "Un dossier vous est confié"


def _was_asked(count: int) -> str:
    """Where nothing is left to read of it."""
    return f"{count} dossiers vous ont été confiés" if count > 1 else "Un dossier vous a été confié"


def _counts(context: Context) -> list[str]:
    lines = []
    if context["asked"] and context["left"]:
        lines.append(f"{_asked(context['asked'])}.")
    elif context["asked"]:
        lines.append(f"{_was_asked(context['asked'])}.")
    if context["given"]:
        given = context["given"]
        received = (
            f"{given} évaluations sont bien reçues"
            if given > 1
            else "Une évaluation est bien reçue"
        )
        lines.append(f"{received}. Merci.")
    if context["left"] and context["reminded"]:
        lines.append("Rappel : le jour d'au moins une évaluation approche, ou il est passé.")
    return lines


def _released(context: Context) -> list[str]:
    return [
        f"Le dossier {candidature_id} ne vous est plus confié : {sentences.release(because)}."
        for candidature_id, because in context["released"]
    ]


def _to_read(line: tuple[str, str, str], is_late: bool, name_of: NameOf) -> str:
    candidature_id, commune_code, due_on = line
    due = f"à rendre le {french.day(due_on)}{', en retard' if is_late else ''}"
    return f"Dossier {candidature_id}, {french.at_place(name_of(commune_code))} : {due}"


def _marking(programme: Programme) -> str:
    rules, criteria = programme.reviews, len(programme.criteria)
    each = f"à chacun des {criteria} critères" if criteria > 1 else "au critère"
    said = f"Donnez {each} une note de 0 à {rules.mark_max}"
    if rules.comment_below:
        said += f", et dites pourquoi où elle est inférieure à {rules.comment_below}"
    return f"{said} : votre espace d'évaluation montre la grille, avec le sens de chaque note."
