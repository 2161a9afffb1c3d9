"""Paying: bank details, tranches that fall due, payment runs, the bank's answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from pydantic import ValidationError

from services.funding import store
from services.funding.bank.pain001 import render_pain001
from services.funding.bank.run_files import RunFiles
from services.funding.bank.sealing import (
    BankDetails,
    BankDetailsInvalid,
    FieldCipher,
    SealingKey,
    account_row,
)
from services.funding.bank.target_days import execution_day
from services.funding.bank.values import PaymentFileInvalid
from services.funding.domain.decisions import both
from services.funding.domain.money import (
    declarations,
    grants,
    payments,
    retries,
    sentences,
    statements,
    tranches,
)
from services.funding.domain.money.exports import PlannedFile, decide_export, replaced_accounts
from services.funding.domain.money.ledger import freed
from services.funding.domain.money.matching import Matching
from services.funding.domain.money.recovery import after_giving_up
from services.funding.domain.states import (
    Account,
    Anomaly,
    Declaration,
    Order,
    Recovery,
    Run,
    Tranche,
)
from services.funding.handlers.grant_file import FILE, Changed, GrantHandlers, as_left
from services.funding.handlers.grant_life import GrantLife
from services.funding.handlers.recovery import RecoveryHandlers
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.funding import BankDetailsRefused, GrantTrancheDue
from shared.contract.values import Reasons, TrancheId, dossier_of_tranche
from shared.kit.answering import act_refused
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.people.acts import still_counts
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States


class NamedTranche(Event):
    """All that is believed of a word that a tranche is due: the schedule is funding's own."""

    tranche_id: TrancheId

    @property
    def candidature_id(self) -> str:
        return dossier_of_tranche(self.tranche_id)


def named_tranche(token: str) -> NamedTranche:
    """Raises Rejected where the last token of the subject is no tranche's id."""
    try:
        return NamedTranche(tranche_id=token)
    except ValidationError:
        raise Rejected("the subject names no tranche") from None


def _account_refused(event: front.BankDetailsProvided, reasons: Reasons, at: Arrival) -> Decision:
    """Told to the holder by a letter, and to the front-end that brought it, each with every reason."""
    key = event.candidature_id
    letter = BankDetailsRefused(candidature_id=key, reasons=reasons)
    answer = act_refused(at, key, event.event_type(), reasons)
    return Decision("account-refused", reasons, (letter, answer))


