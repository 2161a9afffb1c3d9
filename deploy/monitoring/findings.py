"""What is wrong, by the doctor's own judges, as far as one look tells: pure."""

from collections.abc import Iterator
from datetime import datetime

from deploy.cli.doctor.clocks import judge_clocks
from deploy.cli.doctor.disk import judge_disk
from deploy.cli.doctor.examination import broker_away
from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.processes import judge_processes
from deploy.cli.doctor.services import (
    judge_annual_job,
    judge_dead_letters,
    judge_mail,
    judge_money,
    judge_service,
    judge_waits,
    judge_wave,
)
from deploy.cli.doctor.streams import Lag, durable_gone, judge_lag, judge_room
from deploy.cli.watch.seeing import Told
from deploy.monitoring.sight import Asked, Sight


def findings_in(sight: Sight, where: str) -> list[Finding]:
    """Errors first. Keys, databases and the shape of the bus are left to `fabriques doctor`."""
    found = list(_of_machine(sight, where))
    if sight.asked is None:
        found.append(broker_away(sight.away))
    else:
        found += _of_bus(sight.asked)
        found += _of_services(sight.asked.seen.told, sight.asked.broker_at)
    return sorted(found, key=lambda finding: finding.level != "error")


def _of_machine(sight: Sight, where: str) -> Iterator[Finding]:
    machine = sight.machine
    if machine.free_bytes is not None:
        yield from judge_disk(where, machine.free_bytes)
    if machine.record:
        yield from judge_processes(machine.record, sight.at)


def _of_bus(asked: Asked) -> Iterator[Finding]:
    yield from judge_clocks(asked.ahead_seconds)
    yield from _of_durables(asked)
    for stream in asked.seen.streams:
        yield from judge_room(stream.name, stream.used_bytes, stream.bytes_max, stream.name)
    for wave in asked.waves:
        if "wave" in wave:
            yield from judge_wave(wave)


def _of_durables(asked: Asked) -> Iterator[Finding]:
    for one in asked.seen.durables:
        if one.there:
            yield from judge_lag(
                one.durable, Lag(one.pending, one.taken, one.age_seconds(asked.broker_at))
            )
        else:
            yield durable_gone(one.durable)


def _of_services(told: Told, now: datetime) -> Iterator[Finding]:
    for service, why_not in told.ready.items():
        yield from judge_service(service, {"ready": not why_not, "cause": why_not})
    yield from judge_dead_letters(told.letters)
    for service, said in told.waiting.items():
        yield from judge_waits(service, said, now)
    yield from judge_mail(told.mail)
    yield from judge_money(told.money)
    yield from judge_annual_job(told.money)
