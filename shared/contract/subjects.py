"""Subjects: `<programme>.<publisher>.<aggregate>.<verb>.v<major>.<dossier>`.

The last token is always the dossier.

What a front-end says is stored with the front-end's name after the publisher. The server puts it there, by
the import of the front-end's account: no client can write another's name. What is meant for one front-end
alone, an answer or a public status, has its name in the same place; only its account may import it.
"""

from shared.contract.event import Event, RoutedEvent

STATUS_BUCKET = "dossiers"
STATUS_STREAM = f"KV_{STATUS_BUCKET}"
# Publishers whose stored subjects name who said it.
FROM_FRONT_ENDS = ("frontdesk", "banking", "backoffice", "support")
FOR_FRONT_ENDS = ("answers", "status")  # publishers whose stored subjects name who may read it
NAMED_WORDS = (*FROM_FRONT_ENDS, "answers", STATUS_BUCKET)  # as they stand in a subject
# Publishers who are no services: headers may say anything.
FROM_OUTSIDE = (*FROM_FRONT_ENDS, "tranches")
APART = ("frontdesk", "banking", "support")  # publishers who have a stream for each front-end
ANY = "*"


def stream_of(publisher: str, front_end: str = "") -> str:
    """The stream a publisher's facts are kept in: `dead-letters` writes to DEAD_LETTERS.

    Front-ends have streams of their own, but for what officers decide: FRONTDESK_HOLDERS.
    """
    if publisher == "status":
        return STATUS_STREAM
    words = f"{publisher}_{front_end}" if front_end and publisher in APART else publisher
    return words.upper().replace("-", "_")


def subject_of(programme: str, event: Event) -> str:
    """The subject as the writer of a fact says it; where it is for one front-end, with that one's name."""
    said = subject_pattern(programme, type(event), event.dossier)
    return named(said, event.front_end) if isinstance(event, RoutedEvent) else said


def subject_pattern(programme: str, event_class: type[Event], dossier: str = ANY) -> str:
    """The same for a dossier that is written in some other way, such as `{candidature_id}`, or for any."""
    if event_class.publisher == "status":
        return f"$KV.{STATUS_BUCKET}.{dossier}"
    return f"{programme}.{event_class.event_type()}.{dossier}"


def filter_of(
    programme: str,
    event_class: type[Event],
    front_end: str = ANY,
    dossier: str = ANY,
) -> str:
    """The stored subject of this class: by default of every dossier, and of every front-end."""
    said = subject_pattern(programme, event_class, dossier)
    return (
        named(said, front_end)
        if event_class.publisher in (*FROM_FRONT_ENDS, *FOR_FRONT_ENDS)
        else said
    )


def dossier_filter(programme: str, publisher: str, dossier: str) -> str:
    """Whatever one publisher said of one dossier, as it is stored."""
    said = f"{programme}.{publisher}.{ANY}.{ANY}.{ANY}.{dossier}"
    return named(said, ANY) if publisher in (*FROM_FRONT_ENDS, *FOR_FRONT_ENDS) else said


def heard_subject(programme: str, event_class: type[Event], dossier: str = ANY) -> str:
    """The subject under which a front-end hears an answer: that of the service that gives it."""
    return f"{programme}.intake.{event_class.aggregate}.{event_class.verb}.v{event_class.major}.{dossier}"


def named(said: str, front_end: str) -> str:
    """The stored subject of what this front-end says, asks or may read: its name is in the third place."""
    programme, publisher, rest = said.split(".", 2)
    return f"{programme}.{publisher}.{front_end}.{rest}"


def front_end_of(stored: str) -> str:
    """Which front-end said what is stored under this subject; empty for our own facts."""
    tokens = stored.split(".", 3)
    return tokens[2] if len(tokens) == 4 and tokens[1] in FROM_FRONT_ENDS else ""


def is_from_outside(stored: str) -> bool:
    """Whether somebody who is no service said what is stored under this subject."""
    return stored.partition(".")[2].partition(".")[0] in FROM_OUTSIDE


def said_subject(stored: str) -> str:
    """The subject without a front-end's name: what a signature covers, and what tells the event's type."""
    tokens = stored.split(".", 3)
    if len(tokens) < 4 or tokens[1] not in NAMED_WORDS:
        return stored
    return f"{tokens[0]}.{tokens[1]}.{tokens[3]}"


def type_of(stored: str) -> str:
    """The words between the programme and the dossier: `intake.candidature.registered.v1`."""
    return said_subject(stored).partition(".")[2].rpartition(".")[0]


def ask_subject(programme: str, service: str, question: str) -> str:
    """The subject as whoever asks writes it."""
    return f"{programme}.ask.{service}.{question}"


def question_subject(programme: str, service: str, question: str) -> str:
    """The subject as the service hears it, with the name of whoever asks."""
    return named(ask_subject(programme, service, question), ANY)


def asker_of(heard: str) -> str:
    """Who asks, by the subject that the service hears."""
    return heard.split(".", 3)[2]
