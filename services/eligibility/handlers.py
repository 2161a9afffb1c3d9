"""What eligibility does with each fact it hears: loads what the rule needs, answers its decision."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from services.eligibility import store
from services.eligibility.briefings import Briefings
from services.eligibility.domain import files, rounds
from services.eligibility.domain.erasure import erase
from services.eligibility.domain.files import TerritoryAnswer
from services.eligibility.domain.reviews import answering, asking, conflicts, moderation
from services.eligibility.domain.reviews.conflicts import DepartmentOf
from services.eligibility.domain.reviews.draw import Pool, draw
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.reviews.scoring import with_score
from services.eligibility.domain.sentences import REVIEWS_NO_MORE
from services.eligibility.domain.states import File, Review, Reviewer
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import WavePublished
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.people.readings import Reading
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme

Classify = Callable[[intake.CandidatureRegistered], TerritoryAnswer]


@dataclass(frozen=True)
class Handlers:
    """`classify` answers from the datasets in use, naming their versions; `look_ahead` measures a batch."""

    programme: Programme
    classify: Classify
    department_of: DepartmentOf
    look_ahead: Callable[[Sequence[intake.CandidatureRegistered]], None] = lambda _events: None
    rehearsal: bool = False

    @property
    def briefings(self) -> Briefings:
        return Briefings(self.programme, self.rehearsal)

    def on_candidature_registered(
        self, states: States, event: intake.CandidatureRegistered, at: Arrival
    ) -> Decision:
        file = states.one(File, event.candidature_id)
        decision = files.decide_eligibility(file, event, self.classify(event))
        is_late = store.round_of(states, event.wave).open
        if file is None and not is_late:
            return decision  # it has no review yet, and none is drawn before the closing
        return self._with_reviews(states, decision, at)

    def open_places(self, _states: States, events: Sequence[intake.CandidatureRegistered]) -> None:
        self.look_ahead(events)

    def on_candidature_withdrawn(
        self, states: States, event: intake.CandidatureWithdrawn, _at: Arrival
    ) -> Decision:
        file = self._known(states, event.candidature_id)
        return files.withdraw(file, states.of(Review, event.candidature_id))

    def on_wave_closed(self, states: States, event: intake.WaveClosed, at: Arrival) -> Decision:
        known = store.round_of(states, event.wave)
        return rounds.close_round(known, self._draw(states, event.wave, at), at.now)

    def on_erased(self, states: States, event: intake.CandidatureErased, _at: Arrival) -> Decision:
        key = event.candidature_id
        return erase(key, states.one(File, key), states.of(Review, key))

    def on_wave_opened_again(
        self, states: States, event: intake.WaveOpenedAgain, _at: Arrival
    ) -> Decision:
        return rounds.reopen_round(store.round_of(states, event.wave))

    def on_review_opened(
        self, states: States, event: officers.ReviewOpened, at: Arrival
    ) -> Decision:
        rounds.require_open(store.round_of(states, event.wave))
        return self._draw(states, event.wave, at)

    def on_wave_published(self, states: States, event: WavePublished, _at: Arrival) -> Decision:
        return rounds.publish_round(store.round_of(states, event.wave), event.published_at)

    def on_territory_decided(
        self, states: States, event: officers.TerritoryDecided, at: Arrival
    ) -> Decision:
        files.require_zones(self.programme, event.zones)
        file = self._known(states, event.candidature_id)
        return self._with_reviews(states, files.decide_territory(file, event, at.now), at)

    def on_reviewer_registered(
        self, states: States, event: officers.ReviewerRegistered, at: Arrival
    ) -> Decision:
        reviewer = Reviewer(event.reviewer_id, event.department, event.ties)
        reads = self._panels(states, store.files_read_by(states, event.reviewer_id))
        decision, left = conflicts.register(reviewer, reads, self.department_of)
        waiting = [panel for panel in left if panel.draws_now]
        for wave in dict.fromkeys(panel.file.wave for panel in waiting):
            panels = [panel for panel in waiting if panel.file.wave == wave]
            decision = decision.followed_by(
                draw(self._pool(states, wave, at, reviewer), panels, at)
            )
        return decision

    def on_review_assigned(
        self, states: States, event: officers.ReviewAssigned, at: Arrival
    ) -> Decision:
        panel = self._panel(states, self._known(states, event.candidature_id))
        if store.is_gone(states, event.reviewer_id, at.stamped_ns):
            return nothing("refused", REVIEWS_NO_MORE)
        reviewer = states.one(Reviewer, event.reviewer_id)
        conflicts.require_no_conflict(panel, reviewer, self.department_of)
        return asking.assign(panel, event.reviewer_id, event.actor.id, at.now)

    def on_review_reassigned(
        self, states: States, event: officers.ReviewReassigned, at: Arrival
    ) -> Decision:
        panel = self._assigned(states, event.candidature_id, event.reviewer_id)
        if event.to:
            if store.is_gone(states, event.to, at.stamped_ns):
                return nothing("refused", REVIEWS_NO_MORE)
            conflicts.require_no_conflict(panel, states.one(Reviewer, event.to), self.department_of)
        is_gone = store.is_gone(states, event.reviewer_id, at.stamped_ns)
        decision = asking.reassign(
            panel, event.reviewer_id, event.to, event.actor.id, at.now, is_gone
        )
        return self._completed(states, panel, decision, at)

    def on_comments_moderated(
        self, states: States, event: officers.CommentsModerated, at: Arrival
    ) -> Decision:
        panel = self._panel(states, self._known(states, event.candidature_id))
        return moderation.moderate(panel, event, at.now)

    def on_review_submitted(
        self, states: States, event: front.ReviewSubmitted, at: Arrival
    ) -> Decision:
        answering.require_grid(self.programme, event.marks)
        panel = self._assigned(states, event.candidature_id, event.reviewer_id)
        read = store.has_read(states, event.candidature_id, event.reviewer_id, at.now)
        return self._completed(
            states, panel, answering.take_review(panel, event, at.order, read), at
        )

    def on_review_recused(
        self, states: States, event: front.ReviewRecused, at: Arrival
    ) -> Decision:
        panel = self._assigned(states, event.candidature_id, event.reviewer_id)
        return self._completed(states, panel, answering.recuse(panel, event.reviewer_id), at)

    def remind(self, states: States, at: Arrival) -> Decision:
        """The timer's own decision: no event tells that a day has come."""
        return self.briefings.gathered(states, self._reminders(states, at), at)

    def remind_again(self, said: Collection[Event]) -> Callable[[States, Arrival], Decision]:
        """As the log tells it: a review that was sent just before may not have been read by then."""

        def decide(states: States, at: Arrival) -> Decision:
            return self.briefings.gathered(
                states, replace(self._reminders(states, at), facts=tuple(said)), at
            )

        return decide

    def _reminders(self, states: States, at: Arrival) -> Decision:
        today = self.programme.local_day(at.now)
        reviews = store.reminders_due(states, today)
        for kind in (File, Review):
            states.prefetch(kind, [review.candidature_id for review in reviews])
        return asking.remind(
            [(review, self._panel_of(states, review)) for review in reviews], today
        )

    def _draw(self, states: States, wave: str, at: Arrival) -> Decision:
        panels = self._panels(states, store.files_of(states, wave))
        return draw(self._pool(states, wave, at), panels, at)

    def _with_reviews(self, states: States, decision: Decision, at: Arrival) -> Decision:
        """An answer on the territory may be all that a score, or the drawing of reviewers, waited for."""
        changed = [change for change in decision.changes if isinstance(change, File)]
        if not changed:
            return decision
        panel = self._panel(states, changed[0])
        return self._completed(states, panel, with_score(panel, decision), at)

    def _completed(self, states: States, panel: Panel, decision: Decision, at: Arrival) -> Decision:
        current = panel.after(decision)
        if not current.draws_now:
            return decision
        return decision.followed_by(draw(self._pool(states, panel.file.wave, at), [current], at))

    def _pool(
        self, states: States, wave: str, at: Arrival, changed: Reviewer | None = None
    ) -> Pool:
        """Who may be drawn; `changed` is a reviewer as this event leaves them."""
        reviewers = {one.reviewer_id: one for one in store.reviewers(states, at.stamped_ns)}
        if changed and not store.is_gone(states, changed.reviewer_id, at.stamped_ns):
            reviewers[changed.reviewer_id] = changed
        if not reviewers:
            return Pool(self.programme, wave, [], {}, self.department_of)
        loads = store.loads_of(states, wave)
        return Pool(
            self.programme,
            wave,
            list(reviewers.values()),
            loads,
            self.department_of,
        )

    def _panel(self, states: States, file: File) -> Panel:
        reviews = states.of(Review, file.candidature_id)
        return Panel(self.programme, file, reviews, store.round_of(states, file.wave))

    def _panels(self, states: States, files: Sequence[File]) -> list[Panel]:
        """Of each file; their reviews are read together."""
        states.prefetch(Review, [file.candidature_id for file in files])
        return [self._panel(states, file) for file in files]

    def _panel_of(self, states: States, review: Review) -> Panel:
        return self._panel(states, self._known(states, review.candidature_id))

    def _known(self, states: States, candidature_id: str) -> File:
        file = states.one(File, candidature_id)
        if file is None:
            raise TooEarly(candidature_id)
        return file

    def _assigned(self, states: States, candidature_id: str, reviewer_id: str) -> Panel:
        """A review may come before its assignment: two front-ends wrote them."""
        panel = self._panel(states, self._known(states, candidature_id))
        if panel.review_of(reviewer_id) is None:
            raise TooEarly(candidature_id)
        return panel

    def reactions(self) -> Mapping[type[Event], Reaction]:
        return {
            event: reaction.then(self.briefings.gathered)
            for event, reaction in self._reactions().items()
        }

    def _reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (File, Review)
        return {
            intake.CandidatureRegistered: Reaction(
                self.on_candidature_registered, (File,), opens=self.open_places, own_dossier=True
            ),
            intake.CandidatureWithdrawn: Reaction(
                self.on_candidature_withdrawn, reads, own_dossier=True
            ),
            intake.CandidatureErased: Reaction(self.on_erased, reads),
            intake.WaveClosed: Reaction(self.on_wave_closed),
            intake.WaveOpenedAgain: Reaction(self.on_wave_opened_again),
            officers.TerritoryDecided: Reaction(self.on_territory_decided, reads),
            officers.ReviewerRegistered: Reaction(self.on_reviewer_registered),
            officers.ReviewAssigned: Reaction(self.on_review_assigned, reads),
            officers.ReviewReassigned: Reaction(self.on_review_reassigned, reads),
            officers.CommentsModerated: Reaction(self.on_comments_moderated, (File,)),
            officers.ReviewOpened: Reaction(self.on_review_opened),
            front.ReviewSubmitted: Reaction(self.on_review_submitted, (*reads, Reading)),
            front.ReviewRecused: Reaction(self.on_review_recused, reads),
            WavePublished: Reaction(self.on_wave_published),
        }
