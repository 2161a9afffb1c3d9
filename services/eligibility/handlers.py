"""What eligibility does with each fact it hears: loads what the rule needs, asks the rule, answers its decision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services.eligibility import domain
from services.eligibility.domain import File, Review, Reviewer, TerritoryAnswer
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.kit.book import Book
from shared.kit.cases import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.programme import Programme

Classify = Callable[[intake.CandidatureRegistered], TerritoryAnswer]


@dataclass(frozen=True)
class Handlers:
    """`classify` answers from the territory datasets in use; each answer names their versions."""

    programme: Programme
    classify: Classify

    def on_candidature_registered(self, book: Book, event: intake.CandidatureRegistered, _at: Arrival) -> Decision:
        file = book.one(File, event.candidature_id)
        decision = domain.decide_eligibility(file, event, self.classify(event))
        return domain.with_score(self.programme, book.of(Review, event.candidature_id), decision) if file else decision

    def on_candidature_withdrawn(self, book: Book, event: intake.CandidatureWithdrawn, _at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        return Decision("withdrawn", changes=(replace(file, status="withdrawn"),))

    def on_wave_closed(self, _book: Book, event: intake.WaveClosed, _at: Arrival) -> Decision:
        return nothing(f"closed-with-{event.registered}"[:40])

    def on_territory_decided(self, book: Book, event: officers.TerritoryDecided, at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        decision = domain.decide_territory(file, event, at.now)
        return domain.with_score(self.programme, book.of(Review, event.candidature_id), decision)

    def on_reviewer_registered(self, _book: Book, event: officers.ReviewerRegistered, _at: Arrival) -> Decision:
        return Decision("registered", changes=(Reviewer(event.reviewer_id, event.department, event.ties),))

    def on_review_assigned(self, book: Book, event: officers.ReviewAssigned, at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        review = book.one(Review, event.candidature_id, event.reviewer_id)
        return domain.assign(file, review, event.reviewer_id, at.now)

    def on_review_submitted(self, book: Book, event: front.ReviewSubmitted, at: Arrival) -> Decision:
        if mistakes := domain.mark_reasons(self.programme, event.marks):
            raise Rejected(" · ".join(mistakes))
        file, reviews = self._assigned(book, event.candidature_id, event.reviewer_id)
        if file.status == "withdrawn":
            return nothing("withdrawn")
        return domain.take_review(self.programme, file, reviews, event, at.sequence)

    def on_review_recused(self, book: Book, event: front.ReviewRecused, _at: Arrival) -> Decision:
        file, reviews = self._assigned(book, event.candidature_id, event.reviewer_id)
        return domain.recuse(self.programme, file, reviews, event.reviewer_id)

    def _known(self, book: Book, candidature_id: str) -> File:
        file = book.one(File, candidature_id)
        if file is None:
            raise TooEarly(candidature_id)
        return file

    def _assigned(self, book: Book, candidature_id: str, reviewer_id: str) -> tuple[File, list[Review]]:
        """A review may come before its assignment: two front-ends wrote them."""
        file = self._known(book, candidature_id)
        reviews = book.of(Review, candidature_id)
        if all(review.reviewer_id != reviewer_id for review in reviews):
            raise TooEarly(candidature_id)
        return file, reviews

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (File, Review)
        return {
            intake.CandidatureRegistered: Reaction(self.on_candidature_registered, (File,)),
            intake.CandidatureWithdrawn: Reaction(self.on_candidature_withdrawn, (File,)),
            intake.WaveClosed: Reaction(self.on_wave_closed),
            officers.TerritoryDecided: Reaction(self.on_territory_decided, reads),
            officers.ReviewerRegistered: Reaction(self.on_reviewer_registered),
            officers.ReviewAssigned: Reaction(self.on_review_assigned, reads),
            front.ReviewSubmitted: Reaction(self.on_review_submitted, reads),
            front.ReviewRecused: Reaction(self.on_review_recused, reads),
        }
