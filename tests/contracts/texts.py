"""Which fields of a fact can hold the words of a person: every text whose form does not forbid it."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

NAMES = (
    "Camille Exemple",
    "camille@passerelle.example",
    "+33 4 70 00 00 00",
    "1 place du Marché, Vichy",
)
NAMES += ("FR76 3000 6000 0112 3456 7890 189",)


def open_texts(kind: type[BaseModel]) -> Iterator[str]:
    """The paths of its fields, such as `holder.email`, that could hold one; `*` stands for any key."""
    for name, field in kind.model_fields.items():
        for path in _open_in(field.annotation, field):
            yield f"{name}{path}"


def _open_in(hint: Any, field: FieldInfo | None) -> Iterator[str]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from (f".{path}" for path in open_texts(hint))
    elif hint is Any:
        yield ".*"
    elif hint is str:
        if _may_hold_a_name(field.metadata if field else []):
            yield ""
    elif get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return
    else:
        yield from _open_in_parts(hint, field)


def _open_in_parts(hint: Any, field: FieldInfo | None) -> Iterator[str]:
    """Of a union, a tuple, a mapping: what stands within has its own form."""
    found: set[str] = set()
    for part in get_args(hint):
        if hasattr(part, "__metadata__"):
            inner = FieldInfo.from_annotation(part)
            found.update(_open_in(inner.annotation, inner))
        elif part not in (type(None), Ellipsis):
            found.update(_open_in(part, field))
    yield from sorted(found)


def _may_hold_a_name(metadata: list[Any]) -> bool:
    patterns = [one.pattern for one in metadata if getattr(one, "pattern", None)]
    longest = min(
        (one.max_length for one in metadata if getattr(one, "max_length", None)), default=10**6
    )
    for pattern in patterns:
        if not any(re.search(pattern, name) for name in NAMES):
            return False
    return longest > 6
