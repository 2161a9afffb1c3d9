"""Where what is told is kept, and until when: by the programme's `[retention]` and the counter's own word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared import french
from shared.programme import Programme

WHERE = (
    ("Le dossier et ses versions", "base du guichet (intake)"),
    (
        "Les pièces jointes",
        "espace de fichiers de votre guichet, sur le serveur de messages (NATS)",
    ),
    ("Les remarques des évaluateurs", "base de l'éligibilité (eligibility)"),
    ("Le compte bancaire, chiffré ; les bilans", "base du financement (funding)"),
    ("Le nom, l'adresse électronique, le contenu des lettres", "base des lettres (notify)"),
    ("Les lettres envoyées", "dossier mail/ de la plateforme, ou le relais qui les a portées"),
)
NOT_HERE = (
    "Les brouillons : les pages du portail les gardent seules, {drafts} mois après leur dernier changement.",
    "Les noms des évaluateurs, et ce qu'ils ont écrit pour le comité : seules les remarques qu'un agent a "
    "relues sont remises.",
    "Le numéro de compte : il est scellé, et le service du financement seul peut l'ouvrir.",
    "Les fichiers remis à la banque et ses réponses d'origine : le comptable les garde avec les comptes. "
    "Les lignes qui vous concernent sont ci-dessus.",
    "Les copies de sauvegarde : elles sont comme la plateforme était le jour où elles ont été prises. Un "
    "effacement leur est appliqué avant qu'elles ne servent.",
)
FOR_EVER = "Sans limite : ils justifient les décisions et les comptes."
AFTER_ERASURE = (
    "Vos données personnelles ont été effacées. Il reste ce qui a été décidé, noté, classé et payé, sans "
    "votre nom : les comptes publics doivent pouvoir être justifiés, et le classement recompté."
)


def keeping_of(file: dict[str, Any], programme: Programme) -> dict[str, Any]:
    """`until` is a day, None while nobody can say; `rule` says it in words. `file` is intake's answer."""
    years = programme.retention
    if file["due_at"]:
        until = programme.local_day(datetime.fromisoformat(file["due_at"])).isoformat()
        rule = f"Jusqu'au {french.day(until)}, puis tout ce qui est personnel est effacé."
    else:
        until = None
        rule = (
            "Tant que le dossier est examiné ou contesté ; puis "
            f"{years.refused_years} ans s'il n'est pas retenu, {years.accepted_years} ans s'il l'est."
        )
    return {"until": until, "rule": rule, "kept_because": file["kept_because"]}


def kept_where(entries: Sequence[dict[str, Any]], rule: str) -> list[dict[str, str]]:
    """A line for each place; of the log, what leaves it with the person and what stays."""
    personal = sum(entry["erased_with_the_person"] for entry in entries)
    log = _log_of(entries)
    rest = len(entries) - personal
    return [
        *({"what": what, "where": where, "until": rule} for what, where in WHERE),
        {"what": f"{personal} messages avec vos données", "where": log, "until": rule},
        {
            "what": f"{rest} messages sans données personnelles (décisions, rangs, montants, lectures)",
            "where": log,
            "until": FOR_EVER,
        },
    ]


def left_after(entries: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """What an erasure has left, and where."""
    return [
        {
            "what": f"{len(entries)} messages sans données personnelles",
            "where": _log_of(entries),
            "until": FOR_EVER,
        },
        {
            "what": "Rangs, montants, ordres de paiement ; l'empreinte du compte",
            "where": "base du financement (funding)",
            "until": "Sans limite : pièces des comptes publics (RGPD, article 17.3 b).",
        },
    ]


def _log_of(entries: Sequence[dict[str, Any]]) -> str:
    """The log, by the streams that hold these."""
    streams = sorted({entry["place"].rpartition(" ")[0] for entry in entries})
    return "journal des événements : " + ", ".join(streams)


def not_here(programme: Programme) -> list[str]:
    return [line.format(drafts=programme.retention.drafts_months) for line in NOT_HERE]
