"""Amendments of the agreement: later dates, smaller amounts, the final balance. What was before is kept with each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.funding.domain.money.grants import OPEN_STATES
from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import Amendment, Grant, Tranche
from shared.contract.backoffice import OfficerAct
from shared.contract.decision import Decision, nothing
from shared.contract.funding import GrantAmended
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme.model import months_later

GONE = ("cancelled", "offset")


def extend(
    grant: Grant, tranches: Sequence[Tranche], past: Sequence[Amendment], months: int, act: OfficerAct, at: Arrival
) -> Decision:
    """Every tranche that is not ordered yet falls due `months` later."""
    if refusal := _refusal(grant):
        return refusal
    moved = {
        t.tranche_id: replace(t, due_on=months_later(t.due_on, months)) for t in tranches if t.state in OPEN_STATES
    }
    if not moved:
        return nothing("nothing-left", Reason(code="nothing-left", message="Toutes les tranches sont engagées."))
    after = [moved.get(tranche.tranche_id, tranche) for tranche in tranches]
    return _amended(grant, tranches, after, past, "extension", act, at)


def reduce(
    grant: Grant,
    tranches: Sequence[Tranche],
    past: Sequence[Amendment],
    amounts_cents: Sequence[int],
    act: OfficerAct,
    at: Arrival,
    kind: str = "reduction",
) -> Decision:
    """Each year comes down to its new amount; the difference goes back to the envelope."""
    if refusal := _refusal(grant):
        return refusal
    mistakes = tuple(_mistakes(grant, tranches, amounts_cents))
    if mistakes:
        return nothing("amounts-refused", *mistakes)
    after = [_reduced(tranche, amounts_cents[tranche.number - 1], at) for tranche in tranches]
    if after == list(tranches):
        return nothing("duplicate")
    return _amended(grant, tranches, after, past, kind, act, at)


def balance(
    grant: Grant, tranches: Sequence[Tranche], past: Sequence[Amendment], total_cents: int, act: OfficerAct, at: Arrival
) -> Decision:
    """The grant comes to `total_cents` in all: what is too much is taken from its last open tranches."""
    amounts = [0] * len(grant.awarded_cents)
    too_much = sum(tranche.amount_cents for tranche in tranches if tranche.state != "cancelled") - total_cents
    if too_much < 0:
        return nothing("above-award", Reason(code="above-award", message="Le solde dépasse le montant attribué."))
    for tranche in reversed(tranches):
        taken = min(too_much, tranche.payable_cents) if tranche.state in OPEN_STATES else 0
        too_much -= taken
        amounts[tranche.number - 1] = tranche.amount_cents - taken
    if too_much:
        message = "Ce qui est payé ou en cours de paiement dépasse ce solde : ouvrez un reversement."
        return nothing("below-paid", Reason(code="below-paid", message=message))
    return reduce(grant, tranches, past, amounts, act, at, "final-balance")


def _refusal(grant: Grant) -> Decision | None:
    if grant.state != "agreed":
        message = "Un avenant modifie une convention signée et en vigueur."
        return nothing(f"not-amended-{grant.state}", Reason(code="no-agreement", message=message))
    return None


def _mistakes(grant: Grant, tranches: Sequence[Tranche], amounts_cents: Sequence[int]) -> Iterator[Reason]:
    years = len(grant.awarded_cents)
    if len(amounts_cents) != years:
        yield Reason(code="years-wrong", field="amounts_cents", message=f"La subvention porte sur {years} ans.")
        return
    by_year = {tranche.number: tranche for tranche in tranches}
    for year, cents in enumerate(amounts_cents, start=1):
        where, tranche = f"amounts_cents[{year - 1}]", by_year.get(year)
        now = tranche.amount_cents if tranche else 0
        if cents > now:
            yield Reason(code="not-a-reduction", field=where, message=f"L'année {year} dépasserait {now} centimes.")
        elif tranche and cents < now and tranche.state not in OPEN_STATES:
            message = f"La tranche {year} est déjà engagée ou payée."
            yield Reason(code="already-engaged", field=where, message=message)
        elif tranche and cents < tranche.offset_cents:
            message = f"{tranche.offset_cents} centimes de l'année {year} ont servi à une compensation."
            yield Reason(code="below-offset", field=where, message=message)


def _reduced(tranche: Tranche, cents: int, at: Arrival) -> Tranche:
    if cents == tranche.amount_cents:
        return tranche
    smaller = replace(tranche, amount_cents=cents)
    if smaller.payable_cents:
        return smaller
    return replace(smaller, state="offset" if smaller.offset_cents else "cancelled", since=at.now, retry_after=None)


def _amended(
    grant: Grant,
    before: Sequence[Tranche],
    after: Sequence[Tranche],
    past: Sequence[Amendment],
    kind: str,
    act: OfficerAct,
    at: Arrival,
) -> Decision:
    book = MovementBook(at.event_id, at.now)
    for old, new in zip(before, after, strict=True):
        if new.amount_cents < old.amount_cents:
            freed = old.amount_cents - new.amount_cents
            book.free(grant.candidature_id, old.number, freed, old.tranche_id)
    kept = Amendment(
        candidature_id=grant.candidature_id,
        number=len(past) + 1,
        kind=kind,
        at=at.now,
        officer=act.actor.id,
        reason=act.reason,
        due_before=tuple(tranche.due_on.isoformat() for tranche in before),
        cents_before=tuple(tranche.amount_cents for tranche in before),
    )
    fact = GrantAmended(
        candidature_id=grant.candidature_id,
        number=kept.number,
        kind=kind,
        due_on=tuple(tranche.due_on for tranche in after),
        amounts_cents=tuple(tranche.amount_cents for tranche in after),
        freed_cents=sum(movement.amount_cents for movement in book.lines),
    )
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    return Decision(f"amended-{kind}", facts=(fact,), changes=(kept, *changed, *book.lines))
