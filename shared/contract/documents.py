"""The contract as committed files: each fact's golden JSON Schema, and its example, never rewritten."""

import json
from pathlib import Path
from typing import Any

from shared.contract.event import Event

FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas"
EXAMPLES = SCHEMAS / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event_class: type[Event]) -> dict[str, Any]:
    """The JSON Schema of a fact's body."""
    schema = event_class.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": f"urn:fabriques:{event_class.event_type()}",
        **schema,
    }


def schema_file(event_class: type[Event]) -> Path:
    return SCHEMAS / f"{event_class.event_type()}.json"


def example_file(event_class: type[Event]) -> Path:
    return EXAMPLES / f"{event_class.event_type()}.json"


def example_of(event_class: type[Event]) -> dict[str, Any]:
    """The committed example, as bytes of an earlier day.

    Raises FileNotFoundError where a new fact has none yet.
    """
    example: dict[str, Any] = json.loads(example_file(event_class).read_text(encoding="utf-8"))
    return example


def as_file(document: dict[str, Any]) -> str:
    """The same document always gives the same bytes."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
