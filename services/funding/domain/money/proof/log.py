"""The log against the ledger: each order, settlement and return is said once, from the same cause."""

from collections import Counter
from collections.abc import Iterator

from services.funding.domain.money.proof.evidence import Evidence
from services.funding.domain.money.words import MovementKind

SAID_AS: dict[MovementKind, str] = {
    "order": "TrancheOrdered",
    "settle": "TrancheSettled",
    "return": "TrancheReturned",
}


def movements_said(evidence: Evidence) -> Iterator[str]:
    for kind, name in SAID_AS.items():
        said = Counter(
            (str(fact.data["order_id"]), fact.cause_id, fact.data["amount_cents"])
            for fact in evidence.said(name)
        )
        held = Counter(
            (str(movement.order_id), movement.cause_id, movement.amount_cents)
            for movement in evidence.movements
            if movement.kind == kind
        )
        # Counters keep what is there more often on one side: said twice is found as well as never said.
        for (order_id, cause_id, cents), times in (said - held).items():
            what = f"{name} of {cents} cents ({cause_id})"
            yield f"{order_id}: the log says {what} {times} times more than the ledger"
        for (order_id, cause_id, cents), times in (held - said).items():
            what = f"{kind} of {cents} cents ({cause_id})"
            yield f"{order_id}: the ledger holds {what} {times} times more than the log"


def openings_said(evidence: Evidence) -> Iterator[str]:
    """What was paid before the platform is what two people have said, once, of each label."""
    said = Counter[tuple[str, str, int]]()
    for fact in evidence.said("GrantTakenOver"):
        told = fact.data["laureate"]
        for year, cents in enumerate(told["awarded_cents"][: len(told["paid_on"])], start=1):
            said[f"{fact.data['candidature_id']}-T{year}", fact.cause_id, cents] += 1
    held = Counter(
        (str(movement.tranche_id), movement.cause_id, movement.amount_cents)
        for movement in evidence.movements
        if movement.kind == "opening"
    )
    for tranche_id, cause_id, cents in sorted((said - held) + (held - said)):
        yield f"{tranche_id}: {cents} cents paid before the platform ({cause_id}): log and ledger differ"


def refusals_said(evidence: Evidence) -> Iterator[str]:
    """A refusal moves nothing that a fact tells of: it is compared with the orders."""
    said = Counter(str(fact.data["order_id"]) for fact in evidence.said("TrancheRejected"))
    held = Counter(order.order_id for order in evidence.orders if order.state == "rejected")
    for order_id in sorted((said - held) + (held - said)):
        yield f"{order_id}: rejected {said[order_id]} times in the log, {held[order_id]} times in the orders"
