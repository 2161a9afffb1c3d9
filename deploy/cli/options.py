"""Options that several commands share."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from deploy.cli.failures import CommandFailed
from shared.contract.backoffice import OfficerAct
from shared.contract.values import Actor, Role

A = TypeVar("A", bound=OfficerAct)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ActorId = Annotated[str, typer.Option("--actor", envvar="FABRIQUES_ACTOR", help="Who decides.")]
ActorRole = Annotated[Role, typer.Option("--role", envvar="FABRIQUES_ROLE", help="In which role.")]
Why = Annotated[str, typer.Option("--reason", help="Why: kept with the decision.")]


def instant(text: str | None) -> str | None:
    """Raises CommandFailed for what the services would refuse as a time, before anything is published."""
    try:
        if text is None or datetime.fromisoformat(text).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise CommandFailed(f"--at {text} is not an instant with its time zone: write it as 2020-11-03T10:00:00+01:00")


At = Annotated[
    str | None,
    typer.Option("--at", callback=instant, help="The event's time, ISO 8601 (rehearsal platforms only)."),
]


def officer_act(kind: type[A], actor: str, role: Role, reason: str, /, **fields: Any) -> A:
    """An officer's decision. Raises CommandFailed with every mistake in it."""
    try:
        return kind(actor=Actor(id=actor, role=role), reason=reason, **fields)
    except ValidationError as error:
        raise CommandFailed(*mistakes(error)) from None


def mistakes(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, mistake['loc'])) or 'value'}: {mistake['msg']}"
        for mistake in error.errors(include_input=False, include_url=False, include_context=False)
    ]
