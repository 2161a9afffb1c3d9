"""The events that came before what they build on, as operators are told of them: ids, and never a body."""

from typing import Any

from sqlalchemy import Connection, func, select

from shared.contract.event import EVENTS
from shared.contract.subjects import type_of
from shared.kit.delivery import instant_of
from shared.kit.storage.journal import Journal
from shared.kit.tellable import told_dossier


def early_events(journal: Journal, connection: Connection, limit: int) -> dict[str, Any]:
    """How many wait, and the oldest of them: each since the broker has it, and for what.

    One statement counts and lists, because a second one may see what came between them.
    """
    waiting = journal.waiting.c
    columns = (
        waiting.subject,
        waiting.stream,
        waiting.sequence,
        waiting.stamped_ns,
        waiting.waits_for,
    )
    counted = select(*columns, func.count().over())
    oldest = counted.order_by(waiting.stamped_ns, waiting.sequence).limit(limit)
    rows = connection.execute(oldest).all()
    return {
        "count": rows[0][-1] if rows else 0,
        "waiting": [_told(*row[:-1]) for row in rows],
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
