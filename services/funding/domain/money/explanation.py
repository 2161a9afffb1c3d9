"""`why`, for money: each tranche with its gates, its orders and the bank's word, in French."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.funding.domain.money.declarations import both_said
from services.funding.domain.money.words import OrderState, TrancheState
from services.funding.domain.selection.french import euros
from services.funding.domain.states import Declaration, Order, Tranche
from shared.french import day
from shared.programme import Programme

TRANCHES: dict[TrancheState, str] = {
    "scheduled": "due le",
    "ordered": "ordonnée le",
    "settled": "payée le",
    "rejected": "versement rejeté le",
    "returned": "versement revenu le",
    "offset": "retenue pour une somme due le",
    "cancelled": "annulée le",
}
ORDERS: dict[OrderState, str] = {
    "ordered": "attend d'être approuvé",
    "approved": "approuvé, pas encore parti à la banque",
    "exported": "parti à la banque, qui n'a pas encore répondu",
    "accepted": "accepté par la banque, pas encore payé",
    "unknown": "laissé en doute par la banque, qui peut encore payer",
    "settled": "payé",
    "rejected": "rejeté",
    "returned": "payé, puis revenu",
}
FATES = {"paid": "il est payé", "dead": "il ne sera pas payé"}
UNPAID: tuple[TrancheState, ...] = ("rejected", "returned")


def told_tranche(
    programme: Programme,
    tranche: Tranche,
    orders: Sequence[Order],
    letters: Mapping[str, Declaration],
) -> Iterator[str]:
    """What holds a tranche or became of it, then each attempt to pay it, in turn.

    `letters` are the bank's, by order id, as officers declared them.
    """
    made = sorted(orders, key=lambda order: order.ordered_at)
    sent = [order for order in made if order.state != "cancelled"]
    if tranche.state == "withheld":
        yield from _gates(programme, tranche)
    else:
        by_letter = bool(sent) and _written_off(letters.get(sent[-1].order_id))
        yield _told(programme, tranche, by_letter)
    for order in sent:
        yield _told_order(order)
        if order.order_id in letters:
            yield _told_letter(letters[order.order_id])


def _written_off(letter: Declaration | None) -> bool:
    """One person's word ends nothing: a refusal beside it is the bank's own."""
    return letter is not None and letter.fate == "dead" and both_said(letter)


def _gates(programme: Programme, tranche: Tranche) -> Iterator[str]:
    for gate in tranche.gates:
        since = programme.local_day(datetime.fromisoformat(gate["since"]))
        yield f"Tranche {tranche.number} bloquée depuis le {day(since)} : {gate['message']}"


def _told(programme: Programme, tranche: Tranche, by_letter: bool) -> str:
    when = tranche.due_on
    if tranche.state != "scheduled":
        when = programme.local_day(tranche.since)
    amount = euros(tranche.amount_cents)
    told = f"Tranche {tranche.number}, {amount} : {TRANCHES[tranche.state]} {day(when)}"
    if tranche.state not in UNPAID:
        return f"{told}."
    # Where the bank wrote that it never paid, the account is not at fault.
    if by_letter:
        return f"{told} ; un nouvel essai peut être demandé."
    return f"{told} ; un autre compte est attendu."


def _told_order(order: Order) -> str:
    told = f"  Ordre {order.order_id}, {euros(order.amount_cents)} : {ORDERS[order.state]}"
    if order.reason_code:
        told += f", motif {order.reason_code}"
    if order.bank_reference:
        told += f", référence {order.bank_reference}"
    return f"{told}."


def _told_letter(letter: Declaration) -> str:
    people = " et ".join(word["actor"] for word in letter.words)
    told = f"  Lettre de la banque {letter.reference}, déclarée par {people} : {FATES[letter.fate]}"
    return (
        f"{told}."
        if both_said(letter)
        else f"{told} ; une seconde personne doit le déclarer aussi."
    )
