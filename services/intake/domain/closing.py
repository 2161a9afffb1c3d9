"""A wave is over: what was never completed is refused, and the count is published. No I/O."""

from dataclasses import replace
from typing import Any

from services.intake.domain.filing import Dossier, ProjectClaim, WaveState, deadline_of, status_of
from shared.contract.decision import Decision
from shared.contract.intake import CandidatureRefused, WaveClosed
from shared.contract.values import Reason
from shared.programme import Programme


def close_wave(programme: Programme, state: WaveState, incomplete: list[Dossier], sequence: int) -> Decision:
    """The wave is over: files that were never completed are refused, then the count is published."""
    wave = programme.wave(state.wave)
    assert wave
    reason = Reason(
        code="incomplete-at-deadline", message="Les pièces demandées ne sont pas arrivées avant la clôture."
    )
    deadline = deadline_of(programme, {state.wave: state}, wave)
    facts: list[Any] = []
    changes: list[Any] = [replace(state, closed=True)]
    for dossier in incomplete:
        refused = replace(dossier, status="refused", receipt_number="", since=deadline)
        facts += [
            CandidatureRefused(candidature_id=dossier.candidature_id, reasons=(reason,)),
            status_of(refused, (reason,)),
        ]
        changes += [refused, ProjectClaim(dossier.project_key, "", "")]
    facts.append(WaveClosed(wave=wave.id, deadline=deadline, registered=state.registered, frontdesk_sequence=sequence))
    return Decision("wave-closed", facts=tuple(facts), changes=tuple(changes))
