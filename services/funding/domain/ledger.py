"""The ledger's accounts and movements. Every cent moves from one account to another, with its cause."""

from collections.abc import Iterable
from datetime import datetime

from services.funding.domain.states import Fund, Grant, Movement, Order

ENVELOPE = "envelope"
ORDERED = "ordered"
PAID = "paid"
COMMITTED = "committed"


class MovementBook:
    """Numbers the movements of one cause, in order."""

    def __init__(self, cause_id: str, at: datetime) -> None:
        self._cause_id, self._at = cause_id, at
        self.lines: list[Movement] = []

    def move(
        self, kind: str, candidature_id: str, credit: str, debit: str, amount_cents: int, tranche_id: str | None = None
    ) -> None:
        line = len(self.lines)
        self.lines.append(
            Movement(self._cause_id, line, self._at, candidature_id, tranche_id, kind, debit, credit, amount_cents)
        )

    def commit_award(self, grant: Grant) -> None:
        for year, cents in enumerate(grant.awarded_cents, start=1):
            if cents:
                self.move("award", grant.candidature_id, ENVELOPE, f"{COMMITTED}:{year}", cents)

    def order(self, order: Order, year: int) -> None:
        self.move("order", order.candidature_id, f"{COMMITTED}:{year}", ORDERED, order.amount_cents, order.tranche_id)

    def undo_order(self, order: Order, year: int) -> None:
        self.move("undo", order.candidature_id, ORDERED, f"{COMMITTED}:{year}", order.amount_cents, order.tranche_id)

    def settle(self, order: Order) -> None:
        self.move("settle", order.candidature_id, ORDERED, PAID, order.amount_cents, order.tranche_id)

    def free(self, candidature_id: str, year: int, cents: int) -> None:
        """What was committed and will not be paid goes back to the envelope."""
        self.move("free", candidature_id, f"{COMMITTED}:{year}", ENVELOPE, cents)

    def recover(self, candidature_id: str, cents: int) -> None:
        self.move("recover", candidature_id, PAID, ENVELOPE, cents)


def committed(fund: Fund, grants: Iterable[Grant]) -> Fund:
    """The fund after these awards."""
    places, cents = dict(fund.places), fund.committed_cents
    for grant in grants:
        places[grant.zone] = places.get(grant.zone, 0) + 1
        cents += sum(grant.awarded_cents)
    return Fund(fund.id, fund.envelope_cents, cents, places)


def freed(fund: Fund, zone: str | None, cents: int) -> Fund:
    """The fund after money came back, and a place where the grant ended before it was paid."""
    places = dict(fund.places)
    if zone:
        places[zone] = places.get(zone, 0) - 1
    return Fund(fund.id, fund.envelope_cents, fund.committed_cents - cents, places)
