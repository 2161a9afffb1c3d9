"""What the rules of notify are given in these tests: causes, a wave, reasons; and short ways to ask."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from services.notify.domain.notice import Cause, Notice
from shared.contract.decision import Decision
from shared.contract.values import Reason
from tests.rules.notify.notify_samples import AT, PROGRAMME

T = TypeVar("T")
SENDING = "FRONTDESK-000000000001-1"
CAUSE = Cause("019aa000-0000-7000-8000-000000000001", AT, SENDING)
LATER = Cause("019aa000-0000-7000-8000-000000000002", AT + timedelta(days=1), SENDING)
SUPPORT = PROGRAMME.support
WAVE = "2020-4"
DEADLINE = datetime(2020, 12, 30, 23, tzinfo=UTC)
WHY = (Reason(code="rank-too-low", message="Le rang ne suffit pas."),)


def letters(decision: Decision) -> list[tuple[str, str]]:
    """Which letter goes to whom."""
    notices = [change for change in decision.changes if isinstance(change, Notice)]
    return [(notice.template, notice.recipient) for notice in notices]


def letter(decision: Decision) -> Notice:
    """The one letter that the decision calls for."""
    return kept(decision, Notice)


def kept(decision: Decision, kind: type[T]) -> T:
    """The one state of this kind that the decision keeps."""
    [found] = [state for state in decision.changes if isinstance(state, kind)]
    return found
