"""Which attempt an answer answers, and the answer to an act that is refused."""

from typing import Any

from shared.contract.answers import AnswerActRefused
from shared.contract.values import Reasons
from shared.kit.delivery import Arrival


def attempt_of(at: Arrival) -> dict[str, Any]:
    """The fields every answer has: whose attempt it was, its id and its place in the log."""
    return {
        "front_end": at.front_end,
        "attempt_id": at.attempt_id,
        "stream": at.stream,
        "sequence": at.sequence,
    }


def act_refused(at: Arrival, candidature_id: str, act: str, reasons: Reasons) -> AnswerActRefused:
    """What the front-end of an act reads where it changed nothing; `act` is its type."""
    return AnswerActRefused(
        **attempt_of(at), candidature_id=candidature_id, act=act, reasons=reasons
    )
