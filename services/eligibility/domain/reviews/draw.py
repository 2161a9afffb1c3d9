"""Drawing reviewers for the files that lack some, from a seed that is stored: anybody can draw the same again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from services.eligibility.domain.files import Draw, File, Review, Reviewer
from services.eligibility.domain.reviews import assignment
from services.eligibility.domain.reviews.panel import Panel, ask_review
from shared.contract.decision import Decision
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

DRAWN = "draw"
DepartmentOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Pool:
    """Who may be drawn for a wave. `loads` counts what they have to read in it; `department_of` knows communes."""

    programme: Programme
    wave: str
    reviewers: Sequence[Reviewer]
    loads: Mapping[str, int]
    department_of: DepartmentOf

    @property
    def seed(self) -> str:
        return f"{self.programme.reviews.seed}/{self.programme.id}/{self.wave}"


def conflict_of(programme: Programme, file: File, reviewer: Reviewer, department_of: DepartmentOf) -> str | None:
    """The code of what forbids this reviewer on this file: a hard constraint, for officers too."""
    return assignment.conflict(
        _dossier(file, 0, department_of),
        _reviewer(reviewer),
        same_department_excluded=programme.reviews.same_department_excluded,
    )


def draw(pool: Pool, panels: Sequence[Panel], at: Arrival) -> Decision:
    """Reviewers for these files, asked at once. Nothing where nobody is registered or nothing is lacking."""
    lacking = [panel for panel in panels if panel.file.status == "eligible" and panel.lacking]
    if not lacking or not pool.reviewers:
        return Decision("nothing-to-draw")
    loads = loads_elsewhere(pool.loads, lacking)
    found = assign_again(pool, lacking, loads)
    by_id = {panel.file.candidature_id: panel for panel in lacking}
    asked = [ask_review(by_id[dossier], reviewer, DRAWN, at.now) for dossier, reviewer in found.pairs]
    made = Draw(
        wave=pool.wave,
        cause_id=at.event_id,
        drawn_at=at.now,
        seed=pool.seed,
        files=len(lacking),
        reviewers=tuple(asdict(reviewer) for reviewer in pool.reviewers),
        loads=loads,
        missing=found.missing,
    )
    reasons = (_missing(found.missing),) if found.missing else ()
    changes = (made, *(review for review, _ in asked))
    return Decision("drawn", reasons, tuple(fact for _, fact in asked), changes)


def assign_again(pool: Pool, panels: Sequence[Panel], loads: Mapping[str, int]) -> assignment.Assignment:
    """The pure assignment behind a draw: the same files, reviews, reviewers, loads and seed give the same pairs."""
    rules = pool.programme.reviews
    return assignment.assign(
        [_dossier(panel.file, panel.extra, pool.department_of) for panel in panels],
        [_reviewer(reviewer) for reviewer in pool.reviewers],
        rules.reviewers_per_dossier,
        pool.seed,
        [_pair(review) for panel in panels for review in panel.live],
        recused=[_pair(review) for panel in panels for review in panel.reviews if review.recused],
        same_department_excluded=rules.same_department_excluded,
        loads=loads,
    )


def after(panel: Panel, decision: Decision) -> Panel:
    """The panel as a decision leaves it."""
    file, kept = panel.file, panel
    for change in decision.changes:
        file = change if isinstance(change, File) else file
        kept = kept.with_review(change) if isinstance(change, Review) else kept
    return Panel(panel.programme, file, kept.reviews)


def loads_elsewhere(loads: Mapping[str, int], panels: Sequence[Panel]) -> dict[str, int]:
    """What reviewers have to read beside the files that are drawn for, which count their own reviews."""
    here = Counter(review.reviewer_id for panel in panels for review in panel.live)
    return {reviewer: count - here[reviewer] for reviewer, count in sorted(loads.items())}


def _missing(missing: Mapping[str, int]) -> Reason:
    some = ", ".join(sorted(missing)[:5])
    message = f"Il manque des relecteurs sans conflit d'intérêts à {len(missing)} dossiers : {some}."
    return Reason(code="reviewers-missing", message=message)


def _dossier(file: File, extra: int, department_of: DepartmentOf) -> assignment.Dossier:
    return assignment.Dossier(file.candidature_id, file.siret, department_of(file.commune_code), extra)


def _reviewer(reviewer: Reviewer) -> assignment.Reviewer:
    return assignment.Reviewer(reviewer.reviewer_id, reviewer.department, frozenset(reviewer.ties))


def _pair(review: Review) -> tuple[str, str]:
    return review.candidature_id, review.reviewer_id
