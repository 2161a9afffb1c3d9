"""`fabriques community`: the agenda of the laureates, its invitations and answers; peers, commons."""

from typing import Annotated, Any, Literal

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.laureates.commons import read_commons
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import on_one_line, print_json, print_line, print_table
from shared.contract.backoffice import AttendanceNoted, GatheringAnnounced
from shared.programme.model import Gathering

app = typer.Typer(no_args_is_help=True)
Meeting = Annotated[str, typer.Argument(metavar="MEETING", help="Its id in the programme file.")]
COUNTS = ("invited", "yes", "no", "people", "present")


@app.command()
def agenda(as_json: AsJson = False) -> None:
    """The meetings of the programme file: announced or not, moved since, how many come."""
    found = with_bus(_agenda)
    if as_json:
        print_json(found)
        return
    columns = ("meeting", "from", "to", "place", "state", *(f"#{name}" for name in COUNTS))
    shown = ("gathering", "starts_on", "ends_on", "place", "state", *COUNTS)
    print_table(columns, ([str(one[name]) for name in shown] for one in found))


@app.command()
def announce(
    meeting: Meeting,
    reason: Why = "",
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Invite to a meeting as the programme file has it; said again, its guests hear what moved or is off."""
    officer = Officer(person, role)

    async def work(bus: Bus) -> dict[str, Any]:
        planned = next((one for one in bus.programme.agenda if one.id == meeting), None)
        if planned is None:
            raise CommandFailed(
                f"the programme file has no meeting called {meeting}: see its [[agenda]]"
            )
        await bus.act(
            officer_act(GatheringAnnounced, officer, reason, **_fields(planned)), officer, at
        )
        return await bus.ask("notify", "answers", gathering=meeting)

    _show(with_bus(work), as_json)


@app.command()
def answers(meeting: Meeting, as_json: AsJson = False) -> None:
    """Who was invited, who comes, and with how many people."""
    _show(with_bus(lambda bus: bus.ask("notify", "answers", gathering=meeting)), as_json)


@app.command()
def attendance(
    meeting: Meeting,
    receipts: Annotated[
        list[str], typer.Argument(metavar="RECEIPT...", help="Everybody who came.")
    ],
    reason: Why = "",
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Note who came, once it is over; noted again, it replaces what was noted before."""
    officer = Officer(person, role)

    async def work(bus: Bus) -> dict[str, Any]:
        present = [await bus.with_id(receipt) for receipt in receipts]
        act = officer_act(
            AttendanceNoted, officer, reason, gathering=meeting, present=tuple(present)
        )
        await bus.act(act, officer, at)
        return await bus.ask("notify", "answers", gathering=meeting)

    _show(with_bus(work), as_json)


@app.command()
def peers(as_json: AsJson = False) -> None:
    """Who is to help whom, and who has not answered yet."""
    found = with_bus(lambda bus: bus.ask("notify", "peers"))
    if as_json:
        print_json(found)
        return
    print_table(("helper", "helps", "each other", "agreed"), map(_pair, found["pairs"]))
    pairs = f"{found['standing']} pairs, {found['agreed']} agreed"
    print_line(f"{pairs}, {found['ended']} ended, {found['lapsed']} of these without an answer.")


@app.command()
def commons(as_json: AsJson = False) -> None:
    """What laureates share, accepted or not yet: `fabriques act common.decided` decides on it."""
    found = with_bus(read_commons)
    if as_json:
        print_json(found)
        return
    columns = ("=receipt", "=common", "#revision", "state", "title", "licence", "link", "about")
    shown = ("receipt_number", "common", "revision", "state", "title", "licence", "url")
    rows = ([*(str(one[name]) for name in shown), on_one_line(one["about"])] for one in found)
    print_table(columns, rows)


def _pair(pair: dict[str, Any]) -> tuple[str, ...]:
    agreed = [name for name in ("helper", "helped") if pair[name] in pair["agreed_by"]]
    each_other = "yes" if pair["mutual"] else ""
    return (pair["helper_receipt"], pair["helped_receipt"], each_other, " and ".join(agreed) or "-")


async def _agenda(bus: Bus) -> list[dict[str, Any]]:
    """By day: what the file plans, and what was announced of it."""
    told = {one["gathering"]: one for one in (await bus.ask("notify", "agenda"))["gatherings"]}
    planned = {one.id: one for one in bus.programme.agenda}
    listed = [
        {**_fields(one, "json"), **_counts(told.get(name)), "state": _state(one, told.get(name))}
        for name, one in planned.items()
    ]
    gone = [
        {**one, "state": "not in the file"} for name, one in told.items() if name not in planned
    ]
    return sorted([*listed, *gone], key=lambda one: (one["starts_on"], one["gathering"]))


def _state(planned: Gathering, told: dict[str, Any] | None) -> str:
    if told is None:
        return "cancelled" if planned.cancelled else "not announced"
    if any(told[name] != value for name, value in _fields(planned, "json").items()):
        return "to announce again"
    return "cancelled" if told["cancelled"] else "announced"


def _counts(told: dict[str, Any] | None) -> dict[str, int]:
    return {name: told[name] if told else 0 for name in COUNTS}


def _fields(one: Gathering, mode: Literal["json", "python"] = "python") -> dict[str, Any]:
    """Those of the fact that announces it; in the mode `json` as the answers tell a meeting."""
    fields = one.model_dump(mode=mode)
    return {"gathering": fields.pop("id"), **fields}


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    state = ", cancelled" if found["cancelled"] else ""
    print_line(
        f"{found['title']}, {found['place']}, {found['starts_on']} to {found['ends_on']}{state}."
    )
    print_line(" · ".join(f"{found[name]} {name}" for name in COUNTS))
    columns = ("receipt", "place", "commune", "answer", "#people", "present")
    rows = (
        (one["receipt_number"], one["place"], one["commune_code"], one["answer"] or "-", one["people"],
         "yes" if one["present"] else "")
        for one in found["guests"]
    )  # fmt: skip
    print_table(columns, rows)
