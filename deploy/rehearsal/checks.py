"""What must hold at the end of a season. Each check that fails is one sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.rehearsal.cast import Player
from deploy.rehearsal.season import Season
from deploy.rehearsal.story import Never, PaidTo, Said, forge_a_withdrawal
from services.funding.bank.pain001_reading import read_pain001

LETTERS = ("introduction", "invitation")


async def failures(season: Season, summary: dict[str, Any]) -> list[str]:
    return [
        *arithmetic(summary),
        *await _two_accounts(season, summary),
        *_programme(season, summary),
        *await _support(season),
        *[line for player in season.cast.everyone() for line in await _story(season, player)],
    ]


def arithmetic(summary: dict[str, Any]) -> Iterator[str]:
    """Every sending has exactly one answer."""
    refused = sum(summary["refused"].values())
    answered = summary["registered"] + summary["already_registered"] + refused + summary["duplicates"]
    if summary["submitted"] != answered:
        yield f"{summary['submitted']} candidatures were submitted, {answered} were answered"


async def _two_accounts(season: Season, summary: dict[str, Any]) -> list[str]:
    """The summary counts the facts in the log; the counter counts its own decisions."""
    counter = await season.clients.ask("intake", "summary")
    names = ("registered", "already_registered", "refused")
    return [
        f"the log says {name}: {summary[name]}, the counter says {counter[name]}"
        for name in names
        if counter[name] != summary[name]
    ]


def _programme(season: Season, summary: dict[str, Any]) -> Iterator[str]:
    programme = season.programme
    quotas = {zone.value: size for zone, size in programme.quotas.items()}
    if summary["laureates"] != quotas:
        yield f"the quotas are {quotas}, the laureates {summary['laureates']}"
    if not summary["paid_cents"] <= summary["committed_cents"] <= programme.envelope_cents:
        yield f"{summary['committed_cents']} cents are committed, {summary['paid_cents']} paid"
    if not summary["verified"]:
        yield "the ledger's proof found violations: see `fabriques payments verify`"
    stories = [player.story for player in season.cast.everyone()]
    forged = [act for story in stories for acts in story.acts.values() for act in acts].count(forge_a_withdrawal)
    if summary["acts_refused"] != forged:
        yield f"{forged} acts were forged, {summary['acts_refused']} were refused"
    if summary["dead_letters"]:
        yield f"there are {summary['dead_letters']} dead letters"


async def _support(season: Season) -> list[str]:
    """Every laureate has a plan, was introduced to the association, and is invited to the community's meetings."""
    found = []
    for grant in await season.grants():
        support = await season.clients.ask_or_none("notify", "support", candidature_id=grant["candidature_id"]) or {}
        if grant["state"] != "cancelled" and (missing := _missing(support)):
            found.append(f"laureate {grant['receipt_number']} has no {', no '.join(missing)}")
    return found


def _missing(support: dict[str, Any]) -> list[str]:
    sent = {notice["template"] for notice in support.get("notices", ()) if notice["state"] == "sent"}
    plan = support.get("plan")
    has = {"plan": plan and plan["state"] == "open"} | {name: name in sent for name in LETTERS}
    return [name for name, there in has.items() if not there]


async def _story(season: Season, player: Player) -> list[str]:
    found = []
    for end in player.story.ends:
        if isinstance(end, PaidTo):
            told = _paid_elsewhere(season, player, end)
        else:
            told = await _said_otherwise(season, player, end)
        if told:
            found.append(f"story {player.story.name}: {told}")
    return found


async def _said_otherwise(season: Season, player: Player, end: Said | Never) -> str:
    second = isinstance(end, Said) and end.second
    dossier = (player.second if second else player.applicant).candidature_id + end.suffix
    fact = await season.clients.last_fact(end.event, dossier)
    name = end.event.__name__
    if isinstance(end, Never):
        return f"{name} was said" if fact else ""
    if fact is None:
        return f"{name} was never said"
    wrong = [field for field, value in end.values.items() if not _agrees(field, fact.get(field), value)]
    return "; ".join(f"{name}.{field} is {_shown(field, fact.get(field))}, not {end.values[field]}" for field in wrong)


def _agrees(field: str, value: Any, expected: Any) -> bool:
    """Reasons are compared by their codes, an order by its ending."""
    if field == "order_id":
        return str(value).endswith(expected)
    return bool(_shown(field, value) == expected)


def _shown(field: str, value: Any) -> Any:
    return {reason["code"] for reason in value or ()} if field == "reasons" else value


def _paid_elsewhere(season: Season, player: Player, end: PaidTo) -> str:
    """Reads the account of an order in the payment files themselves."""
    key = player.applicant.candidature_id
    order = f"{season.receipts.get(key, '')}{end.order}"
    account = next((iban for name, iban in _orders(season.home / "payments") if name == order), None)
    if account is None:
        return f"no payment file holds order {order}"
    return "" if account == season.cast.iban(key, end.account) else f"order {order} went to another account"


def _orders(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.xml")):
        for transfer in read_pain001(path.read_bytes())[1].transfers:
            yield transfer.end_to_end_id, transfer.iban
