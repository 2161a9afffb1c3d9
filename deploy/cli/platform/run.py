"""`fabriques run`: the whole programme, played as a rehearsal."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.connection.whereabouts import home, read_programme
from deploy.cli.terminal.options import AsJson
from deploy.local.home.beside import folder_of
from deploy.local.home.programme_copy import SHIPPED
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
    beside: Annotated[
        bool,
        typer.Option(
            "--beside", help="Play it beside what runs here, as one more programme of its server."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a platform of its own, play every wave and every year, show what happened, stop it all."""
    file = programme or SHIPPED
    called = read_programme(file).id
    folder = folder_of(home(), called) if beside else home() / "run"
    code = play(Options(folder, seed, as_json, file, server=home() if beside else None))
    sys.stdout.flush()
    raise typer.Exit(code)
