"""Funding's decisions with a database of its own and no broker: what it would say is kept."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.funding.handlers.waves import SelectionHandlers
from services.funding.tables import JOURNAL, STATE_TABLES
from shared.contract.event import Event
from shared.contract.subjects import said_subject
from shared.contract.topology import HEARS
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import REHEARSAL_HEADER, Delivery
from shared.kit.reactions import Reaction, Reactions
from shared.kit.storage.states import States
from shared.programme import Programme, load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.databases import opened
from tests.people import roots, signed
from tests.service.selection import ballot
from tests.stored import origin, stored_subject

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
Said = tuple[str, bytes]


class Machine:
    def __init__(self, folder: Path, programme: Programme = PROGRAMME) -> None:
        self.engine = opened(folder, "funding")
        table = {event: Reaction(unheard) for event in HEARS["funding"]} | dict(
            SelectionHandlers(programme).reactions()
        )
        self._consumer = Consumer(
            "funding",
            programme.id,
            self.engine,
            JOURNAL,
            STATE_TABLES,
            Reactions("funding", table),
            True,
        )
        self._consumer.trust(roots())
        self.said: list[Said] = []

    def hear(self, log: Sequence[Delivery], batch: int = 256) -> None:
        for start in range(0, len(log), batch):
            decided = self._consumer.transact(log[start : start + batch])
            self.said += [
                (message.subject, bytes(message.body)) for message in decided.pending.messages
            ]

    @contextmanager
    def states(self) -> Iterator[States]:
        """What a rule may read, in a transaction; nothing is kept of it."""
        with self.engine.connect() as connection:
            yield States(connection, STATE_TABLES)

    def digest(self) -> str:
        """Of the latest proposal: a score that changes once the wave is complete has it ranked again."""
        waves = [json.loads(body) for subject, body in self.said if ".wave.ranked." in subject]
        return str(waves[-1]["digest"])


def unheard(*_: Any) -> Any:
    raise AssertionError("this log holds no such event")


def recorded(stream: str, facts: Sequence[tuple[type[Event], dict[str, Any]]]) -> list[Delivery]:
    """The facts as they lie in a stream, first to last."""
    return [
        _recorded(stream, number, event, body)
        for number, (event, body) in enumerate(facts, start=1)
    ]


def _recorded(stream: str, number: int, event: type[Event], body: dict[str, Any]) -> Delivery:
    subject, data = (
        stored_subject(PROGRAMME.id, event, body[event.dossier_field]),
        json.dumps(body).encode(),
    )
    told = origin(PROGRAMME.id, event) | {
        "ce-id": f"{stream}-{number}",
        "ce-time": ballot.CLOSED,
        REHEARSAL_HEADER: ballot.PUBLISHED,
    }
    return Delivery(
        message=None,
        subject=subject,
        headers=origin(PROGRAMME.id, event)
        | told
        | signed(event, said_subject(subject), data, body),
        data=data,
        stream=stream,
        consumer=f"funding-on-{stream.lower()}",
        attempt=1,
        sequence=number,
        stamped_ns=number,
    )
