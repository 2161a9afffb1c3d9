"""What the letters about peers show: why these two, in words, and where the other one is."""

from collections.abc import Callable, Mapping
from typing import Any

from services.notify.domain import sentences
from services.notify.letters import french

NOBODYS = "un autre lauréat"  # the place of who was erased has no name any more


def peer_view(context: Mapping[str, Any], commune_name: Callable[[str], str]) -> dict[str, Any]:
    place = context["peer_place"]
    shown: dict[str, Any] = {"peer_named": f"« {place} »" if place else NOBODYS}
    if "commune_code" in context:
        shown["peer_commune"] = commune_name(context["commune_code"])
    if "distance_km" in context:
        shown |= {"peer_reasons": _reasons(context), "peer_way": _way(context)}
    return shown


def _reasons(context: Mapping[str, Any]) -> list[str]:
    """Never empty: where no word fits, it is the way that does."""
    lines = []
    if context["needs"]:
        lines.append(
            f"Vous avez demandé un appui sur {_listed(context['needs'])} : ce lieu le propose."
        )
    if context["offers"]:
        lines.append(
            f"Ce lieu a demandé un appui sur {_listed(context['offers'])} : vous le proposez."
        )
    if not lines and context["shared"]:
        lines.append(f"Vous avancez tous deux sur {_listed(context['shared'])}.")
    return lines or ["C'est le lauréat le plus proche de vous qui n'a pas encore de pair."]


def _way(context: Mapping[str, Any]) -> str:
    if context["by_video"]:
        return "en visioconférence, car vous êtes trop loin l'un de l'autre pour une visite"
    if context["distance_km"] == 0:
        return "sur place, car vous êtes dans la même commune ou presque"
    return f"sur place, à {context['distance_km']} km à vol d'oiseau"


def _listed(needs: list[str]) -> str:
    return french.listed([sentences.need(need) for need in needs])
