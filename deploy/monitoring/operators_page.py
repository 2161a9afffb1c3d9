"""What the operators' page shows of one look at a platform: pure, and nobody's data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.cli.doctor.finding import Finding
from deploy.cli.watch.frame import LATE_SECONDS, STUCK_SECONDS, rates
from deploy.cli.watch.seeing import DurableSeen, StreamSeen
from deploy.monitoring.sight import Asked, Sight
from shared.contract.topology import PROCESSES

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
    """`rate` is in messages a second, None at the first look; `kind` and `at` are of its last fact."""

    stream: StreamSeen
    rate: float | None
    kind: str = ""
    at: datetime | None = None


def page_of(sight: Sight, findings: list[Finding]) -> dict[str, Any]:
    """What the template is given."""
    shown: dict[str, Any] = {
        "sight": sight,
        "findings": findings,
        "errors": sum(finding.level == "error" for finding in findings),
        "checks": CHECKS,
    }
    if sight.asked is None:
        return shown
    told = sight.asked.seen.told
    return shown | {
        "told": told,
        "services": _services(sight),
        "lags": _lags(sight.asked),
        "letters": told.letters.most_common(),
        "streams": _streams(sight.asked),
        "early": [(name, said) for name, said in told.waiting.items() if said.get("count")],
    }


def _services(sight: Sight) -> list[ServiceLine]:
    assert sight.asked
    ready = sight.asked.seen.told.ready
    record = sight.machine.record
    starts = record.starts if record else {}
    return [ServiceLine(name, ready[name], starts.get(name, 0)) for name in PROCESSES if name in ready]


def _lags(asked: Asked) -> list[LagLine]:
    """Those that are gone, then those that hold something, the oldest first, then the idle ones."""
    lines = [_lag(one, one.age_seconds(asked.broker_at)) for one in asked.seen.durables]
    return sorted(lines, key=lambda one: (one.durable.there, -one.age_seconds, one.tone == "idle"))


def _lag(one: DurableSeen, age_seconds: float) -> LagLine:
    if not one.there or age_seconds >= STUCK_SECONDS:
        return LagLine(one, age_seconds, "bad")
    if age_seconds >= LATE_SECONDS:
        return LagLine(one, age_seconds, "waiting")
    return LagLine(one, age_seconds, "good" if one.pending + one.taken else "idle")


def _streams(asked: Asked) -> list[StreamLine]:
    """What spoke last comes first."""
    a_second = rates(asked.seen, asked.before)
    lasts = {last.stream: last for last in asked.lasts}
    lines = []
    for stream in asked.seen.streams:
        last = lasts.get(stream.name)
        rate = a_second.get(stream.name)
        lines.append(StreamLine(stream, rate, last.kind if last else "", last.at if last else None))
    return sorted(lines, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)
