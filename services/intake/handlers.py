"""What intake does with each fact it hears: loads what the rule needs, asks the rule, answers its decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.intake import store
from services.intake.domain import contests, ownership, reopening
from services.intake.domain import filing as domain
from services.intake.domain.answers import Answers, with_news
from services.intake.domain.contests import Contest
from services.intake.domain.filing import (
    PAPER,
    Counter,
    Dossier,
    ProjectClaim,
    Sending,
    WaveState,
    label_key,
    status_of,
)
from services.intake.domain.stated import Stated, stated_by, stated_in
from services.intake.domain.tranches import hear_tranche
from shared.contract import backoffice as officers
from shared.contract import eligibility, funding
from shared.contract import frontdesk as front
from shared.contract.answers import AnswerDecided
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import for_the_holder
from shared.contract.event import Event
from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.identity import is_answerable
from shared.contract.values import Outcome, Reason
from shared.kit.answering import attempt_of
from shared.kit.consumer.decide import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, Temporary, TooEarly, Unreadable
from shared.kit.people.acts import still_counts
from shared.kit.people.signatures import count_signed, require_own
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.communes import Communes


@dataclass(frozen=True)
class Handlers:
    """`extensions_read` says whether every extension is known that was said before an instant of the broker."""

    programme: Programme
    communes: Communes
    extensions_read: Callable[[int], bool]
    front_ends: Callable[[], tuple[FrontEnd, ...]] = lambda: EMBEDDED

    def on_candidature_submitted(self, book: States, event: front.CandidatureSubmitted, at: Arrival) -> Decision:
        dossier = book.one(Dossier, event.candidature_id)
        if dossier and not ownership.is_retry(dossier, event, at.front_end):
            require_own(book, dossier.front_end, dossier.public_key, at)
        elif dossier is None:
            count_signed(book, event.holder.public_key, at)
        return self._sent(book, self._counter(book, stated_by(event), at), self._sending(event, at), at)

    def on_candidature_imported(self, book: States, event: officers.CandidatureImported, at: Arrival) -> Decision:
        if event.submission.candidature_id != event.candidature_id:
            raise Rejected("the file inside names another candidature")
        if event.received_at > at.now:
            raise Rejected("a paper file cannot be received after it is typed in")
        paper = replace(self._sending(event.submission, at), now=event.received_at, code=PAPER)
        counter = store.counter_for(book, self.programme, self.communes, stated_by(paper.event), paper.now)
        return self._sent(book, counter, paper, at)

    def _sent(self, book: States, counter: Counter, sending: Sending, at: Arrival) -> Decision:
        known = book.one(Contest, sending.event.candidature_id)
        if known and counter.dossier is None:
            require_own(book, known.front_end, None, at)
        decision = domain.decide_sending(counter, sending)
        if decision.result == domain.CONTESTED:
            return contests.contest(counter, sending, known, attempt_of(at))
        return self._answered(book, decision, counter.dossier, at)

    def on_contest_decided(self, book: States, event: officers.ContestDecided, at: Arrival) -> Decision:
        """Its answer goes to the contestant's front-end, as news."""
        known = book.one(Contest, event.candidature_id)
        if known is None:
            raise TooEarly(event.candidature_id)
        file, waves = stated_by(known.sending.event), store.wave_states(book, self.programme)
        counter = store.counter_for(book, self.programme, self.communes, file, known.received_at)
        decision = contests.decide(counter, known, book.one(Dossier, known.against), event, at.now)
        if decision.result == "duplicate":
            return decision
        own = replace(decision, facts=tuple(f for f in decision.facts if f.dossier == known.candidature_id))
        answer = Answers(self.programme, waves).answer(own, None, {"front_end": known.front_end})
        return replace(decision, facts=(*decision.facts, answer))

    def _answered(self, book: States, decision: Decision, dossier: Dossier | None, at: Arrival) -> Decision:
        return Answers(self.programme, store.wave_states(book, self.programme)).to_attempt(decision, dossier, at)

    def _sending(self, file: front.CandidatureSubmitted, at: Arrival) -> Sending:
        code = next((known.code for known in self.front_ends() if known.name == at.front_end), "")
        return Sending(file, at.now, at.sequence, at.order, at.front_end, code)

    def _counter(self, book: States, file: Stated, at: Arrival) -> Counter:
        """Extensions come by another stream: no file is found late, or in the next wave, before they are read."""
        counter = store.counter_for(book, self.programme, self.communes, file, at.now)
        if domain.may_be_extended(counter, at.now) and not self.extensions_read(at.order):
            raise Temporary("a deadline is over, and an extension of it may not be read yet")
        return counter

    def unreadable_candidature(self, book: States, failure: Unreadable, dossier_id: str, at: Arrival) -> Decision:
        """Whose dossier is named, and once alone, is answered: what is wrong with the form, and all rules besides.

        A registered file stays as it was, and is changed by its own front-end and holder alone.
        """
        if not is_answerable(failure.data, dossier_id):
            raise failure
        dossier = book.one(Dossier, dossier_id)
        if dossier:
            require_own(book, dossier.front_end, dossier.public_key, at)
        stated = stated_in(failure.data, dossier_id)
        rules = domain.mistakes(self._counter(book, stated, at), stated, at.now)
        refused = domain.refuse(dossier_id, (*failure.reasons, *rules), at.front_end, at.now, dossier)
        return self._answered(book, refused, dossier, at)

    def open_claims(self, book: States, events: Sequence[Any]) -> None:
        """The projects and labels a batch may claim, in one query."""
        store.open_claims(book, self.programme, self.communes, events)

    def on_pieces_completed(self, book: States, event: front.PiecesCompleted, at: Arrival) -> Decision:
        dossier = self._own(book, event.candidature_id, at)
        if dossier.content_sequence >= at.order:
            return self._answered(book, nothing("superseded"), dossier, at)
        file = front.CandidatureSubmitted.model_validate_json(dossier.content)
        counter = self._counter(book, stated_by(file), at)
        decision = domain.complete_pieces(counter, self._sending(file, at), event.pieces)
        return self._answered(book, decision, dossier, at)

    def on_withdrawal_requested(self, book: States, event: front.WithdrawalRequested, at: Arrival) -> Decision:
        dossier = self._own(book, event.candidature_id, at)
        return self._answered(book, domain.withdraw(dossier, at.now), dossier, at)

    def on_candidature_moved(self, book: States, event: officers.CandidatureMoved, _at: Arrival) -> Decision:
        return ownership.move(self._known(book, event.candidature_id), event)

    def on_wave_extended(self, book: States, event: officers.WaveExtended, _at: Arrival) -> Decision:
        wave = self.programme.wave(event.wave)
        state = store.wave_states(book, self.programme).get(event.wave)
        if wave is None or state is None:
            raise Rejected("the programme has no such wave")
        if state.closed:
            raise Rejected(f"wave {event.wave} is closed already")
        if event.closes_on < (state.closes_on or wave.closes_on):
            raise Rejected("an extension cannot bring the deadline forward")
        return Decision("extended", changes=(replace(state, closes_on=event.closes_on),))

    def on_wave_reopened(self, book: States, event: officers.WaveReopened, at: Arrival) -> Decision:
        state = store.wave_states(book, self.programme).get(event.wave) or WaveState(event.wave)
        if why := reopening.why_not(self.programme, state, event, at.now):
            raise Rejected(why)
        if state.reopening and not still_counts(book, state.reopening, at):
            state = replace(state, reopening=None)
        refused = store.refused_at_closing(book, event.wave)
        return with_news(reopening.decide_reopening(self.programme, state, refused, event, at))

    def on_wave_published(self, book: States, event: funding.WavePublished, _at: Arrival) -> Decision:
        """From here on nothing reopens it; a reopening that crossed the publication is over.

        Who catches up with the log may read it before the files: the wave still takes those, until its own closing.
        """
        state = store.wave_states(book, self.programme).get(event.wave)
        if state is None:
            raise Rejected("the programme has no such wave")
        closed = state.closed or state.reopenings > 0
        return Decision("published", changes=(replace(state, published=True, closed=closed, reopening=None),))

    def on_eligibility_checked(self, book: States, event: eligibility.EligibilityChecked, at: Arrival) -> Decision:
        return self._progress(
            book, event, at, "eligible" if event.eligible else "ineligible", for_the_holder(event.reasons)
        )

    def on_instruction_requested(self, book: States, event: eligibility.InstructionRequested, at: Arrival) -> Decision:
        return self._progress(book, event, at, "in-instruction", for_the_holder(event.reasons))

    def on_candidature_scored(self, book: States, event: eligibility.CandidatureScored, at: Arrival) -> Decision:
        return self._progress(book, event, at, "reviewed")

    def on_grant_awarded(self, book: States, event: funding.GrantAwarded, at: Arrival) -> Decision:
        dossier = self._known(book, event.candidature_id)
        siret, commune, _wave = dossier.project_key.split("|")
        label = ProjectClaim(label_key(siret, commune), dossier.candidature_id, dossier.receipt_number)
        return self._decided(dossier, at, Outcome.LAUREATE, (), label)

    def on_candidature_waitlisted(self, book: States, event: funding.CandidatureWaitlisted, at: Arrival) -> Decision:
        return self._decided(self._known(book, event.candidature_id), at, Outcome.WAITLISTED, event.reasons)

    def on_candidature_declined(self, book: States, event: funding.CandidatureDeclined, at: Arrival) -> Decision:
        return self._decided(self._known(book, event.candidature_id), at, Outcome.DECLINED, event.reasons)

    def on_award_cancelled(self, book: States, event: funding.AwardCancelled, at: Arrival) -> Decision:
        dossier = self._known(book, event.candidature_id)
        siret, commune, _wave = dossier.project_key.split("|")
        decision = self._progress(book, event, at, "cancelled", event.reasons)
        label = book.one(ProjectClaim, label_key(siret, commune))
        if label is None or label.candidature_id != dossier.candidature_id:
            return decision
        return replace(decision, changes=(*decision.changes, replace(label, candidature_id="", receipt_number="")))

    def on_grant_agreed(self, book: States, event: funding.GrantAgreed, at: Arrival) -> Decision:
        return self._progress(book, event, at, "agreed")

    def on_reexamined(self, book: States, event: funding.CandidatureReexamined, at: Arrival) -> Decision:
        """The holder sees that the appeal was answered; what follows from one upheld comes as a fact of its own."""
        outcome = "appeal-upheld" if event.upheld else "appeal-rejected"
        return self._progress(book, event, at, outcome, event.reasons)

    def on_tranche(self, book: States, event: Any, at: Arrival) -> Decision:
        """A tranche ordered, withheld, settled, rejected or given back: the holder sees which, and the reasons."""
        number = int(event.tranche_id.rpartition("-T")[2])
        dossier = hear_tranche(self._known(book, event.candidature_id), number, event.verb, at.now)
        if dossier is None:
            return nothing("superseded")
        outcome, reasons = f"tranche-{event.verb}", getattr(event, "reasons", ())
        told = domain.hear(dossier, outcome, at.now) or dossier
        return Decision(outcome, reasons, (status_of(told, reasons),), (told,))

    def _progress(
        self, book: States, event: Any, at: Arrival, outcome: str, reasons: tuple[Reason, ...] = ()
    ) -> Decision:
        dossier = domain.hear(self._known(book, event.candidature_id), outcome, at.now)
        if dossier is None:
            return nothing("superseded")
        return Decision(outcome, reasons, (status_of(dossier, reasons),), (dossier,))

    def _decided(
        self, dossier: Dossier, at: Arrival, outcome: Outcome, reasons: tuple[Reason, ...], *changes: ProjectClaim
    ) -> Decision:
        """The decision is told, and the label kept, even where a later word is what the holder reads already."""
        if dossier.status == "withdrawn":
            return nothing("withdrawn")
        fact = AnswerDecided(
            front_end=dossier.front_end, candidature_id=dossier.candidature_id, outcome=outcome, reasons=reasons
        )
        decided = domain.hear(dossier, outcome.value, at.now)
        if decided is None:
            return Decision(outcome.value, reasons, (fact,), changes)
        return Decision(outcome.value, reasons, (fact, status_of(decided, reasons)), (decided, *changes))

    def _own(self, book: States, candidature_id: str, at: Arrival) -> Dossier:
        dossier = self._known(book, candidature_id)
        require_own(book, dossier.front_end, dossier.public_key, at)
        return dossier

    def _known(self, book: States, candidature_id: str) -> Dossier:
        dossier = book.one(Dossier, candidature_id)
        if dossier is None or not dossier.receipt_number:
            raise TooEarly(candidature_id)
        return dossier

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (Dossier,)
        submitted = Reaction(self.on_candidature_submitted, reads, self.unreadable_candidature, self.open_claims)
        return {
            front.CandidatureSubmitted: submitted,
            front.PiecesCompleted: Reaction(self.on_pieces_completed, reads),
            front.WithdrawalRequested: Reaction(self.on_withdrawal_requested, reads),
            officers.CandidatureImported: Reaction(self.on_candidature_imported, reads),
            officers.CandidatureMoved: Reaction(self.on_candidature_moved, reads),
            officers.ContestDecided: Reaction(self.on_contest_decided, (Dossier, Contest)),
            officers.WaveExtended: Reaction(self.on_wave_extended),
            officers.WaveReopened: Reaction(self.on_wave_reopened),
            eligibility.EligibilityChecked: Reaction(self.on_eligibility_checked, reads),
            eligibility.InstructionRequested: Reaction(self.on_instruction_requested, reads),
            eligibility.CandidatureScored: Reaction(self.on_candidature_scored, reads),
            funding.WavePublished: Reaction(self.on_wave_published),
            funding.GrantAwarded: Reaction(self.on_grant_awarded, reads),
            funding.CandidatureWaitlisted: Reaction(self.on_candidature_waitlisted, reads),
            funding.CandidatureDeclined: Reaction(self.on_candidature_declined, reads),
            funding.AwardCancelled: Reaction(self.on_award_cancelled, reads),
            funding.GrantAgreed: Reaction(self.on_grant_agreed, reads),
            funding.TrancheWithheld: Reaction(self.on_tranche, reads),
            funding.TrancheOrdered: Reaction(self.on_tranche, reads),
            funding.TrancheSettled: Reaction(self.on_tranche, reads),
            funding.TrancheRejected: Reaction(self.on_tranche, reads),
            funding.TrancheReturned: Reaction(self.on_tranche, reads),
            funding.CandidatureReexamined: Reaction(self.on_reexamined, reads),
        }
