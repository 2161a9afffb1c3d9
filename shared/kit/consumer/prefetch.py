"""Reads ahead what a batch's rules will look at: for speed alone, a rule finds what it needs anyway."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.kit.errors import Overlap
from shared.kit.handled import Handled
from shared.kit.logs.causes import cause_of
from shared.kit.people.acts import open_people
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States

log = structlog.get_logger()


def prefetch(states: States, batch: Sequence[Handled]) -> None:
    """Reads ahead for the whole batch: one query for each kind of state, not one for each event."""
    wanted: dict[type[Any], dict[str, None]] = {}
    ahead: dict[int, tuple[Reaction, list[Any]]] = {}
    for handled in batch:
        if handled.reaction is None or handled.event is None:
            continue
        for kind in handled.reaction.reads:
            wanted.setdefault(kind, {})[handled.candidature_id] = None
        if handled.reaction.opens:
            ahead.setdefault(id(handled.reaction), (handled.reaction, []))[1].append(handled.event)
    for kind, dossiers in wanted.items():
        states.prefetch(kind, dossiers)
    # Acts name people: their standings are read once, and not for each signature.
    open_people(
        states,
        [(one.event, one.arrival) for one in batch if one.is_act and one.arrival and one.event],
    )
    for reaction, events in ahead.values():
        _open(states, reaction, events)


def _open(states: States, reaction: Reaction, events: Sequence[Any]) -> None:
    assert reaction.opens
    try:
        reaction.opens(states, events)
    except (SQLAlchemyError, Overlap):
        raise
    except Exception as failure:
        # It is for speed alone: each event is decided, and fails, on its own.
        log.warning("read ahead", cause=cause_of(failure))
