"""What the operators' page shows of one look at a platform: pure, and nobody's data."""

from dataclasses import dataclass
from typing import Any

from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.streams import lateness
from deploy.cli.programme.programmes import RUNS, STARTS, STOPPED
from deploy.cli.watch.frame import rates
from deploy.cli.watch.seeing import DurableSeen, StreamSeen
from deploy.local.home.plan import PlatformRecord
from deploy.monitoring.sight import Asked, LastFact, Sight

CHECKS = {
    "annual-job": "Travail annuel",
    "broker": "Bus",
    "clocks": "Horloges",
    "consumers": "Retard",
    "dead-letters": "Rebuts",
    "disk": "Disque",
    "mail": "Courrier",
    "money": "Argent",
    "processes": "Processus",
    "services": "Services",
    "streams": "Flux",
    "waits": "Attentes",
    "waves": "Vagues",
}
STATES = {RUNS: ("good", "en marche"), STARTS: ("waiting", "démarre"), STOPPED: ("idle", "arrêté")}
TONES = {"warning": "waiting", "error": "bad"}


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """`why_not` is empty where it is ready. `starts` is 0 where another manager starts it."""

    name: str
    why_not: str
    starts: int


@dataclass(frozen=True, slots=True)
class LagLine:
    durable: DurableSeen
    age_seconds: float
    tone: str


@dataclass(frozen=True, slots=True)
class StreamLine:
    """`rate` is in messages a second, None at the first look."""

    stream: StreamSeen
    rate: float | None
    last: LastFact | None


def page_of(sight: Sight, findings: list[Finding]) -> dict[str, Any]:
    """What the template is given."""
    shown: dict[str, Any] = {
        "sight": sight,
        "findings": findings,
        "errors": sum(finding.level == "error" for finding in findings),
        "checks": CHECKS,
        "programmes": sight.programmes,
        "states": STATES,
    }
    if sight.asked is None:
        return shown
    told = sight.asked.seen.told
    return shown | {
        "told": told,
        "services": _services(told.ready, sight.machine.record),
        "lags": _lags(sight.asked),
        "letters": told.letters.most_common(),
        "streams": _streams(sight.asked),
        "early": [(name, said) for name, said in told.waiting.items() if said.get("count")],
    }


def _services(ready: dict[str, str], record: PlatformRecord | None) -> list[ServiceLine]:
    starts = record.starts if record else {}
    return [ServiceLine(name, why_not, starts.get(name, 0)) for name, why_not in ready.items()]


def _lags(asked: Asked) -> list[LagLine]:
    """Those that are gone, then those that hold something, the oldest first, then the idle ones."""
    lines = []
    for one in asked.seen.durables:
        age_seconds = one.age_seconds(asked.broker_at)
        lines.append(LagLine(one, age_seconds, _tone(one, age_seconds)))
    return sorted(lines, key=lambda one: (one.durable.there, -one.age_seconds, one.tone == "idle"))


def _tone(one: DurableSeen, age_seconds: float) -> str:
    if not one.there:
        return "bad"
    if level := lateness(age_seconds):
        return TONES[level]
    return "good" if one.backlog else "idle"


def _streams(asked: Asked) -> list[StreamLine]:
    """What spoke last comes first."""
    a_second = rates(asked.seen, asked.before)
    lasts = {last.stream: last for last in asked.lasts}
    lines = [
        StreamLine(one, a_second.get(one.name), lasts.get(one.name)) for one in asked.seen.streams
    ]
    return sorted(lines, key=lambda one: one.last.at.timestamp() if one.last else 0.0, reverse=True)
