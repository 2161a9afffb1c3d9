"""Funding's selection: entries of a wave, ranking when it is complete, approval, publication, reserve."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain.states import Appeal, Entry, Fund, Grant, Ranking, WaveState
from services.funding.domain.waves import appeals, reserve, waves
from services.funding.domain.waves.appeals import Reopened
from services.funding.handlers.refill import both, give_up, release
from shared.contract import backoffice as officers
from shared.contract import eligibility, intake
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.people.acts import still_counts
from shared.kit.people.signatures import require_own
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


def _waves_in(decision: Decision) -> dict[str, WaveState]:
    return {change.wave: change for change in decision.changes if isinstance(change, WaveState)}


@dataclass(frozen=True)
class SelectionHandlers:
    programme: Programme

    def on_candidature_registered(self, book: States, event: intake.CandidatureRegistered, at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id) or Entry(event.candidature_id, event.wave)
        if event.version <= before.file_version:
            return nothing("superseded")
        after = replace(
            before,
            receipt_number=event.receipt_number,
            receipt_sequence=event.receipt_sequence,
            file_version=event.version,
            legal_name=event.legal_name,
            siret=event.siret,
            commune_code=event.commune_code,
            requested_cents=event.requested_cents,
            public_key=event.public_key,
            front_end=event.front_end or "",
        )
        return self._entered(book, before, after, at)

    def on_changed_hands(self, book: States, event: intake.CandidatureChangedHands, _at: Arrival) -> Decision:
        """Who may act on the dossier, and on its grant."""
        entry, grant = book.one(Entry, event.candidature_id), book.one(Grant, event.candidature_id)
        if entry is None:
            raise TooEarly(event.candidature_id)
        changes: tuple[Entry | Grant, ...] = (replace(entry, front_end=event.front_end, public_key=event.public_key),)
        if grant:
            changes = (*changes, replace(grant, front_end=event.front_end, public_key=event.public_key))
        return Decision("moved", changes=changes)

    def on_eligibility_checked(self, book: States, event: eligibility.EligibilityChecked, at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id) or Entry(event.candidature_id, event.wave)
        if event.revision <= before.eligibility_revision:
            return nothing("superseded")
        after = replace(
            before,
            eligibility_revision=event.revision,
            zones=tuple(zone.value for zone in event.zones),
            eligible=event.eligible,
            ineligible_because=() if event.eligible else tuple(reason.model_dump() for reason in event.reasons),
        )
        decision = self._entered(book, before, after, at)
        grant = book.one(Grant, event.candidature_id)
        if grant and grant.state != "cancelled" and grant.zone not in after.zones:
            why = Reason(code="ineligible-later", message="Le lieu ne remplit pas les conditions de zone du label.")
            return both(decision, release(self.programme, book, grant, why, at, after))
        return decision

    def on_candidature_scored(self, book: States, event: eligibility.CandidatureScored, at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id) or Entry(event.candidature_id, event.wave)
        if event.revision <= before.score_revision:
            return nothing("superseded")
        if self._published_with(book, before):
            return nothing("wave-published")
        after = replace(
            before,
            score_revision=event.revision,
            score=event.score,
            criteria=event.criteria,
            grid=event.grid,
            reviews=tuple(review.model_dump() for review in event.reviews),
        )
        return self._entered(book, before, after, at)

    def on_score_withdrawn(self, book: States, event: eligibility.ScoreWithdrawn, at: Arrival) -> Decision:
        """A review counts no more: the wave waits for another one, and a proposal that counted it is void."""
        before = book.one(Entry, event.candidature_id) or Entry(event.candidature_id, event.wave)
        if event.revision <= before.score_revision:
            return nothing("superseded")
        if self._published_with(book, before):
            return nothing("wave-published")
        after = replace(before, score_revision=event.revision, score=None, criteria=None, grid="", reviews=())
        return self._entered(book, before, after, at)

    def on_candidature_withdrawn(self, book: States, event: intake.CandidatureWithdrawn, at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id)
        if before is None or not before.registered:
            raise TooEarly(event.candidature_id)
        after = replace(before, withdrawn=True)
        decision = self._entered(book, before, after, at)
        grant = book.one(Grant, event.candidature_id)
        if grant is None or grant.state == "cancelled":
            return decision
        why = Reason(code="withdrawn", message="Le porteur a retiré sa candidature.")
        return both(decision, give_up(self.programme, book, grant, why, at, after))

    def on_grant_refused(self, book: States, event: front.GrantRefused, at: Arrival) -> Decision:
        grant = book.one(Grant, event.candidature_id)
        if grant is None:
            raise TooEarly(event.candidature_id)
        require_own(book, grant.front_end, grant.public_key, at)
        if grant.state == "cancelled":
            return nothing("duplicate")
        why = Reason(code="grant-refused", message="Le porteur renonce à l'aide.")
        return give_up(self.programme, book, grant, why, at)

    def on_wave_closed(self, book: States, event: intake.WaveClosed, at: Arrival) -> Decision:
        wave = store.wave_of(book, event.wave)
        if wave.registered is not None:
            return nothing("duplicate")
        wave = replace(wave, state="closed", registered=event.registered)
        decision = Decision("closed", changes=(wave,))
        return self._ranked_if_ready(book, decision, wave, store.fund_of(book, self.programme), at)

    def on_wave_opened_again(self, book: States, event: intake.WaveOpenedAgain, at: Arrival) -> Decision:
        """Its proposal and approvals are void; the reserve that its ranking ended lives again."""
        wave = store.wave_of(book, event.wave)
        if wave.state == "published":
            return nothing("already-published")
        decision = Decision("reopened", changes=(waves.reopened(wave),))
        before = self._wave_before(event.wave)
        if before is None:
            return decision
        entries = {entry.candidature_id: entry for entry in store.entries_of(book, before)}
        rankings = store.rankings_of(book, store.wave_of(book, before))
        return both(decision, reserve.reopen(rankings, entries, at))

    def on_wave_approved(self, book: States, event: officers.WaveApproved, at: Arrival) -> Decision:
        wave = store.wave_of(book, event.wave)
        if wave.state == "published":
            return nothing("already-published")
        if wave.state != "ranked" or wave.digest != event.digest:
            raise Rejected("this is not the wave's current proposal: look at it again, then approve its digest")
        standing = tuple(one for one in wave.approvals if still_counts(book, one, at))
        signed = waves.signed(replace(wave, approvals=standing), event, at)
        if signed is None:
            why = Reason(code="same-officer", message="Le même agent ne peut pas approuver deux fois.")
            return nothing("duplicate", why)
        if len(signed.approvals) < self.programme.selection.approvals:
            return Decision("approved", changes=(signed,))
        table = store.table_of(book, self.programme, signed, store.fund_of(book, self.programme))
        decision = waves.publish_if_it_holds(table, store.rankings_of(book, wave), store.places_held(book), at)
        if decision.result != "published":
            return decision
        return both(decision, self._next_wave(book, decision, at))

    def on_appeal_filed(self, book: States, event: front.AppealFiled, at: Arrival) -> Decision:
        entry = book.one(Entry, event.candidature_id)
        if entry is None or not entry.registered:
            raise TooEarly(event.candidature_id)
        require_own(book, entry.front_end, entry.public_key, at)
        return Decision("appeal-filed", changes=(Appeal(event.candidature_id, at.order, at.now, "filed"),))

    def on_appeal_decided(self, book: States, event: officers.AppealDecided, at: Arrival) -> Decision:
        entry, past = book.one(Entry, event.candidature_id), book.of(Appeal, event.candidature_id)
        if entry is None or not past:
            raise TooEarly(event.candidature_id)
        wave = store.wave_of(book, entry.wave)
        if wave.state != "published":
            raise Rejected(f"wave {wave.wave} is not published yet: there is no decision to reopen")
        if event.upheld and not store.competing(book, entry.wave)[entry.candidature_id].competes:
            raise Rejected("the dossier has no zone, or no score, or is withdrawn: territory and reviews come first")
        ranking = book.one(Ranking, event.candidature_id)
        if ranking is None or ranking.proposal not in (0, wave.proposal):
            ranking = appeals.unranked(entry, len(store.rankings_of(book, wave)) + 1)
        last = store.latest_published(book, self.programme)
        fund = store.fund_of(book, self.programme)
        alive = last == wave.wave and ranking.proposal == wave.proposal
        alive = alive and not reserve.over(self.programme, wave.wave, at.now)
        reopened = Reopened(self.programme, entry, ranking, past[-1], fund, alive)
        decision, left = appeals.decide(reopened, event, at)
        return decision if left == fund else both(decision, self._after_spending(book, left))

    def _after_spending(self, book: States, fund: Fund) -> Decision:
        """A wave that is being decided was ranked on money and places that are gone: it is ranked again."""
        known = store.waves_of(book, self.programme)
        ranked = next((wave for wave in known.values() if wave.state == "ranked"), None)
        if ranked is None:
            return Decision("spent", changes=(fund,))
        again = waves.propose(store.table_of(book, self.programme, ranked, fund))
        return replace(again, changes=(fund, *again.changes))

    def _published_with(self, book: States, entry: Entry) -> bool:
        """What was ranked and published keeps its marks: an appeal is the way to change the outcome."""
        wave = store.wave_of(book, entry.wave)
        return wave.state == "published" and book.one(Ranking, entry.candidature_id) is not None

    def _entered(self, book: States, before: Entry, after: Entry, at: Arrival) -> Decision:
        """The entry as it now is, counted in its wave; the last one that a closed wave waited for ranks it."""
        wave = waves.counted(store.wave_of(book, after.wave), before, after)
        decision = Decision("withdrawn" if after.withdrawn else "entered", changes=(after, wave))
        if wave.state == "published" or not wave.complete:
            return decision
        return self._ranked_if_ready(book, decision, wave, store.fund_of(book, self.programme), at, after)

    def _ranked_if_ready(
        self, book: States, decision: Decision, wave: WaveState, fund: Fund, at: Arrival, changed: Entry | None = None
    ) -> Decision:
        """`fund` and `changed` are as this event leaves them: nothing of it is written yet."""
        known = {**store.waves_of(book, self.programme), **_waves_in(decision), wave.wave: wave}
        if not waves.may_rank(self.programme, wave, known):
            return decision
        proposal = waves.propose(store.table_of(book, self.programme, wave, fund, changed))
        return both(decision, both(proposal, self._end_reserve(book, wave, known, at)))

    def last_reserve_over(self, book: States, at: Arrival) -> Decision:
        """The timer: the day of the programme has passed, and nobody waits any more."""
        wave = store.wave_of(book, self.programme.waves[-1].id)
        entries = {entry.candidature_id: entry for entry in store.entries_of(book, wave.wave)}
        message = f"La liste complémentaire a pris fin le {self.programme.selection.reserve_ends_on:%d/%m/%Y}."
        ended = Reason(code="reserve-ended", message=message)
        return reserve.end(store.rankings_of(book, wave), entries, at, ended)

    def _end_reserve(self, book: States, wave: WaveState, known: Mapping[str, WaveState], at: Arrival) -> Decision:
        """The next wave is ranked: who still waits on the reserve list of the one before gets the final answer."""
        name = self._wave_before(wave.wave)
        if name is None:
            return Decision("no-reserve")
        before = known[name]
        entries = {entry.candidature_id: entry for entry in store.entries_of(book, before.wave)}
        return reserve.end(store.rankings_of(book, before), entries, at)

    def _wave_before(self, name: str) -> str | None:
        ids = [wave.id for wave in self.programme.waves]
        place = ids.index(name)
        return ids[place - 1] if place else None

    def _next_wave(self, book: States, published: Decision, at: Arrival) -> Decision:
        """A wave that was complete while it waited for this publication is ranked now, on what it left."""
        [wave] = _waves_in(published).values()
        [fund] = [change for change in published.changes if isinstance(change, Fund)]
        ids = [w.id for w in self.programme.waves]
        later = ids[ids.index(wave.wave) + 1 :]
        if not later:
            return Decision("last-wave")
        return self._ranked_if_ready(book, Decision("next", changes=(wave,)), store.wave_of(book, later[0]), fund, at)

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
            officers.WaveApproved: Reaction(self.on_wave_approved),
            officers.AppealDecided: Reaction(self.on_appeal_decided, (Entry, Appeal)),
            front.AppealFiled: Reaction(self.on_appeal_filed, (Entry,)),
            front.GrantRefused: Reaction(self.on_grant_refused, reads),
        }
