"""Paying: bank details, tranches that fall due, payment runs, the bank's answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from pydantic import ValidationError

from services.funding import store
from services.funding.bank.pain001 import render_pain001
from services.funding.bank.run_files import RunFiles, on_a_replaced_account
from services.funding.bank.sealing import BankDetailsInvalid, FieldCipher, SealingKey, account_row
from services.funding.bank.target_days import execution_day
from services.funding.bank.values import PaymentFileInvalid
from services.funding.domain.money import grants, payments, retries, statements, tranches
from services.funding.domain.money.exports import PlannedFile, decide_export
from services.funding.domain.money.ledger import freed
from services.funding.domain.money.recovery import after_giving_up
from services.funding.domain.states import Account, Anomaly, Grant, Order, Recovery, Run, Tranche
from services.funding.handlers.grant_file import FILE, GrantDesk
from services.funding.handlers.grant_life import GrantLife
from services.funding.handlers.recovery import RecoveryHandlers
from services.funding.handlers.refill import both
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import BankDetailsRefused, GrantTrancheDue
from shared.contract.values import Reason, TrancheId
from shared.kit.consumer.decide import Reaction
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.people.acts import still_counts
from shared.kit.storage.states import States


class NamedTranche(Event):
    """All that is believed of a word that a tranche is due: the schedule is funding's own."""

    tranche_id: TrancheId

    @property
    def candidature_id(self) -> str:
        return self.tranche_id.partition("-T")[0]


def named_tranche(token: str) -> NamedTranche:
    try:
        return NamedTranche(tranche_id=token)
    except ValidationError:
        raise Rejected("the subject names no tranche") from None


