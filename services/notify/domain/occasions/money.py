"""Letters about money: each tranche and what holds it, bank details that cannot be paid, money asked back."""

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.reasons import codes_of, plain_reasons
from services.notify.domain.telling import tell, tell_once
from shared.contract.decision import Decision, nothing
from shared.contract.funding import (
    BankDetailsReceived,
    BankDetailsRefused,
    BankDetailsTrusted,
    RecoveryClosed,
    RecoveryOpened,
    RecoveryOrdered,
    TrancheOffset,
    TrancheOrdered,
    TrancheRejected,
    TrancheReturned,
    TrancheSettled,
    TrancheWithheld,
)
from shared.contract.values import number_of_tranche


def tranche_withheld(contact: Contact, fact: TrancheWithheld, cause: Cause) -> Decision:
    """A tranche is decided with each gate that opens: the holder is told when what is missing changes."""
    context = {
        "number": number_of_tranche(fact.tranche_id),
        "reasons": plain_reasons(fact.reasons),
        "since": fact.since.isoformat(),
    }
    said = " ".join(codes_of(fact.reasons))
    return tell_once(
        contact,
        fact.tranche_id,
        said,
        cause,
        Message("tranche_withheld", context),
    )


def tranche_ordered(contact: Contact, fact: TrancheOrdered, cause: Cause) -> Decision:
    context = {
        "number": number_of_tranche(fact.tranche_id),
        "amount_cents": fact.amount_cents,
        "order_id": fact.order_id,
    }
    return tell_once(
        contact,
        fact.tranche_id,
        fact.order_id,
        cause,
        Message("tranche_ordered", context),
    )


def tranche_settled(contact: Contact, fact: TrancheSettled, cause: Cause) -> Decision:
    context = {
        "number": number_of_tranche(fact.tranche_id),
        "amount_cents": fact.amount_cents,
        "order_id": fact.order_id,
        "bank_reference": fact.bank_reference,
    }
    return tell(contact, cause, Message("tranche_settled", context))


def tranche_unpaid(
    contact: Contact, fact: TrancheRejected | TrancheReturned, cause: Cause
) -> Decision:
    """Refused by the bank, or given back by it: either way the holder must give other bank details.

    Where officers declared the bank's letter, the account is not at fault: there is nothing to do.
    """
    if isinstance(fact, TrancheRejected) and fact.declared:
        return nothing("declared")
    context = {
        "number": number_of_tranche(fact.tranche_id),
        "amount_cents": fact.amount_cents,
        "order_id": fact.order_id,
        "reason_code": fact.reason_code,
        "came_back": isinstance(fact, TrancheReturned),
    }
    return tell(contact, cause, Message("tranche_rejected", context))


def bank_details_refused(contact: Contact, fact: BankDetailsRefused, cause: Cause) -> Decision:
    return tell(
        contact,
        cause,
        Message("account_refused", {"reasons": plain_reasons(fact.reasons)}),
    )


def bank_details_received(contact: Contact, fact: BankDetailsReceived, cause: Cause) -> Decision:
    """Who changes an account without its holder's knowledge must not do so in silence."""
    context = {"replaces": fact.replaces, "received_at": cause.now.isoformat()}
    return tell(contact, cause, Message("account_received", context))


def bank_details_trusted(contact: Contact, fact: BankDetailsTrusted, cause: Cause) -> Decision:
    return tell(
        contact,
        cause,
        Message("account_trusted", {"payable_from": fact.payable_from.isoformat()}),
    )


def recovery_opened(contact: Contact, fact: RecoveryOpened, cause: Cause) -> Decision:
    context = {
        "number": fact.number,
        "amount_cents": fact.amount_cents,
        "answer_by": fact.answer_by.isoformat(),
        "reasons": plain_reasons(fact.reasons),
    }
    return tell(contact, cause, Message("recovery_opened", context))


def recovery_ordered(contact: Contact, fact: RecoveryOrdered, cause: Cause) -> Decision:
    context = {
        "amount_cents": fact.amount_cents,
        "reasons": plain_reasons(fact.reasons),
        "observed": fact.observed,
    }
    return tell(contact, cause, Message("recovery_ordered", context))


def tranche_offset(contact: Contact, fact: TrancheOffset, cause: Cause) -> Decision:
    """A transfer that is smaller than announced is explained before it comes."""
    context = {
        "number": number_of_tranche(fact.tranche_id),
        "amount_cents": fact.amount_cents,
        "left_cents": fact.left_cents,
    }
    return tell(contact, cause, Message("tranche_offset", context))


def recovery_closed(contact: Contact, fact: RecoveryClosed, cause: Cause) -> Decision:
    context = {"recovered_cents": fact.recovered_cents, "waived_cents": fact.waived_cents}
    return tell(contact, cause, Message("recovery_closed", context))
