"""What must hold at the end of a season. Each check that fails is one sentence."""

import asyncio
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from deploy.rehearsal.cast import Player
from deploy.rehearsal.season import Season
from deploy.rehearsal.special import stories_of
from deploy.rehearsal.story import Never, PaidTo, Said, Story, appeal_too_late, forge_a_withdrawal
from services.funding.bank.pain001_reading import read_pain001
from shared.contract.support import StepOwner

LETTERS = ("support_opened",)
WRONG = (forge_a_withdrawal, appeal_too_late)  # acts that their front-end is told are refused
ASKED_AT_ONCE = 16
MANY = 100  # of so many laureates somebody does, refuses or forgets each thing


async def failures(season: Season, summary: dict[str, Any]) -> list[str]:
    found = [
        *arithmetic(summary),
        *await _two_accounts(season, summary),
        *_programme(season, summary),
    ]
    grants = await season.grants()
    found += await _support(season, grants)
    if len(season.receipts) >= MANY:
        found += unplayed(
            await season.clients.ask("notify", "support-report"), summary["community"]
        )
    found += promises(grants, _job_days(season))
    paid_to = _accounts_paid(season.home / "payments")
    for player in season.cast.everyone():
        found += await _story(season, player, paid_to)
    return found


def arithmetic(summary: dict[str, Any]) -> Iterator[str]:
    """Every sending has exactly one answer."""
    refused = sum(summary["refused"].values())
    answered = (
        summary["registered"] + summary["already_registered"] + refused + summary["duplicates"]
    )
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
    filled = {zone: summary["laureates"][zone] for zone in programme.quotas}
    beyond = any(filled[zone] > places for zone, places in programme.quotas.items())
    # The stories bring enough files to fill the call that they were written for.
    if beyond or (stories_of(programme) and filled != programme.quotas):
        yield f"the quotas are {programme.quotas}, the laureates {filled}"
    if not summary["paid_cents"] <= summary["committed_cents"] <= programme.envelope_cents:
        yield f"{summary['committed_cents']} cents are committed, {summary['paid_cents']} paid"
    if not summary["verified"]:
        yield "the ledger's proof found violations: see `fabriques payments verify`"
    wrong = sum(_wrong_acts(player.story) for player in season.cast.everyone())
    if summary["acts_refused"] != wrong:
        yield f"{wrong} acts were forged or late, {summary['acts_refused']} were refused"
    if summary["dead_letters"]:
        yield f"there are {summary['dead_letters']} dead letters"


def _job_days(season: Season) -> set[str]:
    return {str(year["job_day"]) for year in season.tally.years.values()}


def promises(grants: Iterable[Mapping[str, Any]], job_days: Container[str]) -> Iterator[str]:
    """Each tranche was decided on the very day that its letter names."""
    for grant in grants:
        for tranche in grant["tranches"]:
            if tranche["state"] != "cancelled" and tranche["due_on"] not in job_days:
                yield f"tranche {tranche['tranche_id']} fell due on {tranche['due_on']}: no job ran that day"


def _wrong_acts(story: Story) -> int:
    return sum(acts.count(wrong) for acts in story.acts.values() for wrong in WRONG)


async def _support(season: Season, grants: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every laureate has a plan, is invited to what is for all, and was introduced if they agree."""
    found = []
    agenda = await season.clients.ask("notify", "agenda")
    for_all = any(not one["departments"] and not one["cancelled"] for one in agenda["gatherings"])
    letters = (*LETTERS, "invitation") if for_all else LETTERS
    standing = [grant for grant in grants if grant["state"] != "cancelled"]
    told = await _told_of_support(season, [grant["candidature_id"] for grant in standing])
    for grant, support in zip(standing, told, strict=True):
        if missing := _missing(support or {}, letters):
            found.append(f"laureate {grant['receipt_number']} has no {', no '.join(missing)}")
    return found


async def _told_of_support(season: Season, keys: Iterable[str]) -> list[dict[str, Any] | None]:
    at_once = asyncio.Semaphore(ASKED_AT_ONCE)

    async def told(key: str) -> dict[str, Any] | None:
        async with at_once:
            return await season.clients.ask_or_none("notify", "support", candidature_id=key)

    return await asyncio.gather(*map(told, keys))


def unplayed(report: Mapping[str, Any], community: Mapping[str, int]) -> Iterator[str]:
    """What three years of support have of everything: whoever owns a step does some, and some of it late.

    Most of what the association does is in time: late means late.
    """
    for owner in get_args(StepOwner):
        rows = [row for row in report["rows"] if row["owner"] == owner]
        done = sum(row["done"] for row in rows)
        late = sum(row["late"] for row in rows)
        if not done or not late or (owner == "association" and late >= done):
            yield f"of the steps of {owner} {done} are done and {late} are late"
    if not report["total"]["dropped"]:
        yield "no step was dropped"
    for name in ("called off", "no", "agreed", "ended", "unanswered"):
        if not community[name]:
            yield f"the community has nothing {name}"


def _missing(support: dict[str, Any], letters: Sequence[str]) -> list[str]:
    sent = {
        notice["template"] for notice in support.get("notices", ()) if notice["state"] == "sent"
    }
    plan = support.get("plan") or {"state": "none"}
    without_plan = [] if plan["state"] == "open" else ["plan"]
    expected = [*letters, "introduction"] if plan.get("handed_over") else letters
    return without_plan + [name for name in expected if name not in sent]


async def _story(season: Season, player: Player, paid_to: Mapping[str, str]) -> list[str]:
    found = []
    for end in player.story.ends:
        if isinstance(end, PaidTo):
            told = _paid_elsewhere(season, player, end, paid_to)
        else:
            told = await _said_otherwise(season, player, end)
        if told:
            found.append(f"story {player.story.name}: {told}")
    return found


async def _said_otherwise(season: Season, player: Player, end: Said | Never) -> str:
    applicant = player.second if isinstance(end, Said) and end.second else player.applicant
    fact = await season.clients.last_fact(end.event, applicant.candidature_id + end.suffix)
    name = end.event.__name__
    if isinstance(end, Never):
        return f"{name} was said" if fact else ""
    if fact is None:
        return f"{name} was never said"
    wrong = []
    for field, expected in end.values.items():
        value = fact.get(field)
        if not _agrees(field, value, expected):
            wrong.append(f"{name}.{field} is {_shown(field, value)}, not {expected}")
    return "; ".join(wrong)


def _agrees(field: str, value: Any, expected: Any) -> bool:
    """Reasons are compared by their codes, an order by its ending."""
    if field == "order_id":
        return str(value).endswith(expected)
    return bool(_shown(field, value) == expected)


def _shown(field: str, value: Any) -> Any:
    return {reason["code"] for reason in value or ()} if field == "reasons" else value


def _paid_elsewhere(season: Season, player: Player, end: PaidTo, paid_to: Mapping[str, str]) -> str:
    key = player.applicant.candidature_id
    order = f"{season.receipts.get(key, '')}{end.order}"
    if order not in paid_to:
        return f"no payment file holds order {order}"
    if paid_to[order] != season.cast.iban(key, end.account):
        return f"order {order} went to another account"
    return ""


def _accounts_paid(folder: Path) -> dict[str, str]:
    """The account of each order, as the payment files themselves say."""
    found = {}
    for path in sorted(folder.glob("*.xml")):
        _, file = read_pain001(path.read_bytes())
        for transfer in file.transfers:
            found[transfer.end_to_end_id] = transfer.iban
    return found
