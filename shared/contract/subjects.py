"""Subjects: `<programme>.<publisher>.<aggregate>.<verb>.v<major>.<dossier>`. The last token is always the dossier."""

from shared.contract.event import Event

STATUS_BUCKET = "dossiers"
STATUS_STREAM = f"KV_{STATUS_BUCKET}"


def stream_of(publisher: str) -> str:
    """The stream a publisher's facts are kept in: `dead-letters` writes to DEAD_LETTERS."""
    return STATUS_STREAM if publisher == "status" else publisher.upper().replace("-", "_")


def subject_of(programme: str, event: Event) -> str:
    return subject_pattern(programme, type(event), event.dossier)


def filter_of(programme: str, event_class: type[Event]) -> str:
    """The subject filter that catches every dossier's fact of this class."""
    return subject_pattern(programme, event_class, "*")


def subject_pattern(programme: str, event_class: type[Event], dossier: str) -> str:
    """The subject of this class for a dossier that is written in some other way, such as `{candidature_id}`."""
    if event_class.publisher == "status":
        return f"$KV.{STATUS_BUCKET}.{dossier}"
    return f"{programme}.{event_class.event_type()}.{dossier}"


def ask_subject(programme: str, service: str, question: str) -> str:
    return f"{programme}.ask.{service}.{question}"
