"""`fabriques act`: publishes any decision of an officer, the ones that have a command of their own included."""

import json
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from deploy.cli.bus import Bus, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.options import ActorId, ActorRole, AsJson, At, Why, mistakes
from deploy.cli.printing import print_json, print_line, print_table
from shared.contract import backoffice  # noqa: F401 - registers the facts
from shared.contract.backoffice import OfficerAct
from shared.contract.event import EVENTS, Event

app = typer.Typer()
COMMON = {"actor", "reason"}


@app.command()
def act(
    fact: Annotated[str | None, typer.Argument(help="Such as report.accepted; without it, the list of them.")] = None,
    fields: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="Its fields.")] = None,
    actor: ActorId = "",
    role: ActorRole = None,  # type: ignore[assignment]
    reason: Why = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Publish a decision, and wait until the services it concerns have taken it. Values are JSON, or plain text."""
    facts = {name.split(".", 1)[1].rpartition(".")[0]: kind for name, kind in EVENTS.items() if _is_act(kind)}
    if fact is None:
        listed = [{"fact": name, "fields": _fields(kind)} for name, kind in sorted(facts.items())]
        if as_json:
            return print_json(listed)
        return print_table(("fact", "fields"), ((row["fact"], " ".join(row["fields"])) for row in listed))
    if fact not in facts:
        raise CommandFailed(f"officers decide nothing called {fact}: `fabriques act` lists what they do")
    given = {"--actor is missing: say who decides": actor, "--role is missing: say in which role": role}
    unnamed = [missing for missing, value in given.items() if not value]
    values = {"actor": {"id": actor, "role": role and role.value}, "reason": reason, **_values(fields or [])}
    try:
        event = facts[fact].model_validate_json(json.dumps(values))
    except ValidationError as error:
        told = [told for told in mistakes(error) if not (unnamed and told.startswith("actor"))]
        raise CommandFailed(*unnamed, *told) from None

    async def work(bus: Bus) -> list[str]:
        return await bus.act(event, at)

    services = with_bus(work)
    done = {"fact": fact, "dossier": event.dossier, "taken_by": services}
    return print_json(done) if as_json else print_line(f"{fact} {event.dossier}: taken by {', '.join(services)}.")


def _is_act(kind: type[Any]) -> bool:
    return issubclass(kind, OfficerAct)


def _fields(kind: type[Event]) -> list[str]:
    return [name for name in kind.model_fields if name not in COMMON]


def _values(fields: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for stated in fields:
        name, equals, text = stated.partition("=")
        if not equals:
            raise CommandFailed(f"{stated} is not FIELD=VALUE")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values
