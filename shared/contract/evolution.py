"""Which changes of a schema keep old bytes readable by new code, and new bytes readable by old code."""

import re
from collections.abc import Iterator
from typing import Any

TOLD_TO_PEOPLE = ("title", "description", "examples", "default", "$defs", "$id", "$schema")
LOOKED_AT_APART = {"properties", "required", "enum"}


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each change that needs a new major version; none for what nobody has to know about.

    Allowed: a new text, a new field that may be absent, an entry added to a closed list of the outside, a closed
    list that opens to a pattern all of its words have: which words there are is then the programme's to say.
    """
    outside = old.get("additionalProperties") is False
    return list(_changes(_inlined(old, old), _inlined(new, new), "", outside))


def _changes(old: Any, new: Any, at: str, outside: bool) -> Iterator[str]:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            yield from _changes(before, after, at, outside)
        return
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{at}: {old!r} became {new!r}"
        return
    if _opens(old, new):
        return
    yield from _field_changes(old, new, at, outside)
    yield from _list_changes(old, new, at, outside)
    others = (old.keys() | new.keys()) - LOOKED_AT_APART
    for keyword in sorted(others):
        within = f"{at} {keyword}" if at else keyword
        yield from _changes(old.get(keyword), new.get(keyword), within, outside)


def _opens(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Words of a closed list became any that a pattern admits, theirs among them."""
    same_type = old.get("type") == new.get("type") == "string"
    opened = same_type and "enum" in old and "enum" not in new and "pattern" in new
    return opened and all(re.search(new["pattern"], word) for word in old["enum"])


def _field_changes(
    old: dict[str, Any], new: dict[str, Any], at: str, outside: bool
) -> Iterator[str]:
    before = old.get("properties", {})
    after = new.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"{_field(at, name)} is gone"
    yield from _requirement_changes(old, new, at, outside)
    for name in sorted(before.keys() & after.keys()):
        yield from _changes(before[name], after[name], _field(at, name), outside)


def _requirement_changes(
    old: dict[str, Any],
    new: dict[str, Any],
    at: str,
    outside: bool,
) -> Iterator[str]:
    before = set(old.get("required", ()))
    after = set(new.get("required", ()))
    for name in sorted(after - before):
        yield f"{_field(at, name)} must be there now: old events do not have it"
    if outside:
        # What the outside may leave out is read by us alone, who know both.
        return
    still_there = new.get("properties", {}).keys()
    for name in sorted((before - after) & still_there):
        yield f"{_field(at, name)} may be absent now: readers of today need it"


def _field(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _list_changes(
    old: dict[str, Any], new: dict[str, Any], at: str, outside: bool
) -> Iterator[str]:
    """A value that leaves a closed list breaks old bytes; one that joins breaks our own facts' readers."""
    before = set(old.get("enum", ()))
    after = set(new.get("enum", ()))
    gone = sorted(before - after)
    if gone:
        yield f"{at} no longer admits {gone}"
    come = sorted(after - before)
    if before and come and not outside:
        yield f"{at} admits {come}, which readers of today refuse"


def _inlined(node: Any, root: dict[str, Any]) -> Any:
    """The schema without references and without what only people read."""
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return _inlined(root["$defs"][name], root)
    found = {}
    for keyword, value in node.items():
        if keyword == "properties":  # a field may have the name of a keyword
            found[keyword] = {name: _inlined(field, root) for name, field in value.items()}
        elif keyword not in TOLD_TO_PEOPLE:
            found[keyword] = _inlined(value, root)
    return found
