"""A tranche falls due: every gate is looked at, then it is ordered, or withheld: why and since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.funding.domain.decisions import both
from services.funding.domain.money import sentences, state_aid
from services.funding.domain.money.grants import cooled_off_at
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.money.words import KeptGate
from services.funding.domain.states import Account, Grant, Order, Report, StateAid, Tranche
from shared.contract.decision import Decision, nothing
from shared.contract.funding import TrancheOrdered, TrancheWithheld
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme
from shared.value import value


@value
class GrantFile:
    """All that decides whether a grant may be paid. `reports` are by year, `tranches` by number."""

    programme: Programme
    grant: Grant
    account: Account | None
    reports: Mapping[int, Report]
    tranches: Sequence[Tranche]
    aid: StateAid | None = None

    def after(self, changes: Sequence[Any]) -> "GrantFile":
        """The file as an event leaves it, whose changes are not kept yet."""
        file = self
        for change in changes:
            match change:
                case Grant():
                    file = replace(file, grant=change)
                case Account():
                    file = replace(file, account=change)
                case StateAid():
                    file = replace(file, aid=change)
                case Report():
                    file = replace(file, reports={**file.reports, change.year: change})
                case Tranche():
                    by_id = {tranche.tranche_id: tranche for tranche in file.tranches}
                    file = replace(
                        file,
                        tranches=list({**by_id, change.tranche_id: change}.values()),
                    )
        return file


@value
class Gate:
    """A closed gate. `since`: when it closed, where the file tells; `opens_at`: where time alone opens it."""

    reason: Reason
    since: datetime | None = None
    opens_at: datetime | None = None


def closed_gates(file: GrantFile, tranche: Tranche, now: datetime) -> Iterator[Gate]:
    """Each gate that is closed, with its sentence."""
    grant = file.grant
    programme = file.programme
    if programme.local_day(now) < tranche.due_on:
        opens_at = programme.midnight(tranche.due_on)
        yield Gate(sentences.not_due_yet(tranche.due_on), opens_at=opens_at)
    if grant.agreed_at is None:
        yield Gate(sentences.AGREEMENT_MISSING, since=grant.awarded_at)
    if grant.suspended_since:
        yield Gate(
            sentences.suspended(programme.local_day(grant.suspended_since)),
            since=grant.suspended_since,
        )
    yield from _account_gate(file, now)
    yield from _report_gate(file, tranche)
    reason = state_aid.closed_by(programme, grant, file.aid)
    if reason and file.aid:
        yield Gate(reason, since=file.aid.declared_at)


def _account_gate(file: GrantFile, now: datetime) -> Iterator[Gate]:
    account = file.account
    if account is None:
        yield Gate(sentences.BANK_DETAILS_MISSING, since=file.grant.awarded_at)
    elif account.verified_at is None:
        yield Gate(sentences.BANK_DETAILS_UNVERIFIED, since=account.provided_at)
    elif account.trusted_at is None:
        yield Gate(sentences.BANK_DETAILS_UNCONFIRMED, since=account.verified_at)
    else:
        free_on = cooled_off_at(file.programme, account.trusted_at)
        if now < free_on:
            yield Gate(
                sentences.cooling_off(file.programme.local_day(free_on)),
                since=account.trusted_at,
                opens_at=free_on,
            )


def _report_gate(file: GrantFile, tranche: Tranche) -> Iterator[Gate]:
    """The report on the last year before that was to be paid."""
    if not file.programme.payment.report_gate:
        return
    # A year that was given up has nothing to report on: the one before it counts.
    paid_before = [
        other.number
        for other in file.tranches
        if other.number < tranche.number and other.state != "cancelled"
    ]
    if not paid_before:
        return
    year = paid_before[-1]
    report = file.reports.get(year)
    if report is None or report.state != "accepted":
        yield Gate(sentences.report_missing(year))


def decide_due(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    """A tranche that fell due, for the first time or decided again: at most one live order, ever."""
    # The job may speak twice, and the timer after it: only what has no order yet is looked at.
    if file.grant.state == "cancelled" or tranche.state not in ("scheduled", "withheld"):
        return nothing(f"already-{tranche.state}")
    closed = tuple(closed_gates(file, tranche, at.now))
    if closed:
        return withhold(tranche, closed, at.now)
    return _order(file, tranche, at)


def decide_again(file: GrantFile, at: Arrival) -> Decision:
    """An event opened a gate: every withheld tranche of the grant is decided again."""
    decision = Decision("gates-checked")
    for tranche in file.tranches:
        if tranche.state == "withheld":
            decision = both(decision, decide_due(file, tranche, at))
    return decision


def withhold(tranche: Tranche, closed: Sequence[Gate], now: datetime) -> Decision:
    """Said once for each set of closed gates: nothing is said again while nothing changes."""
    reasons = tuple(gate.reason for gate in closed)
    gates = _kept_gates(tranche, closed, now)
    wait = _opens_at(closed)
    before = [gate["code"] for gate in tranche.gates]
    # Days in the sentences may differ: the codes tell whether something new is to be said.
    if tranche.state == "withheld" and before == [reason.code for reason in reasons]:
        same = replace(tranche, gates=gates, retry_after=wait)
        return Decision("still-withheld", reasons, changes=(same,))
    since = tranche.since if tranche.state == "withheld" else now
    held = replace(tranche, state="withheld", since=since, gates=gates, retry_after=wait)
    fact = TrancheWithheld(
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        reasons=reasons,
        since=since,
    )
    return Decision("withheld", reasons, (fact,), (held,))


def _kept_gates(tranche: Tranche, closed: Sequence[Gate], now: datetime) -> tuple[KeptGate, ...]:
    """Where the file does not tell since when a gate is closed, it is since it was first seen closed."""
    first_seen = {gate["code"]: gate["since"] for gate in tranche.gates}
    kept = []
    for gate in closed:
        reason = gate.reason
        since = (
            gate.since.isoformat() if gate.since else first_seen.get(reason.code, now.isoformat())
        )
        kept.append(
            KeptGate(
                code=reason.code,
                field=reason.field,
                message=reason.message,
                since=since,
            )
        )
    return tuple(kept)


def _opens_at(closed: Sequence[Gate]) -> datetime | None:
    """When time alone will have opened the last of them; None where one waits for somebody."""
    opening = [gate.opens_at for gate in closed if gate.opens_at]
    if len(opening) < len(closed):
        return None
    return max(opening)


def _order(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    assert file.account
    attempt = tranche.attempt + 1
    order = Order(
        # The same id from here to the bank's EndToEndId: what it answers finds its attempt, and no other.
        order_id=f"{file.grant.receipt_number}-T{tranche.number}-A{attempt}",
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        amount_cents=tranche.payable_cents,
        fingerprint=file.account.fingerprint,
        state="ordered",
        ordered_at=at.now,
    )
    movements = MovementBook(at.event_id, at.now)
    movements.order(order, tranche.number)
    ordered = replace(
        tranche,
        state="ordered",
        since=at.now,
        attempt=attempt,
        gates=(),
        retry_after=None,
    )
    fact = TrancheOrdered(
        tranche_id=tranche.tranche_id,
        candidature_id=tranche.candidature_id,
        order_id=order.order_id,
        amount_cents=order.amount_cents,
    )
    return Decision("ordered", facts=(fact,), changes=(ordered, order, *movements.lines))
