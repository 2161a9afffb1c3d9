"""The proof of the money: the ledger and the log of facts folded anew, apart from the rules that wrote them.

Nothing paid twice; nothing above tranche, year, award, envelope; each order has one cause, each settled order one line
of the bank, and what the log says is what the ledger holds. Every finding names the exact entry.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import BankLine, Fund, Grant, Movement, Order, Run, Tranche
from shared.programme import Programme

PATHS = {  # where each kind of movement may come from and go to; `committed` stands for any year
    "award": ("envelope", "committed"),
    "order": ("committed", "ordered"),
    "undo": ("ordered", "committed"),
    "settle": ("ordered", "paid"),
    "return": ("paid", "committed"),
    "offset": ("committed", "paid"),
    "recover": ("paid", "envelope"),
    "free": ("committed", "envelope"),
}
OF_ORDER = {
    "ordered": ("order",),
    "approved": ("order",),
    "exported": ("order",),
    "accepted": ("order",),
    "unknown": ("order",),
    "settled": ("order", "settle"),
    "rejected": ("order", "undo"),
    "cancelled": ("order", "undo"),
    "returned": ("order", "return", "settle"),
}
SAID_AS = {"order": "TrancheOrdered", "settle": "TrancheSettled", "return": "TrancheReturned"}
SENT = ("exported", "accepted", "unknown", "settled", "rejected", "returned")
LIVE = ("ordered", "approved", "exported", "accepted", "unknown", "settled")


@dataclass(frozen=True, slots=True)
class SaidFact:
    """One fact of the log: its class, the event that caused it, its body."""

    name: str
    cause_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is looked at. `heard` are the ids of the events that were decided."""

    programme: Programme
    fund: Fund | None
    grants: Sequence[Grant]
    tranches: Sequence[Tranche]
    orders: Sequence[Order]
    runs: Sequence[Run]
    bank_lines: Sequence[BankLine]
    movements: Sequence[Movement]
    facts: Sequence[SaidFact]
    heard: frozenset[str]


def violations(evidence: Evidence) -> tuple[str, ...]:
    return (
        *_paths(evidence),
        *_balances(evidence),
        *_awards(evidence),
        *_tranches(evidence),
        *_orders(evidence),
        *_bank(evidence),
        *_log(evidence),
        *_runs(evidence),
        *_places(evidence),
        *_exports(evidence),
    )


def _entry(movement: Movement) -> str:
    return f"movement {movement.cause_id}#{movement.line}"


def _paths(evidence: Evidence) -> Iterator[str]:
    """Each movement is of a known kind, has an amount, and was caused by an event that was decided."""
    for movement in evidence.movements:
        way = tuple(account.partition(":")[0] for account in (movement.credit, movement.debit))
        if PATHS.get(movement.kind) != way:
            yield f"{_entry(movement)}: {movement.kind} goes from {movement.credit} to {movement.debit}"
        if movement.amount_cents <= 0:
            yield f"{_entry(movement)}: {movement.amount_cents} cents"
        if movement.cause_id not in evidence.heard:
            yield f"{_entry(movement)}: its cause was never decided"


def _balances(evidence: Evidence) -> Iterator[str]:
    """No account of a grant ever goes below zero; the envelope gives no more than it has, and the fund agrees."""
    cents: dict[tuple[str, str], int] = defaultdict(int)
    for movement in evidence.movements:
        cents[movement.candidature_id, movement.debit] += movement.amount_cents
        cents[movement.candidature_id, movement.credit] -= movement.amount_cents
    for (candidature, account), balance in sorted(cents.items()):
        if balance < 0 and account != "envelope":
            yield f"{candidature}: account {account} is at {balance} cents"
    committed = -sum(balance for (_, account), balance in cents.items() if account == "envelope")
    envelope = evidence.programme.envelope_cents
    if committed > envelope:
        yield f"envelope: {committed} cents are committed of {envelope}"
    told = evidence.fund.committed_cents if evidence.fund else 0
    if told != committed:
        yield f"fund: {told} cents are noted as committed, the ledger holds {committed}"


