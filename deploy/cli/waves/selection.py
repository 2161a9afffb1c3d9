"""`fabriques wave verify`, `simulate`, `report`: second opinions on funding's lists, read page by page."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from nats.js.errors import NotFoundError

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line
from deploy.cli.waves.command import require_wave
from services.funding.domain.selection.allocation import allocate, under
from services.funding.domain.selection.simulation import compare
from services.funding.domain.selection.values import (
    Candidate,
    Ground,
    Policy,
    Ranked,
    Result,
    Review,
    Violation,
    WaveInputs,
)
from services.funding.domain.selection.verification import verify as verify_list
from services.funding.tools.selection.commands import print_comparison, print_violations
from services.funding.tools.selection.files import FileInvalid, read_policy
from services.funding.tools.selection.report import WaveSheet, render_report
from shared.contract.asked import PolicyAsked
from shared.contract.front_ends import OPERATORS
from shared.contract.funding import WaveRanked
from shared.contract.subjects import stream_of
from shared.contract.values import Outcome
from shared.kit.bus.connection import log_of
from shared.programme import ProgrammeInvalid, load_programme

app = typer.Typer(no_args_is_help=True)
WaveId = Annotated[str, typer.Argument(metavar="WAVE", help="Such as 2020-4.")]
PAGE = 250


@dataclass(frozen=True, slots=True)
class Kept:
    """A wave's list as funding keeps it: what went in, what came out, the marks behind the scores."""

    wave: str
    state: str
    inputs: WaveInputs
    result: Result
    reviews: dict[str, list[Review]]
    titles: dict[str, str]


@app.command()
def verify(wave: WaveId, as_json: AsJson = False) -> None:
    """Check every property of a wave's list again, by the service and here; exit 1 where one fails."""

    async def work(bus: Bus) -> tuple[Kept, dict[str, Any], str]:
        return (
            await kept(bus, wave),
            await bus.ask("funding", "verify", wave=wave),
            await logged_digest(bus, wave),
        )

    found, said, logged = with_bus(work, OPERATORS)  # who read the log
    violations = verify_list(found.inputs, found.result, found.reviews)
    if logged != found.result.digest:
        detail = f"the log says {logged or 'nothing'}, funding keeps {found.result.digest}"
        violations.append(Violation("digests", (), detail))
    holds = not violations and bool(said["verified"])
    if as_json:
        print_json(
            {**said, "valid": holds, "here": [asdict(violation) for violation in violations]}
        )
    else:
        print_violations(found.result, violations)
        for violation in said["violations"]:
            print_line(f"funding says: {violation['property']}: {violation['detail']}")
        print_line(f"Wave {wave} ({found.state}): digest {found.result.digest}")
    if not holds:
        raise typer.Exit(1)


@app.command()
def simulate(
    wave: WaveId,
    policy: Annotated[
        Path,
        typer.Option(help="Another policy: JSON as `selection solve` reads it, or a programme."),
    ],
    as_json: AsJson = False,
) -> None:
    """Compare with another policy: who enters, who leaves, what it costs. Nothing is changed."""
    other = _policy(policy)
    found = with_bus(lambda bus: kept(bus, wave))
    try:
        comparison = compare(found.result, allocate(under(found.inputs, other)))
    except KeyError as error:
        raise CommandFailed(
            f"{policy}: the candidatures have no mark for {error.args[0]}"
        ) from None
    if as_json:
        print_json(comparison.as_dict())
    else:
        print_comparison(comparison)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="The HTML file to write: one file, printable.")],
    wave: Annotated[
        str | None,
        typer.Argument(metavar="[WAVE]", help="One wave; by default all that are ranked."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write lists, cut-offs, and the use of quotas and envelope over the waves, as one page."""

    async def work(bus: Bus) -> tuple[str, list[Kept]]:
        if wave:
            require_wave(bus, wave)
        names = [wave] if wave else [w.id for w in bus.programme.waves]
        states = {name: (await bus.ask("funding", "wave", wave=name))["state"] for name in names}
        ranked = [name for name in names if states[name] in ("ranked", "published")]
        return bus.programme.name, [await kept(bus, name) for name in ranked]

    title, lists = with_bus(work)
    if not lists:
        raise CommandFailed(
            "no wave is ranked yet: `fabriques wave rank WAVE` tells what is missing"
        )
    sheets = [WaveSheet(found.wave, found.inputs, found.result, found.titles) for found in lists]
    try:
        out.write_text(render_report(f"{title} : sélection", sheets), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{out}: {error.strerror}") from None
    waves = [found.wave for found in lists]
    if as_json:
        print_json({"out": str(out), "waves": waves})
    else:
        print_line(f"{out} ({', '.join(waves)})")


async def logged_digest(bus: Bus, wave: str) -> str:
    """The digest of the latest proposal as it was said, once and for all; empty where none was."""
    subject = f"{bus.programme.id}.{WaveRanked.event_type()}.{wave}"
    try:
        found = await log_of(bus.client).get_last_msg(stream_of(WaveRanked.publisher), subject)
    except NotFoundError:
        return ""
    return str(json.loads(found.data or b"{}")["digest"])


async def kept(bus: Bus, wave: str) -> Kept:
    """The whole list, whatever its size. Raises CommandFailed where it was ranked again while it was read."""
    require_wave(bus, wave)
    pages = [page async for page in bus.pages("funding", "ranking", wave=wave, limit=PAGE)]
    first = pages[0]
    places = [place for page in pages for place in page["places"]]
    if any(page["digest"] != first["digest"] for page in pages):
        raise CommandFailed(f"wave {wave} was ranked again while its list was read: ask once more")
    inputs = WaveInputs(
        Policy(**dict(PolicyAsked.model_validate(first["policy"]))),
        first["quotas_left"],
        first["envelope_left_cents"],
        tuple(_candidate(place) for place in places),
    )
    ranking = tuple(_ranked(place) for place in places)
    return Kept(
        wave,
        first["state"],
        inputs,
        Result(ranking, first["inputs_digest"], first["policy_digest"], first["digest"]),
        {place["id"]: [Review(**review) for review in place["reviews"]] for place in places},
        {place["id"]: f"{place['receipt_number']} · {place['legal_name']}" for place in places},
    )


def _candidate(place: dict[str, Any]) -> Candidate:
    return Candidate(
        id=place["id"],
        receipt_sequence=place["receipt_sequence"],
        score=place["score"],
        criteria=place["criteria"],
        zones=tuple(place["zones"]),
        requested_cents=tuple(place["requested_cents"]),
    )


def _ranked(place: dict[str, Any]) -> Ranked:
    return Ranked(
        id=place["id"],
        rank=place["rank"],
        score=place["score"],
        tie_break=tuple(place["tie_break"]),
        outcome=Outcome(place["outcome"]),
        zone=place["zone"],
        awarded_cents=tuple(place["awarded_cents"]),
        reasons=tuple(Ground(**reason) for reason in place["reasons"]),
    )


def _policy(path: Path) -> Policy:
    """A policy alone, or that of another programme file."""
    try:
        return (
            Policy.from_programme(load_programme(path))
            if path.suffix == ".toml"
            else read_policy(path)
        )
    except (FileInvalid, ProgrammeInvalid) as error:
        raise CommandFailed(*(f"{path}: {mistake}" for mistake in error.mistakes)) from None
