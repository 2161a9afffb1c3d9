"""Who may not read a file, and what follows where that is known late."""

from collections.abc import Callable, Iterable

from services.eligibility.domain.reviews import assignment
from services.eligibility.domain.reviews.answering import recuse
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.states import File, Reviewer
from shared.contract.decision import Decision
from shared.kit.errors import Rejected

DepartmentOf = Callable[[str], str | None]  # of a commune's INSEE code; None where it is not known


def conflict_of(panel: Panel, reviewer: Reviewer, department_of: DepartmentOf) -> str | None:
    """The code of what forbids this reviewer on this file: a hard constraint, for officers too."""
    return assignment.conflict(
        dossier_of(panel.file, department_of),
        reader_of(reviewer),
        same_department_excluded=panel.programme.reviews.same_department_excluded,
    )


def require_no_conflict(
    panel: Panel, reviewer: Reviewer | None, department_of: DepartmentOf
) -> None:
    """Raises Rejected for a pair that is forbidden. Who never registered has declared no tie."""
    if reviewer is None:
        return
    code = conflict_of(panel, reviewer, department_of)
    if code:
        raise Rejected(f"{reviewer.reviewer_id} may not read {panel.file.candidature_id}: {code}")


def register(
    reviewer: Reviewer, reads: Iterable[Panel], department_of: DepartmentOf
) -> tuple[Decision, list[Panel]]:
    """A tie declared late takes the reviewer off the files it forbids. Returns those panels without them."""
    decision = Decision("registered", changes=(reviewer,))
    left = []
    for panel in reads:
        # What was ranked and published keeps its marks: an appeal is the way to change it.
        if panel.frozen or not conflict_of(panel, reviewer, department_of):
            continue
        recused = recuse(panel, reviewer.reviewer_id, "conflict")
        decision = decision.followed_by(recused)
        left.append(panel.after(recused))
    return decision, left


def dossier_of(
    file: File, department_of: DepartmentOf, extra_reviews: int = 0
) -> assignment.Dossier:
    return assignment.Dossier(
        file.candidature_id, file.siret, department_of(file.commune_code), extra_reviews
    )


def reader_of(reviewer: Reviewer) -> assignment.Reviewer:
    return assignment.Reviewer(reviewer.reviewer_id, reviewer.department, frozenset(reviewer.ties))
