"""Who may put a question that reads a dossier, and the line that the reading leaves.

A question is judged as an act is: by key, signature and role. It counts for a minute, so that one which was
overheard is worth nothing later.
"""

from datetime import datetime, timedelta
from typing import Any

from shared.contract.asked import SignedAsked
from shared.contract.decision import Decision
from shared.contract.people import MAY_READ
from shared.contract.reading import DossierRead, Reader
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.errors import ReadingRefused
from shared.kit.people.acts import objection
from shared.kit.people.naming import named_to
from shared.kit.people.register import Standing
from shared.kit.people.signatures import signature_objection
from shared.kit.storage.states import States
from shared.value import value

FRESH_SECONDS_MAX = 60
READS_ON_SECONDS = 600
READ = "read-"  # how the id of a reading begins: the signer's id of the question follows


@value
class Reading:
    """One reading of a dossier: the line that nobody reads without leaving."""

    candidature_id: str
    reading_id: str
    reader_id: str
    role: str
    read_at: datetime
    version: int | None


def reader_of(
    states: States, question: str, asked: SignedAsked, dossier_key: str | None, at: Arrival
) -> Reader:
    """Who signed this question, in a role that may put it; or the dossier's holder. Raises ReadingRefused."""
    if asked.actor is None:
        why = signature_objection(dossier_key, at) if dossier_key else WITHOUT_KEY
        reader = Reader("", None)
    else:
        history = states.of(Standing, asked.actor.id)
        why = objection(history, MAY_READ[question], asked.actor.role, at)
        reader = Reader(asked.actor.id, asked.actor.role)
    if why:
        raise ReadingRefused(why)
    return reader


def require_fresh(asked_at: datetime, told: datetime) -> None:
    """`told` is the broker's time. Raises ReadingRefused."""
    if abs((told - asked_at).total_seconds()) > FRESH_SECONDS_MAX:
        raise ReadingRefused(_stale(told))


def noted(fact: DossierRead, reading_id: str) -> Decision:
    """The line, said to the log and kept."""
    line = Reading(
        fact.candidature_id, reading_id, fact.reader_id, fact.role.value, fact.read_at, fact.version
    )
    return Decision("read", facts=(fact,), changes=(line,))


def has_line(states: States, candidature_id: str, reader: Reader, now: datetime) -> bool:
    """Whether a line of theirs stands since a moment: what they read on in parts needs no other."""
    lines = states.of(Reading, candidature_id)
    since = now - timedelta(seconds=READS_ON_SECONDS)
    return any(
        line.reader_id == reader.reader_id and line.role == reader.role and line.read_at >= since
        for line in lines
    )


def listed_readings(states: States, candidature_id: str, asker: str) -> dict[str, Any]:
    """Oldest first."""
    lines = sorted(
        states.of(Reading, candidature_id), key=lambda line: (line.read_at, line.reading_id)
    )
    names = named_to(asker, (line.reader_id for line in lines), "reader")
    return {
        "readings": [
            {
                "reader_id": names[line.reader_id],
                "role": line.role,
                "read_at": line.read_at.isoformat(),
                "version": line.version,
            }
            for line in lines
        ]
    }


def _stale(told: datetime) -> Reason:
    return Reason(
        code="question-stale",
        message=f"Une question signée vaut une minute : il est {told:%H:%M:%S} UTC au guichet.",
    )


REPEATED = Reason(
    code="question-repeated", message="Cette question a déjà été posée : signez-en une nouvelle."
)
WITHOUT_KEY = Reason(
    code="dossier-without-key",
    message="Aucun dossier de ce nom n'a de clé : son porteur n'a pas de quoi signer une question.",
)
