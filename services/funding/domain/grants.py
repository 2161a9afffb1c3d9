"""The life of a grant after the award: agreement, account, reports, suspension, cancellation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.funding.domain.ledger import MovementBook, freed
from services.funding.domain.states import Account, Fund, Grant, Order, Report, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import ReportSubmitted
from shared.contract.funding import AwardCancelled, GrantAgreed
from shared.contract.values import Reason, Zone
from shared.kit.delivery import Arrival

OPEN_STATES = ("scheduled", "withheld", "rejected")


def agree(grant: Grant, tranches: Sequence[Tranche], now: datetime) -> Decision:
    if grant.state != "awarded":
        return nothing("duplicate" if grant.state == "agreed" else grant.state)
    fact = GrantAgreed(
        candidature_id=grant.candidature_id,
        due_on=tuple(tranche.due_on for tranche in tranches),
        amounts_cents=tuple(tranche.amount_cents for tranche in tranches),
    )
    return Decision("agreed", facts=(fact,), changes=(replace(grant, state="agreed", agreed_at=now),))


def take_report(report: Report | None, event: ReportSubmitted, at: Arrival) -> Decision:
    """A report sent again replaces the one that was sent back; an accepted one stands."""
    if report and report.state == "accepted":
        return nothing("accepted-already")
    if report and at.sequence <= report.sequence:
        return nothing("superseded")
    planned = sum(line.planned_cents for line in event.lines)
    spent = sum(line.spent_cents for line in event.lines)
    new = Report(event.candidature_id, event.year, "submitted", at.sequence, planned, spent, at.now)
    return Decision("report-submitted", changes=(new,))


def decide_report(report: Report, state: str, officer: str) -> Decision:
    if report.state == state or report.state == "accepted":
        return nothing("duplicate" if report.state == state else "accepted-already")
    return Decision(f"report-{state}", changes=(replace(report, state=state, decided_by=officer),))


def provide_account(
    current: Account | None, new: Account, tranches: Sequence[Tranche], orders: Sequence[Order], at: Arrival
) -> Decision:
    """New bank details freeze what is not at the bank yet: the old account is never paid after the change."""
    if current and current.sequence >= new.sequence:
        return nothing("superseded")
    if current and current.fingerprint == new.fingerprint:
        return nothing("duplicate")
    book = MovementBook(at.event_id, at.now)
    by_id = {tranche.tranche_id: tranche for tranche in tranches}
    frozen: list[Order | Tranche] = []
    for order in orders:
        if order.state in ("ordered", "approved"):
            tranche = by_id[order.tranche_id]
            book.undo_order(order, tranche.number)
            frozen += [
                replace(order, state="cancelled"),
                replace(tranche, state="withheld", since=at.now, gates=({"code": "bank-details-unverified"},)),
            ]
    return Decision("account-provided", changes=(new, *frozen, *book.lines))


def verify_account(account: Account, fingerprint: str, officer: str, now: datetime) -> Decision:
    if account.fingerprint != fingerprint:
        return nothing(
            "superseded", Reason(code="account-changed", message="Le compte a changé depuis la vérification.")
        )
    if account.verified_at:
        return nothing("duplicate")
    return Decision("account-verified", changes=(replace(account, verified_at=now, verified_by=officer),))


def cancel(
    grant: Grant, tranches: Sequence[Tranche], orders: Sequence[Order], fund: Fund, reason: Reason, at: Arrival
) -> tuple[Decision, MovementBook, Fund]:
    """The grant ends: what is not paid and not at the bank goes back to the envelope, with the place.

    Returns the decision, its ledger lines (to be completed by promotions), and the fund as it leaves it.
    """
    book = MovementBook(at.event_id, at.now)
    live = {order.tranche_id: order for order in orders if order.state in ("ordered", "approved")}
    cents = 0
    changes: list[Order | Tranche] = []
    for tranche in tranches:
        order = live.get(tranche.tranche_id)
        if order:
            book.undo_order(order, tranche.number)
            changes.append(replace(order, state="cancelled"))
        if order or tranche.state in OPEN_STATES:
            cents += tranche.amount_cents
            book.free(grant.candidature_id, tranche.number, tranche.amount_cents)
            changes.append(replace(tranche, state="cancelled", since=at.now))
    gone = replace(grant, state="cancelled")
    fact = AwardCancelled(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        zone=Zone(grant.zone),
        freed_cents=cents,
        reasons=(reason,),
    )
    return Decision("cancelled", (reason,), (fact,), (gone, *changes)), book, freed(fund, grant.zone, cents)
