"""Evidence that holds: a grant with one tranche paid, made by the rules. Tests plant mistakes in it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from services.funding.domain.money import exports, grants, payments, recovery, retries, tranches
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.proof import Evidence, SaidFact
from services.funding.domain.money.statements import match_statement
from services.funding.domain.states import BankLine, Fund, Grant, Movement, Order, Run, Tranche
from shared.contract import backoffice as officers
from shared.contract.decision import Decision
from shared.contract.funding import GrantAwarded
from shared.contract.values import Reason, Role
from tests.rules.money import given

T = TypeVar("T")
ORDER_ID = given.order().order_id
EVENTS = ("published", "due", "approved-1", "approved-2", "exported", "statement")


def closed() -> Evidence:
    """Awarded, ordered, approved twice, exported, settled: the rules' own changes and facts."""
    programme = given.programme()
    grant = given.grant()
    ledger = MovementBook("published", given.AWARDED_AT)
    ledger.commit_award(grant)
    awarded = GrantAwarded(
        candidature_id=given.KEY,
        wave=grant.wave,
        rank=1,
        zone="qpv",
        awarded_cents=given.CENTS,
        promoted=False,
        awarded_at=given.AWARDED_AT,
    )
    movements = list(ledger.lines)
    facts = [_fact("published", awarded)]

    def keep(cause: str, decision: Decision) -> Decision:
        movements.extend(given.changed(decision, Movement))
        facts.extend(_fact(cause, fact) for fact in decision.facts)
        return decision

    due = keep("due", tranches.decide_due(given.file(), given.tranche(), given.at(event_id="due")))
    [order] = given.changed(due, Order)
    [run], [order] = _approved(None, order, given.AUTHORISER)
    [run], [order] = _approved(run, order, given.ACCOUNTANT)
    request = given.act(
        officers.PaymentsExportRequested,
        given.ACCOUNTANT,
        run_id="run-1",
        digest=payments.digest_of([order]),
    )
    decided = exports.decide_export(run, [order], request, given.DUE_ON, lambda _: "f" * 64)
    [run], [order] = given.changed(keep("exported", decided), Run), given.changed(decided, Order)
    matching = match_statement(
        given.statement(given.line()), given.named(order), given.at(event_id="statement")
    )
    settled = keep("statement", matching.decision())
    [order] = given.changed(settled, Order)
    return Evidence(
        programme=programme,
        fund=committed(Fund("fund", programme.envelope_cents, 0, {}), [grant]),
        grants=[grant],
        tranches=[*given.changed(settled, Tranche), *given.tranches()[1:]],
        orders=[order],
        runs=[run],
        bank_lines=given.changed(settled, BankLine),
        movements=movements,
        facts=facts,
        heard=frozenset(EVENTS),
    )


def after(evidence: Evidence, cause: str, decision: Decision) -> Evidence:
    """The books once one more decision is kept in them."""
    changes = decision.changes
    tranches = {one.tranche_id: one for one in (*evidence.tranches, *_of(Tranche, changes))}
    orders = {one.order_id: one for one in (*evidence.orders, *_of(Order, changes))}
    return replace(
        evidence,
        grants=_of(Grant, changes) or evidence.grants,
        tranches=list(tranches.values()),
        orders=list(orders.values()),
        bank_lines=[*evidence.bank_lines, *_of(BankLine, changes)],
        movements=[*evidence.movements, *_of(Movement, changes)],
        facts=[*evidence.facts, *(_fact(cause, fact) for fact in decision.facts)],
        heard=evidence.heard | {cause},
    )


def _of(kind: type[T], changes: Sequence[Any]) -> list[T]:
    return [one for one in changes if isinstance(one, kind)]


