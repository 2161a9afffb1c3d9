"""One year of payments: reports, the annual tranche job, a payment run, what was late, a second run."""

import asyncio
import time
from collections import Counter
from datetime import date, timedelta
from typing import Any

from nats.errors import Error as NatsError

from deploy.rehearsal import acts
from deploy.rehearsal.bank import pay
from deploy.rehearsal.cast import Player
from deploy.rehearsal.clients import PATIENCE_SECONDS, RETRY_SECONDS, RehearsalStuck
from deploy.rehearsal.community import play_attendance, play_meetings
from deploy.rehearsal.season import Season
from deploy.rehearsal.story import after_job, before_job
from deploy.rehearsal.support import work_on_steps
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.contract.backoffice import TrancheRetried
from shared.kit.bus.publisher import PublishFailed
from shared.programme.promises import tranche_due_on

YEAR_STEPS = 4
RETRIED = "Nouveau compte vérifié : nouvelle tentative."


async def play_year(season: Season, year: int, job_day: date) -> None:
    """`job_day` is when the annual job runs: the tranche of that year is due for every wave."""
    clock = season.clients.clock
    players = list(season.cast.everyone())
    if year > 1:
        season.tell(f"year {year} · reports on the year before")
        clock.move_to(job_day - timedelta(days=60))
        await _report(season, year - 1)
    clock.move_to(job_day - timedelta(days=3))
    await _moment(season, before_job(year), players)
    await _community(season, year)
    await work_on_steps(season, year)
    season.tell(f"year {year} · the annual tranche job")
    clock.move_to(job_day)
    await _publish(season, job_day)
    await season.clients.quiet()
    first = _states(await season.grants(), year)
    season.tell(f"year {year} · payments")
    season.days_later(2)
    orders = await pay(season, _rejected(season, year))
    answered = _states(await season.grants(), year)
    season.tell(f"year {year} · what was late")
    season.days_later(12)
    await _moment(season, after_job(year), players)
    orders += await _late_payments(season)
    season.tally.years[year] = {
        "job_day": job_day.isoformat(),
        "due": sum(first[state] for state in ("ordered", "withheld")),
        "withheld_at_first": first["withheld"],
        "rejected_at_first": answered["rejected"],
        "orders": orders,
    }


async def _community(season: Season, year: int) -> None:
    if year == 1:
        await play_meetings(season)
    else:
        await play_attendance(season)


async def _report(season: Season, year: int) -> None:
    """Every holder of a grant reports on the year but those whose story skips it; officers accept."""
    silent = {p.applicant.candidature_id for p in season.cast.everyone() if year in p.story.skips}
    living = [
        grant["candidature_id"] for grant in await season.grants() if grant["state"] != "cancelled"
    ]
    reporting = [key for key in living if key not in silent]
    await season.settle(
        acts.report(season.cast.known[key], year, season.indicators) for key in reporting
    )
    season.days_later(10)
    await season.settle(acts.report_accepted(key, year) for key in reporting)


async def _moment(season: Season, moment: str, players: list[Player]) -> None:
    await season.play_acts(moment, players)
    changing = [player.applicant for player in players if player.story.new_account == moment]
    if changing:
        await season.open_accounts(changing, account=2)


async def _publish(season: Season, job_day: date) -> None:
    """The annual job, as cron runs it; run again where the platform was away, it says nothing twice."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await asyncio.to_thread(publish_tranches, season.settings, Wanted(job_day))
            return
        except (PublishFailed, NatsError, OSError) as failure:
            if time.monotonic() > deadline:
                told = f"the tranche job of {job_day} does not get through: {failure!r}"
                raise RehearsalStuck(told) from failure
            await asyncio.sleep(RETRY_SECONDS)


def _rejected(season: Season, year: int) -> dict[str, str]:
    """The order ids that the bank will reject, by their ending: the receipt is only known to the services."""
    found = {}
    for player in season.cast.everyone():
        code = player.story.bank_rejects.get(year)
        receipt = season.receipts.get(player.applicant.candidature_id)
        if code and receipt:
            found[f"{receipt}-T{year}-A1"] = code
    return found


async def _late_payments(season: Season) -> int:
    """New accounts cool off; then what waited for them, or for a late report, is paid in a second run."""
    season.days_later(12)

    async def cooling() -> list[str]:
        tranches = _tranches(await season.grants())
        return sorted(tranche["tranche_id"] for tranche in tranches if _only_cools_off(tranche))

    async def cooled_off() -> bool:
        return not await cooling()

    await season.settle(
        acts.officer(TrancheRetried, tranche_id, RETRIED) for tranche_id in await cooling()
    )
    await season.clients.until("the new accounts have cooled off", cooled_off)
    await season.clients.quiet()
    return await pay(season)


def _only_cools_off(tranche: dict[str, Any]) -> bool:
    codes = [gate["code"] for gate in tranche["gates"]]
    return tranche["state"] == "withheld" and codes == ["cooling-off"]


def _tranches(grants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [tranche for grant in grants for tranche in grant["tranches"]]


def _states(grants: list[dict[str, Any]], year: int) -> Counter[str]:
    return Counter(tranche["state"] for tranche in _tranches(grants) if tranche["number"] == year)


def job_days(season: Season, published_on: date) -> list[date]:
    """When the tranches of the last wave fall due: those of the others are due by then."""
    years = range(1, season.programme.award.years + 1)
    return [tranche_due_on(season.programme, published_on, year) for year in years]
