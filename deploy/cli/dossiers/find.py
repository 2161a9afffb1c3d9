"""`fabriques find`: which dossier is meant, by a receipt, a SIRET, a commune or a name."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_line, print_rows, print_table
from shared.contract.asked import PAGE_MAX
from shared.contract.front_ends import OPERATORS

app = typer.Typer()
COLUMNS = ("=dossier", "=status", "commune", "project")
SHOWN = ("status", "commune_code", "place_name")


@app.command()
def find(
    text: Annotated[
        str,
        typer.Argument(
            help="A receipt number or its beginning, a SIRET or SIREN, a commune's or postal code, or words."
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=PAGE_MAX, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Find dossiers at the counter. Words are looked for in the project's and the holder's name, and address.

    Who the holder is, it does not tell. Fails where nothing is found.
    """
    found = with_bus(lambda bus: _found(bus, text, limit), OPERATORS)
    if as_json:
        print_rows(found["dossiers"])
        return
    print_table(COLUMNS, (_row(row) for row in found["dossiers"]))
    if found["more"]:
        print_line(f"There are more than {limit}: --limit shows them, or say more.")


def _row(found: dict[str, Any]) -> list[Any]:
    """Named by its receipt, which every command takes; by its id where it has none."""
    return [found["receipt_number"] or found["candidature_id"], *(found[name] for name in SHOWN)]


async def _found(bus: Bus, text: str, limit: int) -> dict[str, Any]:
    """Raises CommandFailed where there is none."""
    found = await bus.ask("intake", "find", text=text, limit=limit)
    if not found["dossiers"]:
        raise CommandFailed(f"no dossier is found by {text}, looked for as {found['looked_for']}")
    return found