def lived() -> Evidence:
    """More happened: the payment came back and is ordered again, a cent was kept back, a run is opened."""
    paid = closed()
    [order] = paid.orders
    told = given.named(order, told=paid.bank_lines)
    line = given.line(status="returned")
    matching = match_statement(
        given.statement(line, name="releve-2"), told, given.at(event_id="back")
    )
    back = after(paid, "back", matching.decision())
    first, second, _ = back.tranches
    tried = after(back, "retry", retries.retry(first, back.orders, {}, given.at(event_id="retry")))
    file = given.file(tranches=tried.tranches)
    again = tranches.decide_due(file, tried.tranches[0], given.at(event_id="again"))
    ordered = after(tried, "again", again)
    act = given.act(officers.RecoveryOffset, tranche_id=second.tranche_id, amount_cents=1)
    asked = given.recovery(state="ordered")
    kept_back, fund = recovery.offset(asked, second, ordered.fund, act, given.at(event_id="offset"))
    runs = [*ordered.runs, given.run(run_id="run-2", orders=0, total_cents=0)]
    return replace(after(ordered, "offset", kept_back), fund=fund, runs=runs)


def given_back() -> Evidence:
    """The grant ended before anything was paid: money and place are free again."""
    paid = closed()
    awarded = replace(
        paid,
        tranches=given.tranches(),
        orders=[],
        runs=[],
        bank_lines=[],
        movements=[one for one in paid.movements if one.kind == "award"],
        facts=paid.said("GrantAwarded"),
    )
    why = Reason(code="withdrawn", message="Retirée.")
    at = given.at(event_id="end")
    decision, movements, fund = grants.cancel(
        given.grant(), given.tranches(), [], paid.fund, why, at
    )
    ended_with = replace(decision, changes=(*decision.changes, *movements.lines))
    return replace(after(awarded, "end", ended_with), fund=fund)


def _approved(
    before: Run | None, order: Order, who: tuple[str, Role]
) -> tuple[list[Run], list[Order]]:
    seen = {"orders": 1, "total_cents": order.amount_cents, "digest": payments.digest_of([order])}
    event = given.act(officers.PaymentsApproved, who, run_id="run-1", **seen)
    decision = payments.approve_run(before, [order], event, given.at())
    return given.changed(decision, Run), given.changed(decision, Order)


def _fact(cause: str, fact: Any) -> SaidFact:
    return SaidFact(type(fact).__name__, cause, fact.model_dump(mode="json"))


# Mistakes, each planted in a copy


def moving(evidence: Evidence, kind: str, /, **changed: Any) -> Evidence:
    """The movements of a kind are other than they were."""
    movements = [replace(one, **changed) if one.kind == kind else one for one in evidence.movements]
    return replace(evidence, movements=movements)


def without(evidence: Evidence, kind: str) -> Evidence:
    return replace(evidence, movements=[one for one in evidence.movements if one.kind != kind])


def also(
    evidence: Evidence, kind: str, credit: str, debit: str, cents: int, **more: Any
) -> Evidence:
    """A line of the ledger that no rule wrote."""
    extra = Movement("statement", 9, given.DUE_AT, given.KEY, None, kind, debit, credit, cents)  # type: ignore[arg-type]
    return replace(evidence, movements=[*evidence.movements, replace(extra, **more)])


def unsaid(evidence: Evidence, name: str) -> Evidence:
    return replace(evidence, facts=[fact for fact in evidence.facts if fact.name != name])


def said_twice(evidence: Evidence, name: str) -> Evidence:
    return replace(evidence, facts=[*evidence.facts, *evidence.said(name)])


def other(evidence: Evidence, what: str, **changed: Any) -> Evidence:
    """`what` names a field of the evidence: its things are changed in the same way."""
    return replace(evidence, **{what: [replace(one, **changed) for one in getattr(evidence, what)]})


def ended(evidence: Evidence, **grant: Any) -> Evidence:
    """The grant has ended, and the log says that its place is free."""
    fact = SaidFact(
        "AwardCancelled", "statement", {"candidature_id": given.KEY, "place_freed": True}
    )
    gone = given.grant(state="cancelled", **grant)
    return replace(evidence, grants=[gone], facts=[*evidence.facts, fact])
