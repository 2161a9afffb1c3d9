"""One generated AsyncAPI document of the life cycle: FastStream describes facts, the topology the rest."""

import re
from collections.abc import Sequence
from typing import Any

from faststream.nats import NatsBroker
from faststream.specification.asyncapi import AsyncAPI

from shared.contract import EVENTS
from shared.contract.audience import followers_of, readers_of, writers_of
from shared.contract.documents import FOLDER, example_file, example_of
from shared.contract.event import Event
from shared.contract.headers import headers_of
from shared.contract.permissions import inbox_of
from shared.contract.question import Question
from shared.contract.questions import QUESTIONS
from shared.contract.subjects import ask_subject, heard_subject, subject_pattern
from shared.contract.topology import Durable, Stream, all_durables, stream_kind

ASYNCAPI_FILE = FOLDER / "asyncapi.json"
PROGRAMME = "fabriques"
VERSION = "1.0.0"
Json = dict[str, Any]
IDS = {
    "candidature_id": "the candidature's UUID, chosen by the front-end; a grant keeps it",
    "tranche_id": "`<candidature id>-T<n>`",
    "wave": "the wave's name, such as `2020-4`",
    "number": "the checkpoint's number, counted from 1",
    "letter_id": "the reference of the dead letter: `<consumer>-<sequence>`",
}
GUIDE = """
A State grant programme on NATS JetStream, from the submission of a candidature to its last yearly payment.

**To publish** a fact, send its JSON body with a JetStream publish to the channel's address, with the identity that the
operation names (an NKey seed, `<home>/keys/<identity>.nk`). No header is needed. The broker's answer (the PubAck) says
that the fact is kept; sending it again is safe: the same content changes nothing. A publish that your identity may not
do gets no PubAck: the request times out, and the server says why on the connection only, as a `Permissions Violation`
in your client's asynchronous error handler (`error_cb` in nats-py). Set one.

**To read** what became of a dossier, subscribe to `{programme}.intake.candidature.*.v1.<candidature_id>` *before* you
publish: each attempt has one answer, `registered`, `already-registered`, `pieces-requested`, `withdrawn` or `refused`
(with every reason). It names the attempt by its place in the log, as the PubAck told it, and by the id you gave it
(`Nats-Msg-Id`, a UUID); sent again, the same content is answered the same. News of the dossier
come there too, and name no attempt. A dossier belongs to the front-end that brought it: its answers, its status and the
question `dossier` are for that one alone. Another front-end's acts on it are answered `act-refused`, unless they are
signed with the dossier's key or an officer moved the dossier; its file for the same project is answered `contested`,
and an officer decides. The latest status is also kept in the key-value bucket `dossiers` under the
candidature's id: read it with a direct get, as `js.key_value("dossiers")`, then `get`, does; no watch, no list. No
answer on the dossier's subject within 5 s of the PubAck means that the platform is busy or stopped, or that the body
was perhaps unreadable (not JSON, no valid `candidature_id`, another id than the subject's): it is then a dead letter,
which operators see.

Receipt numbers are places in the log: they grow in the order of arrival, and they jump, because other facts lie between
two files. A gap is no lost file.

**To ask** a question, send a request to `{programme}.ask.<service>.<question>` with a JSON object.

Each identity has an inbox of its own: open the connection with the inbox prefix `_INBOX_<identity>` (a `-` becomes
`_`), for example `{inbox}`; the default `_INBOX` is refused. What may not be done is refused by the server.

JSON is read strictly on what comes from outside: no unknown field, no key twice, no NaN, valid UTF-8, at most 1 MB.
Money is integer euro cents, instants are ISO 8601 with a zone, coordinates WGS84 degrees. A field may be added to our
own facts at any time: ignore what you do not know.
"""


def asyncapi(programme: str = PROGRAMME) -> Json:
    """The document. The same code always gives the same bytes."""
    document = _described_by_faststream(programme)
    document["info"] = _info(programme)
    document["servers"] = {
        "local": {
            "host": "127.0.0.1:4222",
            "protocol": "nats",
            "description": "the embedded default of `make up`",
            "security": [{"$ref": "#/components/securitySchemes/nkey"}],
        }
    }
    messages = document["components"]["messages"] = {}
    document["channels"], document["operations"] = {}, {}
    for event in EVENTS.values():
        messages[event.__name__] = _message(event)
        document["channels"][event.__name__] = _channel(event, programme)
        document["operations"] |= _writing(event, programme)
    for durable in all_durables():
        document["operations"] |= _reading(durable)
    document["operations"] |= _following(programme)
    for question in QUESTIONS:
        _add_question(document, question, programme)
    document["components"]["securitySchemes"] = {
        "nkey": {"type": "asymmetricEncryption", "description": "an Ed25519 NKey for each identity"}
    }
    return document


