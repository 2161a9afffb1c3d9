"""`fabriques waiting`: events that came before what they build on, until that happens."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import ask_each
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table
from shared.contract.asked import PAGE_MAX
from shared.contract.topology import SERVICES

app = typer.Typer()
COLUMNS = ("service", "event", "=of", "=waits for", "since")


@app.command()
def waiting(
    service: Annotated[str | None, typer.Option(help="Only those of one service.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=PAGE_MAX, help="At most so many of each service.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Early events: what each waits for, since when, in which service. They are decided when it happens."""
    if service not in (None, *SERVICES):
        raise CommandFailed(f"there is no service {service}: there are {', '.join(SERVICES)}")
    asked = [service] if service else list(SERVICES)
    answers = ask_each(*((name, "waiting", {"limit": limit}) for name in asked))
    found = dict(zip(asked, answers, strict=True))
    if as_json:
        print_json(found)
    else:
        _tell(found)


def _tell(found: dict[str, dict[str, Any]]) -> None:
    rows = [(name, early) for name, answer in found.items() for early in answer["waiting"]]
    if not rows:
        print_line("No event waits for another one: whatever came has been decided.")
        return
    print_table(COLUMNS, (_row(name, early) for name, early in rows))
    left = sum(answer["count"] for answer in found.values()) - len(rows)
    if left:
        print_line(f"and {left} more: --limit shows them")


def _row(service: str, early: dict[str, Any]) -> tuple[str, ...]:
    return service, early["fact"], early["dossier"], early["waits_for"], early["since"][:19]
