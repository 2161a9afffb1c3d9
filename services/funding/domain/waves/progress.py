"""How far a wave is: what its ranking still waits for."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.funding.domain.states import Entry, WaveState


@dataclass(frozen=True, slots=True)
class Missing:
    """How many candidatures are not known here yet, wait for their territory, or for their score.

    `dossiers` are the entries that are not ready, by id.
    """

    unregistered: int
    unchecked: int
    unscored: int
    dossiers: tuple[str, ...]


def missing_from(wave: WaveState, entries: Iterable[Entry]) -> Missing:
    """`entries` are those of the wave."""
    waiting = [entry for entry in entries if not entry.ready]
    unchecked = [entry for entry in waiting if entry.eligible is None]
    unscored = [entry for entry in waiting if entry.eligible and entry.score is None]
    return Missing(
        # Until intake closes the wave nobody knows its number: the entries that came would make it negative.
        unregistered=max(0, (wave.registered or 0) - wave.entries),
        unchecked=len(unchecked),
        unscored=len(unscored),
        dossiers=tuple(entry.candidature_id for entry in waiting),
    )
