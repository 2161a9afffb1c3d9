"""Processes that the supervisor had to start again: what has died and come back is a finding for an hour."""

from datetime import UTC, datetime

from deploy.cli.doctor.finding import Finding, Level
from deploy.local.home.plan import Ending, PlatformRecord, read_record
from shared.kit.settings import Settings

CHECK = "processes"
TOLD_SECONDS = 3_600


def check_processes(settings: Settings) -> list[Finding]:
    """Where services run as containers or units there is no record: their own manager tells."""
    record = read_record(settings.home)
    return judge_processes(record, datetime.now(UTC)) if record else []


def judge_processes(record: PlatformRecord, now: datetime) -> list[Finding]:
    found = []
    for name, ending in record.endings.items():
        seconds = (now - datetime.fromisoformat(ending.at)).total_seconds()
        if name not in record.pids or seconds < TOLD_SECONDS:
            found.append(_finding(name, ending, record.starts.get(name, 0)))
    return found


def _finding(name: str, ending: Ending, starts: int) -> Finding:
    cause = f": {ending.cause}" if ending.cause else ""
    at = datetime.fromisoformat(ending.at).astimezone(UTC).strftime("%H:%M:%S UTC")
    level: Level = "error" if ending.again else "warning"
    how = "ends again and again" if ending.again else "ended, and was started again"
    what = f"{name} {how} ({ending.result} at {at}, {starts} starts){cause}"
    return Finding(
        level, CHECK, what, f"look at logs/{name}.log and logs/supervisor.log from then on"
    )
