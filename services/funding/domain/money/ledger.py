"""The ledger's accounts and movements. Every cent moves from one account to another, with its cause."""

from collections.abc import Iterable
from datetime import datetime

from services.funding.domain.money.words import MovementKind
from services.funding.domain.states import Fund, Grant, Movement, Order, Tranche

ENVELOPE = "envelope"
ORDERED = "ordered"
PAID = "paid"
COMMITTED = "committed"


def committed_account(year: int) -> str:
    """What the grant promises for one of its years, and is neither ordered nor paid."""
    return f"{COMMITTED}:{year}"


class MovementBook:
    """Numbers the movements of one cause, in order. Amounts are cents above zero."""

    def __init__(self, cause_id: str, at: datetime) -> None:
        self._cause_id = cause_id
        self._at = at
        self.lines: list[Movement] = []

    def move(
        self,
        kind: MovementKind,
        candidature_id: str,
        credit: str,
        debit: str,
        amount_cents: int,
        tranche_id: str | None = None,
        order_id: str | None = None,
    ) -> None:
        """`amount_cents` leave the account `credit` for the account `debit`."""
        movement = Movement(
            cause_id=self._cause_id,
            line=len(self.lines),
            at=self._at,
            candidature_id=candidature_id,
            tranche_id=tranche_id,
            kind=kind,
            debit=debit,
            credit=credit,
            amount_cents=amount_cents,
            order_id=order_id,
        )
        self.lines.append(movement)

    def commit_award(self, grant: Grant) -> None:
        for year, cents in enumerate(grant.awarded_cents, start=1):
            if cents:
                self.move(
                    "award",
                    grant.candidature_id,
                    ENVELOPE,
                    committed_account(year),
                    cents,
                )

    def open_paid(self, tranche: Tranche) -> None:
        """It was paid before the platform, by other means: no order, and no bank line."""
        year = committed_account(tranche.number)
        self.move(
            "opening", tranche.candidature_id, year, PAID, tranche.amount_cents, tranche.tranche_id
        )

    def order(self, order: Order, year: int) -> None:
        self._of_order("order", order, committed_account(year), ORDERED)

    def undo_order(self, order: Order, year: int) -> None:
        self._of_order("undo", order, ORDERED, committed_account(year))

    def settle(self, order: Order) -> None:
        self._of_order("settle", order, ORDERED, PAID)

    def give_back(self, order: Order, year: int) -> None:
        """A transfer that was settled came back from the holder's bank."""
        self._of_order("return", order, PAID, committed_account(year))

    def _of_order(self, kind: MovementKind, order: Order, credit: str, debit: str) -> None:
        self.move(
            kind,
            order.candidature_id,
            credit,
            debit,
            order.amount_cents,
            order.tranche_id,
            order.order_id,
        )

    def free(
        self,
        candidature_id: str,
        year: int,
        cents: int,
        tranche_id: str | None = None,
    ) -> None:
        """What was committed and will not be paid goes back to the envelope."""
        self.move(
            "free",
            candidature_id,
            committed_account(year),
            ENVELOPE,
            cents,
            tranche_id,
        )

    def offset(self, tranche: Tranche, cents: int) -> None:
        """Kept back from a tranche for money that is owed: as if it were paid, and recovered at once."""
        # Two lines, as the proof adds up what each tranche paid and what each grant gave back.
        year = committed_account(tranche.number)
        self.move(
            "offset",
            tranche.candidature_id,
            year,
            PAID,
            cents,
            tranche.tranche_id,
        )
        self.move(
            "recover",
            tranche.candidature_id,
            PAID,
            ENVELOPE,
            cents,
            tranche.tranche_id,
        )

    def recover(self, candidature_id: str, cents: int) -> None:
        """A holder gave money back."""
        self.move("recover", candidature_id, PAID, ENVELOPE, cents)


def committed(fund: Fund, grants: Iterable[Grant]) -> Fund:
    """The fund after these awards."""
    places = dict(fund.places)
    cents = fund.committed_cents
    for grant in grants:
        places[grant.zone] = places.get(grant.zone, 0) + 1
        cents += sum(grant.awarded_cents)
    return Fund(fund.id, fund.envelope_cents, cents, places)


def freed(fund: Fund, zone: str | None, cents: int) -> Fund:
    """The fund after money came back, and a place where the grant ended before it was paid."""
    # Without a zone only money comes back: the place stays taken.
    places = dict(fund.places)
    if zone:
        places[zone] = places.get(zone, 0) - 1
    return Fund(fund.id, fund.envelope_cents, fund.committed_cents - cents, places)


def back_in_envelope_cents(changes: Iterable[object]) -> int:
    """What the movements among these changes bring back to the envelope."""
    movements = [change for change in changes if isinstance(change, Movement)]
    return sum(movement.amount_cents for movement in movements if movement.debit == ENVELOPE)


def paid_net_cents(movements: Iterable[Movement]) -> int:
    """What holders were paid and keep, net of what came back."""
    cents = 0
    for movement in movements:
        if movement.debit == PAID:
            cents += movement.amount_cents
        if movement.credit == PAID:
            cents -= movement.amount_cents
    return cents
