"""Amendments of the agreement: later dates, smaller amounts, the final balance.

Each keeps what was before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.funding.domain.money import sentences
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.money.schedule import year_by_year
from services.funding.domain.money.words import OPEN_STATES, AmendmentKind
from services.funding.domain.states import Amendment, Grant, Tranche
from shared.contract.backoffice import OfficerAct
from shared.contract.decision import Decision, nothing
from shared.contract.funding import GrantAmended
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme.model import months_later


@dataclass(frozen=True, slots=True)
class Agreement:
    """The grant, its tranches by number, and the amendments it had so far."""

    grant: Grant
    tranches: Sequence[Tranche]
    past: Sequence[Amendment]


def extend(agreement: Agreement, months: int, act: OfficerAct, at: Arrival) -> Decision:
    """Every tranche that is not ordered yet falls due `months` later."""
    if refusal := _refusal(agreement.grant):
        return refusal
    # What is ordered keeps its day: the payment is on its way.
    after = [_moved(tranche, months) for tranche in agreement.tranches]
    if after == list(agreement.tranches):
        return nothing("nothing-left", sentences.NOTHING_LEFT)
    return _amended(agreement, after, "extension", act, at)


def reduce(
    agreement: Agreement,
    amounts_cents: Sequence[int],
    act: OfficerAct,
    at: Arrival,
    kind: AmendmentKind = "reduction",
) -> Decision:
    """Each year comes down to its new amount; the difference goes back to the envelope."""
    if refusal := _refusal(agreement.grant):
        return refusal
    mistakes = tuple(_mistakes(agreement, amounts_cents))
    if mistakes:
        return nothing("amounts-refused", *mistakes)
    after = [
        _reduced(tranche, amounts_cents[tranche.number - 1], at) for tranche in agreement.tranches
    ]
    if after == list(agreement.tranches):
        return nothing("duplicate")
    return _amended(agreement, after, kind, act, at)


def balance(agreement: Agreement, total_cents: int, act: OfficerAct, at: Arrival) -> Decision:
    """The grant comes to `total_cents` in all: what is too much is taken from its last open tranches."""
    standing = [tranche for tranche in agreement.tranches if tranche.state != "cancelled"]
    too_much_cents = sum(tranche.amount_cents for tranche in standing) - total_cents
    if too_much_cents < 0:
        return nothing("above-award", sentences.ABOVE_AWARD)
    amounts_cents = [0] * len(agreement.grant.awarded_cents)
    # The last tranches give first: those nearest to payment stay as they were agreed.
    for tranche in reversed(agreement.tranches):
        taken_cents = 0
        if tranche.state in OPEN_STATES:
            taken_cents = min(too_much_cents, tranche.payable_cents)
        too_much_cents -= taken_cents
        amounts_cents[tranche.number - 1] = tranche.amount_cents - taken_cents
    if too_much_cents:
        return nothing("below-paid", sentences.BELOW_PAID)
    return reduce(agreement, amounts_cents, act, at, "final-balance")


def _refusal(grant: Grant) -> Decision | None:
    if grant.state != "agreed":
        return nothing(f"not-amended-{grant.state}", sentences.NO_AGREEMENT)
    return None


def _moved(tranche: Tranche, months: int) -> Tranche:
    if tranche.state not in OPEN_STATES:
        return tranche
    return replace(tranche, due_on=months_later(tranche.due_on, months))


def _mistakes(agreement: Agreement, amounts_cents: Sequence[int]) -> Iterator[Reason]:
    """Every year whose new amount cannot be: no year grows, and none goes below what is engaged of it."""
    years = len(agreement.grant.awarded_cents)
    if len(amounts_cents) != years:
        yield sentences.years_wrong(years)
        return
    # A year without money has no tranche, and counts as zero.
    by_year = {tranche.number: tranche for tranche in agreement.tranches}
    for year, cents in enumerate(amounts_cents, start=1):
        mistake = _mistake(year, cents, by_year.get(year))
        if mistake:
            yield mistake


def _mistake(year: int, cents: int, tranche: Tranche | None) -> Reason | None:
    now_cents = tranche.amount_cents if tranche else 0
    if cents > now_cents:
        return sentences.not_a_reduction(year, now_cents)
    if tranche is None:
        return None
    if cents < now_cents and tranche.state not in OPEN_STATES:
        return sentences.already_engaged(year)
    if cents < tranche.offset_cents:
        return sentences.below_offset(year, tranche.offset_cents)
    return None


def _reduced(tranche: Tranche, cents: int, at: Arrival) -> Tranche:
    if cents == tranche.amount_cents:
        return tranche
    smaller = replace(tranche, amount_cents=cents)
    if smaller.payable_cents:
        return smaller
    # Nothing of it is left to pay: it is given up, or was kept back in full for money that is owed.
    ended = replace(smaller, state="cancelled", since=at.now, retry_after=None)
    return replace(ended, state="offset") if smaller.offset_cents else ended


def _amended(
    agreement: Agreement,
    after: Sequence[Tranche],
    kind: AmendmentKind,
    act: OfficerAct,
    at: Arrival,
) -> Decision:
    grant = agreement.grant
    movements = MovementBook(at.event_id, at.now)
    changed = []
    for old, new in zip(agreement.tranches, after, strict=True):
        freed_cents = old.amount_cents - new.amount_cents
        if freed_cents:
            movements.free(grant.candidature_id, old.number, freed_cents, old.tranche_id)
        if new != old:
            changed.append(new)
    kept = Amendment(
        candidature_id=grant.candidature_id,
        number=len(agreement.past) + 1,
        kind=kind,
        at=at.now,
        officer=act.actor.id,
        reason=act.reason,
        due_before=tuple(tranche.due_on.isoformat() for tranche in agreement.tranches),
        cents_before=tuple(tranche.amount_cents for tranche in agreement.tranches),
    )
    due_on, amounts_cents = year_by_year(grant, after)
    fact = GrantAmended(
        candidature_id=grant.candidature_id,
        number=kept.number,
        kind=kind,
        due_on=due_on,
        amounts_cents=amounts_cents,
        freed_cents=sum(movement.amount_cents for movement in movements.lines),
        reasons=(Reason(code=kind, message=act.reason),),
    )
    return Decision(
        f"amended-{kind}",
        facts=(fact,),
        changes=(kept, *changed, *movements.lines),
    )
