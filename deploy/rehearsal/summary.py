"""What a season came to: the figures of `summary.json`, asked of the services, and the tables that people read."""

import asyncio
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from deploy.rehearsal.season import Season
from services.funding.tools.payment_export import verify_payments
from shared.contract import intake as i
from shared.contract.answers import AnswerActRefused
from shared.contract.values import Zone

YEARS_TITLE = "The years; withheld and rejected are counted at the first attempt"
ZONES = {Zone.OUTSIDE_URBAN.value: "outside the urban centres", Zone.QPV.value: "in or near a QPV"}


async def gather(season: Season) -> dict[str, Any]:
    """The submissions are the player's own count; everything else is what the services and the log say."""
    ask = season.clients.ask
    counter, examined = await ask("intake", "summary"), await ask("eligibility", "summary")
    money, notices = await ask("funding", "summary"), await ask("notify", "summary")
    findings = await asyncio.to_thread(verify_payments, season.settings)
    return {
        "submitted": season.tally.submitted,
        "registered": len(await season.clients.tally_of(i.CandidatureRegistered)),
        "already_registered": sum((await season.clients.tally_of(i.CandidatureAlreadyRegistered)).values()),
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
        "tranches": {state: money["tranches"][state] for state in ("settled", "withheld", "rejected")},
        "support": notices["support"],
        "notices": notices["notices"],
        "acts_refused": sum((await season.clients.tally_of(AnswerActRefused)).values()),
        "dead_letters": await season.clients.count("DEAD_LETTERS"),
        "verified": findings.verified,
        "stories": sum(1 for _ in season.cast.everyone()),
    }


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
    console.print(_stories(season))
    console.print(_totals(season, summary))


def _waves(season: Season, grants: Sequence[dict[str, Any]]) -> Table:
    """A column for each wave: what was registered, then what became of it, which adds up."""
    columns = [_wave_column(wave, told, grants) for wave, told in season.tally.waves.items()]
    table = _table("The waves", "", *(f"#{wave}" for wave in season.tally.waves))
    for name in columns[0] if columns else ():
        table.add_row(name, *(column[name] for column in columns))
    return table


def _wave_column(wave: str, told: dict[str, Any], grants: Sequence[dict[str, Any]]) -> dict[str, str]:
    living = [grant for grant in grants if grant["wave"] == wave and grant["state"] != "cancelled"]
    figures = {"registered": told["registered"]}
    figures |= {f"  {name}": told[name] for name in ("ineligible", "withdrawn", "declined", "waitlisted")}
    figures["  laureates"] = len(living)
    figures |= {f"    {name}": sum(grant["zone"] == zone for grant in living) for zone, name in ZONES.items()}
    figures["    promoted, for a laureate who left"] = sum(grant["promoted"] for grant in living)
    cents = sum(sum(grant["awarded_cents"]) for grant in living)
    return {name: str(count) for name, count in figures.items()} | {"awarded": euros(cents)}


def _years(season: Season, grants: Sequence[dict[str, Any]]) -> Table:
    table = _table(YEARS_TITLE, "year", "tranche job", "#due", "#withheld", "#rejected")
    for name in ("#orders", "#settled", "#paid"):
        _column(table, name)
    for year, told in season.tally.years.items():
        settled = [t for g in grants for t in g["tranches"] if t["number"] == year and t["state"] == "settled"]
        figures = (told["due"], told["withheld_at_first"], told["rejected_at_first"], told["orders"], len(settled))
        paid = euros(sum(tranche["amount_cents"] for tranche in settled))
        table.add_row(str(year), told["job_day"], *map(str, figures), paid)
    return table


def _stories(season: Season) -> Table:
    table = _table("Special cases", "wave", "case", "what happened")
    for wave, players in season.cast.players.items():
        for player in players:
            table.add_row(wave, player.story.name, player.story.tells)
    return table


def _totals(season: Season, summary: dict[str, Any]) -> Table:
    refused = sum(summary["refused"].values())
    laureates = " · ".join(f"{summary['laureates'][zone]} {name}" for zone, name in ZONES.items())
    tranches, support = summary["tranches"], summary["support"]
    envelope = euros(season.programme.envelope_cents)
    table = _table("In all", "", "")
    table.show_header = False
    for name, told in (
        ("submitted", f"{summary['submitted']} = {summary['registered']} registered + {summary['already_registered']} "
                      f"already registered + {refused} refused + {summary['duplicates']} duplicates"),
        ("labels", laureates),
        ("money", f"{euros(summary['committed_cents'])} committed of {envelope}, {euros(summary['paid_cents'])} paid"),
        ("tranches", " · ".join(f"{count} {state}" for state, count in tranches.items())),
        ("support", " · ".join(f"{count} {name}" for name, count in support.items())),
        ("notices", f"{summary['notices']} sent, under {season.home / 'mail'}"),
        ("acts refused", f"{summary['acts_refused']}: forged in a holder's name"),
        ("dead letters", f"{summary['dead_letters']}"),
        ("proof of the ledger", "holds" if summary["verified"] else "FAILS"),
    ):  # fmt: skip
        table.add_row(name, told)
    return table


def euros(cents: int) -> str:
    return f"{cents // 100:,} €".replace(",", " ")


def _table(title: str, *columns: str) -> Table:
    """Columns whose name starts with `#` hold numbers and are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    for name in columns:
        _column(table, name)
    return table


def _column(table: Table, name: str) -> None:
    table.add_column(
        name.lstrip("#"), justify="right" if name.startswith("#") else "left", no_wrap=name.startswith("#")
    )
