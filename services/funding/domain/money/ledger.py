"""The ledger's accounts and movements. Every cent moves from one account to another, with its cause."""

from collections.abc import Iterable
from datetime import datetime

from services.funding.domain.states import Fund, Grant, Movement, Order, Tranche

ENVELOPE = "envelope"
ORDERED = "ordered"
PAID = "paid"
COMMITTED = "committed"


def committed_account(year: int) -> str:
    """What the grant promises for one of its years, and is neither ordered nor paid."""
    return f"{COMMITTED}:{year}"


class MovementBook:
    """Numbers the movements of one cause, in order."""

    def __init__(self, cause_id: str, at: datetime) -> None:
        self._cause_id, self._at = cause_id, at
        self.lines: list[Movement] = []

    def move(
        self,
        kind: str,
        candidature_id: str,
        credit: str,
        debit: str,
        amount_cents: int,
        tranche_id: str | None = None,
        order_id: str | None = None,
    ) -> None:
        line = len(self.lines)
        self.lines.append(
            Movement(
                self._cause_id, line, self._at, candidature_id, tranche_id, kind, debit, credit, amount_cents, order_id
            )
        )

    def commit_award(self, grant: Grant) -> None:
        for year, cents in enumerate(grant.awarded_cents, start=1):
            if cents:
                self.move("award", grant.candidature_id, ENVELOPE, committed_account(year), cents)

    def order(self, order: Order, year: int) -> None:
        self._of_order("order", order, committed_account(year), ORDERED)

    def undo_order(self, order: Order, year: int) -> None:
        self._of_order("undo", order, ORDERED, committed_account(year))

    def settle(self, order: Order) -> None:
        self._of_order("settle", order, ORDERED, PAID)

    def give_back(self, order: Order, year: int) -> None:
        """A transfer that was settled came back from the holder's bank."""
        self._of_order("return", order, PAID, committed_account(year))

    def _of_order(self, kind: str, order: Order, credit: str, debit: str) -> None:
        self.move(kind, order.candidature_id, credit, debit, order.amount_cents, order.tranche_id, order.order_id)

    def free(self, candidature_id: str, year: int, cents: int, tranche_id: str | None = None) -> None:
        """What was committed and will not be paid goes back to the envelope."""
        self.move("free", candidature_id, committed_account(year), ENVELOPE, cents, tranche_id)

    def offset(self, tranche: Tranche, cents: int) -> None:
        """Kept back from a tranche for money that is owed: as if it were paid, and recovered at once."""
        year = committed_account(tranche.number)
        self.move("offset", tranche.candidature_id, year, PAID, cents, tranche.tranche_id)
        self.move("recover", tranche.candidature_id, PAID, ENVELOPE, cents, tranche.tranche_id)

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
