"""What funding answers to officers and operators: plain JSON from committed states."""

from typing import Any

from services.funding import store
from services.funding.domain.states import Account, Entry, Fund, Grant, Order, Ranking, Run, Tranche, WaveState
from services.funding.domain.waves import violations_of, wave_fact
from shared.kit.book import Book
from shared.programme import Programme

PAGE_MAX = 500
IDS_SHOWN = 20


def wave(book: Book, wave_id: str) -> dict[str, Any]:
    """How far a wave is, and what its ranking still waits for."""
    state = store.wave_of(book, wave_id)
    missing = [entry for entry in store.entries_of(book, wave_id) if not entry.ready]
    return {
        "wave": wave_id,
        "state": state.state,
        "registered": state.registered,
        "entries": state.entries,
        "missing": {
            "unregistered": max(0, (state.registered or 0) - state.entries),
            "unchecked": sum(entry.eligible is None for entry in missing),
            "unscored": sum(bool(entry.eligible) and entry.score is None for entry in missing),
            "ids": [entry.candidature_id for entry in missing[:IDS_SHOWN]],
        },
        "proposal": _proposal(book, state),
        "approvals": [dict(approval) for approval in state.approvals],
        "published_at": state.published_at.isoformat() if state.published_at else None,
    }


def _proposal(book: Book, state: WaveState) -> dict[str, Any] | None:
    if not state.proposal:
        return None
    fact = wave_fact(state, store.rankings_of(book, state))
    return fact.model_dump(mode="json", exclude={"wave"})


def verify(book: Book, programme: Programme, wave_id: str) -> dict[str, Any]:
    """The separate verifier on a wave that is ranked and not published yet."""
    state = store.wave_of(book, wave_id)
    if state.state != "ranked":
        return {"error": "not-ranked", "message": f"La vague {wave_id} n'attend pas de publication."}
    table = store.table_of(book, programme, state, store.fund_of(book, programme))
    violations = violations_of(table, store.rankings_of(book, state))
    return {"wave": wave_id, "verified": not violations, "violations": violations}


def grants(book: Book, after: str, limit: int) -> dict[str, Any]:
    """Grants in pages, by id, with their account's fingerprint and their tranches."""
    size = min(max(limit, 1), PAGE_MAX)
    page = store.page_of_grants(book, after, size)
    keys = [grant.candidature_id for grant in page]
    for kind in (Tranche, Order):
        book.open_files(kind, keys)
    accounts = book.many(Account, [(key,) for key in keys])
    return {
        "grants": [_grant(book, grant, accounts.get((grant.candidature_id,))) for grant in page],
        "next": keys[-1] if len(page) == size else None,
    }


def _grant(book: Book, grant: Grant, account: Account | None) -> dict[str, Any]:
    orders = {o.tranche_id: o.order_id for o in book.of(Order, grant.candidature_id) if o.state != "cancelled"}
    return {
        "candidature_id": grant.candidature_id,
        "receipt_number": grant.receipt_number,
        "wave": grant.wave,
        "zone": grant.zone,
        "state": "suspended" if grant.suspended_since else grant.state,
        "promoted": grant.promoted,
        "awarded_cents": list(grant.awarded_cents),
        "account": account and {"fingerprint": account.fingerprint, "verified": account.verified_at is not None},
        "tranches": [
            {
                "tranche_id": tranche.tranche_id,
                "number": tranche.number,
                "due_on": tranche.due_on.isoformat(),
                "amount_cents": tranche.amount_cents,
                "state": tranche.state,
                "since": tranche.since.isoformat(),
                "order_id": orders.get(tranche.tranche_id),
                "gates": [dict(gate) for gate in tranche.gates],
            }
            for tranche in book.of(Tranche, grant.candidature_id)
        ],
    }


def why(book: Book, candidature_id: str) -> dict[str, Any]:
    """The facts behind an outcome: rank, cut-off, reasons, and what holds the money."""
    entry = book.one(Entry, candidature_id)
    if entry is None or not entry.registered:
        return {"error": "unknown", "message": "Le financement ne connaît pas ce dossier."}
    state = store.wave_of(book, entry.wave)
    ranking = book.one(Ranking, candidature_id) if state.state == "published" else None
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
        "ranking": ranking and _ranking(book, ranking, state),
        "grant": grant and _grant(book, grant, book.one(Account, candidature_id)),
    }


def _ranking(book: Book, ranking: Ranking, state: WaveState) -> dict[str, Any]:
    places = store.rankings_of(book, state)
    last = max((place.rank for place in places if place.outcome == "laureate"), default=None)
    cut_off = next((place.score for place in places if place.rank == last), None)
    return {
        "rank": ranking.rank,
        "of": len(places),
        "outcome": ranking.outcome,
        "zone": ranking.zone,
        "tie_break": list(ranking.tie_break),
        "awarded_cents": list(ranking.awarded_cents),
        "last_laureate_rank": last,
        "cut_off": cut_off,
        "reserve_ended": ranking.reserve_ended,
        "reasons": [dict(reason) for reason in ranking.reasons],
    }


def payments(book: Book) -> dict[str, Any]:
    """The run that waits for an approval or for its export, and the orders no run has taken."""
    waiting = store.orders_waiting(book)
    run = next(iter(store.runs_in(book, ("opened", "approved"))), None)
    return {
        "run": run and _run(book, run),
        "pending": {"orders": len(waiting), "total_cents": sum(order.amount_cents for order in waiting)},
        "anomalies": [
            {"end_to_end_id": a.end_to_end_id, "kind": a.kind, "amount_cents": a.amount_cents, "detail": a.detail}
            for a in store.anomalies(book)
        ],
    }


def _run(book: Book, run: Run) -> dict[str, Any]:
    orders = store.orders_of_run(book, run.run_id)
    return {
        "run_id": run.run_id,
        "state": run.state,
        "orders": len(orders),
        "total_cents": sum(order.amount_cents for order in orders),
        "approvals": [dict(approval) for approval in run.approvals],
    }


def summary(book: Book, programme: Programme) -> dict[str, Any]:
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
