"""What reviewers found strong and weak in a dossier, as an officer lets it be told to its holder."""

from services.funding.domain.states import Entry, Remarks, WaveState
from shared.contract.backoffice import CommentsModerated
from shared.contract.decision import Decision, nothing
from shared.kit.delivery import Arrival


def moderate(
    entry: Entry, wave: WaveState, before: Remarks | None, event: CommentsModerated, at: Arrival
) -> Decision:
    """The latest word counts until the list is published: then the letters are written."""
    if wave.state == "published":
        return nothing("wave-published")
    if before and (before.strengths, before.weaknesses) == (event.strengths, event.weaknesses):
        return nothing("duplicate")
    told = Remarks(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        strengths=event.strengths,
        weaknesses=event.weaknesses,
        moderated_by=event.actor.id,
        moderated_at=at.now,
    )
    return Decision("moderated", changes=(told,))
