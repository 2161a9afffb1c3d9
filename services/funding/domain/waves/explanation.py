"""`why`, beside the list itself: why there is no place in it, and what became of a place since."""

from collections.abc import Iterable
from typing import Any

from services.funding.domain.selection.explanation import explain
from services.funding.domain.states import Entry, Ranking, Turn, WaveState
from services.funding.domain.waves import sentences
from services.funding.domain.waves.places import result_of, stored_inputs
from services.funding.domain.waves.words import KeptGround, KeptReason


def explained(wave: WaveState, rankings: list[Ranking], candidature_id: str) -> dict[str, Any]:
    """The explanation of a place on the published list. Raises NotInThisWave for a dossier that has none."""
    found = explain(stored_inputs(wave, rankings), result_of(wave, rankings), candidature_id)
    published_at = wave.published_at.isoformat() if wave.published_at else None
    return {
        **found.as_dict(),
        "digest": wave.digest,
        "published_at": published_at,
    }


def why_unranked(entry: Entry, wave: WaveState) -> str:
    """There is no place to explain: why not."""
    if entry.withdrawn:
        return sentences.NOT_RANKED_WITHDRAWN
    if entry.eligible is False:
        return sentences.ineligible(_messages(entry.ineligible_because))
    if wave.state != "published":
        return sentences.not_published(entry.wave)
    return sentences.NOT_RANKED_THEN


def turned(turn: Turn) -> str:
    return sentences.turned(turn.at, turn.kind, _messages(turn.reasons))


def in_time(turns: Iterable[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda turn: (turn.at, turn.cause_id))


def _messages(reasons: Iterable[KeptReason | KeptGround]) -> str:
    return " ".join(reason["message"] for reason in reasons)
