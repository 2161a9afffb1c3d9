"""Funding's selection: entries of a wave, ranking when it is complete, approval, publication, reserve."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain import grants, waves
from services.funding.domain.ledger import MovementBook
from services.funding.domain.reserve import Reserve, fill
from services.funding.domain.states import Appeal, Entry, Fund, Grant, Order, Tranche, WaveState
from services.funding.domain.tranches import numbered
from shared.contract import backoffice as officers
from shared.contract import eligibility, intake
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import CandidatureDeclined
from shared.contract.values import Outcome, Reason
from shared.kit.book import Book
from shared.kit.cases import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.signatures import require_signature
from shared.programme import Programme


def both(first: Decision, second: Decision) -> Decision:
    """Two decisions of one event, in order."""
    return Decision(
        first.result,
        (*first.reasons, *second.reasons),
        (*first.facts, *second.facts),
        numbered((*first.changes, *second.changes)),
    )


def _waves_in(decision: Decision) -> dict[str, WaveState]:
    return {change.wave: change for change in decision.changes if isinstance(change, WaveState)}


@dataclass(frozen=True)
class SelectionHandlers:
    programme: Programme

    def on_candidature_registered(self, book: Book, event: intake.CandidatureRegistered, _at: Arrival) -> Decision:
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
        )
        return self._entered(book, before, after)

    def on_eligibility_checked(self, book: Book, event: eligibility.EligibilityChecked, at: Arrival) -> Decision:
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
        decision = self._entered(book, before, after)
        grant = book.one(Grant, event.candidature_id)
        if grant and grant.state != "cancelled" and grant.zone not in after.zones:
            why = Reason(code="ineligible-later", message="Le lieu ne remplit pas les conditions de zone du label.")
            return both(decision, self._cancel(book, grant, why, at, after))
        return decision

    def on_candidature_scored(self, book: Book, event: eligibility.CandidatureScored, _at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id) or Entry(event.candidature_id, event.wave)
        if event.revision <= before.score_revision:
            return nothing("superseded")
        after = replace(before, score_revision=event.revision, score=event.score, criteria=event.criteria)
        return self._entered(book, before, after)

    def on_candidature_withdrawn(self, book: Book, event: intake.CandidatureWithdrawn, at: Arrival) -> Decision:
        before = book.one(Entry, event.candidature_id)
        if before is None or not before.registered:
            raise TooEarly(event.candidature_id)
        after = replace(before, withdrawn=True)
        decision = self._entered(book, before, after)
        grant = book.one(Grant, event.candidature_id)
        if grant is None or grant.state == "cancelled":
            return decision
        why = Reason(code="withdrawn", message="Le porteur a retiré sa candidature.")
        return both(decision, self._cancel(book, grant, why, at, after))

    def on_wave_closed(self, book: Book, event: intake.WaveClosed, _at: Arrival) -> Decision:
        wave = store.wave_of(book, event.wave)
        if wave.registered is not None:
            return nothing("duplicate")
        wave = replace(wave, state="closed", registered=event.registered)
        decision = Decision("closed", changes=(wave,))
        return self._ranked_if_ready(book, decision, wave, store.fund_of(book, self.programme))

    def on_wave_approved(self, book: Book, event: officers.WaveApproved, at: Arrival) -> Decision:
        wave = store.wave_of(book, event.wave)
        if wave.state == "published":
            return nothing("already-published")
        if wave.state != "ranked" or wave.digest != event.digest:
            raise Rejected("this is not the wave's current proposal: look at it again, then approve its digest")
        table = store.table_of(book, self.programme, wave, store.fund_of(book, self.programme))
        decision = waves.approve(table, store.rankings_of(book, wave), event, at)
        if decision.result != "published":
            return decision
        return both(decision, self._next_wave(book, decision))

    def on_appeal_filed(self, book: Book, event: front.AppealFiled, at: Arrival) -> Decision:
        entry = book.one(Entry, event.candidature_id)
        if entry is None or not entry.registered:
            raise TooEarly(event.candidature_id)
        require_signature(entry.public_key, at)
        return Decision("appeal-filed", changes=(Appeal(event.candidature_id, at.sequence, at.now, "filed"),))

    def _entered(self, book: Book, before: Entry, after: Entry) -> Decision:
        """The entry as it now is, counted in its wave; the last one that a closed wave waited for ranks it."""
        wave = waves.counted(store.wave_of(book, after.wave), before, after)
        decision = Decision("withdrawn" if after.withdrawn else "entered", changes=(after, wave))
        if wave.state == "published" or not wave.complete:
            return decision
        return self._ranked_if_ready(book, decision, wave, store.fund_of(book, self.programme), after)

    def _ranked_if_ready(
        self, book: Book, decision: Decision, wave: WaveState, fund: Fund, changed: Entry | None = None
    ) -> Decision:
        """`fund` and `changed` are as this event leaves them: nothing of it is written yet."""
        known = {**store.waves_of(book, self.programme), **_waves_in(decision), wave.wave: wave}
        if not waves.may_rank(self.programme, wave, known):
            return decision
        proposal = waves.propose(store.table_of(book, self.programme, wave, fund, changed))
        return both(decision, both(proposal, self._end_reserve(book, wave, known)))

    def _end_reserve(self, book: Book, wave: WaveState, known: Mapping[str, WaveState]) -> Decision:
        """The next wave is ranked: who still waits on the reserve list of the one before gets the final answer."""
        ids = [w.id for w in self.programme.waves]
        place = ids.index(wave.wave)
        if place == 0:
            return Decision("no-reserve")
        waiting = [
            ranking
            for ranking in store.rankings_of(book, known[ids[place - 1]])
            if ranking.outcome == Outcome.WAITLISTED and not ranking.reserve_ended
        ]
        reason = Reason(code="reserve-ended", message="La liste complémentaire prend fin avec la vague suivante.")
        facts = [
            CandidatureDeclined(candidature_id=r.candidature_id, wave=r.wave, rank=r.rank, reasons=(reason,))
            for r in waiting
            if (entry := book.one(Entry, r.candidature_id)) and not entry.withdrawn
        ]
        return Decision("reserve-ended", (), tuple(facts), tuple(replace(r, reserve_ended=True) for r in waiting))

    def _next_wave(self, book: Book, published: Decision) -> Decision:
        """A wave that was complete while it waited for this publication is ranked now, on what it left."""
        [wave] = _waves_in(published).values()
        [fund] = [change for change in published.changes if isinstance(change, Fund)]
        ids = [w.id for w in self.programme.waves]
        later = ids[ids.index(wave.wave) + 1 :]
        if not later:
            return Decision("last-wave")
        return self._ranked_if_ready(book, Decision("next", changes=(wave,)), store.wave_of(book, later[0]), fund)

    def _cancel(self, book: Book, grant: Grant, why: Reason, at: Arrival, entry: Entry) -> Decision:
        """The grant ends; the next in rank that fits is promoted, or a wave that is being ranked is ranked again."""
        key = grant.candidature_id
        tranches, orders = book.of(Tranche, key), book.of(Order, key)
        fund = store.fund_of(book, self.programme)
        decision, lines, fund = grants.cancel(grant, tranches, orders, fund, why, at)
        refilled = self._refill(book, grant, entry, fund, lines, at)
        return replace(
            decision,
            facts=(*decision.facts, *refilled.facts),
            changes=(*decision.changes, fund, *refilled.changes, *lines.lines),
        )

    def _refill(self, book: Book, grant: Grant, gone: Entry, fund: Fund, lines: MovementBook, at: Arrival) -> Decision:
        known = store.waves_of(book, self.programme)
        ranked = next((wave for wave in known.values() if wave.state == "ranked"), None)
        if ranked:
            return waves.propose(store.table_of(book, self.programme, ranked, fund, gone))
        latest = [wave for wave in known.values() if wave.state == "published"][-1]
        entries = {e.candidature_id: e for e in store.entries_of(book, latest.wave)} | {gone.candidature_id: gone}
        places = 1
        if latest.wave == grant.wave:
            active = store.active_grants(book, latest.wave) - 1
            places = max(0, self.programme.selection.laureates_max - active)
        reserve = Reserve(self.programme, store.rankings_of(book, latest), entries, places)
        promoted = fill(reserve, fund, lines, at)
        return Decision("refilled", facts=promoted.facts, changes=promoted.changes)

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (Entry, Grant)
        return {
            intake.CandidatureRegistered: Reaction(self.on_candidature_registered, (Entry,)),
            intake.CandidatureWithdrawn: Reaction(self.on_candidature_withdrawn, reads),
            intake.WaveClosed: Reaction(self.on_wave_closed),
            eligibility.EligibilityChecked: Reaction(self.on_eligibility_checked, reads),
            eligibility.CandidatureScored: Reaction(self.on_candidature_scored, (Entry,)),
            officers.WaveApproved: Reaction(self.on_wave_approved),
            front.AppealFiled: Reaction(self.on_appeal_filed, (Entry,)),
        }
