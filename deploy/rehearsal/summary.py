"""What a season came to: the figures of `summary.json`, asked of the services, and tables for people."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from deploy.rehearsal.cast import Cast
from deploy.rehearsal.season import Season
from services.funding.tools.payment_proof import verify_payments
from shared.contract import intake as i
from shared.contract.answers import AnswerActRefused
from shared.contract.event import Event
from shared.programme import Zone

YEARS_TITLE = "The years; withheld and rejected are counted at the first attempt"
ZONES = {"outside-urban": "outside the urban centres", "qpv": "in or near a QPV"}


async def gather(season: Season) -> dict[str, Any]:
    """The submissions are the player's own count; everything else is what the services and the log say."""
    ask = season.clients.ask
    counter = await ask("intake", "summary")
    examined = await ask("eligibility", "summary")
    money = await ask("funding", "summary")
    notices = await ask("notify", "summary")
    findings = await asyncio.to_thread(verify_payments, season.settings)
    return {
        "submitted": season.tally.submitted,
        "registered": len(await season.clients.tally_of(i.CandidatureRegistered)),
        "already_registered": await _times(season, i.CandidatureAlreadyRegistered),
        "refused": await _refused(season),
        "duplicates": counter["duplicates"],
        "amended": season.tally.amended,
        "withdrawn": counter["withdrawn"],
        "eligible": examined["eligible"],
        "laureates": money["laureates"],
        "waitlisted": money["waitlisted"],
        "declined": money["declined"],
        "promoted": money["promoted"],
        "committed_cents": money["committed_cents"],
        "paid_cents": money["paid_cents"],
        "tranches": {
            state: money["tranches"][state] for state in ("settled", "withheld", "rejected")
        },
        "support": notices["support"],
        "community": await _community(season),
        "notices": notices["notices"],
        "acts_refused": await _times(season, AnswerActRefused),
        "dead_letters": await season.clients.count("DEAD_LETTERS"),
        "verified": findings.verified,
        "stories": len(list(season.cast.everyone())),
    }


async def _community(season: Season) -> dict[str, int]:
    """Meetings with their answers; pairs of peers that stand, were agreed, ended, ended without an answer."""
    told = (await season.clients.ask("notify", "agenda"))["gatherings"]
    peers = await season.clients.ask("notify", "peers")
    counts = {name: sum(one[name] for one in told) for name in ("yes", "no", "people", "present")}
    return {
        "meetings": len(told),
        "called off": sum(one["cancelled"] for one in told),
        **counts,
        "pairs": peers["standing"],
        "agreed": peers["agreed"],
        "ended": peers["ended"],
        "unanswered": peers["lapsed"],
    }


async def _times(season: Season, event: type[Event]) -> int:
    """How often such a fact was said."""
    by_dossier = await season.clients.tally_of(event)
    return sum(by_dossier.values())


async def _refused(season: Season) -> dict[str, int]:
    """Each refusal once, under its first reason."""
    codes: dict[str, int] = {}
    for dossier, times in (await season.clients.tally_of(i.CandidatureRefused)).items():
        fact = await season.clients.last_fact(i.CandidatureRefused, dossier)
        code = fact["reasons"][0]["code"] if fact else "unknown"
        codes[code] = codes.get(code, 0) + times
    return dict(sorted(codes.items()))


async def show(console: Console, season: Season, summary: dict[str, Any]) -> None:
    grants = await season.grants()
    console.print(_waves(season, grants))
    console.print(_years(season, grants))
    console.print(special_cases(season.cast, await _receipts(season)))
    console.print(_totals(season, summary))


def _waves(season: Season, grants: Sequence[dict[str, Any]]) -> Table:
    """A column for each wave: what was registered, then what became of it, which adds up."""
    zones = season.programme.zones
    columns = [_wave_column(wave, told, grants, zones) for wave, told in season.tally.waves.items()]
    table = _table("The waves", "", *(f"#{wave}" for wave in season.tally.waves))
    for name in columns[0] if columns else ():
        table.add_row(name, *(column[name] for column in columns))
    return table