def _awards(evidence: Evidence) -> Iterator[str]:
    """Each grant was awarded once, within the caps, for what the log says; and no year was ever paid above it."""
    award, moved = evidence.programme.award, _by(evidence.movements, lambda m: m.candidature_id)
    said = {fact.data["candidature_id"]: fact.data for fact in evidence.facts if fact.name == "GrantAwarded"}
    for grant in evidence.grants:
        where, total = grant.receipt_number, sum(grant.awarded_cents)
        lines = moved.get(grant.candidature_id, [])
        by_year = {m.debit: m.amount_cents for m in lines if m.kind == "award"}
        expected = {f"committed:{year}": cents for year, cents in enumerate(grant.awarded_cents, 1) if cents}
        if by_year != expected or sum(m.kind == "award" for m in lines) != len(expected):
            yield f"{where}: the ledger awards {by_year}, the grant {expected}"
        if tuple(said.get(grant.candidature_id, {}).get("awarded_cents", ())) != tuple(grant.awarded_cents):
            yield f"{where}: the log does not say the same award"
        if total > award.ceiling_cents:
            yield f"{where}: {total} cents awarded, above the ceiling of {award.ceiling_cents}"
        yield from (
            f"{where}: year {year} is awarded {cents} cents, above the cap of {award.yearly_cap_cents}"
            for year, cents in enumerate(grant.awarded_cents, 1)
            if cents > award.yearly_cap_cents
        )
    known = {grant.candidature_id for grant in evidence.grants}
    yield from (f"{key}: money moved for no grant" for key in sorted(set(moved) - known))


def _tranches(evidence: Evidence) -> Iterator[str]:
    """Nothing above a tranche: what was settled and kept back, net of what came back, is its amount at most."""
    paid: dict[str, int] = defaultdict(int)
    for movement in evidence.movements:
        if movement.tranche_id and movement.kind in ("settle", "offset", "return"):
            paid[movement.tranche_id] += movement.amount_cents * (-1 if movement.kind == "return" else 1)
    known = {tranche.tranche_id: tranche for tranche in evidence.tranches}
    for tranche_id, cents in sorted(paid.items()):
        amount = known[tranche_id].amount_cents if tranche_id in known else 0
        if cents > amount:
            yield f"{tranche_id}: {cents} cents paid of {amount}"
    for tranche in evidence.tranches:
        expected = {"settled": tranche.amount_cents, "offset": tranche.amount_cents}.get(
            tranche.state, tranche.offset_cents
        )
        if paid[tranche.tranche_id] != expected:
            yield f"{tranche.tranche_id}: {tranche.state}, {paid[tranche.tranche_id]} cents paid, {expected} expected"
    live = Counter(order.tranche_id for order in evidence.orders if order.state in LIVE)
    yield from (f"{tranche_id}: {times} orders at once" for tranche_id, times in sorted(live.items()) if times > 1)


def _orders(evidence: Evidence) -> Iterator[str]:
    """Each order has its movements and no others, all of its amount; and exactly one cause."""
    moved = _by((m for m in evidence.movements if m.order_id), lambda m: str(m.order_id))
    for order in evidence.orders:
        lines = moved.pop(order.order_id, [])
        kinds = tuple(sorted(m.kind for m in lines))
        if kinds != tuple(sorted(OF_ORDER[order.state])):
            yield f"{order.order_id}: {order.state}, with movements {', '.join(kinds) or 'none'}"
        yield from (
            f"{_entry(m)}: {m.amount_cents} cents for {order.order_id} of {order.amount_cents} on {order.tranche_id}"
            for m in lines
            if (m.amount_cents, m.tranche_id, m.candidature_id)
            != (order.amount_cents, order.tranche_id, order.candidature_id)
        )
    yield from (f"{order_id}: movements for an order that does not exist" for order_id in sorted(moved))


def _bank(evidence: Evidence) -> Iterator[str]:
    """A settled order has a line of the bank, of its amount; so has one that came back; no message says it twice."""
    lines = _by(evidence.bank_lines, lambda line: (line.order_id, line.status))
    expected = {"settled": ("settled",), "returned": ("settled", "returned"), "rejected": ("rejected",)}
    for order in evidence.orders:
        lines.pop((order.order_id, "accepted"), None)
        for status in expected.get(order.state, ()):
            found = lines.pop((order.order_id, status), [])
            if not found:
                yield f"{order.order_id}: {order.state} without a line of the bank"
            if len({line.kind for line in found}) != len(found):
                yield f"{order.order_id}: two lines of the same kind of message say {status}"
            for line in found:
                if status != "rejected" and line.amount_cents != order.amount_cents:
                    yield f"{order.order_id}: {order.amount_cents} cents, the bank's line says {line.amount_cents}"
    yield from (f"{order_id}: a line of the bank says {status}, the order does not" for order_id, status in lines)


def _log(evidence: Evidence) -> Iterator[str]:
    """The log says each order, settlement and return once, from the same cause as the ledger."""
    for kind, name in SAID_AS.items():
        said = [(f.data["order_id"], f.cause_id, f.data["amount_cents"]) for f in evidence.facts if f.name == name]
        held = [(str(m.order_id), m.cause_id, m.amount_cents) for m in evidence.movements if m.kind == kind]
        for (order_id, cause_id, cents), times in (Counter(said) - Counter(held)).items():
            yield f"{order_id}: the log says {name} of {cents} cents ({cause_id}) {times} times more than the ledger"
        for (order_id, cause_id, cents), times in (Counter(held) - Counter(said)).items():
            yield f"{order_id}: the ledger holds {kind} of {cents} cents ({cause_id}) {times} times more than the log"
    rejected = Counter(f.data["order_id"] for f in evidence.facts if f.name == "TrancheRejected")
    orders = Counter(order.order_id for order in evidence.orders if order.state == "rejected")
    for order_id in sorted((rejected - orders) + (orders - rejected)):
        yield f"{order_id}: rejected {rejected[order_id]} times in the log, {orders[order_id]} times in the orders"