@dataclass(frozen=True)
class PaymentHandlers(GrantDesk):
    """`sealing` opens what front-ends sealed for funding; `cipher` keeps it encrypted at rest."""

    sealing: SealingKey
    cipher: FieldCipher

    def on_bank_details_provided(self, book: States, event: front.BankDetailsProvided, at: Arrival) -> Decision:
        key = event.candidature_id
        self.signed(book, key, at)
        try:
            details = self.sealing.unseal(event.sealed)
        except BankDetailsInvalid as error:
            fact = BankDetailsRefused(candidature_id=key, reasons=error.reasons)
            return Decision("account-refused", error.reasons, (fact,))
        fingerprint = self.sealing.fingerprint(details)
        secret = self.cipher.encrypt(json.dumps(asdict(details)), "accounts", account_row(key, fingerprint), "secret")
        new = Account(key, fingerprint, secret, at.order, at.now)
        current = store.account_of(book, key)
        decision = grants.provide_account(current, new, book.of(Tranche, key), book.of(Order, key), at)
        return self.gates_again(book, key, decision, at)

    def on_bank_details_verified(self, book: States, event: officers.BankDetailsVerified, at: Arrival) -> Decision:
        account = self._account(book, event.candidature_id)
        decision = grants.verify_account(account, event.fingerprint, event.actor.id, at.now)
        return self._looked_at(book, decision, at)

    def on_bank_details_confirmed(self, book: States, event: officers.BankDetailsConfirmed, at: Arrival) -> Decision:
        account = self._account(book, event.candidature_id)
        decision = grants.confirm_account(account, event.fingerprint, event.actor.id, at.now)
        return self._looked_at(book, decision, at)

    def _looked_at(self, book: States, decision: Decision, at: Arrival) -> Decision:
        """Once enough people have looked at an account, what failed on another one may be tried on it."""
        if not decision.changes:
            return decision
        [account] = decision.changes
        key, again = account.candidature_id, []
        if account.trusted_at:
            orders = book.of(Order, key)
            again = retries.retried(account, book.of(Tranche, key), orders, store.lines_against(book, orders), at)
        return self.gates_again(book, key, replace(decision, changes=(account, *again)), at)

    def on_tranche_retried(self, book: States, event: officers.TrancheRetried, at: Arrival) -> Decision:
        tranche = book.one(Tranche, event.tranche_id)
        if tranche is None or tranche.state == "scheduled":
            raise TooEarly(event.tranche_id[:36])
        orders = [order for order in book.of(Order, tranche.candidature_id) if order.tranche_id == tranche.tranche_id]
        decision = retries.retry(tranche, orders, store.lines_against(book, orders), at)
        return self.gates_again(book, tranche.candidature_id, decision, at)

    def on_grant_tranche_due(self, book: States, event: NamedTranche, at: Arrival) -> Decision:
        """The annual job speaks of a tranche once for ever; here it is ordered, or withheld with the gates.

        Amount and day are the schedule's. Whatever else lies on the subject, that tranche is looked at.
        """
        grant = self.grant(book, event.candidature_id)
        tranche = book.one(Tranche, event.tranche_id)
        if tranche is None:
            raise TooEarly(event.candidature_id)
        return tranches.decide_due(store.file_of(book, self.programme, grant), tranche, at)

    def on_payments_approved(self, book: States, event: officers.PaymentsApproved, at: Arrival) -> Decision:
        run = book.one(Run, event.run_id)
        orders = store.orders_of_run(book, event.run_id) if run else store.orders_waiting(book)
        if run and run.state == "opened":
            run = replace(run, approvals=tuple(one for one in run.approvals if still_counts(book, one, at)))
        return payments.approve_run(run, orders, event, at)

    def on_payments_export_requested(
        self, book: States, event: officers.PaymentsExportRequested, at: Arrival
    ) -> Decision:
        """What the bank would refuse is not decided: nothing could be sent in its place."""
        run = book.one(Run, event.run_id)
        orders = store.orders_of_run(book, event.run_id)
        if changed := on_a_replaced_account(book, orders):
            reason = Reason(code="account-changed", field=changed[0], message="Le compte a changé depuis l'ordre.")
            return nothing("account-changed", reason)
        files = RunFiles(self.programme, self.cipher)

        def digest(planned: PlannedFile) -> str:
            return sha256(render_pain001(files.file(book, planned), files.debtor, event.version)).hexdigest()

        try:
            return decide_export(run, orders, event, execution_day(self.programme, at.now), digest)
        except PaymentFileInvalid as invalid:
            return nothing("file-invalid", *invalid.reasons)

    def on_bank_statement_received(self, book: States, event: officers.BankStatementReceived, at: Arrival) -> Decision:
        matching = statements.match_statement(event, self._named(book, event), at)
        fund = freed(store.fund_of(book, self.programme), None, matching.freed_cents)
        return self.refilled(book, self._asked_back(book, matching, at), fund, at)

    def _asked_back(self, book: States, matching: statements.Matching, at: Arrival) -> Decision:
        """What the bank paid after a grant had ended is asked back, where the programme says so."""
        decision = matching.decision()
        for key in matching.paid_after_the_end():
            tranches = {tranche.tranche_id: tranche for tranche in book.of(Tranche, key)} | matching.tranches
            paid = grants.paid_cents(matching.grants[key], [t for t in tranches.values() if t.candidature_id == key])
            if asked := after_giving_up(self.programme, book.of(Recovery, key), key, paid, at.now):
                decision = both(decision, asked)
        return decision

    def _named(self, book: States, event: officers.BankStatementReceived) -> statements.Named:
        """What the lines of a part may touch, in a few queries."""
        files = store.orders_of_files(book, {line.file_id for line in event.lines if line.file_id})
        names = [line.end_to_end_id for line in event.lines]
        orders = store.orders_named(book, [*names, *(name for file in files.values() for name in file)])
        keys = list(dict.fromkeys(order.candidature_id for order in orders.values()))
        grants_named = {grant.candidature_id: grant for grant in book.many(Grant, [(key,) for key in keys]).values()}
        if any(line.status == "returned" for line in event.lines):
            book.prefetch(Tranche, keys)
            paid = {key: grants.paid_cents(grants_named[key], book.of(Tranche, key)) for key in keys}
        else:
            paid = {}
        return statements.Named(
            orders,
            store.tranches_named(book, [order.tranche_id for order in orders.values()]),
            grants_named,
            paid,
            files,
            store.lines_told(book, list(orders)),
            store.lines_taken(book, event.statement_id, event.part),
            store.lines_listed(book, event.statement_id, event.part),
        )

    def on_bank_line_examined(self, book: States, event: officers.BankLineExamined, _at: Arrival) -> Decision:
        anomaly = book.one(Anomaly, event.statement_id, event.part, event.line)
        if anomaly is None:
            raise TooEarly(event.statement_id)
        if anomaly.examined_by:
            return nothing("duplicate")
        examined = replace(anomaly, examined_by=event.actor.id, examined_because=event.reason)
        return Decision("examined", changes=(examined,))

    def cooled_off(self, book: States, at: Arrival) -> Decision:
        """The timer: time alone has opened a gate, what waited only for that is decided again."""
        decision = Decision("cooled-off")
        for key in dict.fromkeys(tranche.candidature_id for tranche in store.cooled_off(book, at.now)):
            file = store.file_of(book, self.programme, self.grant(book, key))
            decision = both(decision, tranches.decide_again(file, at))
        return decision

    def _account(self, book: States, candidature_id: str) -> Account:
        account = store.account_of(book, candidature_id)
        if account is None:
            raise TooEarly(candidature_id)
        return account

    def reactions(self) -> Mapping[type[Event], Reaction]:
        paying: dict[type[Event], Reaction] = {
            front.BankDetailsProvided: Reaction(self.on_bank_details_provided, (*FILE, Order)),
            officers.BankDetailsVerified: Reaction(self.on_bank_details_verified, (*FILE, Order)),
            officers.BankDetailsConfirmed: Reaction(self.on_bank_details_confirmed, (*FILE, Order)),
            officers.PaymentsApproved: Reaction(self.on_payments_approved),
            officers.PaymentsExportRequested: Reaction(self.on_payments_export_requested),
            officers.BankStatementReceived: Reaction(self.on_bank_statement_received),
            officers.BankLineExamined: Reaction(self.on_bank_line_examined),
            officers.TrancheRetried: Reaction(self.on_tranche_retried, (*FILE, Order)),
            GrantTrancheDue: Reaction(self.on_grant_tranche_due, FILE, by_subject=named_tranche),
        }
        others = (GrantLife(self.programme), RecoveryHandlers(self.programme))
        return paying | {event: reaction for handlers in others for event, reaction in handlers.reactions().items()}