def _described_by_faststream(programme: str) -> Json:
    """FastStream turns each event class into the schemas of the document."""
    broker = NatsBroker()
    for event in EVENTS.values():
        broker.publisher(_address(event, programme), schema=event, title=event.__name__)
    described = AsyncAPI(
        broker, title="Fabriques", version=VERSION, schema_version="3.0.0"
    ).to_specification()
    document: Json = described.to_jsonable()
    schemas = document["components"]["schemas"]
    document["components"] = {"schemas": {name: schemas[name] for name in sorted(schemas)}}
    return document


def _info(programme: str) -> Json:
    return {
        "title": "Fabriques",
        "version": VERSION,
        "description": GUIDE.strip().format(programme=programme, inbox=inbox_of("holders")),
        "license": {"name": "Apache-2.0"},
    }


def _address(event: type[Event], programme: str) -> str:
    """As whoever outside writes or hears it."""
    if event.publisher == "answers":
        return heard_subject(programme, event, "{" + event.dossier_field + "}")
    return subject_pattern(programme, event, "{" + event.dossier_field + "}")


def _channel(event: type[Event], programme: str) -> Json:
    stream = stream_kind(event.publisher)
    return {
        "address": _address(event, programme),
        "title": event.event_type(),
        "description": f"{_purpose(event)}\n\nWritten by {_listed(writers_of(event, programme))}; "
        f"read by {_listed(readers_of(event, programme)) or 'nobody yet'}.",
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "parameters": {
            event.dossier_field: {"description": IDS.get(event.dossier_field, "the matter's id")}
        },
        "x-stream": _stream(stream),
    }


def _stream(stream: Stream) -> Json:
    return {
        "name": stream.name,
        "purpose": stream.purpose,
        "keep_days": stream.keep_days or "for ever",
        "deduplication_seconds": stream.dedup_seconds,
        "message_bytes_max": stream.message_bytes_max,
        "write_once_subjects": stream.write_once,
    }


def _message(event: type[Event]) -> Json:
    message: Json = {
        "name": event.__name__,
        "title": event.event_type(),
        "summary": _purpose(event).splitlines()[0],
        "contentType": "application/json",
        "headers": headers_of(event),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
    if example_file(event).exists():
        message["examples"] = [{"name": "example", "payload": example_of(event)}]
    return message


def _purpose(event: type[Event]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event.__name__).lower()
    own = event.__dict__.get("__doc__")
    return " ".join(own.split()) if own else words.capitalize() + "."


def _writing(event: type[Event], programme: str) -> Json:
    return {
        f"{identity}.say.{event.__name__}": _operation(
            "send", event, summary=f"published as `{identity}`"
        )
        for identity in writers_of(event, programme)
    }


def _reading(durable: Durable) -> Json:
    delivery = {
        "durable": durable.name,
        "ack": "explicit, after the effect is committed and published",
        "ack_wait_seconds": durable.ack_wait_seconds,
        "deliveries_max": durable.deliveries_max,
    }
    return {
        f"{durable.name}.hears.{event.__name__}": _operation(
            "receive", event, **{"x-delivery": delivery}
        )
        for event in durable.hears
    }


def _following(programme: str) -> Json:
    """What front-ends may follow live, without a consumer of their own."""
    return {
        f"{identity}.follow.{event.__name__}": _operation(
            "receive", event, summary=f"a subscription as `{identity}`"
        )
        for event in EVENTS.values()
        for identity in followers_of(event, programme)
    }


def _operation(action: str, event: type[Event], **more: Any) -> Json:
    name = event.__name__
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        **more,
    }


def _add_question(document: Json, question: Question, programme: str) -> None:
    name = f"ask.{question.service}.{question.name}"
    address = ask_subject(programme, question.service, question.name)
    messages = {
        "Question": {
            "payload": {"type": "object"},
            "examples": [{"name": "example", "payload": question.request}],
        },
        "Answer": {"payload": {"type": "object"}},
    }
    document["channels"][name] = {
        "address": address,
        "description": question.purpose,
        "messages": messages,
    }
    document["channels"][f"{name}.answer"] = {
        "address": None,
        "messages": {"Answer": messages["Answer"]},
    }
    document["operations"][name] = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"{question.purpose}; asked by {_listed(question.asked_by)}",
        "reply": {"channel": {"$ref": f"#/channels/{name}.answer"}},
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
