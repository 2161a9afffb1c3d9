"""Funding's money: agreement, account, reports, due tranches, payment runs, the bank's answers, recoveries."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from services.funding import store
from services.funding.domain import grants, payments, recovery, tranches
from services.funding.domain.states import Account, Grant, Order, Recovery, Report, Run, Tranche
from services.funding.domain.tranches import GrantFile
from services.funding.handlers.selection import both
from services.funding.sealing import BankDetailsInvalid, FieldCipher, SealingKey
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import GrantTrancheDue
from shared.kit.book import Book
from shared.kit.cases import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.signatures import require_signature
from shared.programme import Programme


@dataclass(frozen=True)
class PaymentHandlers:
    """`sealing` opens what front-ends sealed for funding; `cipher` keeps it encrypted at rest."""

    programme: Programme
    sealing: SealingKey
    cipher: FieldCipher

    def on_agreement_signed(self, book: Book, event: front.AgreementSigned, at: Arrival) -> Decision:
        grant = self._signed(book, event.candidature_id, at)
        decision = grants.agree(grant, book.of(Tranche, event.candidature_id), at.now)
        return self._gate_opened(book, decision, at)

    def on_bank_details_provided(self, book: Book, event: front.BankDetailsProvided, at: Arrival) -> Decision:
        key = event.candidature_id
        self._signed(book, key, at)
        try:
            details = self.sealing.unseal(event.sealed)
        except BankDetailsInvalid as error:
            raise Rejected(str(error)) from None
        secret = self.cipher.encrypt(json.dumps(asdict(details)), "accounts", key, "secret")
        new = Account(key, self.sealing.fingerprint(details), secret, at.sequence, at.now)
        return grants.provide_account(book.one(Account, key), new, book.of(Tranche, key), book.of(Order, key), at)

    def on_bank_details_verified(self, book: Book, event: officers.BankDetailsVerified, at: Arrival) -> Decision:
        account = book.one(Account, event.candidature_id)
        if account is None:
            raise TooEarly(event.candidature_id)
        decision = grants.verify_account(account, event.fingerprint, event.actor.id, at.now)
        rejected = [t for t in book.of(Tranche, event.candidature_id) if t.state == "rejected"]
        orders = {o.tranche_id: o for o in book.of(Order, event.candidature_id) if o.state == "rejected"}
        retried = [
            replace(t, state="withheld", since=at.now)
            for t in rejected
            if orders[t.tranche_id].fingerprint != account.fingerprint
        ]
        return self._gate_opened(book, replace(decision, changes=(*decision.changes, *retried)), at)

    def on_tranche_retried(self, book: Book, event: officers.TrancheRetried, at: Arrival) -> Decision:
        tranche = book.one(Tranche, event.tranche_id)
        if tranche is None or tranche.state == "scheduled":
            raise TooEarly(event.tranche_id[:36])
        if tranche.state != "rejected":
            return nothing(f"already-{tranche.state}")
        decision = Decision("retried", changes=(replace(tranche, state="withheld", since=at.now),))
        return self._gate_opened(book, decision, at)

    def on_report_submitted(self, book: Book, event: front.ReportSubmitted, at: Arrival) -> Decision:
        self._signed(book, event.candidature_id, at)
        return grants.take_report(book.one(Report, event.candidature_id, event.year), event, at)

    def on_report_accepted(self, book: Book, event: officers.ReportAccepted, at: Arrival) -> Decision:
        report = self._report(book, event.candidature_id, event.year)
        return self._gate_opened(book, grants.decide_report(report, "accepted", event.actor.id), at)

    def on_report_returned(self, book: Book, event: officers.ReportReturned, _at: Arrival) -> Decision:
        report = self._report(book, event.candidature_id, event.year)
        return grants.decide_report(report, "returned", event.actor.id)

    def on_grant_suspended(self, book: Book, event: officers.GrantSuspended, at: Arrival) -> Decision:
        grant = self._grant(book, event.candidature_id)
        if grant.suspended_since:
            return nothing("duplicate")
        return Decision("suspended", changes=(replace(grant, suspended_since=at.now),))

    def on_grant_resumed(self, book: Book, event: officers.GrantResumed, at: Arrival) -> Decision:
        grant = self._grant(book, event.candidature_id)
        if grant.suspended_since is None:
            return nothing("duplicate")
        decision = Decision("resumed", changes=(replace(grant, suspended_since=None),))
        return self._gate_opened(book, decision, at)

    def on_grant_tranche_due(self, book: Book, event: GrantTrancheDue, at: Arrival) -> Decision:
        """The annual job speaks of a tranche once for ever; here it is ordered, or withheld with the gates."""
        grant = self._grant(book, event.candidature_id)
        tranche = book.one(Tranche, event.tranche_id)
        if tranche is None:
            raise TooEarly(event.candidature_id)
        if tranche.amount_cents != event.amount_cents:
            raise Rejected("the tranche has another amount in funding's schedule")
        return tranches.decide_due(store.file_of(book, self.programme, grant), tranche, at)

    def on_payments_approved(self, book: Book, event: officers.PaymentsApproved, at: Arrival) -> Decision:
        run = book.one(Run, event.run_id)
        orders = store.orders_of_run(book, event.run_id) if run else store.orders_waiting(book)
        return payments.approve_run(run, orders, event, at)

    def on_bank_statement_received(self, book: Book, event: officers.BankStatementReceived, at: Arrival) -> Decision:
        orders = store.orders_named(book, [line.end_to_end_id for line in event.lines])
        touched = store.tranches_named(book, [order.tranche_id for order in orders.values()])
        return payments.match_statement(event, orders, touched, at)

    def on_recovery_intended(self, book: Book, event: officers.RecoveryIntended, _at: Arrival) -> Decision:
        grant = self._grant(book, event.candidature_id)
        paid = sum(t.amount_cents for t in book.of(Tranche, event.candidature_id) if t.state == "settled")
        before = book.one(Recovery, event.candidature_id)
        return recovery.intend(before, event, paid - grant.recovered_cents)

    def on_recovery_decided(self, book: Book, event: officers.RecoveryDecided, at: Arrival) -> Decision:
        return recovery.decide(self.programme, self._recovery(book, event.candidature_id), event, at.now)

    def on_recovery_received(self, book: Book, event: officers.RecoveryReceived, at: Arrival) -> Decision:
        grant, fund = self._grant(book, event.candidature_id), store.fund_of(book, self.programme)
        asked = self._recovery(book, event.candidature_id)
        return recovery.receive(asked, grant, fund, event.amount_cents, at)

    def on_recovery_waived(self, book: Book, event: officers.RecoveryWaived, _at: Arrival) -> Decision:
        return recovery.waive(self._recovery(book, event.candidature_id), event.amount_cents)

    def cooled_off(self, book: Book, at: Arrival) -> Decision:
        """The timer: an account's cooling-off period is over, what waited only for that is decided again."""
        decision = Decision("cooled-off")
        for key in dict.fromkeys(tranche.candidature_id for tranche in store.cooled_off(book, at.now)):
            file = store.file_of(book, self.programme, self._grant(book, key))
            decision = both(decision, tranches.decide_again(file, at))
        return decision

    def _gate_opened(self, book: Book, decision: Decision, at: Arrival) -> Decision:
        """Every event that opens a gate decides the withheld tranches of that grant again."""
        if not decision.changes:
            return decision
        changed = {type(change): change for change in decision.changes if not isinstance(change, Tranche)}
        key = decision.changes[0].candidature_id
        file = store.file_of(book, self.programme, self._grant(book, key))
        retried = {change.tranche_id: change for change in decision.changes if isinstance(change, Tranche)}
        reports = dict(file.reports)
        if report := changed.get(Report):
            reports[report.year] = report
        file = GrantFile(
            self.programme,
            changed.get(Grant, file.grant),
            changed.get(Account, file.account),
            reports,
            [retried.get(tranche.tranche_id, tranche) for tranche in file.tranches],
        )
        return both(decision, tranches.decide_again(file, at))

    def _grant(self, book: Book, candidature_id: str) -> Grant:
        grant = book.one(Grant, candidature_id)
        if grant is None:
            raise TooEarly(candidature_id)
        return grant

    def _signed(self, book: Book, candidature_id: str, at: Arrival) -> Grant:
        """A holder's act on a grant, signed where the dossier has a key."""
        grant = self._grant(book, candidature_id)
        require_signature(grant.public_key, at)
        return grant

    def _report(self, book: Book, candidature_id: str, year: int) -> Report:
        report = book.one(Report, candidature_id, year)
        if report is None:
            raise TooEarly(candidature_id)
        return report

    def _recovery(self, book: Book, candidature_id: str) -> Recovery:
        found = book.one(Recovery, candidature_id)
        if found is None:
            raise TooEarly(candidature_id)
        return found

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (Grant, Account, Report, Tranche)
        return {
            front.AgreementSigned: Reaction(self.on_agreement_signed, reads),
            front.ReportSubmitted: Reaction(self.on_report_submitted, (Grant, Report)),
            front.BankDetailsProvided: Reaction(self.on_bank_details_provided, (Grant, Account, Tranche, Order)),
            officers.ReportAccepted: Reaction(self.on_report_accepted, reads),
            officers.ReportReturned: Reaction(self.on_report_returned, (Report,)),
            officers.BankDetailsVerified: Reaction(self.on_bank_details_verified, (*reads, Order)),
            officers.PaymentsApproved: Reaction(self.on_payments_approved),
            officers.BankStatementReceived: Reaction(self.on_bank_statement_received),
            officers.GrantSuspended: Reaction(self.on_grant_suspended, (Grant,)),
            officers.GrantResumed: Reaction(self.on_grant_resumed, reads),
            officers.TrancheRetried: Reaction(self.on_tranche_retried, reads),
            officers.RecoveryIntended: Reaction(self.on_recovery_intended, (Grant, Tranche, Recovery)),
            officers.RecoveryDecided: Reaction(self.on_recovery_decided, (Recovery,)),
            officers.RecoveryReceived: Reaction(self.on_recovery_received, (Grant, Recovery)),
            officers.RecoveryWaived: Reaction(self.on_recovery_waived, (Recovery,)),
            GrantTrancheDue: Reaction(self.on_grant_tranche_due, reads),
        }
