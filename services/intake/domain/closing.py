"""A wave is over: what was never completed is refused, and the count is published."""

from collections.abc import Sequence
from dataclasses import replace

from services.intake.domain.claims import ProjectClaim, freed
from services.intake.domain.dossier import Dossier
from services.intake.domain.public_status import status_of
from services.intake.domain.sentences import INCOMPLETE_AT_DEADLINE
from services.intake.domain.waves import WaveState, deadline_of
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.intake import CandidatureRefused, WaveClosed
from shared.programme import Programme


def close_wave(
    programme: Programme,
    state: WaveState,
    incomplete: Sequence[Dossier],
    sequence: int,
) -> Decision:
    """`sequence` is how far the log was read: all that is stamped before the deadline is committed."""
    wave = programme.wave(state.wave)
    assert wave
    deadline = deadline_of(programme, {state.wave: state}, wave)
    facts: list[Event] = []
    changes: list[WaveState | Dossier | ProjectClaim] = [replace(state, closed=True)]
    for dossier in incomplete:
        refused = replace(dossier, status="refused", receipt_number="", since=deadline)
        reasons = (INCOMPLETE_AT_DEADLINE,)
        facts.append(CandidatureRefused(candidature_id=dossier.candidature_id, reasons=reasons))
        facts.append(status_of(refused, reasons))
        changes.append(refused)
        changes.append(freed(dossier.project_key))
    closed = WaveClosed(
        wave=wave.id,
        deadline=deadline,
        registered=state.registered,
        frontdesk_sequence=sequence,
    )
    return Decision("wave-closed", facts=(*facts, closed), changes=tuple(changes))
