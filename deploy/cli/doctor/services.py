"""What the services say: whether they are ready, what lies or waits there, and what needs a person."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

from deploy.cli.connection.bus import Bus
from deploy.cli.doctor.finding import Finding, Level
from deploy.cli.doctor.ground import Ground
from deploy.cli.platform.dead_letters import open_letters
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from shared.contract.topology import PROCESSES, SERVICES

STUCK_SECONDS = 600
CAUSES_MAX = 10
MISSED_DAYS = 7


async def answer(bus: Bus, service: str, question: str, **body: Any) -> dict[str, Any]:
    """A silence is an answer with `error`."""
    try:
        with bus_failures(bus.settings.nats_url):
            return await bus.ask_anyway(service, question, **body)
    except CommandFailed as failure:
        return {"error": "silent", "message": str(failure)}


async def check_services(ground: Ground) -> list[Finding]:
    answers = await asyncio.gather(*(answer(ground.bus, service, "ready") for service in PROCESSES))
    return [
        one
        for name, said in zip(PROCESSES, answers, strict=True)
        for one in judge_service(name, said)
    ]


def judge_service(service: str, ready: dict[str, Any]) -> list[Finding]:
    if ready.get("ready"):
        return []
    cause = ready.get("cause") or ready.get("message") or "it does not say why"
    todo = f"look at its log (logs/{service}.log): its last error names the cause"
    return [Finding("error", "services", f"{service} is not ready: {cause}", todo)]


async def check_mail(ground: Ground) -> list[Finding]:
    return judge_mail(await answer(ground.bus, "notify", "summary"))


def judge_mail(summary: dict[str, Any]) -> list[Finding]:
    """Letters that were put off wait for another day by themselves; those that failed wait for a person."""
    if not (failed := summary.get("failed")):
        return []
    what = f"{failed} letters could not be sent"
    return [
        Finding(
            "warning", "mail", what, "look at the log of notify: it names the address's mistake"
        )
    ]


async def check_money(ground: Ground) -> list[Finding]:
    return judge_money(await answer(ground.bus, "funding", "summary"))


def judge_money(summary: dict[str, Any]) -> list[Finding]:
    """A tranche that is withheld waits for its holder; one that the bank rejected waits for an officer."""
    rejected = (summary.get("tranches") or {}).get("rejected")
    if not rejected:
        return []
    what = f"the bank rejected {rejected} transfers: these tranches are not paid"
    todo = "fabriques payments list; once the account is mended: fabriques act tranche.retried"
    return [Finding("warning", "money", what, todo)]


async def check_annual_job(ground: Ground) -> list[Finding]:
    return judge_annual_job(await answer(ground.bus, "funding", "summary"))


def judge_annual_job(summary: dict[str, Any]) -> list[Finding]:
    """Missed, or ended half way: what fell due before today and nobody said. Run again, it says the rest."""
    overdue = summary.get("overdue") or {}
    days = overdue.get("days", 0)
    if not days:
        return []
    what = f"the annual job has not said {overdue['tranches']} tranches, the oldest due for {days} days"
    level: Level = "error" if days >= MISSED_DAYS else "warning"
    todo = "fabriques tranches publish --as-of TODAY, then see why its timer (cron) did not"
    return [Finding(level, "annual-job", what, todo)]


async def check_dead_letters(ground: Ground) -> list[Finding]:
    letters = await open_letters(ground.bus)
    return judge_dead_letters(Counter((letter.service, letter.fact.cause) for letter in letters))


def judge_dead_letters(causes: Counter[tuple[str, str]]) -> list[Finding]:
    """The most frequent causes; what lies there waits for somebody to retry or discard it."""
    todo = "fabriques dead-letters list, then retry or discard"
    found = [
        Finding("warning", "dead-letters", f"{count} of {service}: {cause}", todo)
        for (service, cause), count in causes.most_common(CAUSES_MAX)
    ]
    if len(causes) > CAUSES_MAX:
        what = f"and {len(causes) - CAUSES_MAX} more causes"
        found.append(Finding("warning", "dead-letters", what, todo))
    return found


async def check_waits(ground: Ground) -> list[Finding]:
    answers = await asyncio.gather(
        *(answer(ground.bus, service, "waiting", limit=1) for service in SERVICES)
    )
    return [
        one
        for name, said in zip(SERVICES, answers, strict=True)
        for one in judge_waits(name, said, ground.now)
    ]


def judge_waits(service: str, said: dict[str, Any], now: datetime) -> list[Finding]:
    """`waiting` begins with the oldest. One that came early is decided within moments, as a rule."""
    if not said.get("waiting"):
        return []
    oldest = said["waiting"][0]
    seconds = (now - datetime.fromisoformat(oldest["since"])).total_seconds()
    if seconds < STUCK_SECONDS:
        return []
    what = (
        f"{said['count']} events wait in {service}, the oldest ({oldest['fact']} of {oldest['dossier']}) "
        f"for {oldest['waits_for']} since {oldest['since'][:16]}"
    )
    return [
        Finding(
            "warning",
            "waits",
            what,
            "fabriques waiting, then fabriques timeline of what it waits for",
        )
    ]


async def check_waves(ground: Ground) -> list[Finding]:
    calendar = await answer(ground.bus, "intake", "calendar")
    closed = [wave["wave"] for wave in calendar.get("waves", ()) if wave["closed"]]
    told = await asyncio.gather(
        *(answer(ground.bus, "funding", "wave", wave=wave) for wave in closed)
    )
    return [one for wave in told for one in judge_wave(wave)]


def judge_wave(told: dict[str, Any]) -> list[Finding]:
    """A closed wave is ranked once nothing is missing."""
    missing = told.get("missing") or {}
    counts = {name: missing.get(name) for name in ("unregistered", "unchecked", "unscored")}
    lacking = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if not lacking or told.get("published_at"):
        return []
    first = next(iter(missing.get("ids", ())), "")
    what = f"wave {told['wave']} is closed and cannot be ranked: {lacking}, the first {first}"
    return [
        Finding(
            "warning",
            "waves",
            what,
            f"fabriques wave rank {told['wave']}, then fabriques why {first}",
        )
    ]
