"""A wave that was closed by mistake is open again: two officers say so, while nothing of it is published. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake.domain.filing import (
    Dossier,
    ProjectClaim,
    WaveState,
    deadline_of,
    missing_pieces,
    receipt_of,
    status_of,
)
from shared.contract.backoffice import WaveReopened
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidaturePiecesRequested, WaveOpenedAgain
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

SAME_OFFICER = Reason(code="same-officer", message="Un autre agent doit aussi demander la réouverture.")


def why_not(programme: Programme, state: WaveState, act: WaveReopened, now: datetime) -> str:
    """What forbids a reopening; empty where nothing does."""
    wave = programme.wave(act.wave)
    if wave is None:
        return "the programme has no such wave"
    if state.published:
        return f"wave {act.wave} is published: what was decided stands"
    if not state.closed:
        return f"wave {act.wave} is open"
    if act.closes_on < (state.closes_on or wave.closes_on):
        return "a reopening cannot bring the deadline forward"
    if deadline_of(programme, {wave.id: replace(state, closes_on=act.closes_on)}, wave) <= now:
        return f"the new last day, {act.closes_on}, is over"
    return ""


def decide_reopening(
    programme: Programme, state: WaveState, refused: Sequence[Dossier], act: WaveReopened, at: Arrival
) -> Decision:
    """The first officer's word is kept; another officer's word for the same day opens the wave again."""
    asked = _word(act, at)
    if state.reopening and _same(state.reopening, asked, "actor", "closes_on"):
        return nothing("duplicate", SAME_OFFICER)
    if not (state.reopening and _same(state.reopening, asked, "closes_on")):
        return Decision("asked", changes=(replace(state, reopening=asked),))
    wave = programme.wave(act.wave)
    assert wave
    opened = replace(state, closed=False, closes_on=act.closes_on, reopening=None, reopenings=state.reopenings + 1)
    deadline = deadline_of(programme, {wave.id: opened}, wave)
    facts: list[Any] = [WaveOpenedAgain(wave=wave.id, deadline=deadline, reopening=opened.reopenings)]
    changes: list[Any] = [opened]
    for dossier in refused:
        number = receipt_of(programme, wave, dossier.receipt_place)  # closing took it away; it is the same again
        waiting = replace(dossier, status="incomplete", receipt_number=number, since=at.now)
        facts += [_ask_again(programme, waiting, deadline), status_of(waiting)]
        changes += [waiting, ProjectClaim(waiting.project_key, waiting.candidature_id, waiting.receipt_number)]
    return Decision("reopened", facts=tuple(facts), changes=tuple(changes))


def _word(act: WaveReopened, at: Arrival) -> dict[str, Any]:
    return {
        "actor": act.actor.id,
        "role": act.actor.role.value,
        "closes_on": act.closes_on.isoformat(),
        "stamped_ns": at.stamped_ns,
    }


def _same(before: Mapping[str, Any], asked: Mapping[str, Any], *names: str) -> bool:
    return all(before[name] == asked[name] for name in names)


def _ask_again(programme: Programme, dossier: Dossier, deadline: datetime) -> CandidaturePiecesRequested:
    """Closing refused the file for what it lacks: there is time to complete it again."""
    file = CandidatureSubmitted.model_validate_json(dossier.content)
    return CandidaturePiecesRequested(
        candidature_id=dossier.candidature_id,
        missing=missing_pieces(programme, file),
        complete_before=deadline,
    )
