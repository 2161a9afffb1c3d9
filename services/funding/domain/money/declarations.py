"""The bank's letter on a payment it leaves in doubt: two people declare it, then the order has its end.

Any order that is at the bank may be declared: one that the bank never answers has no other end. A retry stays
refused until then: the bank may still pay.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.funding.domain.approvals import approval_of
from services.funding.domain.decisions import changed
from services.funding.domain.money import sentences
from services.funding.domain.money.matching import Matching, Source
from services.funding.domain.money.words import AT_THE_BANK, DOUBTS
from services.funding.domain.states import Anomaly, BankLine, Declaration, Grant, Order, Tranche
from shared.contract.backoffice import Fate, PaymentDeclared, StatementLine
from shared.contract.decision import Decision, nothing
from shared.kit.delivery import Arrival

WORDS_NEEDED = 2
STATUS: dict[Fate, str] = {"paid": "settled", "dead": "rejected"}


def declare(
    order: Order | None,
    before: Declaration | None,
    listed: Sequence[Anomaly],
    event: PaymentDeclared,
    at: Arrival,
) -> Decision:
    """One word is kept; with the other role's, another person's and the same, it holds.

    `before` has the words that still count; `listed` are the lines on the order that nobody looked at. Who
    says otherwise begins anew: a letter may have been misread. So does who speaks after the bank.
    """
    if order is None:
        return nothing("order-unknown", sentences.no_such_order(event.order_id))
    if order.state not in AT_THE_BANK:
        return nothing(
            f"already-{order.state}", sentences.not_in_doubt(order.order_id, order.state)
        )
    if event.fate == "dead":
        # Such a line may say that the money left: an order called dead is paid again.
        against = next((line for line in listed if line.kind not in DOUBTS), None)
        if against:
            return nothing("contradicted", sentences.letter_contradicted(order.order_id, against))
    said = Declaration(
        order.order_id,
        event.fate,
        event.reference,
        (approval_of(event, at),),
        # Words on another state are not the same word: what the bank has said since voids the first.
        order_state=order.state,
    )
    if before is None or not before.words or not _same(before, said):
        return Decision("declared-by-one", changes=(said,))
    [first] = before.words
    if first["actor"] == event.actor.id:
        return nothing("duplicate", sentences.LETTER_BY_ONE_PERSON)
    if first["role"] == event.actor.role:
        return nothing("wrong-role", sentences.LETTER_BY_ONE_ROLE)
    return Decision(
        f"declared-{event.fate}",
        changes=(replace(said, words=(first, *said.words)),),
    )


def _same(before: Declaration, said: Declaration) -> bool:
    return replace(before, words=()) == replace(said, words=())


def holds(decision: Decision) -> bool:
    """Whether this was the second word."""
    said = changed(decision, Declaration)
    return said is not None and both_said(said)


def both_said(letter: Declaration) -> bool:
    return len(letter.words) == WORDS_NEEDED


def as_the_letter_says(
    order: Order,
    tranche: Tranche,
    grant: Grant,
    told: Sequence[BankLine],
    event: PaymentDeclared,
    at: Arrival,
) -> Matching:
    """The order as a line of the bank of its own would leave it. `told` are the lines kept with it."""
    matching = Matching(
        source=Source("letter"),
        at=at,
        orders={order.order_id: order},
        tranches={tranche.tranche_id: tranche},
        grants={grant.candidature_id: grant},
        paid_cents={},
        told=told,
    )
    line = StatementLine(
        end_to_end_id=order.order_id,
        status=STATUS[event.fate],
        amount_cents=order.amount_cents,
        bank_reference=event.reference,
        reason_code=order.reason_code,
    )
    matching.take(line, 0)
    return matching


def looked_at(listed: Sequence[Anomaly], event: PaymentDeclared) -> Decision:
    """The letter answers the bank's doubts; whatever else is listed waits until somebody has looked."""
    doubts = [line for line in listed if line.kind in DOUBTS]
    examined = [
        replace(line, examined_by=event.actor.id, examined_because=event.reason) for line in doubts
    ]
    return Decision("examined", changes=tuple(examined))
