"""`fabriques erase`: a person asked to be forgotten; which files are due, what the law keeps and why."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, instant, officer_act
from deploy.cli.terminal.printing import print_json, print_line, print_table
from shared.contract.backoffice import ErasureRequested

app = typer.Typer()
PAGE = 500
COLUMNS = ("dossier", "receipt", "wave", "status", "file", "due on", "kept because")
SHOWN = ("candidature_id", "receipt_number", "wave", "status", "kind")


@app.command()
def erase(
    candidature_id: Annotated[
        str | None, typer.Argument(help="The dossier's id or receipt number; with --due, none.")
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="List the files whose time is over.")] = False,
    by: Annotated[
        str | None,
        typer.Option("--by", callback=instant, help="With --due: by this instant, ISO 8601."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would become of it, and erase nothing.")
    ] = False,
    person: As = "",
    role: InRole = None,
    reason: Why = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person's data for good: rows, letters, events of the log. What the law keeps is refused.

    Files whose time is over are erased by themselves; --due lists them, and erases nothing.
    """
    if due == bool(candidature_id):
        raise CommandFailed(
            "name the dossier to erase, or ask with --due for those whose time is over"
        )
    if candidature_id is None:
        return _list(by, as_json)
    name = candidature_id
    if dry_run:
        return _show([with_bus(lambda bus: kept_file(bus, name))], as_json)
    erased = with_bus(lambda bus: _erase(bus, name, Officer(person, role), reason, at))
    if as_json:
        return print_json(erased)
    return print_line(
        f"{erased['candidature_id']}: erased at the counter; the services and the log follow."
    )


async def _erase(
    bus: Bus, name: str, officer: Officer, reason: str, at: str | None
) -> dict[str, Any]:
    found = await kept_file(bus, name)
    act = officer_act(ErasureRequested, officer, reason, candidature_id=found["candidature_id"])
    await bus.act(act, officer, at)
    return await kept_file(bus, found["candidature_id"])


async def kept_file(bus: Bus, name: str) -> dict[str, Any]:
    """Until when a file is kept, and why, by the counter. Raises CommandFailed where it knows none."""
    answer = await bus.ask("intake", "retention", candidature_id=name)
    if not answer["files"]:
        raise CommandFailed(f"the counter knows no dossier {name}")
    return dict(answer["files"][0])


def _list(by: str | None, as_json: bool) -> None:
    answer = with_bus(lambda bus: bus.ask("intake", "retention", by=by, limit=PAGE))
    _show(answer["files"], as_json)
    if answer["more"] and not as_json:
        print_line(f"There are more than these {PAGE}.")


def _show(files: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        return print_json(files)
    rows = ((*(file[name] or "-" for name in SHOWN), *_until(file)) for file in files)
    return print_table(COLUMNS, rows)


def _until(file: dict[str, Any]) -> tuple[str, str]:
    return (file["due_at"] or "-")[:10], file["kept_because"] or "-"
