"""The life of a grant: agreement, amendments, reports, state aid, suspension."""

from collections.abc import Mapping
from dataclasses import replace

from services.funding import store
from services.funding.domain.money import amendments, grants, reports, state_aid
from services.funding.domain.money.ledger import ENVELOPE, freed
from services.funding.domain.states import Amendment, Grant, Movement, Order, Report, StateAid, Tranche
from services.funding.handlers.grant_file import FILE, GrantDesk
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.kit.consumer.decide import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.storage.states import States


class GrantLife(GrantDesk):
    def on_agreement_signed(self, book: States, event: front.AgreementSigned, at: Arrival) -> Decision:
        grant = self.signed(book, event.candidature_id, at)
        decision = grants.agree(grant, book.of(Tranche, event.candidature_id), at.now)
        return self.gates_again(book, event.candidature_id, decision, at)

    def on_grant_extended(self, book: States, event: officers.GrantExtended, at: Arrival) -> Decision:
        key, grant = event.candidature_id, self.grant(book, event.candidature_id)
        past = book.of(Amendment, key)
        return self._amended(
            book, key, amendments.extend(grant, book.of(Tranche, key), past, event.months, event, at), at
        )

    def on_grant_reduced(self, book: States, event: officers.GrantReduced, at: Arrival) -> Decision:
        key, grant = event.candidature_id, self.grant(book, event.candidature_id)
        amounts, past = event.amounts_cents, book.of(Amendment, key)
        return self._amended(book, key, amendments.reduce(grant, book.of(Tranche, key), past, amounts, event, at), at)

    def on_grant_balanced(self, book: States, event: officers.GrantBalanced, at: Arrival) -> Decision:
        key, grant = event.candidature_id, self.grant(book, event.candidature_id)
        total, past = event.total_cents, book.of(Amendment, key)
        return self._amended(book, key, amendments.balance(grant, book.of(Tranche, key), past, total, event, at), at)

    def _amended(self, book: States, key: str, decision: Decision, at: Arrival) -> Decision:
        back = sum(m.amount_cents for m in decision.changes if isinstance(m, Movement) and m.debit == ENVELOPE)
        decision = self.gates_again(book, key, decision, at)
        return self.refilled(book, decision, freed(store.fund_of(book, self.programme), None, back), at)

    def on_report_submitted(self, book: States, event: front.ReportSubmitted, at: Arrival) -> Decision:
        key = event.candidature_id
        self.signed(book, key, at)
        return reports.take_report(book.one(Report, key, event.year), book.of(Tranche, key), event, at)

    def on_report_accepted(self, book: States, event: officers.ReportAccepted, at: Arrival) -> Decision:
        report = self._report_read(book, event)
        decision = reports.decide_report(report, "accepted", event.actor.id, event.reason)
        return self.gates_again(book, event.candidature_id, decision, at)

    def on_report_returned(self, book: States, event: officers.ReportReturned, _at: Arrival) -> Decision:
        report = self._report_read(book, event)
        return reports.decide_report(report, "returned", event.actor.id, event.reason)

    def on_state_aid_declared(self, book: States, event: front.StateAidDeclared, at: Arrival) -> Decision:
        self.signed(book, event.candidature_id, at)
        decision = state_aid.declare(book.one(StateAid, event.candidature_id), event, at)
        return self.gates_again(book, event.candidature_id, decision, at)

    def on_state_aid_decided(self, book: States, event: officers.StateAidDecided, at: Arrival) -> Decision:
        aid = book.one(StateAid, event.candidature_id)
        if aid is None or aid.sequence < event.declaration:
            raise TooEarly(event.candidature_id)
        if aid.sequence > event.declaration:
            raise Rejected(f"the holder has declared anew since: read declaration {aid.sequence}, then decide on it")
        return self.gates_again(book, event.candidature_id, state_aid.decide(aid, event), at)

    def on_grant_suspended(self, book: States, event: officers.GrantSuspended, at: Arrival) -> Decision:
        key = event.candidature_id
        decision = grants.suspend(self.grant(book, key), book.of(Tranche, key), book.of(Order, key), at)
        return self.gates_again(book, key, decision, at)

    def on_grant_resumed(self, book: States, event: officers.GrantResumed, at: Arrival) -> Decision:
        grant = self.grant(book, event.candidature_id)
        if grant.suspended_since is None:
            return nothing("duplicate")
        decision = Decision("resumed", changes=(replace(grant, suspended_since=None),))
        return self.gates_again(book, event.candidature_id, decision, at)

    def _report_read(self, book: States, event: officers.ReportAccepted | officers.ReportReturned) -> Report:
        """The report as the officer read it: nobody accepts, or sends back, what was sent again in between."""
        report = book.one(Report, event.candidature_id, event.year)
        if report is None or report.version < event.version:
            raise TooEarly(event.candidature_id)
        if report.version > event.version:
            raise Rejected(f"the holder has sent the report again: read version {report.version}, then decide on it")
        return report

    def reactions(self) -> Mapping[type[Event], Reaction]:
        amended = (*FILE, Amendment)
        return {
            front.AgreementSigned: Reaction(self.on_agreement_signed, FILE),
            front.ReportSubmitted: Reaction(self.on_report_submitted, (Grant, Report, Tranche)),
            front.StateAidDeclared: Reaction(self.on_state_aid_declared, FILE),
            officers.GrantExtended: Reaction(self.on_grant_extended, amended),
            officers.GrantReduced: Reaction(self.on_grant_reduced, amended),
            officers.GrantBalanced: Reaction(self.on_grant_balanced, amended),
            officers.ReportAccepted: Reaction(self.on_report_accepted, FILE),
            officers.ReportReturned: Reaction(self.on_report_returned, (Report,)),
            officers.StateAidDecided: Reaction(self.on_state_aid_decided, FILE),
            officers.GrantSuspended: Reaction(self.on_grant_suspended, (*FILE, Order)),
            officers.GrantResumed: Reaction(self.on_grant_resumed, FILE),
        }
