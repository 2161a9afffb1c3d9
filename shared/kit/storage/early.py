"""The events that came before what they build on, as operators are told of them: ids, and never a body."""

from typing import Any

from sqlalchemy import Connection, func, select

from shared.contract.event import EVENTS
from shared.contract.subjects import type_of
from shared.kit.delivery import instant_of
from shared.kit.storage.journal import Journal
from shared.kit.tellable import told_dossier


def early_events(journal: Journal, connection: Connection, limit: int) -> dict[str, Any]:
    """How many wait, and the oldest of them: each since the broker has it, and for what."""
    waiting = journal.waiting.c
    columns = (
        waiting.subject,
        waiting.stream,
        waiting.sequence,
        waiting.stamped_ns,
        waiting.waits_for,
    )
    oldest = select(*columns).order_by(waiting.stamped_ns, waiting.sequence).limit(limit)
    return {
        "count": connection.scalar(select(func.count(waiting.event_id))) or 0,
        "waiting": [_told(*row) for row in connection.execute(oldest)],
    }


def _told(
    subject: str, stream: str, sequence: int, stamped_ns: int, waits_for: str
) -> dict[str, Any]:
    kind = type_of(subject)
    place = f"{stream}-{sequence}"
    return {
        "fact": EVENTS[kind].__name__ if kind in EVENTS else kind,  # newer code may have kept it
        "dossier": told_dossier(subject.rpartition(".")[2], kind.partition(".")[0], place),
        "waits_for": waits_for,
        "since": instant_of(stamped_ns).isoformat(),
        "stream": stream,
        "sequence": sequence,
    }
