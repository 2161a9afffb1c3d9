"""A tranche falls due: every gate is looked at, then it is ordered, or withheld with its reasons and since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from services.funding.domain.ledger import MovementBook
from services.funding.domain.states import Account, Grant, Movement, Order, Report, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.funding import TrancheOrdered, TrancheWithheld
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

ORDER_ID_MAX = 35


@dataclass(frozen=True, slots=True)
class GrantFile:
    """All that decides whether a grant may be paid."""

    programme: Programme
    grant: Grant
    account: Account | None
    reports: Mapping[int, Report]
    tranches: Sequence[Tranche]


def closed_gates(file: GrantFile, tranche: Tranche, now: datetime) -> Iterator[Reason]:
    """Each gate that is closed, with its sentence."""
    grant, programme = file.grant, file.programme
    if programme.local_day(now) < tranche.due_on:
        yield Reason(code="not-due-yet", message=f"La tranche est due le {tranche.due_on:%d/%m/%Y}.")
    if grant.agreed_at is None:
        yield Reason(code="agreement-missing", message="La convention n'est pas signée.")
    if grant.suspended_since:
        yield Reason(
            code="suspended", message=f"Le financement est suspendu depuis le {grant.suspended_since:%d/%m/%Y}."
        )
    yield from _account_gate(file, now)
    report = file.reports.get(tranche.number - 1)
    if tranche.number > 1 and programme.payment.report_gate and (report is None or report.state != "accepted"):
        yield Reason(
            code="report-missing", message=f"Le rapport sur l'année {tranche.number - 1} n'est pas encore accepté."
        )


def _account_gate(file: GrantFile, now: datetime) -> Iterator[Reason]:
    account = file.account
    if account is None:
        yield Reason(code="bank-details-missing", message="Les coordonnées bancaires ne sont pas fournies.")
    elif account.verified_at is None:
        yield Reason(code="bank-details-unverified", message="Les coordonnées bancaires ne sont pas encore vérifiées.")
    elif now < (free_on := cooled_off_at(file.programme, account)):
        yield Reason(
            code="cooling-off",
            message=f"Les coordonnées bancaires viennent de changer : attente jusqu'au {free_on:%d/%m/%Y}.",
        )


def cooled_off_at(programme: Programme, account: Account) -> datetime:
    assert account.verified_at
    return account.verified_at + timedelta(days=programme.payment.cooling_off_days)


def decide_due(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    """A tranche that fell due, for the first time or decided again: at most one live order, ever."""
    if file.grant.state == "cancelled" or tranche.state not in ("scheduled", "withheld"):
        return nothing(f"already-{tranche.state}")
    closed = tuple(closed_gates(file, tranche, at.now))
    if closed:
        return withhold(file, tranche, closed, at.now)
    return _order(file, tranche, at)


def decide_again(file: GrantFile, at: Arrival) -> Decision:
    """An event opened a gate: every withheld tranche of the grant is decided again."""
    decisions = [decide_due(file, tranche, at) for tranche in file.tranches if tranche.state == "withheld"]
    return Decision(
        "gates-checked",
        tuple(reason for decision in decisions for reason in decision.reasons),
        tuple(fact for decision in decisions for fact in decision.facts),
        numbered([change for decision in decisions for change in decision.changes]),
    )


def numbered(changes: Sequence[object]) -> tuple[object, ...]:
    """The ledger lines of one cause, numbered through."""
    lines = count()
    return tuple(replace(change, line=next(lines)) if isinstance(change, Movement) else change for change in changes)


def withhold(file: GrantFile, tranche: Tranche, closed: tuple[Reason, ...], now: datetime) -> Decision:
    """Said once for each set of closed gates: nothing is said again while nothing changes."""
    gates = tuple(reason.model_dump() for reason in closed)
    wait = None
    if [reason.code for reason in closed] == ["cooling-off"] and file.account:
        wait = cooled_off_at(file.programme, file.account)
    if tranche.state == "withheld" and [g["code"] for g in tranche.gates] == [reason.code for reason in closed]:
        return Decision("still-withheld", closed, changes=(replace(tranche, retry_after=wait),))
    since = tranche.since if tranche.state == "withheld" else now
    held = replace(tranche, state="withheld", since=since, gates=gates, retry_after=wait)
    fact = TrancheWithheld(
        tranche_id=tranche.tranche_id, candidature_id=tranche.candidature_id, reasons=closed, since=since
    )
    return Decision("withheld", closed, (fact,), (held,))


def _order(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    assert file.account
    attempt = tranche.attempt + 1
    order = Order(
        order_id=f"{file.grant.receipt_number}-T{tranche.number}-A{attempt}",
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        amount_cents=tranche.amount_cents,
        fingerprint=file.account.fingerprint,
        state="ordered",
        ordered_at=at.now,
    )
    book = MovementBook(at.event_id, at.now)
    book.order(order, tranche.number)
    ordered = replace(tranche, state="ordered", since=at.now, attempt=attempt, gates=(), retry_after=None)
    fact = TrancheOrdered(
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        order_id=order.order_id,
        amount_cents=order.amount_cents,
    )
    return Decision("ordered", facts=(fact,), changes=(ordered, order, *book.lines))
