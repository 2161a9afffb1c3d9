"""Values into the body of an event, and the contract's reasons back to the fields they are about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from deploy.portal.forms.fields import Field, Mistake, Typed, Wrong, value_of
from shared.contract.event import Event
from shared.contract.identity import is_digits
from shared.kit.errors import Unreadable
from shared.kit.strict_json import read_event

E = TypeVar("E", bound=Event)
Body = dict[str, Any]


def values_of(fields: Iterable[Field], typed: Typed) -> tuple[dict[str, Any], list[Mistake]]:
    """The value of each field by its name. A blank one that is required, or a wrong one, is a mistake."""
    values: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for field in fields:
        try:
            values[field.name] = value_of(field, typed)
        except Wrong as wrong:
            values[field.name] = None
            mistakes.append(Mistake(field.name, field.wrong or str(wrong)))
            continue
        if field.required and not values[field.name] and values[field.name] is not False:
            mistakes.append(Mistake(field.name, field.missing))
    return values, mistakes


def body_of(values: dict[str, Any]) -> Body:
    """`{"holder.siret": …, "budget.requested_cents.0": …}` → objects in objects, and lists by position."""
    body: Body = {}
    for name, value in values.items():
        *way, last = name.split(".")
        target: Any = body
        for step, after in zip(way, [*way, last][1:], strict=True):
            target = target.setdefault(step, [] if is_digits(after) else {})
        if isinstance(target, list):
            target.append(value)
        else:
            target[last] = value
    return body


def read(kind: type[E], body: Body) -> tuple[E | None, list[Mistake]]:
    """The event, or what the contract says against it, by the contract's own names of fields."""
    try:
        return read_event(kind, json.dumps(body).encode()), []
    except Unreadable as failure:
        return None, [Mistake(reason.field or "", reason.message) for reason in failure.reasons]


def told_in(
    answer: Mapping[str, Any], fields: Sequence[Field], known: Iterable[Mistake] = ()
) -> list[Mistake]:
    """Why something was refused, each reason at the field it is about, after what is `known` already."""
    told = [Mistake(one.get("field") or "", one["message"]) for one in answer["reasons"]]
    return at_their_fields([*known, *told], fields)


def at_their_fields(mistakes: Iterable[Mistake], fields: Sequence[Field]) -> list[Mistake]:
    """In the order of the page, one for each field: what was said first of a field is what helps."""
    found: dict[str, Mistake] = {}
    general = []
    for mistake in mistakes:
        field = _field_of(mistake.field, fields)
        if field is None:
            general.append(Mistake("", mistake.message))
        else:
            found.setdefault(field.name, Mistake(field.name, mistake.message))
    ordered = [found[field.name] for field in fields if field.name in found]
    return [*dict.fromkeys(general), *ordered]


def _field_of(name: str, fields: Sequence[Field]) -> Field | None:
    """The field itself; or the first of a part of the file, such as `budget.requested_cents`."""
    if not name:
        return None
    for field in fields:
        if name == field.name or name.startswith(f"{field.name}."):
            return field
    return next((field for field in fields if field.name.startswith(f"{name}.")), None)


def own_words(mistakes: Iterable[Mistake], fields: Sequence[Field]) -> list[Mistake]:
    """What the contract refuses, in the words of the field where it has some."""
    wrong = {field.name: field.wrong for field in fields if field.wrong}
    return [Mistake(one.field, wrong.get(one.field, one.message)) for one in mistakes]
