"""`fabriques wave`: the waves of the call, from their closing to the approval of their result."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.families import Family, LazyGroup
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, day, officer_act
from deploy.cli.terminal.printing import euros, print_json, print_line, print_pairs, print_table
from shared.contract.backoffice import WaveApproved, WaveExtended, WaveReopened
from shared.reference.communes import load_communes
from shared.reference.regions import COUNTS, by_region

SELECTION = "deploy.cli.waves.selection"


class WaveFamily(LazyGroup):
    """What needs the rules of the selection is loaded when it is called."""

    families = {
        "verify": Family(
            SELECTION, "Check every property of a wave's list again, by other means.", "verify"
        ),
        "simulate": Family(
            SELECTION, "Compare with another policy: who enters, who leaves.", "simulate"
        ),
        "report": Family(
            SELECTION, "The list, its cut-offs, quotas and envelope as one page.", "report"
        ),
    }


app = typer.Typer(cls=WaveFamily, no_args_is_help=True)
WaveId = Annotated[str, typer.Argument(metavar="WAVE", help="Such as 2020-4.")]
WAVE_COLUMNS = ("wave", "opens", "last day", "#registered", "state")
CLOSING_SECONDS_MAX = 30.0
SHARES = ("name", *COUNTS)


@app.command("list")
def list_waves(as_json: AsJson = False) -> None:
    """Every wave: when it opens and closes, what was registered, and how far its selection is."""
    waves = with_bus(_waves)
    if as_json:
        print_json(waves)
        return
    now = datetime.now(UTC)
    print_table(WAVE_COLUMNS, (wave_row(wave, now) for wave in waves))


def wave_row(wave: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    """What WAVE_COLUMNS name."""
    return (
        wave["wave"],
        wave["opens_at"][:10],
        last_day(wave),
        wave["registered"],
        wave_state(wave, now),
    )


def wave_state(wave: dict[str, Any], now: datetime) -> str:
    """A wave nobody could send to yet is to come, whatever its selection says."""
    if (
        not wave["closed"]
        and not wave["registered"]
        and now < datetime.fromisoformat(wave["opens_at"])
    ):
        return "to come"
    return str(wave.get("selection", {}).get("state") or ("closed" if wave["closed"] else "open"))


def last_day(wave: dict[str, Any]) -> str:
    """The last whole day that is in time: the deadline itself is the midnight after it."""
    return (datetime.fromisoformat(wave["deadline"]) - timedelta(microseconds=1)).date().isoformat()


async def _waves(bus: Bus) -> list[dict[str, Any]]:
    waves = (await bus.ask("intake", "calendar"))["waves"]
    return [
        {**w, "selection": await bus.ask_anyway("funding", "wave", wave=w["wave"])} for w in waves
    ]


def require_wave(bus: Bus, wave: str) -> None:
    """Raises CommandFailed, with the waves there are, for one that the programme has not."""
    if bus.programme.wave(wave) is None:
        raise CommandFailed(
            f"the programme has no wave {wave}: it has {', '.join(w.id for w in bus.programme.waves)}"
        )


@app.command()
def close(wave: WaveId, as_json: AsJson = False) -> None:
    """Wait until a wave whose deadline has passed is closed. Nobody may close it before."""
    found = with_bus(lambda bus: _closed(bus, wave))
    if as_json:
        print_json(found)
    else:
        print_line(f"Wave {wave} is closed; {found['registered']} registered.")


async def _closed(bus: Bus, wave: str) -> dict[str, Any]:
    until = time.monotonic() + CLOSING_SECONDS_MAX
    while True:
        found = await _calendar_entry(bus, wave)
        if found["closed"]:
            return found
        deadline = datetime.fromisoformat(found["deadline"])
        if not bus.settings.rehearsal and deadline > datetime.now(UTC):
            raise CommandFailed(
                f"wave {wave} closes by itself at the end of {last_day(found)}: "
                "it may be extended, never cut short"
            )
        if bus.settings.rehearsal or time.monotonic() > until:
            raise CommandFailed(
                f"wave {wave} is not closed yet: its last day is {last_day(found)}, "
                "and the counter finishes first what was stamped before it"
            )
        await asyncio.sleep(0.2)


async def _calendar_entry(bus: Bus, wave: str) -> dict[str, Any]:
    require_wave(bus, wave)
    waves = (await bus.ask("intake", "calendar"))["waves"]
    return dict(next(entry for entry in waves if entry["wave"] == wave))


def _with_deadline_moved(
    kind: type[WaveExtended | WaveReopened],
    wave: str,
    closes_on: str,
    officer: Officer,
    reason: str,
    at: str | None,
) -> dict[str, Any]:
    """The wave's entry in the calendar once the act is decided.

    Raises CommandFailed where there is no such wave.
    """
    fact = officer_act(kind, officer, reason, wave=wave, closes_on=day(closes_on))

    async def work(bus: Bus) -> dict[str, Any]:
        await _calendar_entry(bus, wave)
        await bus.act(fact, officer, at)
        return await _calendar_entry(bus, wave)

    return with_bus(work)


@app.command()
def extend(
    wave: WaveId,
    closes_on: Annotated[str, typer.Option(help="The new last day, YYYY-MM-DD.")],
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a wave's deadline off."""
    found = _with_deadline_moved(WaveExtended, wave, closes_on, Officer(person, role), reason, at)
    if as_json:
        print_json(found)
    else:
        print_line(f"The last day of wave {wave} is now {last_day(found)}.")


