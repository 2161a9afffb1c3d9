"""Options that several commands share."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from deploy.cli.terminal.failures import CommandFailed
from shared.contract.backoffice import OfficerAct
from shared.contract.people import MAY
from shared.contract.values import Actor, Role

A = TypeVar("A", bound=OfficerAct)
UNNAMED = "somebody"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
As = Annotated[
    str,
    typer.Option(
        "--as",
        envvar="FABRIQUES_AS",
        help="Who decides: keys/people/PERSON.key; or the one key that fits.",
    ),
]
By = Annotated[str, typer.Option("--as", envvar="FABRIQUES_AS", help="Which operator does it.")]
InRole = Annotated[
    Role | None,
    typer.Option(
        "--role",
        envvar="FABRIQUES_ROLE",
        help="In which role, for a person who may do this in several.",
    ),
]
Why = Annotated[
    str,
    typer.Option(
        "--reason", help="Why: kept with the decision, and in the letter where one says why."
    ),
]


def instant(text: str | None) -> str | None:
    """Raises CommandFailed for what the services would refuse as a time, before anything is published."""
    try:
        if text is None or datetime.fromisoformat(text).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise CommandFailed(
        f"--at {text} is not an instant with its time zone: write it as 2020-11-03T10:00:00+01:00"
    )


def day(text: str) -> date:
    """Raises CommandFailed for what is no day in ISO 8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandFailed(f"{text} is not a day: write it as 2021-03-30") from None


At = Annotated[
    str | None,
    typer.Option(
        "--at", callback=instant, help="The event's time, ISO 8601 (rehearsal platforms only)."
    ),
]


@dataclass(frozen=True, slots=True)
class Officer:
    """Who decides, as the options say: the command finds the person and the role where they are left out."""

    name: str = ""
    role: Role | None = None


def officer_act(kind: type[A], officer: Officer, reason: str, /, **fields: Any) -> A:
    """An officer's decision, to be signed by whoever it is. Raises CommandFailed with every mistake in it."""
    try:
        actor = Actor(id=officer.name or UNNAMED, role=officer.role or MAY[kind][0])
        return kind(actor=actor, reason=reason, **fields)
    except ValidationError as error:
        raise CommandFailed(*mistakes(error)) from None


def mistakes(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, mistake['loc'])) or 'value'}: {mistake['msg']}"
        for mistake in error.errors(include_input=False, include_url=False, include_context=False)
    ]
