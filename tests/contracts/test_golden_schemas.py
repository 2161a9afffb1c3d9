"""Old bytes are read by new code, new bytes by old schemas; what breaks either is told beforehand."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from deploy import contracts
from shared.contract import EVENTS, Event, OutsideEvent
from shared.contract.documents import example_file, example_of, schema_file, schema_of
from shared.contract.event import RoutedEvent
from shared.contract.evolution import breaking_changes
from shared.contract.subjects import filter_of, said_subject, subject_of
from shared.kit.strict_json import read_event

ALL = [EVENTS[name] for name in sorted(EVENTS)]
each_event = pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)


@cache
def committed(event: type[Event]) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_file(event).read_text(encoding="utf-8"))
    return schema


@cache
def said_today(event: type[Event]) -> dict[str, Any]:
    return schema_of(event)


@cache
def checker(event: type[Event]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        committed(event), format_checker=jsonschema.FormatChecker()
    )


@each_event
def test_old_bytes_are_read_by_the_code_of_today(event: type[Event]) -> None:
    old = example_file(event).read_bytes()
    fact = read_event(event, old)
    assert fact.dossier, "an event must name its dossier"


@each_event
def test_bytes_written_today_are_valid_under_the_committed_schema(event: type[Event]) -> None:
    written = read_event(event, example_file(event).read_bytes()).model_dump_json()
    checker(event).validate(json.loads(written))
    assert read_event(event, written.encode()) == read_event(
        event, example_file(event).read_bytes()
    )


@each_event
def test_the_committed_schema_is_what_the_code_says(event: type[Event]) -> None:
    changes = breaking_changes(committed(event), said_today(event))
    assert not changes, (
        f"{event.__name__} breaks old events or readers: {changes}. {contracts.NEW_MAJOR}"
    )
    assert committed(event) == said_today(event), (
        "run `make contracts`, look at the difference, commit it"
    )


def test_nothing_of_the_contract_is_left_to_write() -> None:
    assert [finding.text for finding in contracts.findings()] == []


@each_event
def test_what_comes_from_outside_refuses_unknown_fields_and_our_own_facts_ignore_them(
    event: type[Event],
) -> None:
    for where, model in models_in(event):
        outside = issubclass(event, OutsideEvent)
        expected = "forbid" if outside else "ignore"
        assert model.model_config.get("extra") == expected, (
            f"{where} of {event.__name__} should {expected} them"
        )


@each_event
def test_an_unknown_field_at_any_depth_does_what_its_event_promises(event: type[Event]) -> None:
    example = example_of(event)
    for changed in with_a_stranger(example, said_today(event)):
        body = json.dumps(changed).encode()
        if issubclass(event, OutsideEvent):
            with pytest.raises(Exception, match="pas attendu"):
                read_event(event, body)
            assert not checker(event).is_valid(changed)
        else:
            assert read_event(event, body) == read_event(event, json.dumps(example).encode())


@each_event
def test_every_required_field_is_asked_for(event: type[Event]) -> None:
    for name in said_today(event).get("required", []):
        body = {key: value for key, value in example_of(event).items() if key != name}
        with pytest.raises(Exception, match=f"{name}: Ce champ est obligatoire"):
            read_event(event, json.dumps(body).encode())


@each_event
def test_a_fact_is_frozen_and_its_words_agree(event: type[Event]) -> None:
    fact = read_event(event, example_file(event).read_bytes())
    with pytest.raises(ValueError, match="frozen"):
        setattr(fact, next(iter(type(fact).model_fields)), "other")
    subject = subject_of("fabriques", fact)
    assert subject.rpartition(".")[2] == fact.dossier
    said = said_subject(subject) if isinstance(fact, RoutedEvent) else subject
    assert said_subject(filter_of("fabriques", event)).rpartition(".")[0] == said.rpartition(".")[0]


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda s: s["properties"].pop("wave"), "wave is gone"),
        (lambda s: s["required"].append("note"), "note must be there now"),
        (lambda s: s["required"].remove("wave"), "wave may be absent now"),
        (lambda s: s["properties"]["wave"].update(pattern="^x$"), "wave pattern"),
        (lambda s: s["properties"]["version"].update(type="string"), "version type"),
        (lambda s: s["$defs"]["LegalForm"]["enum"].remove("company"), "no longer admits"),
        (lambda s: s["$defs"]["LegalForm"]["enum"].append("person"), "readers of today refuse"),
    ],
)
def test_a_change_that_breaks_readers_or_old_events_is_told(change: Any, told: str) -> None:
    old = schema_of(EVENTS["intake.candidature.registered.v1"])
    new = copy.deepcopy(old)
    change(new)
    assert any(told in line for line in breaking_changes(old, new))


def test_a_new_field_that_may_be_absent_is_no_breaking_change() -> None:
    old = schema_of(EVENTS["intake.candidature.registered.v1"])
    new = copy.deepcopy(old)
    new["properties"]["mood"] = {"type": "string", "default": None}
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(
    ("pattern", "breaks"),
    [("^[a-z-]+$", False), ("^[a-z]+$", True)],
    ids=["that all its words have", "that one of its words lacks"],
)
def test_a_closed_list_may_open_to_a_pattern(pattern: str, breaks: bool) -> None:
    """The words that are said under a programme stay those it names; old bytes are read as before."""
    old = {"properties": {"holder_kind": {"type": "string", "enum": ["company", "gip-gie"]}}}
    new = {"properties": {"holder_kind": {"type": "string", "pattern": pattern}}}
    listed = {
        "properties": {
            "holder_kind": {"anyOf": [old["properties"]["holder_kind"], {"type": "null"}]}
        }
    }
    opened = {
        "properties": {
            "holder_kind": {"anyOf": [new["properties"]["holder_kind"], {"type": "null"}]}
        }
    }
    for before, after in ((old, new), (listed, opened)):
        assert bool(breaking_changes(before, after)) == breaks
        assert breaking_changes(after, before)


def test_make_contracts_does_not_write_over_a_schema_it_would_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a committed schema with a field the code has lost, nothing is written; the way out is told."""
    event = EVENTS["intake.candidature.withdrawn.v1"]
    older = schema_of(event) | {
        "properties": schema_of(event)["properties"] | {"reason": {"type": "string"}}
    }
    kept = tmp_path / "older.json"
    kept.write_text(json.dumps(older), encoding="utf-8")
    monkeypatch.setattr(contracts, "schema_file", lambda e: kept if e is event else schema_file(e))
    monkeypatch.setattr(contracts, "orphans", set)
    assert any(
        "reason is gone" in line and contracts.NEW_MAJOR in line for line in contracts.write()
    )
    assert json.loads(kept.read_text(encoding="utf-8")) == older


def models_in(event: type[Event]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model a body is made of, the event's own included."""
    seen: set[type[BaseModel]] = set()
    left: list[Any] = [event]
    while left:
        kind = left.pop()
        left += list(getattr(kind, "__args__", ()))
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            seen.add(kind)
            yield kind.__name__, kind
            left += [field.annotation for field in kind.model_fields.values()]


def with_a_stranger(example: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """The example with one field nobody knows, in each object in turn; free-form objects are left alone."""
    for path in objects_in(example, schema, schema):
        changed = copy.deepcopy(example)
        target = changed
        for step in path:
            target = target[step]
        target["a_field_of_tomorrow"] = 1
        yield changed


def objects_in(
    value: Any, node: dict[str, Any], root: dict[str, Any], path: tuple[Any, ...] = ()
) -> Iterator[Any]:
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in node:
        yield path
        for name, field in node["properties"].items():
            if name in value:
                yield from objects_in(value[name], field, root, (*path, name))
    if isinstance(value, list) and "items" in node:
        for index, item in enumerate(value):
            yield from objects_in(item, node["items"], root, (*path, index))