@dataclass(frozen=True)
class PaymentHandlers(GrantHandlers):
    """`sealing` opens what front-ends sealed for funding; `cipher` keeps it encrypted at rest."""

    sealing: SealingKey
    cipher: FieldCipher

    def on_bank_details_provided(
        self, states: States, event: front.BankDetailsProvided, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        self.signed(states, key, at)
        try:
            details = self.sealing.unseal(event.sealed, at.now)
        except BankDetailsInvalid as error:
            return _account_refused(event, error.reasons, at)
        current = store.account_of(states, key)
        new = self._new_account(key, details, at)
        tranches_of = states.of(Tranche, key)
        orders = states.of(Order, key)
        decision = grants.provide_account(current, new, tranches_of, orders, at)
        return self.gates_again(states, key, decision, at)

    def _new_account(self, key: str, details: BankDetails, at: Arrival) -> Account:
        fingerprint = self.sealing.fingerprint(details)
        place = account_row(key, fingerprint)
        secret = self.cipher.encrypt(json.dumps(asdict(details)), "accounts", place, "secret")
        return Account(key, fingerprint, secret, at.order, at.now)

    def on_bank_details_verified(
        self, states: States, event: officers.BankDetailsVerified, at: Arrival
    ) -> Decision:
        account = self._account(states, event.candidature_id)
        decision = grants.verify_account(account, event.fingerprint, event.actor.id, at.now)
        return self._looked_at(states, decision, at)

    def on_bank_details_confirmed(
        self, states: States, event: officers.BankDetailsConfirmed, at: Arrival
    ) -> Decision:
        account = self._account(states, event.candidature_id)
        decision = grants.confirm_account(account, event.fingerprint, event.actor.id, at.now)
        return self._looked_at(states, decision, at)

    def _looked_at(self, states: States, decision: Decision, at: Arrival) -> Decision:
        """Once enough people have looked at an account, what failed on another one may be tried on it."""
        if not decision.changes:
            return decision
        [account] = decision.changes
        key = account.candidature_id
        opened: list[Tranche] = []
        if account.trusted_at:
            orders = states.of(Order, key)
            listed = store.lines_against(states, orders)
            opened = retries.retried(account, states.of(Tranche, key), orders, listed, at)
        trusted = grants.trusted_fact(self.programme, account)
        facts = (*decision.facts, trusted) if trusted else decision.facts
        decision = replace(decision, facts=facts, changes=(account, *opened))
        return self.gates_again(states, key, decision, at)

    def on_tranche_retried(
        self, states: States, event: officers.TrancheRetried, at: Arrival
    ) -> Decision:
        tranche = states.one(Tranche, event.tranche_id)
        # Nothing was tried yet: the word that its day has come may still be on its way.
        if tranche is None or tranche.state == "scheduled":
            raise TooEarly(dossier_of_tranche(event.tranche_id))
        key = tranche.candidature_id
        orders = [
            order for order in states.of(Order, key) if order.tranche_id == tranche.tranche_id
        ]
        decision = retries.retry(tranche, orders, store.lines_against(states, orders), at)
        return self.gates_again(states, key, decision, at)

    def on_grant_tranche_due(self, states: States, event: NamedTranche, at: Arrival) -> Decision:
        """The annual job speaks of a tranche once for ever; here it is ordered, or withheld with the gates.

        Amount and day are the schedule's. Whatever else lies on the subject, that tranche is looked at.
        """
        grant = self.grant(states, event.candidature_id)
        tranche = states.one(Tranche, event.tranche_id)
        if tranche is None:
            raise TooEarly(event.candidature_id)
        return tranches.decide_due(store.file_of(states, self.programme, grant), tranche, at)

    def on_payments_approved(
        self, states: States, event: officers.PaymentsApproved, at: Arrival
    ) -> Decision:
        run = states.one(Run, event.run_id)
        if run is None:
            return payments.approve_run(None, store.orders_waiting(states), event, at)
        if run.state == "opened":
            # A word counts while its officer stands as they did: a revoked key takes it back.
            standing = tuple(one for one in run.approvals if still_counts(states, one, at))
            run = replace(run, approvals=standing)
        return payments.approve_run(run, store.orders_of_run(states, event.run_id), event, at)

    def on_payments_export_requested(
        self,
        states: States,
        event: officers.PaymentsExportRequested,
        at: Arrival,
    ) -> Decision:
        """What the bank would refuse is not decided: nothing could be sent in its place."""
        run = states.one(Run, event.run_id)
        orders = store.orders_of_run(states, event.run_id)
        replaced = replaced_accounts(orders, store.latest_accounts(states, orders))
        if replaced:
            return nothing("account-changed", sentences.account_changed_since(replaced[0]))
        files = RunFiles(self.programme, self.cipher)

        def digest(planned: PlannedFile) -> str:
            file = files.file(states, planned)
            return sha256(render_pain001(file, files.debtor, event.version)).hexdigest()

        execution_on = execution_day(self.programme, at.now)
        try:
            return decide_export(run, orders, event, execution_on, digest)
        except PaymentFileInvalid as invalid:
            return nothing("file-invalid", *invalid.reasons)

    def on_bank_statement_received(
        self, states: States, event: officers.BankStatementReceived, at: Arrival
    ) -> Decision:
        matching = statements.match_statement(event, self._named(states, event), at)
        return self._settled(states, matching, matching.decision(), at)

    def on_payment_declared(
        self, states: States, event: officers.PaymentDeclared, at: Arrival
    ) -> Decision:
        order = states.one(Order, event.order_id)
        before = states.one(Declaration, event.order_id)
        if before:
            standing = tuple(word for word in before.words if still_counts(states, word, at))
            before = replace(before, words=standing)
        listed = store.lines_against(states, [order]).get(event.order_id, []) if order else []
        decision = declarations.declare(order, before, listed, event, at)
        if order is None or not declarations.holds(decision):
            return decision
        tranche = states.one(Tranche, order.tranche_id)
        assert tranche
        grant = self.grant(states, order.candidature_id)
        told = store.lines_told(states, [order.order_id])
        matching = declarations.as_the_letter_says(order, tranche, grant, told, event, at)
        decision = both(decision, matching.decision())
        decision = both(decision, declarations.looked_at(listed, event))
        return self._settled(states, matching, decision, at)

    def _settled(
        self,
        states: States,
        matching: Matching,
        decision: Decision,
        at: Arrival,
    ) -> Decision:
        """What the bank's word frees goes to the reserve; what was paid after the end is asked back."""
        fund = freed(store.fund_of(states, self.programme), None, matching.freed_cents)
        decision = self._asked_back(states, matching, decision, at)
        return self.refilled(states, decision, fund, at)

    def _asked_back(
        self,
        states: States,
        matching: Matching,
        decision: Decision,
        at: Arrival,
    ) -> Decision:
        """What the bank paid after a grant had ended is asked back, where the programme says so."""
        changed = Changed(decision)
        for key in matching.paid_after_the_end():
            tranches_left = as_left(states, Tranche, key, changed)
            paid_cents = grants.paid_cents(matching.grants[key], tranches_left)
            past = states.of(Recovery, key)
            asked = after_giving_up(self.programme, past, key, paid_cents, at.now)
            if asked:
                decision = both(decision, asked)
        return decision

    def _named(self, states: States, event: officers.BankStatementReceived) -> statements.Named:
        """What the lines of a part may touch, in a few queries."""
        file_ids = {line.file_id for line in event.lines if line.file_id}
        files = store.orders_of_files(states, file_ids)
        names = [line.end_to_end_id for line in event.lines]
        for in_file in files.values():
            names += in_file
        orders = store.orders_named(states, names)
        keys = list(dict.fromkeys(order.candidature_id for order in orders.values()))
        named = store.grants_named(states, keys)
        paid_cents: dict[str, int] = {}
        # What was paid matters to returns alone: other statements load no tranches for it.
        if any(line.status == "returned" for line in event.lines):
            states.prefetch(Tranche, keys)
            for key in keys:
                paid_cents[key] = grants.paid_cents(named[key], states.of(Tranche, key))
        return statements.Named(
            orders=orders,
            tranches=store.tranches_named(states, [order.tranche_id for order in orders.values()]),
            grants=named,
            paid_cents=paid_cents,
            files=files,
            told=store.lines_told(states, list(orders)),
            taken=store.lines_taken(states, event.statement_id, event.part),
            listed=store.lines_listed(states, event.statement_id, event.part),
        )

    def on_bank_line_examined(
        self, states: States, event: officers.BankLineExamined, _at: Arrival
    ) -> Decision:
        anomaly = states.one(Anomaly, event.statement_id, event.part, event.line)
        if anomaly is None:
            raise TooEarly(event.statement_id)
        return statements.examine(anomaly, event)

    def cooled_off(self, states: States, at: Arrival) -> Decision:
        """The timer: time alone has opened a gate, what waited only for that is decided again."""
        decision = Decision("cooled-off")
        waiting = store.cooled_off(states, at.now)
        for key in dict.fromkeys(tranche.candidature_id for tranche in waiting):
            file = store.file_of(states, self.programme, self.grant(states, key))
            decision = both(decision, tranches.decide_again(file, at))
        return decision

    def _account(self, states: States, candidature_id: str) -> Account:
        account = store.account_of(states, candidature_id)
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
            officers.PaymentDeclared: Reaction(self.on_payment_declared),
            officers.TrancheRetried: Reaction(self.on_tranche_retried, (*FILE, Order)),
            GrantTrancheDue: Reaction(self.on_grant_tranche_due, FILE, by_subject=named_tranche),
        }
        for handlers in (GrantLife(self.programme), RecoveryHandlers(self.programme)):
            paying |= handlers.reactions()
        return paying
