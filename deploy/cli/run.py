"""`fabriques run`: the whole programme, played as a rehearsal."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.whereabouts import home, read_programme

app = typer.Typer()
REHEARSAL = "deploy.rehearsal.play"


@app.command()
def run(
    seed: Annotated[str, typer.Option(help="What the generated candidatures are drawn from.")] = "fabriques-2020",
    programme: Annotated[Path | None, typer.Option(help="Another programme file; the shipped one without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start a platform of its own, play four waves and three years on it, show what happened, stop everything."""
    try:
        play = import_module(REHEARSAL)
    except ModuleNotFoundError as error:
        raise CommandFailed(f"the rehearsal is not part of this installation ({error.name} is missing)") from None
    if programme:
        read_programme(programme)
    folder = home() / "run"
    chosen = {"programme_file": programme} if programme else {}
    code = play.play(play.Options(home=folder, seed=seed, as_json=as_json, **chosen))
    sys.stdout.flush()
    raise typer.Exit(int(code or 0))