def _wave_column(
    wave: str, told: dict[str, Any], grants: Sequence[dict[str, Any]], zones: Sequence[Zone]
) -> dict[str, str]:
    living = [grant for grant in grants if grant["wave"] == wave and grant["state"] != "cancelled"]
    figures = {"registered": told["registered"]}
    for name in ("ineligible", "withdrawn", "declined", "waitlisted"):
        figures[f"  {name}"] = told[name]
    figures["  laureates"] = len(living)
    by_zone = Counter(grant["zone"] for grant in living)
    for zone in zones:
        figures[f"    {ZONES.get(zone.id, zone.name)}"] = by_zone[zone.id]
    figures["    promoted, for a laureate who left"] = sum(grant["promoted"] for grant in living)
    column = {name: str(count) for name, count in figures.items()}
    column["awarded"] = euros(sum(sum(grant["awarded_cents"]) for grant in living))
    return column


def _years(season: Season, grants: Sequence[dict[str, Any]]) -> Table:
    table = _table(YEARS_TITLE, "year", "tranche job", "#due", "#withheld", "#rejected")
    for name in ("#orders", "#settled", "#paid"):
        _column(table, name)
    for year, told in season.tally.years.items():
        settled = [tranche for tranche in _settled(grants) if tranche["number"] == year]
        figures = [
            told[name] for name in ("due", "withheld_at_first", "rejected_at_first", "orders")
        ]
        paid = euros(sum(tranche["amount_cents"] for tranche in settled))
        table.add_row(str(year), told["job_day"], *map(str, figures), str(len(settled)), paid)
    return table


def _settled(grants: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    tranches = chain.from_iterable(grant["tranches"] for grant in grants)
    return [tranche for tranche in tranches if tranche["state"] == "settled"]


def special_cases(cast: Cast, receipts: Mapping[str, str]) -> Table:
    """Each by its receipt number, which `fabriques why` tells more of; by its wave where it has none."""
    table = _table("Special cases", "dossier", "case", "what happened")
    for wave, players in cast.players.items():
        for player in players:
            receipt = receipts.get(player.applicant.candidature_id, f"none in {wave}")
            table.add_row(receipt, player.story.name, player.story.tells)
    return table


async def _receipts(season: Season) -> dict[str, str]:
    """By dossier, of the special cases that the counter registered."""
    receipts = {}
    for player in season.cast.everyone():
        dossier = player.applicant.candidature_id
        registered = await season.clients.last_fact(i.CandidatureRegistered, dossier)
        if registered:
            receipts[dossier] = registered["receipt_number"]
    return receipts


def _totals(season: Season, summary: dict[str, Any]) -> Table:
    answered = {
        "registered": summary["registered"],
        "already registered": summary["already_registered"],
        "refused": sum(summary["refused"].values()),
        "duplicates": summary["duplicates"],
    }
    zones = season.programme.zones
    labels = {ZONES.get(zone.id, zone.name): summary["laureates"][zone.id] for zone in zones}
    committed = euros(summary["committed_cents"])
    paid = euros(summary["paid_cents"])
    table = _table("In all", "", "")
    table.show_header = False
    table.add_row("submitted", f"{summary['submitted']} = {_counted(answered, ' + ')}")
    table.add_row("labels", _counted(labels))
    table.add_row(
        "money", f"{committed} committed of {euros(season.programme.envelope_cents)}, {paid} paid"
    )
    table.add_row("tranches", _counted(summary["tranches"]))
    table.add_row("support", _counted(summary["support"]))
    table.add_row("community", _counted(summary["community"]))
    table.add_row("notices", f"{summary['notices']} sent, under {season.home / 'mail'}")
    table.add_row("acts refused", f"{summary['acts_refused']}: forged in a holder's name")
    table.add_row("dead letters", f"{summary['dead_letters']}")
    table.add_row("proof of the ledger", "holds" if summary["verified"] else "FAILS")
    return table


def _counted(figures: dict[str, int], between: str = " · ") -> str:
    return between.join(f"{count} {name}" for name, count in figures.items())


def euros(cents: int) -> str:
    return f"{cents // 100:,} €".replace(",", " ")


def _table(title: str, *columns: str) -> Table:
    """Columns whose name starts with `#` hold numbers and are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    for name in columns:
        _column(table, name)
    return table


def _column(table: Table, name: str) -> None:
    if name.startswith("#"):
        table.add_column(name.lstrip("#"), justify="right", no_wrap=True)
    else:
        table.add_column(name)
