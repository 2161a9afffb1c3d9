"""What came of one event in this service, as its inbox tells it."""

from typing import Any

from sqlalchemy import Connection, select

from shared.kit.storage.journal import Journal

UNDECIDED: dict[str, Any] = {"decided": False, "waits_for": None}


def decision_of(
    journal: Journal, connection: Connection, event_id: str, dossier: str, told: str = ""
) -> dict[str, Any]:
    """`event_id` may lack its stamp where the dossier is given: who publishes learns the place alone.

    `told` is the one stream whose events the asker may learn of; empty for all. Any other event is as one
    that nobody said.
    """
    if told and not event_id.startswith(f"{told}-"):
        return UNDECIDED
    inbox = journal.inbox.c
    waiting = journal.waiting.c
    named = inbox.event_id == event_id
    if dossier:
        stream, _, sequence = event_id.rpartition("-")
        # How a dossier is told whose token has no id's form.
        place = f"{stream}-{sequence.lstrip('0')}"
        of_dossier = inbox.dossier.in_((dossier, place))
        named = of_dossier & inbox.event_id.startswith(event_id, autoescape=True)
    decided = select(inbox.result, inbox.changed, inbox.reasons, inbox.decided_at).where(named)
    found = connection.execute(decided).first()
    if found:
        return {
            "decided": True,
            "result": found.result,
            "changed": found.changed,
            "reasons": list(found.reasons or ()),
            "decided_at": found.decided_at.isoformat(),
        }
    is_early = waiting.event_id.startswith(event_id, autoescape=True)
    waits_for = connection.scalar(select(waiting.waits_for).where(is_early))
    return {"decided": False, "waits_for": waits_for}
