"""A wave that was closed by mistake is open again: two officers say so, while nothing of it is published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.intake.domain.claims import ProjectClaim, claim_of
from services.intake.domain.dossier import Dossier
from services.intake.domain.extending import told_of_reopening
from services.intake.domain.pieces import missing_pieces
from services.intake.domain.public_status import status_of
from services.intake.domain.receipts import receipt_of
from services.intake.domain.sentences import SAME_OFFICER
from services.intake.domain.waves import (
    NO_SUCH_WAVE,
    AskedReopening,
    WaveState,
    deadline_of,
    last_day,
)
from shared.contract.backoffice import WaveReopened
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidaturePiecesRequested, WaveOpenedAgain
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected
from shared.programme import Programme, Wave


def why_not(programme: Programme, state: WaveState, act: WaveReopened, now: datetime) -> str:
    """What forbids a reopening; empty where nothing does."""
    wave = programme.wave(act.wave)
    if wave is None:
        return NO_SUCH_WAVE
    if state.published:
        return f"wave {act.wave} is published: what was decided stands"
    if not state.closed:
        return f"wave {act.wave} is open"
    if act.closes_on < last_day(state, wave):
        return "a reopening cannot bring the deadline forward"
    if deadline_of(programme, {wave.id: replace(state, closes_on=act.closes_on)}, wave) <= now:
        return f"the new last day, {act.closes_on}, is over"
    return ""


def decide_reopening(
    programme: Programme,
    state: WaveState,
    refused: Sequence[Dossier],
    act: WaveReopened,
    at: Arrival,
    filed: Sequence[Dossier] = (),
    turned_away: Sequence[str] = (),
) -> Decision:
    """The first officer's word is kept; another officer's word for the same day opens the wave again.

    `refused` are the files that closing refused, `filed` all of the wave, `turned_away` those that came
    while it was closed. Raises Rejected where something forbids a reopening.
    """
    if why := why_not(programme, state, act, at.now):
        raise Rejected(why)
    before = state.reopening
    asked = _word(act, at)
    if before is None or before["closes_on"] != asked["closes_on"]:
        return Decision("asked", changes=(replace(state, reopening=asked),))
    if before["actor"] == asked["actor"]:
        return nothing("duplicate", SAME_OFFICER)
    wave = programme.wave(act.wave)
    assert wave
    opened = replace(
        state,
        closed=False,
        closes_on=act.closes_on,
        reopening=None,
        reopenings=state.reopenings + 1,
    )
    told = told_of_reopening(programme, opened, filed, turned_away)
    reopened = _open_again(programme, wave, opened, refused, at.now)
    return replace(reopened, facts=(*reopened.facts, *told))


def _word(act: WaveReopened, at: Arrival) -> AskedReopening:
    return AskedReopening(
        actor=act.actor.id,
        role=act.actor.role.value,
        closes_on=act.closes_on.isoformat(),
        stamped_ns=at.stamped_ns,
    )


def _open_again(
    programme: Programme,
    wave: Wave,
    opened: WaveState,
    refused: Sequence[Dossier],
    now: datetime,
) -> Decision:
    """The files that closing refused for what they lacked wait again, under the receipt they had."""
    deadline = deadline_of(programme, {wave.id: opened}, wave)
    facts: list[Event] = [
        WaveOpenedAgain(wave=wave.id, deadline=deadline, reopening=opened.reopenings)
    ]
    changes: list[WaveState | Dossier | ProjectClaim] = [opened]
    for dossier in refused:
        number = receipt_of(programme, wave, dossier.receipt_place)
        waiting = replace(dossier, status="incomplete", receipt_number=number, since=now)
        facts.append(_ask_again(programme, waiting, deadline))
        facts.append(status_of(waiting))
        changes.append(waiting)
        changes.append(claim_of(waiting))
    return Decision("reopened", facts=tuple(facts), changes=tuple(changes))


def _ask_again(
    programme: Programme, dossier: Dossier, deadline: datetime
) -> CandidaturePiecesRequested:
    file = CandidatureSubmitted.model_validate_json(dossier.content)
    return CandidaturePiecesRequested(
        candidature_id=dossier.candidature_id,
        missing=missing_pieces(programme, file),
        complete_before=deadline,
        received_at=dossier.received_at.astimezone(programme.zone),
        reopened=True,
    )
