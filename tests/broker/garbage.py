"""Garbage of every kind, for any fact: what a broken or a hostile front-end might put on its subject."""

import copy
import json
from collections.abc import Callable
from typing import Any

from shared.contract.documents import example_of
from shared.contract.event import Event, OutsideEvent

Maker = Callable[[type[Event], dict[str, Any]], bytes]


def _without_a_field(event: type[Event], body: dict[str, Any]) -> bytes:
    return encoded({key: value for key, value in body.items() if key != required(event)[0]})


def _wrong_type(event: type[Event], body: dict[str, Any]) -> bytes:
    return encoded({**body, required(event)[0]: {"not": ["what", "was", "promised"]}})


def _twice(event: type[Event], body: dict[str, Any]) -> bytes:
    name = json.dumps(required(event)[0])
    return encoded(body)[:-1] + b", " + name.encode() + b": 1}"


def _other_dossier(event: type[Event], body: dict[str, Any]) -> bytes:
    other = copy.deepcopy(body)
    other[event.dossier_field] = str(other[event.dossier_field])[:-1] + "z"
    return encoded(other)


EVERYWHERE: dict[str, Maker] = {
    "nothing": lambda _event, _body: b"",
    "not JSON": lambda _event, _body: b"<xml/>",
    "half": lambda _event, body: encoded(body)[:-5],
    "an array": lambda _event, body: encoded([body]),
    "null": lambda _event, _body: b"null",
    "a text": lambda _event, body: encoded(json.dumps(body)),
    "an empty object": lambda _event, _body: b"{}",
    "a missing field": _without_a_field,
    "a wrong type": _wrong_type,
    "invalid UTF-8": lambda _event, body: encoded(body).replace(b'": "', b'": "\xff\xfe', 1),
    "UTF-16": lambda _event, body: json.dumps(body).encode("utf-16"),
    "very deep": lambda _event, _body: b'{"a":' * 5_000,
    "huge": lambda event, body: encoded({**body, required(event)[0]: "x" * 900_000}),
    "binary": lambda _event, _body: bytes(range(256)),
    "another dossier": _other_dossier,
}
FROM_OUTSIDE: dict[str, Maker] = {
    "an unknown field": lambda _event, body: encoded({**body, "is_admin": True}),
    "NaN": lambda _event, body: encoded(body)[:-1] + b', "x": NaN}',
    "Infinity": lambda _event, body: encoded(body)[:-1] + b', "x": -Infinity}',
    "a key twice": _twice,
}


def garbage_for(event: type[Event]) -> dict[str, bytes]:
    """Name of the fault → body.

    What our own facts tolerate (fields of tomorrow) is garbage from outside only.
    """
    makers = EVERYWHERE | (FROM_OUTSIDE if issubclass(event, OutsideEvent) else {})
    return {name: make(event, example_of(event)) for name, make in makers.items()}


def required(event: type[Event]) -> list[str]:
    return [name for name, field in event.model_fields.items() if field.is_required()]


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()
