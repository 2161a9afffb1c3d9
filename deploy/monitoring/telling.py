"""Figures of what one look at a platform found: pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.cli.watch.seeing import MAIL, DurableSeen, Seen, StreamSeen, Told
from deploy.monitoring.sight import Asked, Machine, Sight
from shared.kit.metrics import catalogue
from shared.kit.metrics.figures import Figure, figures_of

CAUSES_MAX = 10
MISSING = ("unregistered", "unchecked", "unscored")
JOB_STREAM = "TRANCHES"
MONEY = {"committed": "committed_cents", "paid": "paid_cents", "left": "envelope_left_cents"}


@dataclass(frozen=True, slots=True)
class Job:
    """The tranches that the annual job has said, and when the last one, in seconds since 1970."""

    said: int
    last_at: float


def figures_in(sight: Sight) -> Iterator[Figure]:
    """What cannot be asked is absent, and `fabriques_broker_up` says why."""
    yield from _machine_figures(sight.machine)
    yield Figure(catalogue.BROKER, (), 1 if sight.asked else 0)
    if sight.asked:
        yield from _asked_figures(sight.asked, sight.at)


def _machine_figures(machine: Machine) -> Iterator[Figure]:
    if machine.free_bytes is not None:
        yield Figure(catalogue.DISK_FREE, (), machine.free_bytes)
    for process, starts in (machine.record.starts if machine.record else {}).items():
        yield Figure(catalogue.STARTS, (process,), starts)


def _asked_figures(asked: Asked, now: datetime) -> Iterator[Figure]:
    for said in asked.counted:
        yield from figures_of(said.get("figures", ()))
    yield from told_figures(asked.seen.told)
    yield from seen_figures(asked.seen, now, job_of(asked))
    for wave in asked.waves:
        yield from wave_figures(wave)


def job_of(asked: Asked) -> Job:
    said = next((one.messages for one in asked.seen.streams if one.name == JOB_STREAM), 0)
    last = next((one.at.timestamp() for one in asked.lasts if one.stream == JOB_STREAM), 0.0)
    return Job(said, last)


def told_figures(told: Told) -> Iterator[Figure]:
    """What services answered; a silent one has no figures but that it is not ready."""
    for service, why_not in told.ready.items():
        yield Figure(catalogue.READY, (service,), 0 if why_not else 1)
    yield from _letters(told.letters)
    for state, name in MAIL.items():
        yield from _known(catalogue.MAIL, state, told.mail.get(name))
    for state, name in MONEY.items():
        yield from _known(catalogue.MONEY, state, told.money.get(name))
    for state, count in told.money.get("tranches", {}).items():
        yield Figure(catalogue.TRANCHES, (state,), count)
    if overdue := told.money.get("overdue"):
        yield Figure(catalogue.TRANCHES_OVERDUE, (), overdue["tranches"])
        yield Figure(catalogue.OVERDUE_AGE, (), overdue["days"])
    yield from _waves(told)


def _known(metric: catalogue.Metric, state: str, value: float | None) -> Iterator[Figure]:
    if value is not None:
        yield Figure(metric, (state,), value)


def _letters(letters: Counter[tuple[str, str]]) -> Iterator[Figure]:
    """The most frequent causes, then the others of each service together: causes may be many."""
    frequent = letters.most_common(CAUSES_MAX)
    for kind, count in frequent:
        yield Figure(catalogue.DEAD_LETTERS, kind, count)
    others: Counter[str] = Counter()
    for (service, _), count in (letters - Counter(dict(frequent))).items():
        others[service] += count
    for service, count in others.items():
        yield Figure(catalogue.DEAD_LETTERS, (service, "other"), count)


def _waves(told: Told) -> Iterator[Figure]:
    """A wave that funding has not begun to rank is open or closed, as the counter says."""
    states = told.money.get("waves", {})
    for wave in told.waves:
        name = wave["wave"]
        at_the_counter = "closed" if wave["closed"] else "open"
        state = states.get(name, {}).get("state", "open")
        yield Figure(catalogue.WAVE_REGISTERED, (name,), wave["registered"])
        yield Figure(catalogue.WAVE_STATE, (name, at_the_counter if state == "open" else state), 1)


def seen_figures(seen: Seen, now: datetime, job: Job) -> Iterator[Figure]:
    """`now` is the time that the age of what waits is told at."""
    for stream in seen.streams:
        yield from _stream(stream)
    there = [one for one in seen.durables if one.there]
    for durable in there:
        yield from _durable(durable, now)
    yield Figure(catalogue.DURABLES_GONE, (), len(seen.durables) - len(there))
    yield Figure(catalogue.JOB_WORDS, (), job.said)
    yield Figure(catalogue.JOB_LAST, (), job.last_at)


def _stream(one: StreamSeen) -> Iterator[Figure]:
    yield Figure(catalogue.STREAM_MESSAGES, (one.name,), one.messages)
    yield Figure(catalogue.STREAM_BYTES, (one.name,), one.used_bytes)
    yield Figure(catalogue.REPLICAS_AWAY, (one.name,), one.replicas_away)
    if one.bytes_max > 0:
        yield Figure(catalogue.STREAM_FILL, (one.name,), one.used_bytes / one.bytes_max)


def _durable(one: DurableSeen, now: datetime) -> Iterator[Figure]:
    yield Figure(catalogue.BACKLOG, (one.name,), one.backlog)
    yield Figure(catalogue.LAG_AGE, (one.name,), one.age_seconds(now))


def wave_figures(told: dict[str, Any]) -> Iterator[Figure]:
    """What a closed wave waits for, as funding tells; nothing once its list is out."""
    if "wave" not in told or told.get("published_at"):
        return
    missing = told.get("missing") or {}
    for what in MISSING:
        yield Figure(catalogue.WAVE_MISSING, (told["wave"], what), missing.get(what) or 0)
