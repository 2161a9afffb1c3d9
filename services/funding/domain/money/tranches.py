"""A tranche falls due: every gate is looked at, then it is ordered, or withheld with its reasons and since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import count

from services.funding.domain.money import state_aid
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import Account, Grant, Movement, Order, Report, StateAid, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.funding import TrancheOrdered, TrancheWithheld
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme
from shared.value import value


@value
class GrantFile:
    """All that decides whether a grant may be paid."""

    programme: Programme
    grant: Grant
    account: Account | None
    reports: Mapping[int, Report]
    tranches: Sequence[Tranche]
    aid: StateAid | None = None


@value
class Gate:
    """A closed gate. `since` is when it closed, where the file tells; `opens_at` where time alone opens it."""

    reason: Reason
    since: datetime | None = None
    opens_at: datetime | None = None


def closed_gates(file: GrantFile, tranche: Tranche, now: datetime) -> Iterator[Gate]:
    """Each gate that is closed, with its sentence."""
    grant, programme = file.grant, file.programme
    if programme.local_day(now) < tranche.due_on:
        due_at = datetime.combine(tranche.due_on, time(), programme.zone)
        yield _gate("not-due-yet", f"La tranche est due le {tranche.due_on:%d/%m/%Y}.", opens_at=due_at)
    if grant.agreed_at is None:
        yield _gate("agreement-missing", "La convention n'est pas signée.", grant.awarded_at)
    if grant.suspended_since:
        since = grant.suspended_since
        yield _gate("suspended", f"Le financement est suspendu depuis le {since:%d/%m/%Y}.", since)
    yield from _account_gate(file, now)
    yield from _report_gate(file, tranche)
    if reason := state_aid.closed_by(programme, grant, file.aid):
        yield Gate(reason, file.aid.declared_at if file.aid else None)


def _gate(code: str, message: str, since: datetime | None = None, opens_at: datetime | None = None) -> Gate:
    return Gate(Reason(code=code, message=message), since, opens_at)


def _account_gate(file: GrantFile, now: datetime) -> Iterator[Gate]:
    account = file.account
    if account is None:
        message = "Les coordonnées bancaires ne sont pas fournies."
        yield _gate("bank-details-missing", message, file.grant.awarded_at)
    elif account.verified_at is None:
        message = "Les coordonnées bancaires ne sont pas encore vérifiées."
        yield _gate("bank-details-unverified", message, account.provided_at)
    elif account.trusted_at is None:
        message = "Le changement de compte attend la confirmation d'une seconde personne."
        yield _gate("bank-details-unconfirmed", message, account.verified_at)
    elif now < (free_on := account.trusted_at + timedelta(days=file.programme.payment.cooling_off_days)):
        message = f"Les coordonnées bancaires viennent de changer : attente jusqu'au {free_on:%d/%m/%Y}."
        yield _gate("cooling-off", message, account.trusted_at, free_on)


def _report_gate(file: GrantFile, tranche: Tranche) -> Iterator[Gate]:
    """The report on the last year before that was to be paid."""
    years = [t.number for t in file.tranches if t.number < tranche.number and t.state != "cancelled"]
    if not years or not file.programme.payment.report_gate:
        return
    report = file.reports.get(years[-1])
    if report is None or report.state != "accepted":
        yield _gate("report-missing", f"Le rapport sur l'année {years[-1]} n'est pas encore accepté.")


def decide_due(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    """A tranche that fell due, for the first time or decided again: at most one live order, ever."""
    if file.grant.state == "cancelled" or tranche.state not in ("scheduled", "withheld"):
        return nothing(f"already-{tranche.state}")
    closed = tuple(closed_gates(file, tranche, at.now))
    if closed:
        return withhold(tranche, closed, at.now)
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


def withhold(tranche: Tranche, closed: tuple[Gate, ...], now: datetime) -> Decision:
    """Said once for each set of closed gates: nothing is said again while nothing changes."""
    reasons = tuple(gate.reason for gate in closed)
    wait = None
    if all(gate.opens_at for gate in closed):
        wait = max(gate.opens_at for gate in closed if gate.opens_at)
    known = {gate["code"]: gate["since"] for gate in tranche.gates}
    today = now.isoformat()
    since = {gate.reason.code: gate.since.isoformat() if gate.since else None for gate in closed}
    gates = tuple(
        {**reason.model_dump(), "since": since[reason.code] or known.get(reason.code, today)} for reason in reasons
    )
    if tranche.state == "withheld" and list(known) == [reason.code for reason in reasons]:
        return Decision("still-withheld", reasons, changes=(replace(tranche, gates=gates, retry_after=wait),))
    held_since = tranche.since if tranche.state == "withheld" else now
    held = replace(tranche, state="withheld", since=held_since, gates=gates, retry_after=wait)
    fact = TrancheWithheld(
        tranche_id=tranche.tranche_id, candidature_id=tranche.candidature_id, reasons=reasons, since=held_since
    )
    return Decision("withheld", reasons, (fact,), (held,))


def _order(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    assert file.account
    attempt = tranche.attempt + 1
    order = Order(
        order_id=f"{file.grant.receipt_number}-T{tranche.number}-A{attempt}",
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        amount_cents=tranche.payable_cents,
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
