"""`fabriques support`: the plan of a laureate, what somebody has to do, and what came of all of it."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from deploy.cli.connection.bus import Bus, granted, with_bus
from deploy.cli.laureates import effects
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import on_one_line, print_json, print_line, print_table
from shared.contract.asked import PAGE_MAX
from shared.contract.support import StepOwner

app = typer.Typer(no_args_is_help=True)
By = Literal["need", "region", "owner", "year", "kind"]
COUNTS = ("steps", "agreed", "done", "late", "dropped")
NO_PLAN = "{} is no laureate and has no plan: `fabriques find` looks for others"
GROUPS = ("need", "region", "owner", "year")
COMPARED = ("#supported", "#from", "#to", "#change", "#others", "#from", "#to", "#change")


@app.command()
def plan(
    candidature: Annotated[
        str, typer.Argument(help="The candidature's id, or its receipt number.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a laureate's plan: each step with its owner, due day and state, and who moved it why."""
    found = with_bus(lambda bus: _plan_of(bus, candidature))
    if as_json:
        print_json(found)
        return
    known = found["plan"]
    if known is None:
        raise CommandFailed(NO_PLAN.format(candidature))
    handed = "handed over to the association" if known["handed_over"] else "not handed over"
    print_line(f"{known['receipt_number']} {known['place_name']}: {known['state']}, {handed}.")
    columns = ("=step", "owner", "due on", "state", "late", "agreed on", "ended on")
    print_table(columns, (_step(step) for step in known["steps"]))
    for step in known["steps"]:
        for move in step["moves"]:
            who = f"{move['by']} ({move['role']})" if move["by"] else "the programme"
            said = on_one_line(move["said"])
            print_line(f"{move['at'][:10]} {step['step']} · {move['act']} · {who}: {said}")


@app.command()
def todo(
    owner: Annotated[StepOwner | None, typer.Option(help="Only what this owner has to do.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=PAGE_MAX, help="At most so many steps.")] = 100,
    as_json: AsJson = False,
) -> None:
    """The steps that somebody has to do, the most urgent first: the State's side as the holder's."""
    asked = {"owner": owner, "overdue": overdue, "limit": limit}
    found = with_bus(lambda bus: bus.ask("notify", "support-steps", **asked))
    if as_json:
        print_json(found)
        return
    if not found["steps"]:
        what = "is late" if overdue else "is left to do"
        print_line(f"No step{f' of owner {owner}' if owner else ''} {what} on {found['as_of']}.")
        return
    columns = ("due on", "late", "side", "owner", "=receipt", "place", "=step", "state")
    print_table(columns, (_todo(step) for step in found["steps"]))
    unread = found["count"] - len(found["steps"])
    more = f", {unread} more not shown: --limit shows them" if unread else ""
    print_line(f"{found['overdue']} of {found['count']} overdue on {found['as_of']}{more}.")


@app.command()
def report(
    by: Annotated[
        By, typer.Option(help="What the table is by. A place of two kinds counts in both.")
    ] = "need",
    into: Annotated[
        Path | None,
        typer.Option("--csv", help="Also write every row, by need, region, owner and year."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What was asked of support, agreed, done, late, dropped, and what changed for those supported."""
    found = with_bus(_report)
    if into:
        _write(into, found["rows"])
    if as_json:
        print_json(found)
        return
    _tell_steps(found, by)
    if found["reports"]:
        print_table(("indicator", "#total", *COMPARED), map(_effect, found["indicators"]))
        print_line(effects.CAUTION)
    print_line(f"On {found['as_of']}; the indicators are of {found['reports']} accepted reports.")
    if into:
        print_line(f"{len(found['rows'])} rows written to {into}.")


async def _plan_of(bus: Bus, candidature: str) -> dict[str, Any]:
    """Raises CommandFailed for who was never written to, and for a refusal."""
    found = await bus.ask_anyway("notify", "support", candidature_id=candidature)
    if found.get("error") == "unknown":
        raise CommandFailed(NO_PLAN.format(candidature))
    return granted(found)


async def _report(bus: Bus) -> dict[str, Any]:
    """The steps as notify counts them; each indicator of funding for those supported and for the others."""
    steps = await bus.ask("notify", "support-report")
    impact = await bus.ask("funding", "impact")
    reported = effects.by_laureate(await _counts(bus))
    supported = frozenset(steps.pop("supported"))
    for one in impact["indicators"]:
        with_support, without = effects.compared(one["indicator"], reported, supported)
        one |= {"supported": effects.told(with_support), "others": effects.told(without)}
    return {**steps, **impact}


async def _counts(bus: Bus) -> list[dict[str, Any]]:
    pages = bus.pages("funding", "impact-counts", limit=PAGE_MAX)
    return [count async for page in pages for count in page["counts"]]


def _effect(one: Mapping[str, Any]) -> tuple[Any, ...]:
    """Total, then of those supported and of the others: how many, mean of the first and last year, change."""
    row: list[Any] = [one["title"], one["total"]]
    for group in (one["supported"], one["others"]):
        percent = "" if group["percent"] is None else f"{group['percent']:+.1f} %"
        row += [group["laureates"], group["before"], group["after"], percent]
    return tuple(row)


def _tell_steps(found: Mapping[str, Any], by: By) -> None:
    if not found["rows"]:
        print_line("No step of support was ever opened.")
        return
    groups = _summed(found["kinds"] if by == "kind" else found["rows"], by)
    rows = [
        _counted(name, counts) for name, counts in (*groups.items(), ("in all", found["total"]))
    ]
    print_table((by, *(f"#{count}" for count in COUNTS)), rows)


def _step(step: Mapping[str, Any]) -> tuple[Any, ...]:
    late = "late" if step["overdue"] else ""
    shown = [step[name] or "" for name in ("agreed_on", "ended_on")]
    return (step["step"], step["owner"], step["due_on"], step["state"], late, *shown)


def _todo(step: Mapping[str, Any]) -> tuple[Any, ...]:
    late = "late" if step["overdue"] else ""
    state = f"{step['state']}, sent back" if step["returned"] else step["state"]
    named = (step["receipt_number"], step["place_name"], step["step"])
    return (step["due_on"], late, step["side"], step["owner"], *named, state)


def _counted(name: str, counts: Mapping[str, int]) -> tuple[Any, ...]:
    return (name, *(counts[count] for count in COUNTS))


def _summed(rows: Iterable[Mapping[str, Any]], by: By) -> dict[str, dict[str, int]]:
    groups: dict[str, dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: str(row[by])):
        counts = groups.setdefault(str(row[by]), dict.fromkeys(COUNTS, 0))
        for count in COUNTS:
            counts[count] += row[count]
    return groups


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Raises CommandFailed."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, (*GROUPS, *COUNTS))
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from None
