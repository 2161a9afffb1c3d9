"""How facts lie in the log: the subjects that the server stores, and the headers that our own facts bear."""

from shared.contract.event import Event
from shared.contract.front_ends import EMBEDDED, facts_of
from shared.contract.subjects import filter_of, stream_of
from shared.kit.delivery import SOURCES


def speaker_of(event: type[Event]) -> str:
    """The embedded front-end that may say it; empty for our own facts."""
    return next((front_end.name for front_end in EMBEDDED if event in facts_of(front_end.kind)), "")


def stream_holding(event: type[Event]) -> str:
    return stream_of(event.publisher, speaker_of(event))


def stored_subject(programme: str, event: type[Event], dossier: str) -> str:
    return filter_of(programme, event, speaker_of(event), dossier)


def origin(programme: str, event: type[Event]) -> dict[str, str]:
    """What our own facts say of themselves: a reader believes none without it."""
    source = SOURCES.get(event.publisher, event.publisher)
    return {"ce-type": event.event_type(), "ce-source": f"/{programme}/{source}"}
