"""A letter that waits to be written, the message it will say, and the fact that called for it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from shared.value import value

NoticeState = Literal["queued", "sent", "failed", "dropped", "erasing", "erased"]
Recipient = Literal["holder", "association", "reviewer", "team"]

QUEUED: NoticeState = "queued"
SENT: NoticeState = "sent"
FAILED: NoticeState = "failed"
DROPPED: NoticeState = "dropped"
ERASING: NoticeState = "erasing"  # it was sent, and what the transport keeps of it has to go
ERASED: NoticeState = "erased"


@value
class Notice:
    """One message to one recipient for one cause. It is written as text when it is sent, from `context`.

    `context` holds ids, dates, amounts and reasons; of a person, only what an erasure notice needs to leave.
    `short`: it left without its words, for an address that nobody had proven. `traceparent` is its cause's.
    A reviewer's or the team's is about no dossier: `person_id` says whose it is.
    """

    notice_id: str
    candidature_id: str
    template: str
    recipient: Recipient
    cause_id: str
    at: datetime
    context: Mapping[str, Any]
    state: NoticeState = "queued"
    attempts: int = 0
    retry_at: datetime | None = None
    short: bool = False
    person_id: str = ""
    traceparent: str | None = None

    @property
    def about(self) -> str:
        """The dossier, or the person that it gathers news for."""
        return self.candidature_id or self.person_id


@value
class Cause:
    """The event that calls for a message: its id, its time, the holder's sending it came from, its trace."""

    event_id: str
    now: datetime
    sending_id: str = ""
    traceparent: str | None = None


@value
class Message:
    """`matter` tells apart two messages of one template in one cause, such as two invitations."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    recipient: Recipient = "holder"
    matter: str = ""
