"""What a rule answers. It is a value: nothing has happened yet."""

from typing import Any

from shared.contract.event import Event
from shared.contract.values import Reason
from shared.value import value


@value
class Decision:
    """`result` is one word for the log and the audit row; `changes` are the states to keep, `facts` what to publish.

    `forgets` is the candidature whose personal data goes: nothing of it waits, and the database keeps no trace.
    """

    result: str
    reasons: tuple[Reason, ...] = ()
    facts: tuple[Event, ...] = ()
    changes: tuple[Any, ...] = ()
    forgets: str = ""

    def followed_by(self, *later: "Decision") -> "Decision":
        """The decisions of one event, in order, under the result of the first."""
        decisions = (self, *later)
        return Decision(
            self.result,
            reasons=tuple(reason for decision in decisions for reason in decision.reasons),
            facts=tuple(fact for decision in decisions for fact in decision.facts),
            changes=tuple(change for decision in decisions for change in decision.changes),
            forgets=next((decision.forgets for decision in decisions if decision.forgets), ""),
        )


def nothing(result: str, *reasons: Reason) -> Decision:
    """An event that changes nothing, with the word that says why."""
    return Decision(result, reasons)