def _runs(evidence: Evidence) -> Iterator[str]:
    """What went to the bank was approved by two different people, in their two roles."""
    orders = _by((o for o in evidence.orders if o.run_id), lambda order: str(order.run_id))
    for run in evidence.runs:
        people, roles = {a["actor"] for a in run.approvals}, tuple(a["role"] for a in run.approvals)
        if run.state != "opened" and (len(people) != 2 or roles != ("authorising-officer", "accountant")):
            yield f"run {run.run_id}: {run.state}, approved by {', '.join(roles)}"
        sent = [order for order in orders.pop(run.run_id, []) if order.state in SENT]
        if sent and run.state != "exported":
            yield f"run {run.run_id}: {run.state}, {len(sent)} of its orders are at the bank"
        files = sum(file["orders"] for file in run.files), sum(file["total_cents"] for file in run.files)
        if run.state == "exported" and files != (len(sent), sum(order.amount_cents for order in sent)):
            yield f"run {run.run_id}: its files hold {files[0]} orders for {files[1]} cents, its orders differ"
    loose = [o.order_id for o in evidence.orders if o.run_id is None and o.state not in ("ordered", "cancelled")]
    yield from (f"{order_id}: went on without a payment run" for order_id in loose)
    yield from (f"run {run_id}: its orders have no run" for run_id in sorted(orders))


def _exports(evidence: Evidence) -> Iterator[str]:
    """What is at the bank was said to be, once, with exactly these orders, amounts and accounts."""
    said = _by((f.data for f in evidence.facts if f.name == "PaymentsExported"), lambda data: str(data["run_id"]))
    sent = _by((o for o in evidence.orders if o.run_id and o.state in SENT), lambda order: str(order.run_id))
    files = {run.run_id: [dict(file) for file in run.files] for run in evidence.runs}
    for run_id, orders in sent.items():
        facts = said.pop(run_id, [])
        if not facts:
            yield from (
                f"{order.order_id}: at the bank by run {run_id}, and the log does not say so" for order in orders
            )
            continue
        if len(facts) > 1:
            yield f"run {run_id}: the log says {len(facts)} times that it was exported"
        total_cents = sum(order.amount_cents for order in orders)
        told = facts[0]
        if (told["digest"], told["orders"], told["total_cents"]) != (digest_of(orders), len(orders), total_cents):
            yield f"run {run_id}: its orders are not those the log says were exported"
        if list(told["files"]) != files.get(run_id):
            yield f"run {run_id}: its files are not those the log tells of"
    yield from (f"run {run_id}: the log says it was exported, none of its orders is at the bank" for run_id in said)


def _places(evidence: Evidence) -> Iterator[str]:
    """In the order of the log: a quota never has more places. Who ended holds one while the ledger holds its money."""
    quotas = {zone.value: size for zone, size in evidence.programme.quotas.items()}
    holding: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for fact in evidence.facts:
        key = fact.data.get("candidature_id", "")
        if fact.name == "GrantAwarded" and key not in holding:
            zone = holding[key] = fact.data["zone"]
            taken[zone] += 1
            if taken[zone] > quotas.get(zone, 0):
                yield f"{key}: {taken[zone]} places are funded in {zone}, its quota is {quotas.get(zone, 0)}"
        elif key in holding and (fact.name == "PlaceFreed" or fact.data.get("place_freed")):
            taken[holding.pop(key)] -= 1
    kept: dict[str, int] = defaultdict(int)
    for movement in evidence.movements:
        sign = (movement.credit == "envelope") - (movement.debit == "envelope")
        kept[movement.candidature_id] += sign * movement.amount_cents
    for grant in evidence.grants:
        cents, alive = kept[grant.candidature_id], grant.state != "cancelled"
        holds = alive or cents > 0
        if holds != (grant.candidature_id in holding) or holds != (alive or grant.holds_place):
            yield f"{grant.receipt_number}: {cents} cents of it are with the holder, its place says otherwise"
    told = +Counter(evidence.fund.places) if evidence.fund else Counter()
    if told != +taken:
        yield f"fund: {dict(told)} places are noted as taken, the log says {dict(+taken)}"


def _by(things: Iterable[Any], key: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return found
