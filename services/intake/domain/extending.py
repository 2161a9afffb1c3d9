"""Whoever filed in a wave is told that it closes later, and when silence is a refusal by then."""

from collections.abc import Iterable

from services.intake.domain.dossier import Dossier
from services.intake.domain.waves import WaveState, deadline_of, last_day
from shared.contract.intake import CandidatureDeadlineMoved
from shared.programme import Programme, promises


def told_of_extension(
    programme: Programme, before: WaveState, after: WaveState, filed: Iterable[Dossier]
) -> tuple[CandidatureDeadlineMoved, ...]:
    """Nothing where the day is the one it was. `filed` are the wave's files, in whatever state they are."""
    wave = programme.wave(after.wave)
    assert wave
    closes_on = last_day(after, wave)
    if closes_on == last_day(before, wave):
        return ()
    deadline = deadline_of(programme, {wave.id: after}, wave)
    answer_due_on = promises.answer_due_on(programme, closes_on)
    return tuple(
        CandidatureDeadlineMoved(
            candidature_id=dossier.candidature_id,
            wave=wave.id,
            deadline=deadline,
            answer_due_on=answer_due_on,
            complete=dossier.status == "registered",
        )
        for dossier in filed
        if dossier.status in ("registered", "incomplete")
    )
