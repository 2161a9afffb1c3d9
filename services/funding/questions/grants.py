"""What funding answers to officers and operators: plain JSON from committed states."""

from collections.abc import Sequence
from typing import Any

from services.funding import store
from services.funding.domain.approvals import as_told
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Account, Entry, Fund, Grant, Order, Run, Tranche
from services.funding.questions import money as money_questions
from services.funding.questions import waves as selection_questions
from shared.kit.storage.states import States
from shared.programme import Programme


def grants(book: States, after: str, limit: int) -> dict[str, Any]:
    """Grants in pages, by id, with their account's fingerprint and their tranches."""
    size = money_questions.page_size(limit)
    page = store.page_of_grants(book, after, size)
    keys = [grant.candidature_id for grant in page]
    for kind in (Tranche, Order, Account):
        book.prefetch(kind, keys)
    return {
        "grants": [_grant(book, grant) for grant in page],
        "next": keys[-1] if len(page) == size else None,
    }


def _grant(book: States, grant: Grant) -> dict[str, Any]:
    orders = {o.tranche_id: o.order_id for o in book.of(Order, grant.candidature_id) if o.state != "cancelled"}
    return {
        "candidature_id": grant.candidature_id,
        "receipt_number": grant.receipt_number,
        "wave": grant.wave,
        "zone": grant.zone,
        "state": "suspended" if grant.suspended_since else grant.state,
        "promoted": grant.promoted,
        "awarded_cents": list(grant.awarded_cents),
        "account": money_questions.account(store.account_of(book, grant.candidature_id)),
        "tranches": [
            money_questions.tranche(tranche, orders.get(tranche.tranche_id))
            for tranche in book.of(Tranche, grant.candidature_id)
        ],
    }


def why(book: States, candidature_id: str) -> dict[str, Any]:
    """The facts behind an outcome: rank, cut-off, reasons, and what holds the money."""
    entry = book.one(Entry, candidature_id)
    if entry is None or not entry.registered:
        return {"error": "unknown", "message": "Le financement ne connaît pas ce dossier."}
    state = store.wave_of(book, entry.wave)
    grant = book.one(Grant, candidature_id)
    return {
        "candidature_id": candidature_id,
        "receipt_number": entry.receipt_number,
        "wave": entry.wave,
        "wave_state": state.state,
        "eligible": entry.eligible,
        "zones": list(entry.zones),
        "ineligible_because": [dict(reason) for reason in entry.ineligible_because],
        "withdrawn": entry.withdrawn,
        "score": entry.score,
        "criteria": dict(entry.criteria or {}),
        "grid": entry.grid,
        **selection_questions.outcome(book, entry),
        "grant": grant and _grant(book, grant),
    }


def payments(book: States) -> dict[str, Any]:
    """The run that waits for an approval or for its export, and the orders no run has taken."""
    waiting = store.orders_waiting(book)
    run = store.current_run(book)
    return {
        "run": run and _run(book, run),
        "pending": _orders(waiting),
        "at_the_bank": store.orders_at_the_bank(book),
        "anomalies": [money_questions.anomaly(found) for found in store.anomalies(book)],
    }


def statement(book: States, statement_id: str, part: int) -> dict[str, Any]:
    """What came of a part of a bank's message: the orders it moved or confirmed, the lines that wait for a person."""
    return {
        "taken": [
            {"order_id": line.order_id, "status": line.status, "amount_cents": line.amount_cents}
            for line in store.lines_kept(book, statement_id, part)
        ],
        "anomalies": [
            money_questions.anomaly(found)
            for found in store.anomalies(book)
            if (found.statement_id, found.part) == (statement_id, part)
        ],
    }


def _run(book: States, run: Run) -> dict[str, Any]:
    orders = store.orders_of_run(book, run.run_id)
    return {
        "run_id": run.run_id,
        "state": run.state,
        **_orders(orders),
        "approvals": [as_told(approval) for approval in run.approvals],
    }


def _orders(orders: Sequence[Order]) -> dict[str, Any]:
    """What an approval names: how many, how much, and the digest of exactly these."""
    total_cents = sum(order.amount_cents for order in orders)
    return {"orders": len(orders), "total_cents": total_cents, "digest": digest_of(orders)}


def summary(book: States, programme: Programme) -> dict[str, Any]:
    found = store.all_grants(book)
    tranches = store.tranche_counts(book)
    outcomes = store.outcome_counts(book)
    fund: Fund = store.fund_of(book, programme)
    alive = [grant for grant in found if grant.state != "cancelled"]
    return {
        "laureates": {zone.value: sum(grant.zone == zone for grant in alive) for zone in programme.quotas},
        "waitlisted": outcomes.get("waitlisted", 0),
        "declined": outcomes.get("declined", 0),
        "promoted": sum(grant.promoted for grant in found),
        "cancelled": len(found) - len(alive),
        "committed_cents": fund.committed_cents,
        "envelope_left_cents": fund.envelope_cents - fund.committed_cents,
        "paid_cents": store.paid_cents(book),
        "tranches": tranches,
        "waves": {
            name: {"state": state.state, "laureates": sum(grant.wave == name for grant in alive)}
            for name, state in store.waves_of(book, programme).items()
        },
    }
