"""What notify does with each fact: it finds the contact, asks the rule, answers its decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.notify import store
from services.notify.domain import contacts, digests, team
from services.notify.domain.contact import Card, Contact, StrayCard
from services.notify.domain.erasure import erase, support_ended
from services.notify.domain.notice import Cause, Notice
from services.notify.domain.occasions import appeals, files, grants, money, reports
from services.notify.domain.pace import Mailbox, contact_after, new_letters, pace
from services.notify.domain.peers import count_opened, is_complete, is_to_be_matched
from services.notify.domain.proof import Proof, confirm
from services.notify.domain.steps import Step
from services.notify.domain.support import Plan, begin_support, open_for_label
from services.notify.handlers import commons
from services.notify.handlers.agenda import AgendaHandlers
from services.notify.handlers.peers import PeerHandlers
from services.notify.handlers.steps import StepHandlers
from services.notify.handlers.support import READS as SUPPORT_READS
from services.notify.handlers.support import (
    SupportHandlers,
    cause_of,
    contact_of,
    moment_of,
    supported,
)
from shared.contract import backoffice as officers
from shared.contract import eligibility, funding, intake
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.identity import is_answerable
from shared.contract.notify import SupportOpened, SupportWorkListed
from shared.contract.work_lists import WorkListed
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly, Unreadable
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme

Occasion = Callable[[Contact, Any, Cause], Decision]

# What calls for a letter to whom the dossier's contact names; `handlers/support.py` adds what moves a plan.
OCCASIONS: Mapping[type[Event], Occasion] = {
    intake.CandidatureRegistered: files.registered,
    intake.CandidatureAlreadyRegistered: files.already_registered,
    intake.CandidaturePiecesRequested: files.pieces_requested,
    intake.CandidatureDeadlineMoved: files.deadline_moved,
    intake.CandidatureWithdrawn: files.withdrawn,
    eligibility.EligibilityChecked: files.eligibility_checked,
    eligibility.InstructionRequested: files.instruction_requested,
    funding.CandidatureWaitlisted: grants.waitlisted,
    funding.CandidatureDeclined: grants.declined,
    intake.CandidatureChangedHands: files.changed_hands,
    funding.GrantAmended: grants.amended,
    funding.GrantHeld: grants.held,
    funding.GrantReleased: grants.released,
    funding.BankDetailsReceived: money.bank_details_received,
    funding.BankDetailsTrusted: money.bank_details_trusted,
    funding.AppealReceived: appeals.appeal_received,
    funding.AppealRefused: appeals.appeal_refused,
    funding.CandidatureReexamined: appeals.reexamined,
    funding.GrantAgreed: grants.agreed,
    funding.TrancheWithheld: money.tranche_withheld,
    funding.TrancheOrdered: money.tranche_ordered,
    funding.TrancheSettled: money.tranche_settled,
    funding.TrancheRejected: money.tranche_unpaid,
    funding.TrancheReturned: money.tranche_unpaid,
    funding.BankDetailsRefused: money.bank_details_refused,
    funding.RecoveryOpened: money.recovery_opened,
    funding.RecoveryOrdered: money.recovery_ordered,
    funding.RecoveryClosed: money.recovery_closed,
    funding.TrancheOffset: money.tranche_offset,
    funding.ReportExpected: reports.report_expected,
    funding.ReportReceived: reports.report_received,
    funding.ReportApproved: reports.report_approved,
    funding.ReportSentBack: reports.report_sent_back,
}
LISTS = (
    intake.CounterWorkListed,
    eligibility.ReviewWorkListed,
    funding.GrantWorkListed,
    SupportWorkListed,
)


@dataclass(frozen=True)
class Handlers:
    """`proof` knows the codes of addresses; one address gets `letters_a_day` at most."""

    programme: Programme
    proof: Proof
    letters_a_day: int

    @property
    def peers(self) -> PeerHandlers:
        return PeerHandlers(self.programme)

    @property
    def support(self) -> SupportHandlers:
        return SupportHandlers(self.programme)

    @property
    def steps(self) -> StepHandlers:
        return StepHandlers(self.programme)

    @property
    def agenda(self) -> AgendaHandlers:
        return AgendaHandlers(self.programme)

    def on_occasion(self, states: States, event: Any, at: Arrival) -> Decision:
        occasion = OCCASIONS[type(event)]
        return occasion(contact_of(states, event.candidature_id), event, cause_of(at))

    def open_mailboxes(self, states: States, events: Sequence[Any]) -> None:
        """Those that a batch's letters are counted in, in one query."""
        contacts = states.many(Contact, [(event.candidature_id,) for event in events]).values()
        emails = [contact.email for contact in contacts if contact.email]
        states.many(Mailbox, [(self.proof.mailbox(email),) for email in emails])

    def on_candidature_submitted(
        self, states: States, event: front.CandidatureSubmitted, at: Arrival
    ) -> Decision:
        return _keep(states, contacts.card_of(event, at.event_id, at.correlation_id))

    def on_candidature_imported(
        self, states: States, event: officers.CandidatureImported, at: Arrival
    ) -> Decision:
        if event.submission.candidature_id != event.candidature_id:
            raise Rejected("the file inside names another candidature")
        return _keep(states, contacts.card_of(event.submission, at.event_id, at.correlation_id))

    def on_unreadable_file(
        self, states: States, failure: Unreadable, dossier: str, _at: Arrival
    ) -> Decision:
        """The counter answers it, or makes a dead letter of it: here only the address is looked for."""
        if not is_answerable(failure.data, dossier):
            return nothing("unreadable")
        known = states.one(Contact, dossier)
        if known and known.erased:
            return nothing("erased")
        data = failure.data if isinstance(failure.data, dict) else {}
        return Decision(
            "unreadable",
            failure.reasons,
            changes=(contacts.stray_card(dossier, data),),
        )

    def on_address_confirmed(
        self, states: States, event: front.AddressConfirmed, at: Arrival
    ) -> Decision:
        contact = contact_of(states, event.candidature_id)
        email = self.proof.proven(
            event.token, contact.candidature_id, contacts.addresses_of(contact), at.now
        )
        short = store.short_of(states, contact.candidature_id) if email else []
        return confirm(contact, email, short, cause_of(at))

    def on_refused(self, states: States, event: intake.CandidatureRefused, at: Arrival) -> Decision:
        known = states.one(Contact, event.candidature_id)
        stray = states.one(StrayCard, event.candidature_id)
        return files.refusal(known, stray, event, cause_of(at))

    def on_erased(self, states: States, event: intake.CandidatureErased, at: Arrival) -> Decision:
        dossier = event.candidature_id
        known = states.one(Contact, dossier)
        stray = states.one(StrayCard, dossier)
        asked = event.because == "request"
        today = self.programme.local_day(at.now)
        ended = support_ended(states.one(Plan, dossier), states.of(Step, dossier), today)
        notices = store.notices_of(states, dossier)
        gone = erase(dossier, known, stray, notices, cause_of(at), asked, ended)
        written = self.steps.erase(states, known) if known else nothing("erased")
        shared = commons.erase(states, dossier)
        return gone.followed_by(
            self.peers.erase(states, dossier, gone, cause_of(at)), written, shared
        )

    def on_grant_taken_over(
        self, states: States, event: funding.GrantTakenOver, at: Arrival
    ) -> Decision:
        """Acts about its support find a plan, or hear that it is over: nothing waits for an award."""
        known = states.one(Contact, event.candidature_id)
        kept = contacts.take_over(known, event, at.event_id, at.correlation_id)
        if not kept.changes:
            return kept
        awarded_at = self.programme.midnight(event.laureate.awarded_on)
        return kept.followed_by(open_for_label(event, awarded_at, moment_of(at, self.programme)))

    def on_award_cancelled(
        self, states: States, event: funding.AwardCancelled, at: Arrival
    ) -> Decision:
        gone = self.support.on_award_cancelled(states, event, at)
        return gone.followed_by(self.peers.leave(states, event.candidature_id, gone, cause_of(at)))

    def on_reviewer_registered(
        self, _states: States, event: officers.ReviewerRegistered, _at: Arrival
    ) -> Decision:
        return digests.register(event)

    def on_reviewer_briefed(
        self, states: States, event: eligibility.ReviewerBriefed, at: Arrival
    ) -> Decision:
        known = states.one(digests.Correspondent, event.reviewer_id)
        return digests.review_news(known, event, cause_of(at))

    def on_work_listed(self, states: States, event: WorkListed, at: Arrival) -> Decision:
        known = states.one(team.TeamDay, team.TEAM) or team.TeamDay(team.TEAM)
        return team.hear_list(known, event.publisher, event, cause_of(at))

    def on_wave_ranked(self, states: States, event: funding.WaveRanked, at: Arrival) -> Decision:
        wave = replace(store.wave_support(states, event.wave), expected=event.laureates)
        if is_complete(wave):
            return self.peers.match_wave(states, wave, cause_of(at))
        return Decision("expected", changes=(wave,))

    def on_support_opened(self, states: States, event: SupportOpened, at: Arrival) -> Decision:
        known = supported(states, event.candidature_id)
        if known is None:
            raise TooEarly(event.candidature_id)
        plan = known.plan
        if not plan.is_open:
            return nothing("plan-closed")
        if known.contact.erased:
            return nothing("erased")
        begun = begin_support(known, cause_of(at))
        begun = begun.followed_by(self.agenda.invite(states, known.contact, cause_of(at)))
        # A label of before the platform is counted by no ranking of ours.
        if self.programme.wave(plan.wave) is None:
            return begun
        wave = count_opened(store.wave_support(states, plan.wave), plan)
        if is_to_be_matched(wave):
            return begun.followed_by(
                self.peers.match_wave(states, wave, cause_of(at), begun.changes)
            )
        return begun.followed_by(Decision("counted", changes=(wave,)))

    def match_wave(self, states: States, wave: str, at: Arrival) -> Decision:
        """No event called for it: the timer found that the wave has waited long enough."""
        matched = self.peers.match_wave(states, store.wave_support(states, wave), cause_of(at))
        return self.paced(states, matched, at)

    def lapse_peers(self, states: States, at: Arrival) -> Decision:
        return self.paced(states, self.peers.lapse(states, at), at)

    def remind_of_steps(self, states: States, at: Arrival) -> Decision:
        return self.paced(states, self.steps.remind(states, at), at)

    def paced(self, states: States, decision: Decision, _at: Arrival) -> Decision:
        """Whatever a fact leads to, its letters are paced."""
        letters = new_letters(decision)
        if not letters:
            return decision
        mailboxes = {}
        for letter in letters:
            if box := self._mailbox(states, decision, letter):
                mailboxes[letter.notice_id] = box
        return pace(decision, mailboxes, self.letters_a_day, self.programme.zone)

    def _mailbox(self, states: States, decision: Decision, letter: Notice) -> Mailbox | None:
        owner = letter.person_id
        if not owner:
            contact = contact_after(decision, letter.candidature_id) or states.one(
                Contact, letter.candidature_id
            )
            owner = contact.email if contact else ""
        if not owner:
            return None
        name = self.proof.mailbox(owner)
        return states.one(Mailbox, name) or Mailbox(name, self.programme.local_day(letter.at))

    def reactions(self) -> Mapping[type[Event], Reaction]:
        return {event: reaction.then(self.paced) for event, reaction in self._reactions().items()}

    def _reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (Contact,)
        own = partial(Reaction, own_dossier=True)
        on_occasion: dict[type[Event], Reaction] = {
            event: own(self.on_occasion, reads, opens=self.open_mailboxes) for event in OCCASIONS
        }
        lists: dict[type[Event], Reaction] = {
            event: Reaction(self.on_work_listed) for event in LISTS
        }
        return (
            on_occasion
            | lists
            | self.peers.reactions()
            | self.support.reactions()
            | self.agenda.reactions()
            | self.steps.reactions()
            | commons.reactions()
            | {
                front.CandidatureSubmitted: own(
                    self.on_candidature_submitted, reads, self.on_unreadable_file
                ),
                front.AddressConfirmed: Reaction(self.on_address_confirmed, (Contact, Notice)),
                officers.CandidatureImported: Reaction(self.on_candidature_imported, reads),
                intake.CandidatureRefused: own(self.on_refused, (*reads, StrayCard)),
                intake.CandidatureErased: Reaction(self.on_erased, reads),
                officers.ReviewerRegistered: Reaction(self.on_reviewer_registered),
                eligibility.ReviewerBriefed: Reaction(self.on_reviewer_briefed),
                funding.WaveRanked: Reaction(self.on_wave_ranked),
                funding.AwardCancelled: Reaction(self.on_award_cancelled, SUPPORT_READS),
                funding.GrantTakenOver: Reaction(self.on_grant_taken_over, reads),
                SupportOpened: Reaction(self.on_support_opened, SUPPORT_READS),
            }
        )


def _keep(states: States, card: Card) -> Decision:
    return contacts.keep_card(states.one(Contact, card.candidature_id), card)
