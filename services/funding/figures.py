"""The queries behind the figures of the programme: what watches and summaries are told."""

from collections import Counter
from datetime import date

from services.funding.domain.money.ledger import PAID, paid_net_cents
from services.funding.domain.money.words import TrancheState
from services.funding.domain.states import Movement, Order, Ranking, Tranche, WaveState
from services.funding.domain.waves.words import OutcomeWord
from shared.kit.storage.states import States

COUNTED: tuple[TrancheState, ...] = ("scheduled", "withheld", "ordered", "settled", "cancelled")


def tranche_counts(states: States) -> dict[str, int]:
    """Tranches by present state; and how many orders were ever rejected, whatever became of them."""
    is_rejected = states.column(Order, "state") == "rejected"
    rejected = states.where(Order, is_rejected)
    counted = Counter(tranche.state for tranche in states.where(Tranche))
    counts: dict[str, int] = {word: counted[word] for word in COUNTED}
    return counts | {"rejected": len(rejected)}


def overdue_tranches(states: States, today: date) -> list[Tranche]:
    """They fell due before this day, and the annual job has not said so: the oldest first."""
    scheduled = states.column(Tranche, "state") == "scheduled"
    found = states.where(Tranche, scheduled, states.column(Tranche, "due_on") < today)
    return sorted(found, key=lambda tranche: tranche.due_on)


def outcome_counts(states: States) -> Counter[OutcomeWord]:
    """Outcomes of the waves' latest proposals as they now are: promoted, ended and reexamined since."""
    latest = {wave.wave: wave.proposal for wave in states.where(WaveState)}
    counts: Counter[OutcomeWord] = Counter()
    for place in states.where(Ranking):
        if place.proposal in (0, latest[place.wave]):
            counts[place.current] += 1
    return counts


def paid_cents(states: States) -> int:
    """What holders were paid and keep, net of what came back."""
    debit = states.column(Movement, "debit")
    credit = states.column(Movement, "credit")
    moves_what_is_paid = (debit == PAID) | (credit == PAID)
    return paid_net_cents(states.where(Movement, moves_what_is_paid))
