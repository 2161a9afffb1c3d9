"""`fabriques eligibility`: know before filing whether a place is eligible, and why not."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.bus import with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line, print_pairs

PLACE = ("commune_code", "latitude", "longitude", "declared_qpv")
app = typer.Typer(no_args_is_help=True)


@app.callback()
def eligibility() -> None:
    """Know before filing whether a place is eligible."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A submission in JSON; or say where with the options.")] = None,
    commune: Annotated[str | None, typer.Option(help="INSEE code of the commune.")] = None,
    latitude: Annotated[float | None, typer.Option(min=-90, max=90)] = None,
    longitude: Annotated[float | None, typer.Option(min=-180, max=180)] = None,
    declared_qpv: Annotated[str | None, typer.Option(help="Code of the QPV the holder attests.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a dry run: nothing is registered."""
    if file is None and not commune:
        raise CommandFailed("say where the place is: a FILE, or --commune with --latitude and --longitude")
    stated = {"commune_code": commune, "latitude": latitude, "longitude": longitude, "declared_qpv": declared_qpv}
    place = _place_of(file) if file else {name: value for name, value in stated.items() if value is not None}
    found = with_bus(lambda bus: bus.ask("eligibility", "check", **place))
    if as_json:
        print_json(found)
        return
    print_pairs({key: value for key, value in found.items() if key != "reasons"})
    for reason in found.get("reasons", ()):
        print_line(f"{reason['message']} [{reason['code']}]")


def _place_of(file: Path) -> dict[str, Any]:
    try:
        place = json.loads(file.read_text(encoding="utf-8"))["place"]
        return {name: place[name] for name in PLACE if place.get(name) is not None}
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CommandFailed(f"{file} is not a submission in JSON: it has no place") from None
