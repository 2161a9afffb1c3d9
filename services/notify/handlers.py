"""What notify does with each fact it hears: finds the contact, asks the rule, answers its decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.notify import store
from services.notify.domain import contacts
from services.notify.domain import notices as domain
from services.notify.domain.contacts import Card, Contact, StrayCard
from services.notify.domain.notices import (
    HOLDER,
    QUEUED,
    Cause,
    Message,
    Notice,
    Plan,
    WaveSupport,
    file_reasons,
    joined,
    plain_reasons,
    tell,
    tell_once,
)
from services.notify.domain.pace import DELAYED, Mailbox, paced
from services.notify.domain.proof import Proof
from shared.contract import backoffice as officers
from shared.contract import eligibility, funding, intake
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import for_the_holder
from shared.contract.event import Event
from shared.contract.identity import is_answerable
from shared.contract.notify import SupportOpened
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly, Unreadable
from shared.kit.reactions import Decide, Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True)
class Handlers:
    """`proof` knows the codes of addresses; one address gets `letters_a_day` at most."""

    programme: Programme
    proof: Proof
    letters_a_day: int

    def on_candidature_submitted(self, book: States, event: front.CandidatureSubmitted, at: Arrival) -> Decision:
        return _keep(book, contacts.card_of(event, at.event_id, at.correlation_id))

    def on_address_confirmed(self, book: States, event: front.AddressConfirmed, at: Arrival) -> Decision:
        contact = _known(book, event.candidature_id)
        email = self.proof.proven(event.token, contact.candidature_id, contacts.addresses_of(contact))
        if not email:
            return nothing("no-such-code")
        if email in contact.proven:
            return nothing("proven-before")
        return domain.confirm(contact, email, store.short_of(book, contact.candidature_id), _cause(at))

    def on_candidature_imported(self, book: States, event: officers.CandidatureImported, at: Arrival) -> Decision:
        if event.submission.candidature_id != event.candidature_id:
            raise Rejected("the file inside names another candidature")
        return _keep(book, contacts.card_of(event.submission, at.event_id, at.correlation_id))

    def on_unreadable_file(self, _book: States, failure: Unreadable, dossier: str, _at: Arrival) -> Decision:
        """The counter answers it, or makes a dead letter of it: here only the address is looked for."""
        if not is_answerable(failure.data, dossier):
            return nothing("unreadable")
        data = failure.data if isinstance(failure.data, dict) else {}
        return Decision("unreadable", failure.reasons, changes=(contacts.stray_card(dossier, data),))

    def on_registered(self, book: States, event: intake.CandidatureRegistered, at: Arrival) -> Decision:
        contact = contacts.accepted(_known(book, event.candidature_id), at.correlation_id, event.receipt_number)
        context = {
            "received_at": event.received_at.isoformat(),
            "answer_due_on": event.answer_due_on,
            "wave": event.wave,
            "version": event.version,
            "receipt_number": event.receipt_number,
        }
        return _keeping(contact, tell(contact, _cause(at), Message("receipt", context)))

    def on_pieces_requested(self, book: States, event: intake.CandidaturePiecesRequested, at: Arrival) -> Decision:
        contact = contacts.accepted(_known(book, event.candidature_id), at.correlation_id)
        context = {
            "missing": list(event.missing),
            "complete_before": event.complete_before.isoformat(),
            "received_at": at.now.isoformat(),
        }
        return _keeping(contact, tell(contact, _cause(at), Message("pieces_requested", context)))

    def on_refused(self, book: States, event: intake.CandidatureRefused, at: Arrival) -> Decision:
        message = Message("refused", {"reasons": file_reasons(event.reasons)})
        known = book.one(Contact, event.candidature_id)
        if known is None or contacts.is_stray(known):
            contact = self._stray(book, event.candidature_id)
        else:
            contact = contacts.refused(known, at.correlation_id)
        decision = tell(contact, _cause(at), message)
        return decision if contact is known else _keeping(contact, decision)

    def _stray(self, book: States, candidature_id: str) -> Contact:
        """The address that an unreadable file gives, used until a readable one brings its own."""
        card = book.one(StrayCard, candidature_id)
        if card is None:
            raise TooEarly(candidature_id)
        return contacts.contact_of_stray(card)

    def on_already_registered(self, book: States, event: intake.CandidatureAlreadyRegistered, at: Arrival) -> Decision:
        contact = _known(book, event.candidature_id)
        return tell(contact, _cause(at), Message("already_registered", {"first_receipt": event.receipt_number}))

    def on_withdrawn(self, book: States, event: intake.CandidatureWithdrawn, at: Arrival) -> Decision:
        return tell(_known(book, event.candidature_id), _cause(at), Message("withdrawn", {"wave": event.wave}))

    def on_erased(self, book: States, event: intake.CandidatureErased, at: Arrival) -> Decision:
        """The last message leaves with its own address; what waits to be sent is dropped, the contact emptied."""
        dossier = event.candidature_id
        known, stray = book.one(Contact, dossier), book.one(StrayCard, dossier)
        gone: tuple[Any, ...] = (contacts.erased(known, dossier),)
        if stray:
            gone += (StrayCard(dossier, "", "", "", ""),)
        dropped = tuple(replace(n, state=domain.DROPPED, context={}) for n in store.queued_of(book, dossier))
        last = domain.farewell(known, _cause(at)) if known else nothing("erased")
        return joined(Decision("erased", changes=(*gone, *dropped)), last)

    def on_eligibility_checked(self, book: States, event: eligibility.EligibilityChecked, at: Arrival) -> Decision:
        template = "eligible" if event.eligible else "ineligible"
        context = {
            "zones": list(event.zones),
            "reasons": plain_reasons(for_the_holder(event.reasons)),
            "wave": event.wave,
        }
        said = " ".join([template, *sorted(event.zones), *sorted(reason.code for reason in event.reasons)])
        contact = _with_receipt(book, event.candidature_id)
        return tell_once(contact, "eligibility", said, _cause(at), Message(template, context))

    def on_instruction_requested(self, book: States, event: eligibility.InstructionRequested, at: Arrival) -> Decision:
        said = " ".join(["instruction", *sorted(reason.code for reason in event.reasons)])
        message = Message("instruction_requested", {"reasons": plain_reasons(for_the_holder(event.reasons))})
        return tell_once(_with_receipt(book, event.candidature_id), "eligibility", said, _cause(at), message)

    def on_wave_ranked(self, book: States, event: funding.WaveRanked, at: Arrival) -> Decision:
        wave = replace(store.wave_support(book, event.wave), expected=event.laureates)
        if domain.is_complete(wave):
            return self.match_wave(book, wave, _cause(at))
        return Decision("expected", changes=(wave,))

    def on_grant_awarded(self, book: States, event: funding.GrantAwarded, at: Arrival) -> Decision:
        contact = _known(book, event.candidature_id)
        context = {
            "wave": event.wave,
            "zone": event.zone,
            "awarded_cents": list(event.awarded_cents),
            "awarded_at": event.awarded_at.isoformat(),
        }
        message = Message("promoted" if event.promoted else "awarded", context)
        plan = domain.open_plan(event, contact, book.one(Plan, event.candidature_id), self.programme.support)
        return joined(plan, tell(contact, _cause(at), message))

    def on_support_opened(self, book: States, event: SupportOpened, at: Arrival) -> Decision:
        contact, plan = _known(book, event.candidature_id), book.one(Plan, event.candidature_id)
        if plan is None:
            raise TooEarly(event.candidature_id)
        if not plan.is_open or contact.erased:
            return nothing("plan-closed" if not plan.is_open else "erased")
        begun_plan, begun = domain.begin_support(plan, contact, _cause(at), self.programme.support)
        wave = domain.count_opened(store.wave_support(book, plan.wave), plan)
        if domain.is_complete(wave) or (wave.matched and plan.promoted):
            matched = self.match_wave(book, wave, _cause(at), begun_plan)
            return replace(joined(begun, matched), result="support-begun")
        return replace(joined(begun, Decision("counted", changes=(wave,))), result="support-begun")

    def match_wave(self, book: States, wave: WaveSupport, cause: Cause, begun: Plan | None = None) -> Decision:
        """Peers for every laureate of the wave who has none yet: all of them at first, then each one promoted.

        `begun` is the plan this same decision has just begun.
        """
        plans = store.open_plans(book, wave.wave)
        plans = [begun if begun and plan.candidature_id == begun.candidature_id else plan for plan in plans]
        found = book.many(Contact, [(plan.candidature_id,) for plan in plans])
        known = {contact.candidature_id: contact for contact in found.values() if not contact.erased}
        laureates = [plan for plan in plans if plan.candidature_id in known]
        unmatched = [plan for plan in laureates if not plan.peers]
        matched = domain.match_peers(unmatched, laureates, known, cause, self.programme.support.peers)
        return replace(matched, changes=(*matched.changes, replace(wave, matched=True)))

    def on_award_cancelled(self, book: States, event: funding.AwardCancelled, at: Arrival) -> Decision:
        contact = _known(book, event.candidature_id)
        context = {"reasons": plain_reasons(event.reasons), "freed_cents": event.freed_cents, "wave": event.wave}
        closed = domain.close_plan(book.one(Plan, event.candidature_id))
        return joined(closed, tell(contact, _cause(at), Message("cancelled", context)))

    def on_waitlisted(self, book: States, event: funding.CandidatureWaitlisted, at: Arrival) -> Decision:
        context = {"wave": event.wave, "rank": event.rank, "reasons": plain_reasons(event.reasons)}
        return tell(_known(book, event.candidature_id), _cause(at), Message("waitlisted", context))

    def on_declined(self, book: States, event: funding.CandidatureDeclined, at: Arrival) -> Decision:
        context = {"wave": event.wave, "rank": event.rank, "reasons": plain_reasons(event.reasons)}
        return tell(_known(book, event.candidature_id), _cause(at), Message("declined", context))

    def on_reexamined(self, book: States, event: funding.CandidatureReexamined, at: Arrival) -> Decision:
        """An appeal that was upheld is told by what follows from it: the award, or a place on the list."""
        if event.upheld:
            return nothing("told-by-the-outcome")
        context = {"wave": event.wave, "reasons": plain_reasons(event.reasons)}
        return tell(_known(book, event.candidature_id), _cause(at), Message("appeal_rejected", context))

    def on_agreed(self, book: States, event: funding.GrantAgreed, at: Arrival) -> Decision:
        schedule = [[due.isoformat(), cents] for due, cents in zip(event.due_on, event.amounts_cents, strict=False)]
        return tell(_known(book, event.candidature_id), _cause(at), Message("agreed", {"schedule": schedule}))

    def on_tranche_withheld(self, book: States, event: funding.TrancheWithheld, at: Arrival) -> Decision:
        """A tranche is decided again with each gate that opens: the holder is told when what is missing changes."""
        context = _tranche(event.tranche_id) | {
            "reasons": plain_reasons(event.reasons),
            "since": event.since.isoformat(),
        }
        said = " ".join(sorted(reason.code for reason in event.reasons))
        contact = _known(book, event.candidature_id)
        return tell_once(contact, event.tranche_id, said, _cause(at), Message("tranche_withheld", context))

    def on_tranche_ordered(self, book: States, event: funding.TrancheOrdered, at: Arrival) -> Decision:
        context = _tranche(event.tranche_id) | {"amount_cents": event.amount_cents, "order_id": event.order_id}
        contact = _known(book, event.candidature_id)
        return tell_once(contact, event.tranche_id, event.order_id, _cause(at), Message("tranche_ordered", context))

    def on_tranche_settled(self, book: States, event: funding.TrancheSettled, at: Arrival) -> Decision:
        context = _tranche(event.tranche_id) | {
            "amount_cents": event.amount_cents,
            "order_id": event.order_id,
            "bank_reference": event.bank_reference,
        }
        return tell(_known(book, event.candidature_id), _cause(at), Message("tranche_settled", context))

    def on_tranche_unpaid(
        self, book: States, event: funding.TrancheRejected | funding.TrancheReturned, at: Arrival
    ) -> Decision:
        """Refused by the bank, or given back by it: either way the holder must give other bank details."""
        context = _tranche(event.tranche_id) | {
            "amount_cents": event.amount_cents,
            "order_id": event.order_id,
            "reason_code": event.reason_code,
        }
        return tell(_known(book, event.candidature_id), _cause(at), Message("tranche_rejected", context))

    def on_bank_details_refused(self, book: States, event: funding.BankDetailsRefused, at: Arrival) -> Decision:
        message = Message("account_refused", {"reasons": plain_reasons(event.reasons)})
        return tell(_known(book, event.candidature_id), _cause(at), message)

    def on_recovery_opened(self, book: States, event: funding.RecoveryOpened, at: Arrival) -> Decision:
        context = {
            "number": event.number,
            "amount_cents": event.amount_cents,
            "answer_by": event.answer_by.isoformat(),
        }
        return tell(_known(book, event.candidature_id), _cause(at), Message("recovery_opened", context))

    def on_recovery_ordered(self, book: States, event: funding.RecoveryOrdered, at: Arrival) -> Decision:
        message = Message("recovery_ordered", {"amount_cents": event.amount_cents})
        return tell(_known(book, event.candidature_id), _cause(at), message)

    def on_recovery_closed(self, book: States, event: funding.RecoveryClosed, at: Arrival) -> Decision:
        context = {"recovered_cents": event.recovered_cents, "waived_cents": event.waived_cents}
        return tell(_known(book, event.candidature_id), _cause(at), Message("recovery_closed", context))

    def pace(self, book: States, decision: Decision) -> Decision:
        """New letters to an address that has had enough for the day wait for the next ones."""
        boxes: dict[str, Mailbox] = {}
        held = {change.candidature_id: change for change in decision.changes if isinstance(change, Contact)}
        changes = []
        for change in decision.changes:
            contact = self._to_be_written_to(book, held, change)
            if contact is None:
                changes.append(change)
                continue
            name, day = self.proof.mailbox(contact.email), self.programme.local_day(change.at)
            box = boxes.get(name) or book.one(Mailbox, name) or Mailbox(name, day)
            boxes[name], notice = paced(box, change, self.letters_a_day, self.programme.zone)
            changes.append(notice)
        if not boxes:
            return decision
        delayed = any(isinstance(change, Notice) and change.state == QUEUED and change.retry_at for change in changes)
        reasons = (*decision.reasons, DELAYED) if delayed else decision.reasons
        return replace(decision, reasons=reasons, changes=(*changes, *boxes.values()))

    def _to_be_written_to(self, book: States, held: Mapping[str, Contact], change: Any) -> Contact | None:
        """The holder whom a new letter is for. What an erasure or the association leaves with is not counted."""
        if not isinstance(change, Notice) or change.state != QUEUED or change.recipient != HOLDER:
            return None
        contact = held.get(change.candidature_id) or book.one(Contact, change.candidature_id)
        return contact if contact and contact.email else None

    def reactions(self) -> Mapping[type[Event], Reaction]:
        """Whatever a fact leads to, its letters are paced."""
        return {
            event: replace(reaction, decide=partial(self._paced, reaction.decide))
            for event, reaction in self._reactions().items()
        }

    def _paced(self, decide: Decide, book: States, event: Event, at: Arrival) -> Decision:
        return self.pace(book, decide(book, event, at))

    def _reactions(self) -> Mapping[type[Event], Reaction]:
        reads, with_plan = (Contact,), (Contact, Plan)
        return {
            front.AddressConfirmed: Reaction(self.on_address_confirmed, reads),
            front.CandidatureSubmitted: Reaction(self.on_candidature_submitted, reads, self.on_unreadable_file),
            officers.CandidatureImported: Reaction(self.on_candidature_imported, reads),
            intake.CandidatureRegistered: Reaction(self.on_registered, reads),
            intake.CandidatureAlreadyRegistered: Reaction(self.on_already_registered, reads),
            intake.CandidatureRefused: Reaction(self.on_refused, reads),
            intake.CandidaturePiecesRequested: Reaction(self.on_pieces_requested, reads),
            intake.CandidatureWithdrawn: Reaction(self.on_withdrawn, reads),
            intake.CandidatureErased: Reaction(self.on_erased, reads),
            eligibility.EligibilityChecked: Reaction(self.on_eligibility_checked, reads),
            eligibility.InstructionRequested: Reaction(self.on_instruction_requested, reads),
            funding.WaveRanked: Reaction(self.on_wave_ranked),
            funding.GrantAwarded: Reaction(self.on_grant_awarded, with_plan),
            funding.CandidatureWaitlisted: Reaction(self.on_waitlisted, reads),
            funding.CandidatureDeclined: Reaction(self.on_declined, reads),
            funding.AwardCancelled: Reaction(self.on_award_cancelled, with_plan),
            funding.GrantAgreed: Reaction(self.on_agreed, reads),
            funding.TrancheWithheld: Reaction(self.on_tranche_withheld, reads),
            funding.TrancheOrdered: Reaction(self.on_tranche_ordered, reads),
            funding.TrancheSettled: Reaction(self.on_tranche_settled, reads),
            funding.TrancheRejected: Reaction(self.on_tranche_unpaid, reads),
            funding.TrancheReturned: Reaction(self.on_tranche_unpaid, reads),
            funding.CandidatureReexamined: Reaction(self.on_reexamined, reads),
            funding.BankDetailsRefused: Reaction(self.on_bank_details_refused, reads),
            funding.RecoveryOpened: Reaction(self.on_recovery_opened, reads),
            funding.RecoveryOrdered: Reaction(self.on_recovery_ordered, reads),
            funding.RecoveryClosed: Reaction(self.on_recovery_closed, reads),
            SupportOpened: Reaction(self.on_support_opened, with_plan),
        }


def _keep(book: States, card: Card) -> Decision:
    return contacts.keep_card(book.one(Contact, card.candidature_id), card)


def _known(book: States, candidature_id: str) -> Contact:
    contact = book.one(Contact, candidature_id)
    if contact is None:
        raise TooEarly(candidature_id)
    return contact


def _with_receipt(book: States, candidature_id: str) -> Contact:
    """What follows from a registration names its receipt: it waits for it, in whatever order the streams are read."""
    contact = _known(book, candidature_id)
    if not contact.receipt_number and not contact.erased:
        raise TooEarly(candidature_id)
    return contact


def _keeping(contact: Contact, decision: Decision) -> Decision:
    return Decision(decision.result, decision.reasons, decision.facts, (contact, *decision.changes))


def _cause(at: Arrival) -> Cause:
    return Cause(at.event_id, at.now)


def _tranche(tranche_id: str) -> dict[str, Any]:
    return {"number": int(tranche_id.rpartition("-T")[2])}
