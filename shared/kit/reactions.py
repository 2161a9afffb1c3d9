"""The table of a service: how it reacts to each fact that it hears."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.topology import HEARS
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary, Unreadable
from shared.kit.people.acts import on_person
from shared.kit.storage.states import States

Decide = Callable[[States, Any, Arrival], Decision]
Answer = Callable[[States, Unreadable, str, Arrival], Decision]
Further = Callable[[States, Decision, Arrival], Decision]


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a service reacts to one class of fact.

    `reads` are the states its rule looks at, read for a whole batch.

    `unreadable` may answer a body that is not what its subject promises; without it such an event is a dead
    letter. `opens` reads ahead what is not found by dossier. Reading ahead is for speed: a rule finds what it
    needs anyway. `by_subject` makes the event of the subject's dossier alone: its headers and body may lie.
    `own_dossier` says that its rule changes nothing but its event's dossier, and what tables call contested:
    replicas decide such events side by side. Said in error, it costs time alone: see Overlap.
    """

    decide: Decide
    reads: tuple[type[Any], ...] = ()
    unreadable: Answer | None = None
    opens: Callable[[States, Sequence[Any]], None] | None = None
    by_subject: Callable[[str], Event] | None = None
    own_dossier: bool = False

    def then(self, further: Further) -> "Reaction":
        """The same, with `further` made of whatever it decides on a fact."""

        def decide(states: States, event: Any, at: Arrival) -> Decision:
            return further(states, self.decide(states, event, at), at)

        return replace(self, decide=decide)


class Reactions:
    """The table of a service: fact → reaction, to what is said of people too.

    Raises ValueError where it is not what the topology says it hears.
    """

    def __init__(self, service: str, table: Mapping[type[Event], Reaction]) -> None:
        table = {**table, PersonRegistered: Reaction(on_person), PersonRevoked: Reaction(on_person)}
        # A fact without a reaction would be acknowledged by nobody, and seen by nobody either.
        if unheard := set(HEARS[service]) ^ set(table):
            raise ValueError(
                f"{service} and the topology disagree on {sorted(e.__name__ for e in unheard)}"
            )
        self._table = {event.event_type(): (event, reaction) for event, reaction in table.items()}

    def find(self, event_type: str) -> tuple[type[Event], Reaction]:
        """Raises Temporary for a type that nobody here hears.

        What is delivered was provisioned: newer code hears it, and this replica has not been replaced yet.
        """
        try:
            return self._table[event_type]
        except KeyError:
            raise Temporary(
                "this release does not hear that fact: a newer replica takes it"
            ) from None
