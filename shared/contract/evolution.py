"""Which changes of a schema keep old bytes readable by new code, and new bytes readable by old code."""

from collections.abc import Iterator
from typing import Any

TOLD_TO_PEOPLE = ("title", "description", "examples", "default", "$defs", "$id", "$schema")


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each change that needs a new major version; none for what nobody has to know about.

    Allowed: a new text, a new field that may be absent, an entry added to a closed list of the outside.
    """
    outside = old.get("additionalProperties") is False
    return list(_changes(_inlined(old, old), _inlined(new, new), "", outside))


def _changes(old: Any, new: Any, at: str, outside: bool) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{at}: {old!r} became {new!r}"
        return
    yield from _field_changes(old, new, at, outside)
    yield from _list_changes(old, new, at, outside)
    for keyword in sorted((old.keys() | new.keys()) - {"properties", "required", "enum"}):
        yield from _changes(old.get(keyword), new.get(keyword), f"{at} {keyword}".strip(), outside)


def _field_changes(old: dict[str, Any], new: dict[str, Any], at: str, outside: bool) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield f"{at}.{name} is gone".lstrip(".")
    for name in sorted(required_after - required_before):
        yield f"{at}.{name} must be there now: old events do not have it".lstrip(".")
    for name in sorted((required_before - required_after) & after.keys()):
        if not outside:
            yield f"{at}.{name} may be absent now: readers of today need it".lstrip(".")
    for name in sorted(before.keys() & after.keys()):
        yield from _changes(before[name], after[name], f"{at}.{name}".lstrip("."), outside)


def _list_changes(old: dict[str, Any], new: dict[str, Any], at: str, outside: bool) -> Iterator[str]:
    """A value that leaves a closed list breaks old bytes; one that joins breaks our own facts' readers."""
    before, after = set(old.get("enum", ())), set(new.get("enum", ()))
    if gone := sorted(before - after):
        yield f"{at} no longer admits {gone}"
    if not outside and before and (come := sorted(after - before)):
        yield f"{at} admits {come}, which readers of today refuse"


def _inlined(node: Any, root: dict[str, Any]) -> Any:
    """The schema without references and without what only people read."""
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    found = {}
    for keyword, value in node.items():
        if keyword == "properties":  # a field may have the name of a keyword
            found[keyword] = {name: _inlined(field, root) for name, field in value.items()}
        elif keyword not in TOLD_TO_PEOPLE:
            found[keyword] = _inlined(value, root)
    return found
