"""`fabriques bench`: how fast the platform is on this machine, against what the machine could do."""

from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import console, print_json
from deploy.cli.whereabouts import home

app = typer.Typer()
SESSION = "tests.bench.session"


@app.command()
def bench(
    only: Annotated[list[str] | None, typer.Option(help="Measure only this; may be given several times.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: shows that it works, not how fast.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure everything on platforms of its own, beside what it has to reach; keep it in bench/results.json."""
    session = import_module(SESSION)
    options = session.Options(home() / "bench", tuple(only or ()), quick)
    try:
        data = session.run(options, Console(stderr=True, quiet=True) if as_json else console())
    except (RuntimeError, ValueError) as failure:
        raise CommandFailed(str(failure)) from None
    if as_json:
        print_json(data)
