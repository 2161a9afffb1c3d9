"""What intake does with each fact: it loads what the rule needs, asks it, answers its decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from services.intake import store
from services.intake.domain import contests, filing, ownership, progress, refusals, waves
from services.intake.domain.answers import Answers, with_news
from services.intake.domain.attachments import Examination, reasons_against, unknown_files
from services.intake.domain.contests import Contest
from services.intake.domain.counter import Counter, Sending, require_possible
from services.intake.domain.dossier import Dossier
from services.intake.domain.erasure import Because, decide_erasure, erase, erased_before
from services.intake.domain.extending import told_of_extension
from services.intake.domain.mistakes import mistakes
from services.intake.domain.reading import ReviewerOfFile
from services.intake.domain.receipts import PAPER
from services.intake.domain.refusals import Refusal
from services.intake.domain.reopening import decide_reopening
from services.intake.domain.sentences import ATTACHMENTS_ON_PAPER, ERASED, TAKEN_OVER
from services.intake.domain.stated import Stated, stated_by, stated_in
from services.intake.domain.takeover import take_over
from services.intake.domain.tranches import TrancheFact, follow_tranche
from services.intake.domain.waves import WaveState
from services.intake.domain.withdrawal import withdraw
from services.intake.uploads import Examiner
from shared.contract import backoffice as officers
from shared.contract import eligibility, funding
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import for_the_holder
from shared.contract.event import Event
from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.identity import is_answerable
from shared.contract.values import Outcome, Reason
from shared.kit.answering import attempt_of
from shared.kit.delivery import Arrival
from shared.kit.errors import ActRefused, Temporary, TooEarly, Unreadable
from shared.kit.people.acts import still_counts
from shared.kit.people.signatures import count_signed, require_own
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.communes import Communes


@dataclass(frozen=True)
class Handlers:
    """`extensions_read` tells whether every extension said before an instant of the broker is known.

    `erasures` are events that erased a file, with what was said then, as the log has them: it lost the rest.
    """

    programme: Programme
    communes: Communes
    extensions_read: Callable[[int], bool]
    front_ends: Callable[[], tuple[FrontEnd, ...]] = lambda: EMBEDDED
    examiner: Examiner = field(default_factory=Examiner)
    erasures: dict[str, Sequence[Event]] = field(default_factory=dict)

    def on_candidature_submitted(
        self, states: States, event: front.CandidatureSubmitted, at: Arrival
    ) -> Decision:
        dossier = self._unless_erased(states, event.candidature_id)
        if dossier is None:
            count_signed(states, event.holder.public_key, at)
        elif not ownership.is_retry(dossier, event, at.front_end):
            require_own(states, dossier.front_end, dossier.public_key, at)
        counter = self._counter(states, stated_by(event), at)
        sending = replace(self._sending(event, at), against=self._against_files(states, event, at))
        return self._sent(states, counter, sending, at)

    def _against_files(
        self, states: States, event: front.CandidatureSubmitted, at: Arrival
    ) -> tuple[Reason, ...]:
        """Raises Temporary while the files that nobody here knows yet are not looked at."""
        if not event.attachments:
            return ()
        dossier = event.candidature_id
        unknown = unknown_files(event, store.contents_of(states, [dossier])[dossier])
        if not unknown:
            return ()
        examination = states.one(Examination, dossier, at.event_id)
        if examination is None:
            self.examiner.ask(dossier, unknown, at)
            raise Temporary("its attachments are not looked at yet")
        return reasons_against(event, examination)

    def on_candidature_imported(
        self, states: States, event: officers.CandidatureImported, at: Arrival
    ) -> Decision:
        require_possible(event, at.now)
        self._unless_erased(states, event.candidature_id)
        against = (ATTACHMENTS_ON_PAPER,) if event.submission.attachments else ()
        paper = replace(
            self._sending(event.submission, at), now=event.received_at, code=PAPER, against=against
        )
        counter = store.counter_for(
            states, self.programme, self.communes, stated_by(paper.event), paper.now
        )
        return self._sent(states, counter, paper, at)

    def _sent(self, states: States, counter: Counter, sending: Sending, at: Arrival) -> Decision:
        known = states.one(Contest, sending.event.candidature_id)
        if known and counter.dossier is None:
            require_own(states, known.front_end, None, at)
        answered = contests.answer_sending(counter, sending, known, attempt_of(at))
        return _said_once(states, answered, counter.dossier, at)

    def _sending(self, file: front.CandidatureSubmitted, at: Arrival) -> Sending:
        code = next((known.code for known in self.front_ends() if known.name == at.front_end), "")
        return Sending(file, at.now, at.sequence, at.order, at.front_end, code)

    def _counter(self, states: States, file: Stated, at: Arrival) -> Counter:
        """Extensions come by another stream: they are read before a file is found late."""
        counter = store.counter_for(states, self.programme, self.communes, file, at.now)
        passed = waves.may_be_extended(self.programme, counter.waves, at.now)
        if passed and not self.extensions_read(at.order):
            raise Temporary("a deadline is over, and an extension of it may not be read yet")
        return counter

    def unreadable_candidature(
        self, states: States, failure: Unreadable, dossier_id: str, at: Arrival
    ) -> Decision:
        """Whose dossier is named, and once alone, is told what is wrong with the form, and all rules besides.

        A registered file stays as it was, and is changed by its own front-end and holder alone.
        """
        if not is_answerable(failure.data, dossier_id):
            raise failure
        dossier = self._unless_erased(states, dossier_id)
        if dossier:
            require_own(states, dossier.front_end, dossier.public_key, at)
        stated = stated_in(failure.data, dossier_id)
        counter = self._counter(states, stated, at)
        reasons = (*failure.reasons, *mistakes(counter, stated, at.now))
        return self._answered(
            states, filing.refuse(dossier_id, reasons, at.front_end, at.now, dossier), dossier, at
        )

    def open_claims(self, states: States, events: Sequence[Any]) -> None:
        """The projects and labels a batch may claim, in one query."""
        store.open_claims(states, self.programme, self.communes, events)

    def on_pieces_completed(
        self, states: States, event: front.PiecesCompleted, at: Arrival
    ) -> Decision:
        dossier = self._own(states, event.candidature_id, at)
        if not dossier.content:
            raise ActRefused(TAKEN_OVER)
        file = front.CandidatureSubmitted.model_validate_json(dossier.content)
        counter = self._counter(states, stated_by(file), at)
        decision = filing.complete_pieces(counter, self._sending(file, at), event.pieces)
        return self._answered(states, decision, dossier, at)

    def on_withdrawal_requested(
        self, states: States, event: front.WithdrawalRequested, at: Arrival
    ) -> Decision:
        dossier = self._own(states, event.candidature_id, at)
        return self._answered(states, withdraw(dossier, at.now), dossier, at)

    def _answered(
        self, states: States, decision: Decision, dossier: Dossier | None, at: Arrival
    ) -> Decision:
        answers = Answers(self.programme, store.wave_states(states, self.programme))
        answered = answers.to_attempt(decision, dossier, attempt_of(at))
        return _said_once(states, answered, dossier, at)

    def on_candidature_moved(
        self, states: States, event: officers.CandidatureMoved, _at: Arrival
    ) -> Decision:
        return ownership.move(self._known(states, event.candidature_id), event)

    def on_erasure_requested(
        self, states: States, event: officers.ErasureRequested, at: Arrival
    ) -> Decision:
        return self._erasure(states, event.candidature_id, "request", at)

    def kept_long_enough(self, candidature_id: str) -> Callable[[States, Arrival], Decision]:
        """The timer's own decision: no event tells that a file's time is over."""
        return lambda states, at: self._erasure(states, candidature_id, "retention", at)

    def erase_again(self, candidature_id: str) -> Callable[[States, Arrival], Decision]:
        """What an older copy brought back goes, whatever it knows: that was decided before."""
        return lambda states, at: self._erasure(states, candidature_id, "retention", at, True)

    def _erasure(
        self,
        states: States,
        candidature_id: str,
        because: Because,
        at: Arrival,
        is_decided: bool = False,
    ) -> Decision:
        dossier = store.file_of(states, self.front_ends(), candidature_id)
        said = self.erasures.get(at.event_id)
        if dossier is None:
            if again := erased_before(candidature_id, said or (), at.now):
                return again
            if is_decided:
                return nothing("erased")
            raise TooEarly(candidature_id)
        contest = states.one(Contest, candidature_id)
        apart = store.kept_apart(states, candidature_id)
        if is_decided or said is not None:
            return erase(dossier, contest, because, at.now, apart)
        return decide_erasure(dossier, contest, self.programme, because, at.now, apart)

    def on_contest_decided(
        self, states: States, event: officers.ContestDecided, at: Arrival
    ) -> Decision:
        known = states.one(Contest, event.candidature_id)
        if known is None:
            raise TooEarly(event.candidature_id)
        if not known.content:
            return nothing("erased")
        file = stated_by(known.sending.event)
        counter = store.counter_for(states, self.programme, self.communes, file, known.received_at)
        return contests.decide_contest(
            counter, known, states.one(Dossier, known.against), event, at.now
        )

    def on_wave_extended(
        self, states: States, event: officers.WaveExtended, _at: Arrival
    ) -> Decision:
        before = self._wave(states, event.wave)
        decision = waves.extend(self.programme, before, event)
        [after] = decision.changes
        assert before
        filed = store.filed_in(states, event.wave)
        return replace(decision, facts=told_of_extension(self.programme, before, after, filed))

    def on_wave_reopened(
        self, states: States, event: officers.WaveReopened, at: Arrival
    ) -> Decision:
        state = self._wave(states, event.wave) or WaveState(event.wave)
        if state.reopening and not still_counts(states, state.reopening, at):
            state = replace(state, reopening=None)
        if state.reopening is None:  # a first word tells nobody anything
            return decide_reopening(self.programme, state, (), event, at)
        refused = store.refused_at_closing(states, event.wave)
        filed = store.filed_in(states, event.wave)
        turned_away = store.turned_away(states, self.programme, event.wave)
        decision = decide_reopening(self.programme, state, refused, event, at, filed, turned_away)
        return with_news(decision)

    def on_wave_published(
        self, states: States, event: funding.WavePublished, _at: Arrival
    ) -> Decision:
        return waves.publish(self._wave(states, event.wave))

    def _wave(self, states: States, wave: str) -> WaveState | None:
        return store.wave_states(states, self.programme).get(wave)

    def on_eligibility_checked(
        self, states: States, event: eligibility.EligibilityChecked, at: Arrival
    ) -> Decision:
        return progress.follow_eligibility(self._known(states, event.candidature_id), event, at.now)

    def on_instruction_requested(
        self, states: States, event: eligibility.InstructionRequested, at: Arrival
    ) -> Decision:
        dossier = self._known(states, event.candidature_id)
        return progress.follow(dossier, "in-instruction", at.now, for_the_holder(event.reasons))

    def on_candidature_scored(
        self, states: States, event: eligibility.CandidatureScored, at: Arrival
    ) -> Decision:
        return progress.follow(self._known(states, event.candidature_id), "reviewed", at.now)

    def on_review_requested(
        self, _states: States, event: eligibility.ReviewRequested, _at: Arrival
    ) -> Decision:
        return Decision(
            "reader-added", changes=(ReviewerOfFile(event.candidature_id, event.reviewer_id),)
        )

    def on_review_released(
        self, _states: States, event: eligibility.ReviewReleased, _at: Arrival
    ) -> Decision:
        gone = ReviewerOfFile(event.candidature_id, event.reviewer_id, released=True)
        return Decision("reader-removed", changes=(gone,))

    def on_grant_awarded(
        self, states: States, event: funding.GrantAwarded, at: Arrival
    ) -> Decision:
        return progress.award(self._known(states, event.candidature_id), at.now)

    def on_grant_taken_over(
        self, states: States, event: funding.GrantTakenOver, at: Arrival
    ) -> Decision:
        given = event.laureate.commune_code
        commune = self.communes.resolve(given) or given
        return take_over(states.one(Dossier, event.candidature_id), commune, event, at.now)

    def on_candidature_waitlisted(
        self, states: States, event: funding.CandidatureWaitlisted, at: Arrival
    ) -> Decision:
        dossier = self._known(states, event.candidature_id)
        return progress.decided(dossier, Outcome.WAITLISTED, at.now, event.reasons)

    def on_candidature_declined(
        self, states: States, event: funding.CandidatureDeclined, at: Arrival
    ) -> Decision:
        dossier = self._known(states, event.candidature_id)
        return progress.decided(dossier, Outcome.DECLINED, at.now, event.reasons)

    def on_award_cancelled(
        self, states: States, event: funding.AwardCancelled, at: Arrival
    ) -> Decision:
        dossier = self._known(states, event.candidature_id)
        labels = store.labels_of(states, event.candidature_id)
        return progress.cancel_award(dossier, labels, event, at.now)

    def on_grant_agreed(self, states: States, event: funding.GrantAgreed, at: Arrival) -> Decision:
        return progress.agree(self._known(states, event.candidature_id), event.due_on, at.now)

    def on_grant_amended(
        self, states: States, event: funding.GrantAmended, _at: Arrival
    ) -> Decision:
        return progress.amend(self._known(states, event.candidature_id), event.due_on)

    def on_reexamined(
        self, states: States, event: funding.CandidatureReexamined, at: Arrival
    ) -> Decision:
        return progress.follow_appeal(self._known(states, event.candidature_id), event, at.now)

    def on_tranche(self, states: States, event: TrancheFact, at: Arrival) -> Decision:
        return follow_tranche(self._known(states, event.candidature_id), event, at.now)

    def _unless_erased(self, states: States, candidature_id: str) -> Dossier | None:
        """Raises ActRefused: nothing that is sent brings an erased file back."""
        dossier = states.one(Dossier, candidature_id)
        if dossier and dossier.status == "erased":
            raise ActRefused(ERASED)
        return dossier

    def _own(self, states: States, candidature_id: str, at: Arrival) -> Dossier:
        self._unless_erased(states, candidature_id)
        dossier = self._known(states, candidature_id)
        require_own(states, dossier.front_end, dossier.public_key, at)
        return dossier

    def _known(self, states: States, candidature_id: str) -> Dossier:
        """Nobody else knows of a file without a receipt: what is said of one is read too early."""
        dossier = states.one(Dossier, candidature_id)
        if dossier is None or not dossier.receipt_number:
            raise TooEarly(candidature_id)
        return dossier

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads, filed = (Dossier,), (Dossier, Contest)
        own = partial(Reaction, own_dossier=True)
        submitted = own(
            self.on_candidature_submitted, filed, self.unreadable_candidature, self.open_claims
        )
        return {
            front.CandidatureSubmitted: submitted,
            front.PiecesCompleted: own(self.on_pieces_completed, reads),
            front.WithdrawalRequested: own(self.on_withdrawal_requested, reads),
            officers.CandidatureImported: Reaction(self.on_candidature_imported, filed),
            officers.CandidatureMoved: Reaction(self.on_candidature_moved, reads),
            officers.ErasureRequested: Reaction(self.on_erasure_requested, filed),
            officers.ContestDecided: Reaction(self.on_contest_decided, filed),
            officers.WaveExtended: Reaction(self.on_wave_extended),
            officers.WaveReopened: Reaction(self.on_wave_reopened),
            eligibility.EligibilityChecked: own(self.on_eligibility_checked, reads),
            eligibility.InstructionRequested: own(self.on_instruction_requested, reads),
            eligibility.CandidatureScored: own(self.on_candidature_scored, reads),
            eligibility.ReviewRequested: own(self.on_review_requested),
            eligibility.ReviewReleased: own(self.on_review_released),
            funding.WavePublished: Reaction(self.on_wave_published),
            funding.GrantAwarded: own(self.on_grant_awarded, reads),
            funding.GrantTakenOver: Reaction(self.on_grant_taken_over, reads),
            funding.CandidatureWaitlisted: own(self.on_candidature_waitlisted, reads),
            funding.CandidatureDeclined: own(self.on_candidature_declined, reads),
            funding.AwardCancelled: Reaction(self.on_award_cancelled, reads),
            funding.GrantAgreed: own(self.on_grant_agreed, reads),
            funding.GrantAmended: own(self.on_grant_amended, reads),
            funding.TrancheWithheld: Reaction(self.on_tranche, reads),
            funding.TrancheOrdered: Reaction(self.on_tranche, reads),
            funding.TrancheSettled: Reaction(self.on_tranche, reads),
            funding.TrancheRejected: Reaction(self.on_tranche, reads),
            funding.TrancheReturned: Reaction(self.on_tranche, reads),
            funding.CandidatureReexamined: own(self.on_reexamined, reads),
        }


def _said_once(
    states: States, decision: Decision, dossier: Dossier | None, at: Arrival
) -> Decision:
    """A file that is taken asks for no row more."""
    refused = refusals.refused_in(decision)
    if refused is None:
        return decision
    known = states.one(Refusal, refused)
    return refusals.said_once(decision, known, refusals.refusal_of(refused, decision, dossier, at))
