"""The one document from which a stranger writes a client: complete, consistent, and what the code says."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from shared.contract import EVENTS
from shared.contract.audience import covers, writers_of
from shared.contract.documents import as_file
from shared.contract.lifecycle import ASYNCAPI_FILE, asyncapi
from shared.contract.questions import QUESTIONS
from shared.contract.subjects import heard_subject, subject_pattern
from shared.contract.topology import all_durables
from shared.kit.strict_json import read_event

DOCUMENT: dict[str, Any] = json.loads(ASYNCAPI_FILE.read_text(encoding="utf-8"))


def test_the_committed_document_is_what_the_code_says() -> None:
    assert ASYNCAPI_FILE.read_text(encoding="utf-8") == as_file(asyncapi()), (
        "run `make contracts` and commit it"
    )


def test_it_is_an_asyncapi_3_document_whose_references_all_lead_somewhere() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    for reference in references(DOCUMENT):
        node: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_fact_has_a_channel_with_its_address_its_message_and_an_example() -> None:
    for event in EVENTS.values():
        channel = DOCUMENT["channels"][event.__name__]
        message = DOCUMENT["components"]["messages"][event.__name__]
        example = message["examples"][0]["payload"]
        fact = read_event(event, json.dumps(example).encode())
        address = channel["address"].replace("{" + event.dossier_field + "}", fact.dossier)
        answer = event.publisher == "answers"
        said = subject_pattern("fabriques", event, fact.dossier)
        assert address == (heard_subject("fabriques", event, fact.dossier) if answer else said)
        assert channel["parameters"].keys() == {event.dossier_field}
        jsonschema.Draft202012Validator(
            {**message["payload"], "components": DOCUMENT["components"]},
        ).validate(example)


def test_every_fact_is_said_by_somebody() -> None:
    assert [name for name, event in EVENTS.items() if not writers_of(event, "fabriques")] == []


def test_it_tells_who_says_each_fact_and_which_service_hears_it() -> None:
    operations = DOCUMENT["operations"]
    for event in EVENTS.values():
        for identity in writers_of(event, "fabriques"):
            assert operations[f"{identity}.say.{event.__name__}"]["action"] == "send"
    for durable in all_durables():
        for event in durable.hears:
            operation = operations[f"{durable.name}.hears.{event.__name__}"]
            assert operation["x-delivery"]["durable"] == durable.name


def test_only_front_ends_are_told_about_our_answers_to_holders() -> None:
    followed = {name for name in DOCUMENT["operations"] if name.startswith("holders.follow.")}
    assert followed == {
        f"holders.follow.{e.__name__}" for e in EVENTS.values() if e.publisher == "answers"
    }


def test_every_question_has_a_channel_and_a_reply() -> None:
    for question in QUESTIONS:
        operation = DOCUMENT["operations"][f"ask.{question.service}.{question.name}"]
        assert operation["reply"]["channel"]["$ref"].endswith(".answer")


@pytest.mark.parametrize(
    "pattern, subject, covered",
    [
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*.c", "a.b.c", True),
        ("a.*", "a.b.c", False),
        ("a.*", "a.>", False),
        ("a.b", "a.*", False),
        ("a.*", "a.*", True),
        (">", "a.>", True),
    ],
)
def test_a_pattern_covers_what_the_broker_would_let_through(
    pattern: str, subject: str, covered: bool
) -> None:
    assert covers(pattern, subject) is covered


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
