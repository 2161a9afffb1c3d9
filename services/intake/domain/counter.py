"""What the counter looks at to answer one sending, and the sending itself."""

from datetime import datetime

from services.intake.domain.claims import ProjectClaim, is_held_by_another
from services.intake.domain.dossier import Dossier
from services.intake.domain.waves import Waves
from shared.contract.backoffice import CandidatureImported
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Reason
from shared.kit.errors import Rejected
from shared.programme import Programme, Wave
from shared.value import value


@value
class Counter:
    """`wave` is the one that is open when the file is received.

    `commune_code` is resolved: a merged or arrondissement code gives today's commune. `postal_code` is that
    of the address, where it has one. `commune_mistake` says why the commune code cannot be that of the place.
    `claim` and `label` are those of the file's project, `claimed_by` the front-end that holds the claim.
    """

    programme: Programme
    waves: Waves
    wave: Wave | None
    dossier: Dossier | None
    commune_code: str | None
    postal_code: str | None
    commune_mistake: Reason | None
    claim: ProjectClaim | None
    label: ProjectClaim | None
    claimed_by: str = ""

    def is_claimed_by_another(self, candidature_id: str) -> bool:
        return is_held_by_another(self.claim, candidature_id)


@value
class Sending:
    """A file as it was sent: at the counter (`now` is the broker's stamp) or on paper (`now` is its receipt).

    `sequence` is its place in its own front-end's stream. `order` is the broker's stamp in microseconds,
    which tells earlier from later among all of them. `code` is the front-end's, in receipt numbers.
    `decided_at` is when an officer decided on it, where one did later. `against` says what is wrong with its
    attachments, which the rules alone cannot tell.
    """

    event: CandidatureSubmitted
    now: datetime
    sequence: int
    order: int
    front_end: str
    code: str = ""
    decided_at: datetime | None = None
    against: tuple[Reason, ...] = ()

    @property
    def answered_at(self) -> datetime:
        """The day of what the public status says."""
        return self.decided_at or self.now


def require_possible(paper: CandidatureImported, now: datetime) -> None:
    """Raises Rejected for a paper file that names another dossier, or came after it was typed in."""
    if paper.submission.candidature_id != paper.candidature_id:
        raise Rejected("the file inside names another candidature")
    if paper.received_at > now:
        raise Rejected("a paper file cannot be received after it is typed in")
