"""One file with its reviewers: who was asked, who has answered, who is still to be found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.eligibility.domain.reviews.means import needs_another_review
from services.eligibility.domain.states import File, Marks, Review, Round
from shared.contract.decision import Decision
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Panel:
    """A file with all its reviews, the recused ones included, and the round of its wave."""

    programme: Programme
    file: File
    reviews: Sequence[Review]
    round: Round

    @property
    def live(self) -> list[Review]:
        return [review for review in self.reviews if not review.recused]

    @property
    def given(self) -> dict[str, Marks]:
        return {review.reviewer_id: review.marks for review in self.live if review.marks}

    @property
    def extra(self) -> int:
        """One more review, where those the programme asks for are too far apart."""
        rules = self.programme.reviews
        given = self.given
        # A third review that was given asks for no fourth, however far apart the three are.
        if len(given) != rules.reviewers_per_dossier:
            return 0
        return int(needs_another_review(given, rules.discrepancy_marks))

    @property
    def lacking(self) -> int:
        """How many reviewers are still to be found."""
        return max(0, self.programme.reviews.reviewers_per_dossier + self.extra - len(self.live))

    @property
    def frozen(self) -> bool:
        """What was ranked and published is not marked again: an appeal is the way."""
        return self.file.score is not None and self.round.published_at is not None

    @property
    def draws_now(self) -> bool:
        """While the wave is under review, a file gets a reviewer with the event that took one away."""
        return self.round.open and self.file.status == "eligible" and self.lacking > 0

    def review_of(self, reviewer_id: str) -> Review | None:
        return next((review for review in self.reviews if review.reviewer_id == reviewer_id), None)

    def with_review(self, changed: Review) -> "Panel":
        others = [review for review in self.reviews if review.reviewer_id != changed.reviewer_id]
        return replace(
            self,
            reviews=sorted([*others, changed], key=lambda review: review.reviewer_id),
        )

    def after(self, decision: Decision) -> "Panel":
        """The panel as a decision on its file leaves it."""
        panel = self
        for change in decision.changes:
            if isinstance(change, File):
                panel = replace(panel, file=change)
            if isinstance(change, Review):
                panel = panel.with_review(change)
        return panel
