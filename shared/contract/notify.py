"""NOTIFY and DEAD_LETTERS: what was said to people, the support they get, and what could not be handled."""

from shared.contract.event import Event
from shared.contract.values import CandidatureId


class NoticeSent(Event, says="notify.notice.sent"):
    candidature_id: CandidatureId
    notice_id: str
    template: str
    cause_id: str


class NoticeFailed(Event, says="notify.notice.failed"):
    candidature_id: CandidatureId
    notice_id: str
    template: str
    cause_id: str
    cause: str


class SupportOpened(Event, says="notify.support.opened"):
    """A laureate's plan: its steps, in order, chosen from the needs the file declared."""

    candidature_id: CandidatureId
    needs: tuple[str, ...]
    steps: tuple[str, ...]


class SupportAdvanced(Event, says="notify.support.advanced"):
    candidature_id: CandidatureId
    step: str
    peers: tuple[str, ...] = ()


class EventDeadLettered(Event, says="dead-letters.event.dead-lettered", dossier="letter_id"):
    """A reference, never the body: where the event lies in the log, and why nobody could handle it."""

    letter_id: str
    consumer: str
    stream: str
    sequence: int
    subject: str
    cause: str
    attempts: int


class EventRedriven(Event, says="dead-letters.event.redriven", dossier="letter_id"):
    """An operator had a dead letter's event decided again. `result` is the word of that decision."""

    letter_id: str
    by: str
    result: str


class EventDiscarded(Event, says="dead-letters.event.discarded", dossier="letter_id"):
    """An operator found that nothing more needs to be done. Letter and event stay in the log."""

    letter_id: str
    by: str
    reason: str
