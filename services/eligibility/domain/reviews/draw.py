"""Drawing reviewers for the files that lack some: from the stored seed anybody can draw the same again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.eligibility.domain.reviews import assignment
from services.eligibility.domain.reviews.asking import ask_review
from services.eligibility.domain.reviews.conflicts import DepartmentOf, dossier_of, reader_of
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.sentences import reviewers_missing
from services.eligibility.domain.states import Draw, DrawnReviewer, Review, Reviewer
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from shared.programme import Programme

DRAWN = "draw"


@dataclass(frozen=True, slots=True)
class Pool:
    """Who may be drawn for a wave.

    `loads` counts what they have to read in it; `department_of` knows communes.
    """

    programme: Programme
    wave: str
    reviewers: Sequence[Reviewer]
    loads: Mapping[str, int]
    department_of: DepartmentOf

    @property
    def seed(self) -> str:
        return f"{self.programme.reviews.seed}/{self.programme.id}/{self.wave}"


def draw(pool: Pool, panels: Sequence[Panel], at: Arrival) -> Decision:
    """Reviewers for these files, asked at once. Nothing where nobody is registered or nothing is lacking."""
    lacking = [panel for panel in panels if panel.file.status == "eligible" and panel.lacking]
    if not lacking or not pool.reviewers:
        return Decision("nothing-to-draw")
    # These files bring their own reviews along: counted here too, they would weigh twice.
    loads = loads_elsewhere(pool.loads, lacking)
    found = assign_again(pool, lacking, loads)
    panel_of = {panel.file.candidature_id: panel for panel in lacking}
    asked = []
    for dossier, reviewer in found.pairs:
        asked.append(ask_review(panel_of[dossier], reviewer, DRAWN, at.now))
    # Kept as they are today: ties and loads change, and anybody must be able to draw the same again.
    made = Draw(
        wave=pool.wave,
        cause_id=at.event_id,
        drawn_at=at.now,
        seed=pool.seed,
        files=len(lacking),
        reviewers=tuple(_as_drawn(reviewer) for reviewer in pool.reviewers),
        loads=loads,
        missing=found.missing,
    )
    facts = tuple(fact for _, fact in asked)
    changes = (made, *(review for review, _ in asked))
    if found.missing:
        return Decision("drawn", (reviewers_missing(found.missing),), facts, changes)
    return Decision("drawn", facts=facts, changes=changes)


def assign_again(
    pool: Pool, panels: Sequence[Panel], loads: Mapping[str, int]
) -> assignment.Assignment:
    """The pure assignment behind a draw: the same files, reviewers, loads and seed give the same pairs."""
    rules = pool.programme.reviews
    reviews = [review for panel in panels for review in panel.reviews]
    return assignment.assign(
        [dossier_of(panel.file, pool.department_of, panel.extra) for panel in panels],
        [reader_of(reviewer) for reviewer in pool.reviewers],
        rules.reviewers_per_dossier,
        pool.seed,
        [_pair(review) for review in reviews if not review.recused],
        recused=[_pair(review) for review in reviews if review.recused],
        same_department_excluded=rules.same_department_excluded,
        loads=loads,
    )


def loads_elsewhere(loads: Mapping[str, int], panels: Sequence[Panel]) -> dict[str, int]:
    """What reviewers have to read beside the files that are drawn for, which count their own reviews."""
    here = Counter(review.reviewer_id for panel in panels for review in panel.live)
    return {reviewer: count - here[reviewer] for reviewer, count in sorted(loads.items())}


def _as_drawn(reviewer: Reviewer) -> DrawnReviewer:
    return DrawnReviewer(
        reviewer_id=reviewer.reviewer_id,
        department=reviewer.department,
        ties=reviewer.ties,
    )


def _pair(review: Review) -> assignment.Pair:
    return review.candidature_id, review.reviewer_id
