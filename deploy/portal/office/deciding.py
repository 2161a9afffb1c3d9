"""What officers decide on, as they look at it: reports by what they wait for, and how long a limit leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.portal import french

VIEWS: dict[str, str] = {"a-lire": "À lire", "en-retard": "En retard", "tous": "Tous"}
SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Limit:
    """A last day, in words that say how far it is."""

    words: str
    tone: str


def view_named(name: str) -> str:
    """What waits for an officer where the address names no view there is."""
    return name if name in VIEWS else "a-lire"


def reports_in(view: str, reports: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By due day."""
    shown = [report for report in reports if _is_in(view, report)]
    return sorted(
        shown, key=lambda report: (report["due_on"], report["receipt_number"], report["year"])
    )


def _is_in(view: str, report: dict[str, Any]) -> bool:
    if view == "a-lire":
        return bool(report["state"] == "submitted")
    return view == "tous" or bool(report["overdue"])


def limit_of(last_day: date, today: date) -> Limit:
    days = (last_day - today).days
    if days < 0:
        return Limit(f"dépassé de {french.number(-days, 'jour', 'jours')}", "bad")
    if days == 0:
        return Limit("aujourd'hui", "bad")
    return Limit(
        f"dans {french.number(days, 'jour', 'jours')}",
        "waiting" if days <= SOON_DAYS else "neutral",
    )


def are_all_given(reviews: Mapping[str, Any]) -> bool:
    """Whether there is something to read for a letter: before that nobody can have read it."""
    return bool(reviews.get("submitted")) and not reviews.get("missing")
