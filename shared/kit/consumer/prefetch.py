"""Reads what the rules of a batch will look at, before they run: for speed alone, each finds what it needs anyway."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.kit.consumer.decide import Case, Reaction, place_of
from shared.kit.people.acts import open_people
from shared.kit.storage.states import States

log = structlog.get_logger()


def prefetch(book: States, cases: Sequence[Case]) -> None:
    """Reads ahead for the whole batch: one query for each kind of state, not one for each event."""
    wanted: dict[type[Any], dict[str, None]] = {}
    ahead: dict[int, tuple[Reaction, list[Any]]] = {}
    for case in cases:
        if case.reaction and case.event:
            for kind in case.reaction.reads:
                wanted.setdefault(kind, {})[case.dossier[:36]] = None
            if case.reaction.opens:
                ahead.setdefault(id(case.reaction), (case.reaction, []))[1].append(case.event)
    for kind, dossiers in wanted.items():
        book.prefetch(kind, dossiers)
    open_people(book, [(case.event, case.arrival) for case in cases if case.is_act and case.arrival and case.event])
    for reaction, events in ahead.values():
        try:
            if reaction.opens:
                reaction.opens(book, events)
        except SQLAlchemyError:
            raise
        except Exception as failure:  # it is for speed alone: each event is decided, and fails, on its own
            log.warning("read ahead", cause=f"{type(failure).__name__} in {place_of(failure)}")
