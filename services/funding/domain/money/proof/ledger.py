"""The ledger alone: each movement on a known way, no account below zero, nothing above award and tranche."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from services.funding.domain.money.proof.evidence import Evidence, grouped, named
from services.funding.domain.money.words import MovementKind
from services.funding.domain.states import Grant, Movement, Tranche

# Where each kind of movement comes from and goes to; `committed` stands for any year.
# Written apart from the ledger: a table that both share would repeat its mistake here.
WAYS: dict[MovementKind, tuple[str, str]] = {
    "award": ("envelope", "committed"),
    "order": ("committed", "ordered"),
    "undo": ("ordered", "committed"),
    "settle": ("ordered", "paid"),
    "return": ("paid", "committed"),
    "offset": ("committed", "paid"),
    "recover": ("paid", "envelope"),
    "free": ("committed", "envelope"),
    "opening": ("committed", "paid"),
}


def paths(evidence: Evidence) -> Iterator[str]:
    """Each movement is of a known kind, has an amount, and was caused by an event that was decided."""
    for movement in evidence.movements:
        way = (_without_year(movement.credit), _without_year(movement.debit))
        if WAYS.get(movement.kind) != way:
            yield f"{named(movement)}: {movement.kind} goes from {movement.credit} to {movement.debit}"
        if movement.amount_cents <= 0:
            yield f"{named(movement)}: {movement.amount_cents} cents"
        if movement.cause_id not in evidence.heard:
            yield f"{named(movement)}: its cause was never decided"


def _without_year(account: str) -> str:
    return account.partition(":")[0]


def balances(evidence: Evidence) -> Iterator[str]:
    """No account of a grant ends below zero; the envelope gives no more than it has, and the fund agrees."""
    cents: dict[tuple[str, str], int] = defaultdict(int)
    committed_cents = 0
    for movement in evidence.movements:
        cents[movement.candidature_id, movement.debit] += movement.amount_cents
        cents[movement.candidature_id, movement.credit] -= movement.amount_cents
        committed_cents += from_envelope_cents(movement)
    # The envelope is everybody's: it is counted over all grants, below.
    for (candidature, account), balance in sorted(cents.items()):
        if balance < 0 and account != "envelope":
            yield f"{candidature}: account {account} is at {balance} cents"
    envelope_cents = evidence.programme.envelope_cents
    if committed_cents > envelope_cents:
        yield f"envelope: {committed_cents} cents are committed of {envelope_cents}"
    told_cents = evidence.fund.committed_cents if evidence.fund else 0
    if told_cents != committed_cents:
        yield f"fund: {told_cents} cents are noted as committed, the ledger holds {committed_cents}"


def from_envelope_cents(movement: Movement) -> int:
    """What a movement takes from the envelope; below zero where it gives back."""
    cents = 0
    if movement.credit == "envelope":
        cents += movement.amount_cents
    if movement.debit == "envelope":
        cents -= movement.amount_cents
    return cents


def awards(evidence: Evidence) -> Iterator[str]:
    """Each grant was awarded once, within the caps, for what the log says."""
    moved = grouped(evidence.movements, lambda movement: movement.candidature_id)
    said = {fact.data["candidature_id"]: fact.data for fact in evidence.said("GrantAwarded")}
    for fact in evidence.said("GrantTakenOver"):
        said[fact.data["candidature_id"]] = fact.data["laureate"]
    for grant in evidence.grants:
        lines = moved.pop(grant.candidature_id, [])
        yield from _award_in_ledger(grant, lines)
        told = said.get(grant.candidature_id, {})
        if tuple(told.get("awarded_cents", ())) != tuple(grant.awarded_cents):
            yield f"{grant.receipt_number}: the log does not say the same award"
        yield from _award_above_caps(evidence, grant)
    for candidature in sorted(moved):
        yield f"{candidature}: money moved for no grant"


def _award_in_ledger(grant: Grant, lines: list[Movement]) -> Iterator[str]:
    """One line for each year that has money."""
    awarded = [line for line in lines if line.kind == "award"]
    by_year = {line.debit: line.amount_cents for line in awarded}
    expected = {
        f"committed:{year}": cents for year, cents in enumerate(grant.awarded_cents, 1) if cents
    }
    if by_year != expected or len(awarded) != len(expected):
        yield f"{grant.receipt_number}: the ledger awards {by_year}, the grant {expected}"


def _award_above_caps(evidence: Evidence, grant: Grant) -> Iterator[str]:
    award = evidence.programme.award
    total_cents = sum(grant.awarded_cents)
    if total_cents > award.ceiling_cents:
        above = f"above the ceiling of {award.ceiling_cents}"
        yield f"{grant.receipt_number}: {total_cents} cents awarded, {above}"
    for year, cents in enumerate(grant.awarded_cents, 1):
        if cents > award.yearly_cap_cents:
            above = f"{cents} cents, above the cap of {award.yearly_cap_cents}"
            yield f"{grant.receipt_number}: year {year} is awarded {above}"


def tranches(evidence: Evidence) -> Iterator[str]:
    """What was settled and kept back of a tranche, net of what came back, is its amount at most."""
    paid_cents = _paid_by_tranche(evidence.movements)
    amounts_cents = {tranche.tranche_id: tranche.amount_cents for tranche in evidence.tranches}
    for tranche_id, cents in sorted(paid_cents.items()):
        amount_cents = amounts_cents.get(tranche_id, 0)
        if cents > amount_cents:
            yield f"{tranche_id}: {cents} cents paid of {amount_cents}"
    for tranche in evidence.tranches:
        cents = paid_cents[tranche.tranche_id]
        expected_cents = _paid_in_its_state_cents(tranche)
        if cents != expected_cents:
            yield f"{tranche.tranche_id}: {tranche.state}, {cents} cents paid, {expected_cents} expected"


def _paid_by_tranche(movements: Sequence[Movement]) -> Counter[str]:
    paid_cents: Counter[str] = Counter()
    for movement in movements:
        if not movement.tranche_id:
            continue
        if movement.kind in ("settle", "offset", "opening"):
            paid_cents[movement.tranche_id] += movement.amount_cents
        elif movement.kind == "return":
            paid_cents[movement.tranche_id] -= movement.amount_cents
    return paid_cents


def _paid_in_its_state_cents(tranche: Tranche) -> int:
    """What was kept back counts as paid, whatever became of the rest."""
    if tranche.state in ("settled", "offset"):
        return tranche.amount_cents
    return tranche.offset_cents
