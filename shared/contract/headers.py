"""The headers of a fact: CloudEvents 1.0 in binary mode. A front-end may leave them all out."""

from typing import Any

from shared.contract.event import Event, OutsideEvent


def headers_of(event_class: type[Event]) -> dict[str, Any]:
    """JSON Schema of the NATS headers."""
    outside = issubclass(event_class, OutsideEvent)
    ours = {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": _text("the fact's id; the same decision taken twice says the same id"),
        "ce-type": {"type": "string", "const": event_class.event_type()},
        "ce-source": _text("`/<programme>/<publisher>`"),
        "ce-time": _text("the event's time: that of its cause", format="date-time"),
        "ce-correlationid": _text("the id of the event that began it all"),
        "ce-causationid": _text("the id of the event this one follows from"),
        "Nats-Msg-Id": _text("the fact's id: the broker drops a repetition"),
        "traceparent": _text("W3C trace context, carried on"),
    }
    theirs = {
        "Nats-Msg-Id": _text(
            "optional: the broker drops a repetition within the deduplication window"
        ),
        "Fabriques-Signature": _text(
            "base64 Ed25519 signature over `fabriques-act-v1`, the platform's name, the subject and the act id, "
            "each with a line feed, then the body; officers and reviewers sign every act, "
            "holders if the dossier has a key"
        ),
        "ce-id": _text(
            "the act id, a UUID chosen by who signs; it counts once",
            format="uuid",
        ),
        "Fabriques-Time": _text(
            "honoured on a rehearsal platform, refused in production",
            format="date-time",
        ),
        "traceparent": _text("W3C trace context, carried on"),
    }
    required = (
        []
        if outside
        else ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "Nats-Msg-Id"]
    )
    return {
        "type": "object",
        "properties": theirs if outside else ours,
        "required": required,
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}
