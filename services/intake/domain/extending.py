"""Whoever filed in a wave is told that it closes later, and when silence is a refusal by then."""

from collections.abc import Callable, Iterable
from functools import partial

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
    if last_day(after, wave) == last_day(before, wave):
        return ()
    moved = _moved(programme, after)
    return tuple(
        moved(candidature_id=dossier.candidature_id, complete=dossier.status == "registered")
        for dossier in filed
        if dossier.status in ("registered", "incomplete")
    )


def told_of_reopening(
    programme: Programme, opened: WaveState, filed: Iterable[Dossier], turned_away: Iterable[str]
) -> tuple[CandidatureDeadlineMoved, ...]:
    """Whoever filed in the wave, and whoever was `turned_away` because none was open."""
    moved = partial(_moved(programme, opened), reopened=True)
    registered = [dossier.candidature_id for dossier in filed if dossier.status == "registered"]
    return (
        *(moved(candidature_id=one, complete=True) for one in registered),
        *(moved(candidature_id=one, complete=False) for one in turned_away),
    )


def _moved(programme: Programme, after: WaveState) -> Callable[..., CandidatureDeadlineMoved]:
    """What is alike for every file of the wave."""
    wave = programme.wave(after.wave)
    assert wave
    return partial(
        CandidatureDeadlineMoved,
        wave=wave.id,
        deadline=deadline_of(programme, {wave.id: after}, wave),
        answer_due_on=promises.answer_due_on(programme, last_day(after, wave)),
    )
