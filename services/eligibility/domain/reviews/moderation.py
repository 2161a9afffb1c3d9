"""Which files' comments an officer has read for their holder: until the list is out, the others wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.states import File, Moderation
from shared.contract.backoffice import CommentsModerated
from shared.contract.decision import Decision, nothing


def moderate(panel: Panel, event: CommentsModerated, now: datetime) -> Decision:
    if panel.round.published_at is not None:
        return nothing("wave-published")
    file = panel.file
    read = Moderation(file.candidature_id, file.wave, event.actor.id, now, file.score_revision)
    return Decision("moderated", changes=(read,))


def unread(files: Sequence[File], read: Mapping[str, int]) -> list[File]:
    """Scored files whose comments nobody has moderated. `read` is the revision of the score, by dossier."""
    return [file for file in files if file.score is not None and not _is_read(file, read)]


def _is_read(file: File, read: Mapping[str, int]) -> bool:
    return read.get(file.candidature_id) == file.score_revision
