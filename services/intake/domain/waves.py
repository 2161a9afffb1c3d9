"""When a wave takes files: from its opening to its deadline, extensions and the grace included."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypedDict

from shared.contract.backoffice import WaveExtended
from shared.contract.decision import Decision
from shared.kit.errors import Rejected
from shared.programme import Programme, Wave
from shared.value import value

NO_SUCH_WAVE = "the programme has no such wave"
CLOCKS_APART = timedelta(seconds=5)  # how far the clocks of a cluster's servers may be apart


class AskedReopening(TypedDict):
    """One officer's word for a reopening; `closes_on` is an ISO day, as the table keeps it.

    It counts while its author's role and key are those of `stamped_ns`, the broker's stamp.
    """

    actor: str
    role: str
    closes_on: str
    stamped_ns: int


@value
class WaveState:
    """What became of a wave: its last day where it was extended, and how many dossiers it registered.

    `reopening` is one officer's word that another one's is awaited for.
    """

    wave: str
    closes_on: date | None = None
    registered: int = 0
    closed: bool = False
    published: bool = False
    reopenings: int = 0
    reopening: AskedReopening | None = None

    @property
    def closing(self) -> str:
        """The name of its next closing: a wave that was reopened closes once more."""
        if self.reopenings:
            return f"wave-closed-{self.wave}-{self.reopenings}"
        return f"wave-closed-{self.wave}"


Waves = Mapping[str, WaveState]


def wave_at(programme: Programme, waves: Waves, now: datetime) -> Wave | None:
    """The wave that takes a file received at this instant."""
    for wave in programme.waves:
        if _takes(programme, waves, wave, now):
            return wave
    return None


def _takes(programme: Programme, waves: Waves, wave: Wave, now: datetime) -> bool:
    """A wave that was closed takes nothing more, whenever a file was received: its count is published."""
    state = waves.get(wave.id)
    if state is not None and state.closed:
        return False
    return programme.opening(wave) <= now < deadline_of(programme, waves, wave)


def deadline_of(programme: Programme, waves: Waves, wave: Wave) -> datetime:
    """The first instant that is late: the end of the last day in the programme's time zone, and the grace."""
    deadline = programme.deadline(wave, last_day(waves.get(wave.id), wave))
    return deadline + timedelta(minutes=programme.intake.grace_minutes)


def last_day(state: WaveState | None, wave: Wave) -> date:
    """The day the programme names, or the later one an officer extended it to."""
    if state is not None and state.closes_on:
        return state.closes_on
    return wave.closes_on


def may_be_extended(programme: Programme, waves: Waves, now: datetime) -> bool:
    """Whether a deadline is over and its wave not closed: an extension that is not read yet may move it."""
    for wave in programme.waves:
        if not waves[wave.id].closed:
            return deadline_of(programme, waves, wave) <= now
    return False


def is_over(programme: Programme, waves: Waves, wave: Wave, now: datetime) -> bool:
    """Whether its deadline has passed on every server's clock, and it is not closed yet."""
    return not waves[wave.id].closed and now >= deadline_of(programme, waves, wave) + CLOCKS_APART


def extend(programme: Programme, state: WaveState | None, act: WaveExtended) -> Decision:
    """Raises Rejected for a wave that is unknown or closed, and for an earlier day."""
    wave = programme.wave(act.wave)
    if wave is None or state is None:
        raise Rejected(NO_SUCH_WAVE)
    if state.closed:
        raise Rejected(f"wave {act.wave} is closed already")
    if act.closes_on < last_day(state, wave):
        raise Rejected("an extension cannot bring the deadline forward")
    return Decision("extended", changes=(replace(state, closes_on=act.closes_on),))


def publish(state: WaveState | None) -> Decision:
    """From here on nothing reopens the wave; a reopening that crossed the publication is over.

    Who catches up with the log may read it before the files: the wave takes those until its own closing.
    """
    if state is None:
        raise Rejected(NO_SUCH_WAVE)
    closed = state.closed or state.reopenings > 0
    return Decision(
        "published",
        changes=(replace(state, published=True, closed=closed, reopening=None),),
    )
