"""What eligibility does with each fact it hears: loads what the rule needs, asks the rule, answers its decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.eligibility import store
from services.eligibility.domain import files as domain
from services.eligibility.domain.files import File, Review, Reviewer, TerritoryAnswer
from services.eligibility.domain.reviews import draw as drawing
from services.eligibility.domain.reviews import panel
from services.eligibility.domain.reviews.draw import DepartmentOf, Pool
from services.eligibility.domain.reviews.panel import Panel
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import ReviewReminded
from shared.contract.event import Event
from shared.contract.funding import WavePublished
from shared.kit.consumer.decide import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.storage.states import States
from shared.programme import Programme

Classify = Callable[[intake.CandidatureRegistered], TerritoryAnswer]


@dataclass(frozen=True)
class Handlers:
    """`classify` answers from the territory datasets in use, naming their versions; `look_ahead` measures a batch."""

    programme: Programme
    classify: Classify
    department_of: DepartmentOf
    look_ahead: Callable[[Sequence[intake.CandidatureRegistered]], None] = lambda _events: None

    def on_candidature_registered(self, book: States, event: intake.CandidatureRegistered, at: Arrival) -> Decision:
        file = book.one(File, event.candidature_id)
        decision = domain.decide_eligibility(file, event, self.classify(event))
        late = store.round_of(book, event.wave).open
        return self._with_reviews(book, event.candidature_id, decision, at) if file or late else decision

    def open_places(self, _book: States, events: Sequence[intake.CandidatureRegistered]) -> None:
        self.look_ahead(events)

    def on_candidature_withdrawn(self, book: States, event: intake.CandidatureWithdrawn, _at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        asked = [replace(r, remind_on=None) for r in book.of(Review, event.candidature_id) if r.remind_on]
        return Decision("withdrawn", changes=(replace(file, status="withdrawn"), *asked))

    def on_wave_closed(self, book: States, event: intake.WaveClosed, at: Arrival) -> Decision:
        """Every file of the wave is there: those that officers gave no reviewers get theirs by lot."""
        known = store.round_of(book, event.wave)
        if known.closed_at:
            return nothing("duplicate")
        drawn = self._draw(book, event.wave, at)
        return Decision("closed", drawn.reasons, drawn.facts, (replace(known, closed_at=at.now), *drawn.changes))

    def on_wave_opened_again(self, book: States, event: intake.WaveOpenedAgain, _at: Arrival) -> Decision:
        """Reviewers that were drawn keep their files; those of files to come are drawn at the next closing."""
        known = store.round_of(book, event.wave)
        if known.published_at:
            return nothing("wave-published")
        return Decision("reopened", changes=(replace(known, closed_at=None),))

    def on_review_opened(self, book: States, event: officers.ReviewOpened, at: Arrival) -> Decision:
        if not store.round_of(book, event.wave).open:
            raise Rejected("the wave is not closed yet, or published already: there is nothing to draw for")
        return self._draw(book, event.wave, at)

    def on_wave_published(self, book: States, event: WavePublished, _at: Arrival) -> Decision:
        known = store.round_of(book, event.wave)
        return Decision("published", changes=(replace(known, published_at=event.published_at),))

    def on_territory_decided(self, book: States, event: officers.TerritoryDecided, at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        return self._with_reviews(book, event.candidature_id, domain.decide_territory(file, event, at.now), at)

    def on_reviewer_registered(self, book: States, event: officers.ReviewerRegistered, at: Arrival) -> Decision:
        """A tie that is declared late takes the reviewer off the files it forbids."""
        reviewer = Reviewer(event.reviewer_id, event.department, event.ties)
        decision = Decision("registered", changes=(reviewer,))
        left: dict[str, list[Panel]] = {}
        for file in store.files_read_by(book, event.reviewer_id):
            if drawing.conflict_of(self.programme, file, reviewer, self.department_of) and not self._frozen(book, file):
                before = self._panel(book, file)
                recused = panel.recuse(before, event.reviewer_id)
                decision = _both(decision, recused)
                left.setdefault(file.wave, []).append(drawing.after(before, recused))
        for wave, panels in left.items():
            if store.round_of(book, wave).open:
                decision = _both(decision, drawing.draw(self._pool(book, wave, reviewer), panels, at))
        return decision

    def on_review_assigned(self, book: States, event: officers.ReviewAssigned, at: Arrival) -> Decision:
        file = self._known(book, event.candidature_id)
        reviewer = book.one(Reviewer, event.reviewer_id)
        if reviewer and (code := drawing.conflict_of(self.programme, file, reviewer, self.department_of)):
            raise Rejected(f"{event.reviewer_id} may not read {event.candidature_id}: {code}")
        if self._frozen(book, file):
            return nothing("wave-published")
        return panel.assign(self._panel(book, file), event.reviewer_id, event.actor.id, at.now)

    def on_review_submitted(self, book: States, event: front.ReviewSubmitted, at: Arrival) -> Decision:
        if mistakes := panel.mark_reasons(self.programme, event.marks):
            raise Rejected(" · ".join(mistakes))
        file = self._assigned(book, event.candidature_id, event.reviewer_id)
        if file.status == "withdrawn" or self._frozen(book, file):
            return nothing("withdrawn" if file.status == "withdrawn" else "wave-published")
        decision = panel.take_review(self._panel(book, file), event, at.order)
        return self._completed(book, file, decision, at)

    def on_review_recused(self, book: States, event: front.ReviewRecused, at: Arrival) -> Decision:
        file = self._assigned(book, event.candidature_id, event.reviewer_id)
        if self._frozen(book, file):
            return nothing("wave-published")
        decision = panel.recuse(self._panel(book, file), event.reviewer_id)
        return self._completed(book, file, decision, at)

    def remind(self, book: States, at: Arrival) -> Decision:
        """The timer: who was asked and has not answered is reminded, once."""
        facts, changes = [], []
        for review in store.reminders_due(book, self.programme.local_day(at.now)):
            file = self._known(book, review.candidature_id)
            changes.append(replace(review, remind_on=None))
            fact = ReviewReminded(
                candidature_id=file.candidature_id,
                wave=file.wave,
                reviewer_id=review.reviewer_id,
                due_on=review.due_on,
            )
            facts += [] if self._frozen(book, file) else [fact]
        return Decision("reminded", facts=tuple(facts), changes=tuple(changes))

    def _draw(self, book: States, wave: str, at: Arrival) -> Decision:
        files = store.files_of(book, wave)
        book.prefetch(Review, [file.candidature_id for file in files])
        return drawing.draw(self._pool(book, wave), [self._panel(book, file) for file in files], at)

    def _with_reviews(self, book: States, candidature_id: str, decision: Decision, at: Arrival) -> Decision:
        """An answer on the territory may be all that a score, or the drawing of reviewers, waited for."""
        file = next((change for change in decision.changes if isinstance(change, File)), None)
        if file is None:
            return decision
        decision = panel.with_score(self.programme, book.of(Review, candidature_id), decision)
        return self._completed(book, file, decision, at)

    def _completed(self, book: States, file: File, decision: Decision, at: Arrival) -> Decision:
        """While the wave is under review, a file that lacks a reviewer gets one with the event that took it away."""
        current = drawing.after(self._panel(book, file), decision)
        if not current.lacking or not store.round_of(book, file.wave).open:
            return decision
        return _both(decision, drawing.draw(self._pool(book, file.wave), [current], at))

    def _pool(self, book: States, wave: str, changed: Reviewer | None = None) -> Pool:
        """Who may be drawn; `changed` is a reviewer as this event leaves them."""
        reviewers = {reviewer.reviewer_id: reviewer for reviewer in store.reviewers(book)}
        if changed:
            reviewers[changed.reviewer_id] = changed
        loads = store.loads_of(book, wave) if reviewers else {}
        return Pool(self.programme, wave, list(reviewers.values()), loads, self.department_of)

    def _frozen(self, book: States, file: File) -> bool:
        """What was ranked and published is not marked again: an appeal is the way."""
        return file.score is not None and store.round_of(book, file.wave).published_at is not None

    def _panel(self, book: States, file: File) -> Panel:
        return Panel(self.programme, file, book.of(Review, file.candidature_id))

    def _known(self, book: States, candidature_id: str) -> File:
        file = book.one(File, candidature_id)
        if file is None:
            raise TooEarly(candidature_id)
        return file

    def _assigned(self, book: States, candidature_id: str, reviewer_id: str) -> File:
        """A review may come before its assignment: two front-ends wrote them."""
        file = self._known(book, candidature_id)
        if all(review.reviewer_id != reviewer_id for review in book.of(Review, candidature_id)):
            raise TooEarly(candidature_id)
        return file

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (File, Review)
        return {
            intake.CandidatureRegistered: Reaction(self.on_candidature_registered, (File,), opens=self.open_places),
            intake.CandidatureWithdrawn: Reaction(self.on_candidature_withdrawn, reads),
            intake.WaveClosed: Reaction(self.on_wave_closed),
            intake.WaveOpenedAgain: Reaction(self.on_wave_opened_again),
            officers.TerritoryDecided: Reaction(self.on_territory_decided, reads),
            officers.ReviewerRegistered: Reaction(self.on_reviewer_registered),
            officers.ReviewAssigned: Reaction(self.on_review_assigned, reads),
            officers.ReviewOpened: Reaction(self.on_review_opened),
            front.ReviewSubmitted: Reaction(self.on_review_submitted, reads),
            front.ReviewRecused: Reaction(self.on_review_recused, reads),
            WavePublished: Reaction(self.on_wave_published),
        }


def _both(first: Decision, second: Decision) -> Decision:
    return Decision(
        first.result,
        (*first.reasons, *second.reasons),
        (*first.facts, *second.facts),
        (*first.changes, *second.changes),
    )
