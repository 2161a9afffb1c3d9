"""Funding's selection: loads what a rule looks at, asks the rule, and ranks a wave whose turn has come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain.decisions import both, changed
from services.funding.domain.states import (
    Amendment,
    Appeal,
    Entry,
    Fund,
    Grant,
    Ranking,
    Recovery,
    Remarks,
    Turn,
    WaveState,
)
from services.funding.domain.waves import appeals, entries, publication, reserve, waves
from services.funding.domain.waves.appeals import Reopened
from services.funding.domain.waves.proposal import propose
from services.funding.domain.waves.remarks import moderate
from services.funding.domain.waves.reserve import Listed
from services.funding.domain.waves.sentences import GRANT_REFUSED, INELIGIBLE_LATER, WITHDRAWN
from services.funding.handlers.refill import give_up, rank_again, release
from services.funding.handlers.takeover import TakeoverHandlers
from shared.contract import backoffice as officers
from shared.contract import eligibility, intake
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.kit.answering import act_refused
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.people.acts import still_counts
from shared.kit.people.signatures import require_own
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


def _answered_late(decision: Decision, event: front.AppealFiled, at: Arrival) -> Decision:
    """Its holder reads why on the page that filed it, and not in the letter alone."""
    answer = act_refused(at, event.candidature_id, event.event_type(), decision.reasons)
    return replace(decision, facts=(*decision.facts, answer))


@dataclass(frozen=True)
class SelectionHandlers:
    programme: Programme

    def on_candidature_registered(
        self,
        states: States,
        event: intake.CandidatureRegistered,
        at: Arrival,
    ) -> Decision:
        entry = store.entry_of(states, event.candidature_id, event.wave)
        decision = entries.register(entry, store.wave_of(states, entry.wave), event)
        return self._then_ranked(states, decision, at)

    def on_changed_hands(
        self,
        states: States,
        event: intake.CandidatureChangedHands,
        _at: Arrival,
    ) -> Decision:
        entry = states.one(Entry, event.candidature_id)
        if entry is None:
            raise TooEarly(event.candidature_id)
        return entries.change_hands(entry, states.one(Grant, event.candidature_id), event)

    def on_eligibility_checked(
        self,
        states: States,
        event: eligibility.EligibilityChecked,
        at: Arrival,
    ) -> Decision:
        before = store.entry_of(states, event.candidature_id, event.wave)
        decision = entries.check(before, store.wave_of(states, before.wave), event)
        entry = changed(decision, Entry)
        decision = self._appeal_answered(states, decision, before, entry)
        decision = self._then_ranked(states, decision, at)
        grant = states.one(Grant, event.candidature_id)
        if entry is None or grant is None or not entries.out_of_its_zone(grant, entry):
            return decision
        # A grant outside its zone would hold a place that others of the zone have a right to.
        return both(decision, release(self.programme, states, grant, INELIGIBLE_LATER, at, entry))

    def _appeal_answered(
        self, states: States, decision: Decision, before: Entry, after: Entry | None
    ) -> Decision:
        """A place that is found in a zone after all is the answer to who contested that it was in none."""
        if after is None or not after.eligible or before.eligible is not False:
            return decision
        filed = states.of(Appeal, after.candidature_id)
        if not filed:
            return decision
        return both(decision, appeals.found_eligible(filed[-1], store.wave_of(states, after.wave)))

    def on_candidature_scored(
        self,
        states: States,
        event: eligibility.CandidatureScored,
        at: Arrival,
    ) -> Decision:
        entry = store.entry_of(states, event.candidature_id, event.wave)
        wave = store.wave_of(states, entry.wave)
        place = store.published_place(states, wave, entry)
        decision = entries.score(entry, wave, place, event)
        return self._then_ranked(states, decision, at)

    def on_score_withdrawn(
        self, states: States, event: eligibility.ScoreWithdrawn, at: Arrival
    ) -> Decision:
        entry = store.entry_of(states, event.candidature_id, event.wave)
        wave = store.wave_of(states, entry.wave)
        place = store.published_place(states, wave, entry)
        decision = entries.unscore(entry, wave, place, event)
        return self._then_ranked(states, decision, at)

    def on_candidature_withdrawn(
        self,
        states: States,
        event: intake.CandidatureWithdrawn,
        at: Arrival,
    ) -> Decision:
        before = self._registered(states, event.candidature_id)
        decision = entries.withdraw(before, store.wave_of(states, before.wave))
        entry = changed(decision, Entry)
        decision = self._then_ranked(states, decision, at)
        grant = states.one(Grant, event.candidature_id)
        if grant is None or grant.state == "cancelled":
            return decision
        return both(decision, give_up(self.programme, states, grant, WITHDRAWN, at, entry))

    def on_grant_refused(self, states: States, event: front.GrantRefused, at: Arrival) -> Decision:
        grant = states.one(Grant, event.candidature_id)
        if grant is None:
            raise TooEarly(event.candidature_id)
        require_own(states, grant.front_end, grant.public_key, at)
        if grant.state == "cancelled":
            return nothing("duplicate")
        return give_up(self.programme, states, grant, GRANT_REFUSED, at)

    def on_wave_closed(self, states: States, event: intake.WaveClosed, at: Arrival) -> Decision:
        decision = waves.close(store.wave_of(states, event.wave), event)
        return self._then_ranked(states, decision, at)

    def on_wave_opened_again(
        self, states: States, event: intake.WaveOpenedAgain, at: Arrival
    ) -> Decision:
        """The reserve that its ranking ended lives again too."""
        decision = waves.reopen(store.wave_of(states, event.wave))
        before = waves.wave_before(self.programme, event.wave)
        if not decision.changes or before is None:
            return decision
        rankings = store.rankings_of(states, store.wave_of(states, before))
        entries_before = store.entries_of(states, before)
        return both(decision, reserve.reopen(rankings, entries_before, at))

    def on_wave_approved(
        self, states: States, event: officers.WaveApproved, at: Arrival
    ) -> Decision:
        wave = store.wave_of(states, event.wave)
        # A word counts while its officer stands as they did: a revoked key takes it back.
        standing = tuple(
            approval for approval in wave.approvals if still_counts(states, approval, at)
        )
        decision = publication.approve(replace(wave, approvals=standing), event, at)
        signed = changed(decision, WaveState)
        if signed is None or len(signed.approvals) < self.programme.selection.approvals:
            return decision
        fund = store.fund_of(states, self.programme)
        basis = store.basis_of(states, self.programme, signed, fund)
        rankings = store.rankings_of(states, wave)
        held, remarks = store.places_held(states), store.remarks_of(states, event.wave)
        decision = publication.publish_if_it_holds(basis, rankings, held, at, remarks)
        later = waves.wave_after(self.programme, event.wave)
        if not decision.changes or later is None:
            return decision
        # A wave that was complete while it waited for this publication is ranked now, on what it left.
        return self._ranked_if_ready(states, later, decision, at)

    def on_comments_moderated(
        self, states: States, event: officers.CommentsModerated, at: Arrival
    ) -> Decision:
        entry = self._registered(states, event.candidature_id)
        before = states.one(Remarks, event.candidature_id)
        return moderate(entry, store.wave_of(states, entry.wave), before, event, at)

    def on_appeal_filed(self, states: States, event: front.AppealFiled, at: Arrival) -> Decision:
        entry = self._registered(states, event.candidature_id)
        require_own(states, entry.front_end, entry.public_key, at)
        key = event.candidature_id
        told_at = appeals.decided_at(
            store.wave_of(states, entry.wave),
            states.of(Turn, key),
            states.one(Grant, key),
            states.of(Amendment, key),
            states.of(Recovery, key),
        )
        filed = states.of(Appeal, key)
        decision = appeals.file(self.programme, entry, told_at, filed, event.grounds, at)
        return _answered_late(decision, event, at) if decision.result == "appeal-late" else decision

    def on_appeal_assigned(
        self, states: States, event: officers.AppealAssigned, _at: Arrival
    ) -> Decision:
        filed = states.of(Appeal, event.candidature_id)
        if not filed:
            raise TooEarly(event.candidature_id)
        return appeals.assign(filed[-1], event.officer_id)

    def on_appeal_decided(
        self, states: States, event: officers.AppealDecided, at: Arrival
    ) -> Decision:
        """Once for each appeal: a place that was found in a zone a moment before has answered it too."""
        entry = states.one(Entry, event.candidature_id)
        filed = states.of(Appeal, event.candidature_id)
        if entry is None or not filed:
            raise TooEarly(event.candidature_id)
        if filed[-1].state != "filed":
            return nothing(f"already-{filed[-1].state}")
        appeals.require_read(filed, event.grounds_read)
        place = self._contested(states, entry, event.upheld)
        fund = store.fund_of(states, self.programme)
        known = store.waves_of(states, self.programme)
        alive = reserve.may_call(self.programme, known, place, at.now)
        reopened = Reopened(
            self.programme,
            entry,
            place,
            filed[-1],
            fund,
            alive,
        )
        decision, left = appeals.decide(reopened, event, at)
        if left == fund:
            return decision
        ranked = waves.being_decided(known)
        if ranked is None:
            return both(decision, Decision("spent", changes=(left,)))
        return both(decision, rank_again(self.programme, states, ranked, left))

    def _contested(self, states: States, entry: Entry, upheld: bool) -> Ranking:
        """The place that is looked at again. Raises Rejected."""
        wave = store.wave_of(states, entry.wave)
        grant = states.one(Grant, entry.candidature_id)
        if upheld:
            appeals.require_living(grant)
        if grant is not None and grant.was_taken_over:
            return appeals.place_of_a_label(entry, grant)
        appeals.require_decision(wave, entry, upheld)
        if upheld:
            appeals.require_complete(store.competing(states, entry.wave)[entry.candidature_id])
        place = states.one(Ranking, entry.candidature_id)
        if place is None or not appeals.is_of(wave, place):
            return appeals.unranked(entry, len(store.rankings_of(states, wave)))
        return place

    def last_reserve_over(self, states: States, at: Arrival) -> Decision:
        """The timer: the day of the programme has passed, and nobody waits any more."""
        wave = store.wave_of(states, self.programme.waves[-1].id)
        listed = _listed(states, wave)
        return reserve.end_of_the_last(
            self.programme, listed, store.entries_of(states, wave.wave), at
        )

    def _registered(self, states: States, candidature_id: str) -> Entry:
        """Raises TooEarly for an entry of which only eligibility has spoken so far."""
        entry = states.one(Entry, candidature_id)
        if entry is None or not entry.registered:
            raise TooEarly(candidature_id)
        return entry

    def _then_ranked(self, states: States, decision: Decision, at: Arrival) -> Decision:
        """The last fact that a closed wave waited for ranks it."""
        wave = changed(decision, WaveState)
        if wave is None or wave.state == "published" or not wave.complete:
            return decision
        return self._ranked_if_ready(states, wave.wave, decision, at)

    def _ranked_if_ready(
        self, states: States, name: str, so_far: Decision, at: Arrival
    ) -> Decision:
        """What is decided `so_far` is not written yet: wave, entry and fund are taken from there."""
        known = store.waves_of(states, self.programme)
        wave = changed(so_far, WaveState)
        if wave is not None:
            known[wave.wave] = wave
        if not waves.may_rank(self.programme, name, known):
            return so_far
        fund = changed(so_far, Fund) or store.fund_of(states, self.programme)
        entry = changed(so_far, Entry)
        ranked = propose(store.basis_of(states, self.programme, known[name], fund, entry))
        return both(so_far, both(ranked, self._reserve_ended(states, name, known, at)))

    def _reserve_ended(
        self,
        states: States,
        name: str,
        known: Mapping[str, WaveState],
        at: Arrival,
    ) -> Decision:
        """Who still waits on the reserve list of the wave before the ranked one gets the final answer."""
        before = waves.wave_before(self.programme, name)
        if before is None:
            return Decision("no-reserve")
        listed = _listed(states, known[before])
        return reserve.end(listed, store.entries_of(states, before), at)

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (Entry, Grant)
        return {
            intake.CandidatureRegistered: Reaction(self.on_candidature_registered, (Entry,)),
            intake.CandidatureChangedHands: Reaction(self.on_changed_hands, reads),
            intake.CandidatureWithdrawn: Reaction(self.on_candidature_withdrawn, reads),
            intake.WaveClosed: Reaction(self.on_wave_closed),
            intake.WaveOpenedAgain: Reaction(self.on_wave_opened_again),
            eligibility.EligibilityChecked: Reaction(self.on_eligibility_checked, reads),
            eligibility.CandidatureScored: Reaction(self.on_candidature_scored, (Entry,)),
            eligibility.ScoreWithdrawn: Reaction(self.on_score_withdrawn, (Entry,)),
            officers.CommentsModerated: Reaction(self.on_comments_moderated, (Entry, Remarks)),
            officers.WaveApproved: Reaction(self.on_wave_approved),
            officers.AppealAssigned: Reaction(self.on_appeal_assigned, (Appeal,)),
            officers.AppealDecided: Reaction(self.on_appeal_decided, (Entry, Appeal)),
            front.AppealFiled: Reaction(self.on_appeal_filed, (Entry, Appeal, Turn)),
            front.GrantRefused: Reaction(self.on_grant_refused, reads),
            **TakeoverHandlers(self.programme).reactions(),
        }


def _listed(states: States, wave: WaveState) -> Listed:
    return Listed(wave, store.rankings_of(states, wave), store.remarks_of(states, wave.wave))
