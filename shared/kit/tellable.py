"""What others may read of an event nobody could handle: ids and known words, never the sender's own.

Field names of a body and the last word of a subject are as free as any value: an IBAN may stand in each.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from shared.contract.values import UUID_PATTERN

UNKNOWN_FIELD = "(champ inconnu)"
OF_HOLDERS = ("frontdesk", "banking")
DOSSIER = re.compile(UUID_PATTERN[:-1] + r"(-T[1-9])?$")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # a wave, a run, a statement, a reviewer
ACCOUNT = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9_-]{11,}")


def told_dossier(token: str, publisher: str, place: str) -> str:
    """A subject's token where it has an id's form; else the place in the log, for who may read it."""
    if DOSSIER.fullmatch(token):
        return token
    if publisher in OF_HOLDERS or not is_name(token):
        return place
    return token


def is_name(token: str) -> bool:
    return NAME.fullmatch(token) is not None and ACCOUNT.search(token) is None


def told_field(kind: type[BaseModel], path: tuple[int | str, ...]) -> str | None:
    """Where a mistake is, by the names of the contract and by position."""
    known = _names_of(kind)
    steps = []
    for step in path:
        is_told = isinstance(step, int) or step in known
        steps.append(str(step) if is_told else UNKNOWN_FIELD)
    return ".".join(steps) or None


@cache
def _names_of(kind: type[BaseModel]) -> frozenset[str]:
    return frozenset(_properties(kind.model_json_schema()))


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _properties(item)
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for part in schema.values():
            yield from _properties(part)
