"""Which files' comments an officer has read for their holder: until the list is out, the others wait."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.states import File, Moderation
from shared.contract.backoffice import CommentsModerated
from shared.contract.decision import Decision, nothing


def moderate(panel: Panel, event: CommentsModerated, now: datetime) -> Decision:
    if panel.round.published_at is not None:
        return nothing("wave-published")
    read = Moderation(panel.file.candidature_id, panel.file.wave, event.actor.id, now)
    return Decision("moderated", changes=(read,))


def unread(files: Sequence[File], read: Collection[str]) -> list[File]:
    """Scored files whose comments nobody has moderated."""
    return [file for file in files if file.score is not None and file.candidature_id not in read]
