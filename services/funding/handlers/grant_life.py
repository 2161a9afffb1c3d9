"""The life of a grant: agreement, amendments, reports, state aid, suspension."""

from collections.abc import Mapping
from datetime import date

from services.funding import store
from services.funding.domain.erasure import Kept, erase
from services.funding.domain.money import amendments, grants, reports, state_aid
from services.funding.domain.money.amendments import Agreement
from services.funding.domain.money.ledger import back_in_envelope_cents, freed
from services.funding.domain.states import (
    Account,
    Amendment,
    Appeal,
    Entry,
    Grant,
    Order,
    Recovery,
    Report,
    StateAid,
    Takeover,
    Tranche,
    Turn,
)
from services.funding.handlers.grant_file import FILE, GrantHandlers
from services.funding.handlers.state_side import state_side
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.intake import CandidatureErased
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States

PERSONAL: tuple[type[Kept], ...] = (Entry, Appeal, Grant, Account, Report, Recovery)


class GrantLife(GrantHandlers):
    def on_agreement_signed(
        self, states: States, event: front.AgreementSigned, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        grant = self.signed(states, key, at)
        tranches, officers = states.of(Tranche, key), state_side(states, grant)
        decision = grants.agree(grant, tranches, officers, at.now, event.association_consent)
        return self.gates_again(states, key, decision, at)

    def on_erased(self, states: States, event: CandidatureErased, _at: Arrival) -> Decision:
        key = event.candidature_id
        kept = [one for kind in PERSONAL for one in states.of(kind, key)]
        return erase(key, kept)

    def on_grant_extended(
        self, states: States, event: officers.GrantExtended, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        agreement = self._agreement(states, key)
        decision = amendments.extend(agreement, event.months, event, at)
        return self._amended(states, key, decision, at)

    def on_grant_reduced(
        self, states: States, event: officers.GrantReduced, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        agreement = self._agreement(states, key)
        decision = amendments.reduce(agreement, event.amounts_cents, event, at)
        return self._amended(states, key, decision, at)

    def on_grant_balanced(
        self, states: States, event: officers.GrantBalanced, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        agreement = self._agreement(states, key)
        decision = amendments.balance(agreement, event.total_cents, event, at)
        return self._amended(states, key, decision, at)

    def _agreement(self, states: States, key: str) -> Agreement:
        return Agreement(
            self.grant(states, key),
            states.of(Tranche, key),
            states.of(Amendment, key),
        )

    def _amended(self, states: States, key: str, decision: Decision, at: Arrival) -> Decision:
        """A later day closes a gate; what an amendment frees may go to the reserve."""
        freed_cents = back_in_envelope_cents(decision.changes)
        fund = freed(store.fund_of(states, self.programme), None, freed_cents)
        decision = self.gates_again(states, key, decision, at)
        return self.refilled(states, decision, fund, at)

    def on_report_submitted(
        self, states: States, event: front.ReportSubmitted, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        self.signed(states, key, at)
        before = states.one(Report, key, event.year)
        return reports.take_report(self.programme, before, states.of(Tranche, key), event, at)

    def on_report_accepted(
        self, states: States, event: officers.ReportAccepted, at: Arrival
    ) -> Decision:
        report = self._report_read(states, event)
        decision = reports.decide_report(report, "accepted", event.actor.id, event.reason)
        return self.gates_again(states, event.candidature_id, decision, at)

    def on_report_returned(
        self, states: States, event: officers.ReportReturned, at: Arrival
    ) -> Decision:
        report = self._report_read(states, event)
        due_on = self._due_on(states, event)
        ahead = due_on if due_on and due_on >= self.programme.local_day(at.now) else None
        return reports.decide_report(report, "returned", event.actor.id, event.reason, ahead)

    def _due_on(self, states: States, event: officers.ReportReturned) -> date | None:
        key = event.candidature_id
        grant = self.grant(states, key)
        due = reports.reports_due(
            self.programme, grant, states.of(Tranche, key), states.of(Report, key)
        )
        return next((one.due_on for one in due if one.year == event.year), None)

    def on_state_aid_declared(
        self, states: States, event: front.StateAidDeclared, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        self.signed(states, key, at)
        decision = state_aid.declare(states.one(StateAid, key), event, at)
        return self.gates_again(states, key, decision, at)

    def on_state_aid_decided(
        self, states: States, event: officers.StateAidDecided, at: Arrival
    ) -> Decision:
        """On the declaration as the officer read it, as with a report."""
        key = event.candidature_id
        aid = states.one(StateAid, key)
        if aid is None or aid.sequence < event.declaration:
            raise TooEarly(key)
        if aid.sequence > event.declaration:
            way_out = f"read declaration {aid.sequence}, then decide on it"
            raise Rejected(f"the holder has declared anew since: {way_out}")
        return self.gates_again(states, key, state_aid.decide(aid, event), at)

    def on_grant_suspended(
        self, states: States, event: officers.GrantSuspended, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        grant = self.grant(states, key)
        tranches = states.of(Tranche, key)
        decision = grants.suspend(grant, tranches, states.of(Order, key), event.reason, at)
        return self.gates_again(states, key, decision, at)

    def on_grant_resumed(
        self, states: States, event: officers.GrantResumed, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        decision = grants.resume(self.grant(states, key))
        return self.gates_again(states, key, decision, at)

    def _report_read(
        self,
        states: States,
        event: officers.ReportAccepted | officers.ReportReturned,
    ) -> Report:
        """The report as the officer read it: nobody decides on what was sent again in between."""
        report = states.one(Report, event.candidature_id, event.year)
        if report is None or report.version < event.version:
            raise TooEarly(event.candidature_id)
        if report.version > event.version:
            way_out = f"read version {report.version}, then decide on it"
            raise Rejected(f"the holder has sent the report again: {way_out}")
        return report

    def reactions(self) -> Mapping[type[Event], Reaction]:
        amended = (*FILE, Amendment)
        return {
            CandidatureErased: Reaction(self.on_erased, PERSONAL),
            front.AgreementSigned: Reaction(self.on_agreement_signed, (*FILE, Turn, Takeover)),
            front.ReportSubmitted: Reaction(self.on_report_submitted, (Grant, Report, Tranche)),
            front.StateAidDeclared: Reaction(self.on_state_aid_declared, FILE),
            officers.GrantExtended: Reaction(self.on_grant_extended, amended),
            officers.GrantReduced: Reaction(self.on_grant_reduced, amended),
            officers.GrantBalanced: Reaction(self.on_grant_balanced, amended),
            officers.ReportAccepted: Reaction(self.on_report_accepted, FILE),
            officers.ReportReturned: Reaction(self.on_report_returned, (Grant, Tranche, Report)),
            officers.StateAidDecided: Reaction(self.on_state_aid_decided, FILE),
            officers.GrantSuspended: Reaction(self.on_grant_suspended, (*FILE, Order)),
            officers.GrantResumed: Reaction(self.on_grant_resumed, FILE),
        }