@app.command()
def reopen(
    wave: WaveId,
    closes_on: Annotated[
        str, typer.Option(help="The last day, YYYY-MM-DD: the same or a later one.")
    ],
    reason: Why,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a wave again that was closed by mistake: two officers say so, before its result is published."""
    found = _with_deadline_moved(WaveReopened, wave, closes_on, Officer(person, role), reason, at)
    if as_json:
        print_json(found)
    elif found["closed"]:
        print_line(f"Noted. Wave {wave} is open again once another officer says the same.")
    else:
        print_line(f"Wave {wave} is open again; its last day is {last_day(found)}.")


@app.command()
def rank(wave: WaveId, as_json: AsJson = False) -> None:
    """The proposal of a closed wave, or what is missing before it can be ranked."""
    found = with_bus(lambda bus: _selection(bus, wave))
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if not found.get("proposal"):
        raise typer.Exit(1)


async def _selection(bus: Bus, wave: str) -> dict[str, Any]:
    require_wave(bus, wave)
    return await bus.ask("funding", "wave", wave=wave)


def _tell(found: dict[str, Any]) -> None:
    print_line(f"Wave {found['wave']}: {found['state']}")
    if missing := found.get("missing"):
        counts = {name: value for name, value in missing.items() if name != "ids" and value}
        print_line(
            "Missing: " + (", ".join(f"{n} {name}" for name, n in counts.items()) or "nothing")
        )
        for dossier in missing.get("ids", ()):
            print_line(f"  {dossier}")
    if proposal := found.get("proposal"):
        money = {"awarded": euros(proposal.get("awarded_cents"))}
        print_pairs({k: v for k, v in proposal.items() if k != "awarded_cents"} | money, "Proposal")
        signed = [(approval["actor"], approval["role"]) for approval in found.get("approvals", ())]
        print_table(("approved by", "as"), signed)
        print_line(
            f"Kinds of places, departments, regions: `fabriques wave diversity {found['wave']}`"
        )


@app.command()
def diversity(wave: WaveId, as_json: AsJson = False) -> None:
    """Kinds of places, departments and regions of a list: look at them before you approve it."""
    found = with_bus(lambda bus: _diversity(bus, wave))
    if as_json:
        print_json(found)
        return
    for what in ("kinds", "regions", "departments"):
        rows = ([share[name] for name in SHARES] for share in found[what])
        print_table((what, "laureates before", "in this list", "dossiers ranked"), rows)
    without = sum(not share["before"] and not share["laureates"] for share in found["departments"])
    print_line(f"{without} departments with a dossier have no laureate yet.")


async def _diversity(bus: Bus, wave: str) -> dict[str, Any]:
    require_wave(bus, wave)
    found = await bus.ask("funding", "diversity", wave=wave)
    return {**found, "regions": by_region(found["departments"], load_communes())}


@app.command()
def approve(
    wave: WaveId,
    reason: Why,
    person: As = "",
    role: InRole = None,
    digest: Annotated[
        str | None, typer.Option(help="The proposal that was read; by default the one there is.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Approve exactly the proposal that was seen. The last approval publishes the wave."""

    async def work(bus: Bus) -> dict[str, Any]:
        proposal = (await _selection(bus, wave)).get("proposal")
        if not proposal:
            raise CommandFailed(
                f"wave {wave} has no proposal yet: `fabriques wave rank {wave}` tells what is missing"
            )
        officer = Officer(person, role)
        fact = officer_act(
            WaveApproved, officer, reason, wave=wave, digest=digest or proposal["digest"]
        )
        await bus.act(fact, officer, at)
        return await bus.ask("funding", "wave", wave=wave)

    found = with_bus(work)
    if as_json:
        print_json(found)
    else:
        _tell(found)
