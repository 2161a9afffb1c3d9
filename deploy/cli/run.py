"""`fabriques run`: the whole programme, played as a rehearsal."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.options import AsJson
from deploy.cli.whereabouts import home, read_programme
from deploy.local.programme_copy import SHIPPED
from deploy.rehearsal.play import Options, play

app = typer.Typer()


@app.command()
def run(
    seed: Annotated[
        str, typer.Option(help="What the generated candidatures are drawn from.")
    ] = "fabriques-2020",
    programme: Annotated[
        Path | None, typer.Option(help="Another programme file; the shipped one without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start a platform of its own, play every wave and every year, show what happened, stop it all."""
    if programme:
        read_programme(programme)
    code = play(Options(home() / "run", seed, as_json, programme or SHIPPED))
    sys.stdout.flush()
    raise typer.Exit(code)
