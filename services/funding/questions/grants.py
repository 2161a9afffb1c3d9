"""What funding answers to officers and operators: plain JSON from committed states."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from services.funding import figures, store
from services.funding.domain.approvals import as_told
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Account, Entry, Grant, Order, Run, Tranche
from services.funding.domain.waves.proposal import left_cents
from services.funding.questions import money, waves
from shared.contract.values import Reason
from shared.kit.questions import refused
from shared.kit.storage.states import States
from shared.programme import Programme

UNKNOWN = Reason(code="unknown", message="Le financement ne connaît pas ce dossier.")


def grants(states: States, after: str, limit: int) -> dict[str, Any]:
    """Grants in pages, by id, with their account's fingerprint and their tranches."""
    page = store.page_of_grants(states, after, limit)
    keys = [grant.candidature_id for grant in page]
    for kind in (Tranche, Order, Account):
        states.prefetch(kind, keys)
    return {
        "grants": [_grant(states, grant) for grant in page],
        "next": keys[-1] if len(page) == limit else None,
    }


def _grant(states: States, grant: Grant) -> dict[str, Any]:
    live = [order for order in states.of(Order, grant.candidature_id) if order.state != "cancelled"]
    orders = {order.tranche_id: order.order_id for order in live}
    return {
        "candidature_id": grant.candidature_id,
        "receipt_number": grant.receipt_number,
        "wave": grant.wave,
        "zone": grant.zone,
        "state": "suspended" if grant.suspended_since else grant.state,
        "promoted": grant.promoted,
        "awarded_cents": list(grant.awarded_cents),
        "account": money.account(store.account_of(states, grant.candidature_id)),
        "tranches": [
            money.tranche(tranche, orders.get(tranche.tranche_id))
            for tranche in states.of(Tranche, grant.candidature_id)
        ],
    }


def laureates(states: States, after: str, limit: int) -> dict[str, Any]:
    """Whom the State supports, for everybody: there is no grant before its wave is published."""
    page = store.page_of_grants(states, after, limit)
    keys = [grant.candidature_id for grant in page]
    states.prefetch(Entry, keys)
    return {
        "laureates": [_laureate(states, grant) for grant in page if grant.state != "cancelled"],
        "next": keys[-1] if len(page) == limit else None,
    }


def _laureate(states: States, grant: Grant) -> dict[str, Any]:
    entry = states.one(Entry, grant.candidature_id)
    return {
        "receipt_number": grant.receipt_number,
        "wave": grant.wave,
        "legal_name": grant.legal_name,
        "commune_code": entry.commune_code if entry else "",
        "zone": grant.zone,
        "awarded_cents": list(grant.awarded_cents),
    }


def why(states: States, candidature_id: str) -> dict[str, Any]:
    """The facts behind an outcome: rank, cut-off, reasons, and what holds the money."""
    entry = states.one(Entry, candidature_id)
    if entry is None or not entry.registered:
        return refused(UNKNOWN)
    wave = store.wave_of(states, entry.wave)
    grant = states.one(Grant, candidature_id)
    return {
        "candidature_id": candidature_id,
        "receipt_number": entry.receipt_number,
        "wave": entry.wave,
        "wave_state": wave.state,
        "eligible": entry.eligible,
        "zones": list(entry.zones),
        "ineligible_because": [dict(reason) for reason in entry.ineligible_because],
        "withdrawn": entry.withdrawn,
        "score": entry.score,
        "criteria": dict(entry.criteria or {}),
        "grid": entry.grid,
        **waves.outcome(states, entry),
        "grant": grant and _grant(states, grant),
    }


def payments(states: States) -> dict[str, Any]:
    """The run that waits for an approval or for its export, and the orders no run has taken."""
    waiting = store.orders_waiting(states)
    run = store.current_run(states)
    return {
        "run": run and _run(states, run),
        "pending": _orders(waiting),
        "at_the_bank": store.orders_at_the_bank(states),
        "in_doubt": [money.in_doubt(states, order) for order in store.orders_in_doubt(states)],
        "anomalies": [money.anomaly(found) for found in store.anomalies(states)],
    }


def statement(states: States, statement_id: str, part: int) -> dict[str, Any]:
    """What came of a part of a bank's message: orders moved or confirmed, lines that wait for a person."""
    return {
        "taken": [
            {
                "order_id": line.order_id,
                "status": line.status,
                "amount_cents": line.amount_cents,
            }
            for line in store.lines_kept(states, statement_id, part)
        ],
        "anomalies": [
            money.anomaly(found)
            for found in store.anomalies(states)
            if (found.statement_id, found.part) == (statement_id, part)
        ],
    }


def _run(states: States, run: Run) -> dict[str, Any]:
    orders = store.orders_of_run(states, run.run_id)
    return {
        "run_id": run.run_id,
        "state": run.state,
        **_orders(orders),
        "approvals": [as_told(approval) for approval in run.approvals],
    }


def _orders(orders: Sequence[Order]) -> dict[str, Any]:
    """What an approval names: how many, how much, and the digest of exactly these."""
    total_cents = sum(order.amount_cents for order in orders)
    return {
        "orders": len(orders),
        "total_cents": total_cents,
        "digest": digest_of(orders),
    }


def summary(states: States, programme: Programme, today: date) -> dict[str, Any]:
    """The figures of the whole programme: how many of each outcome, what is committed and paid."""
    found = store.all_grants(states)
    outcomes = figures.outcome_counts(states)
    fund = store.fund_of(states, programme)
    alive = [grant for grant in found if grant.state != "cancelled"]
    by_zone = Counter(grant.zone for grant in alive)
    by_wave = Counter(grant.wave for grant in alive)
    known = store.waves_of(states, programme)
    return {
        "laureates": {zone.id: by_zone[zone.id] for zone in programme.zones},
        "waitlisted": outcomes["waitlisted"],
        "declined": outcomes["declined"],
        "promoted": sum(grant.promoted for grant in found),
        "cancelled": len(found) - len(alive),
        "committed_cents": fund.committed_cents,
        "envelope_left_cents": left_cents(fund),
        "paid_cents": figures.paid_cents(states),
        "tranches": figures.tranche_counts(states),
        "overdue": _overdue(figures.overdue_tranches(states, today), today),
        "waves": {
            name: {"state": wave.state, "laureates": by_wave[name]} for name, wave in known.items()
        },
    }


def _overdue(tranches: Sequence[Tranche], today: date) -> dict[str, int]:
    """What the annual job has not said, and for how many days the oldest has waited for it."""
    days = (today - tranches[0].due_on).days if tranches else 0
    return {"tranches": len(tranches), "days": days}
