"""`fabriques act`: publishes any decision of an officer, those with a command of their own too."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from deploy.cli.acts.file import act_from_file
from deploy.cli.acts.lines import NAMING, as_stated, json_or_text, officer_facts
from deploy.cli.connection.bus import RECEIPT, Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, mistakes
from deploy.cli.terminal.printing import print_json, print_line, print_table
from shared.contract.backoffice import OfficerAct
from shared.contract.event import Event

app = typer.Typer()
COMMON = {"actor", "reason"}


@app.command()
def act(
    fact: Annotated[
        str | None, typer.Argument(help="Such as report.accepted; without it, the list of them.")
    ] = None,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="Its fields.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A CSV file of decisions: a column a field, and `fact` unless it is named.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="With --from: check every line, show what would be said."),
    ] = False,
    person: As = "",
    role: InRole = None,
    reason: Why = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Publish a decision, or each line of a file, and wait until the services it concerns have taken it.

    Values are JSON, or plain text. A file of which every line holds is said line by line; run again, it says
    nothing twice.
    """
    facts = officer_facts()
    if source or dry_run:
        if source is None or fields:
            raise CommandFailed("--dry-run and --from take a file, and no fields beside it")
        return act_from_file(
            source, fact, Officer(person, role), reason, at, dry_run=dry_run, as_json=as_json
        )
    if fact is None:
        return _list(facts, as_json)
    if fact not in facts:
        raise CommandFailed(
            f"officers decide nothing called {fact}: `fabriques act` lists what they do"
        )
    officer = Officer(person, role)
    values = _with_ids({"reason": reason, **_values(fields or [])})
    event = _stated(facts[fact], officer, values)
    verdicts = with_bus(lambda bus: bus.act(event, officer, at))
    if as_json:
        return print_json({"fact": fact, "dossier": event.dossier, "verdicts": verdicts})
    return print_line(
        f"{fact} {event.dossier} · {' · '.join(verdict.as_line() for verdict in verdicts)}"
    )


def _list(facts: dict[str, type[OfficerAct]], as_json: bool) -> None:
    listed = [{"fact": name, "fields": _fields(kind)} for name, kind in sorted(facts.items())]
    if as_json:
        return print_json(listed)
    return print_table(
        ("fact", "fields"), ((row["fact"], " ".join(row["fields"])) for row in listed)
    )


def _stated(kind: type[OfficerAct], officer: Officer, stated: dict[str, Any]) -> OfficerAct:
    try:
        return as_stated(kind, officer, stated)
    except ValidationError as error:
        raise CommandFailed(*mistakes(error)) from None


def _with_ids(values: dict[str, Any]) -> dict[str, Any]:
    """A dossier may be named by its receipt number, as on paper: the platform is asked for its id."""
    named = {
        name: value
        for name, value in values.items()
        if name in NAMING and RECEIPT.fullmatch(str(value))
    }
    if not named:
        return values

    async def work(bus: Bus) -> dict[str, Any]:
        return {name: await bus.with_id(receipt) for name, receipt in named.items()}

    return {**values, **with_bus(work)}


def _fields(kind: type[Event]) -> list[str]:
    return [name for name in kind.model_fields if name not in COMMON]


def _values(fields: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for stated in fields:
        name, equals, text = stated.partition("=")
        if not equals:
            raise CommandFailed(f"{stated} is not FIELD=VALUE")
        values[name] = json_or_text(text)
    return values
