"""`fabriques eligibility`: know before filing whether a place is eligible, and why not."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_pairs
from shared.contract.front_ends import HOLDERS

PLACE = ("commune_code", "address", "latitude", "longitude", "declared_qpv", "declared_zones")
PAGE = 250
app = typer.Typer(no_args_is_help=True)


@app.callback()
def eligibility() -> None:
    """Know before filing whether a place is eligible; see which places wait for an officer."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A submission in JSON; or say where with the options.")
    ] = None,
    commune: Annotated[str | None, typer.Option(help="INSEE code of the commune.")] = None,
    address: Annotated[str | None, typer.Option(help="The address, with its postal code.")] = None,
    latitude: Annotated[float | None, typer.Option(min=-90, max=90)] = None,
    longitude: Annotated[float | None, typer.Option(min=-180, max=180)] = None,
    declared_qpv: Annotated[
        str | None, typer.Option(help="Code of the QPV the holder attests.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a dry run: nothing is registered. A FILE is checked whole, as it would be on submission."""
    if file is None and not commune:
        raise CommandFailed(
            "say where the place is: a FILE, or --commune with --latitude and --longitude"
        )
    stated = {
        "commune_code": commune,
        "address": address,
        "latitude": latitude,
        "longitude": longitude,
        "declared_qpv": declared_qpv,
    }
    if file:
        body = _body_of(file)
        # As whoever submits it: their own dossier is told to them, and nobody else's is.
        found = with_bus(lambda bus: _whole(bus, body), HOLDERS)
    else:
        found = with_bus(lambda bus: bus.ask("eligibility", "check", **_place(stated)))
    if as_json:
        print_json(found)
    else:
        _tell(found)


@app.command()
def instructions(as_json: AsJson = False) -> None:
    """The places that wait for an officer, with every reason: decide with `act territory.decided`."""
    found = with_bus(_all_waiting)
    if as_json:
        print_json(found)
        return
    for file in found:
        print_line(
            f"{file['candidature_id']} · wave {file['wave']} · commune {file['commune_code']}"
        )
        for reason in file["reasons"]:
            print_line(f"  {reason['message']} [{reason['code']}]")
    print_line(f"{len(found)} waiting.")


async def _whole(bus: Bus, body: dict[str, Any]) -> dict[str, Any]:
    """A place that cannot be read hides no other mistake: the counter tells all of them."""
    stated = body.get("place")
    place = _place(stated) if isinstance(stated, dict) else {}
    territory = await bus.ask_anyway("eligibility", "check", **place)
    return {**territory, "counter": await bus.ask("intake", "check", **body)}


def _place(stated: dict[str, Any]) -> dict[str, Any]:
    return {name: stated[name] for name in PLACE if stated.get(name) is not None}


async def _all_waiting(bus: Bus) -> list[dict[str, Any]]:
    """Every page, by dossier."""
    found: list[dict[str, Any]] = []
    async for page in bus.pages("eligibility", "instructions", limit=PAGE):
        found += page["waiting"]
    return found


def _tell(found: dict[str, Any]) -> None:
    counter = found.get("counter", {})
    if "error" not in found:
        print_pairs(
            {key: value for key, value in found.items() if key not in ("reasons", "counter")}
        )
    if counter:
        print_pairs(
            {
                "would_be": counter["would_be"],
                "wave": counter["wave"],
                "deadline": counter["deadline"],
            }
        )
    territory = found.get("reasons", ()) if "error" not in found else ()
    for reason in (*territory, *counter.get("reasons", ())):
        print_line(f"{reason.get('field') or ''} {reason['message']} [{reason['code']}]".strip())
    for piece in counter.get("missing", ()):
        print_line(f"missing: {piece}")


def _body_of(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CommandFailed(f"{file} is not a submission in JSON: it is no object")
    return body
