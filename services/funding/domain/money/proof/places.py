"""Places over the whole life: a quota never has more, and who holds the State's money holds one."""

from collections import Counter
from collections.abc import Collection, Iterator

from services.funding.domain.money.proof.evidence import Evidence
from services.funding.domain.money.proof.ledger import from_envelope_cents
from services.funding.domain.states import Grant


def places(evidence: Evidence) -> Iterator[str]:
    """In the order of the log, as at no moment there were more places than a quota has."""
    quotas = evidence.programme.places
    holding: dict[str, str] = {}  # the zone of each candidature that has a place
    taken: Counter[str] = Counter()
    for fact in evidence.facts:
        key = fact.data.get("candidature_id", "")
        if key in holding:
            if fact.name == "PlaceFreed" or fact.data.get("place_freed"):
                taken[holding.pop(key)] -= 1
        elif fact.name in ("GrantAwarded", "GrantTakenOver"):
            zone = fact.data.get("laureate", fact.data)["zone"]
            holding[key] = zone
            taken[zone] += 1
            quota = quotas.get(zone, 0)
            if quota is not None and taken[zone] > quota:
                yield f"{key}: {taken[zone]} places are funded in {zone}, its quota is {quota}"
    yield from _places_of_grants(evidence, holding)
    yield from _places_of_fund(evidence, taken)


def _places_of_grants(evidence: Evidence, holding: Collection[str]) -> Iterator[str]:
    """Who ended holds a place while the ledger holds its money, whatever its row says."""
    with_holder_cents: Counter[str] = Counter()
    for movement in evidence.movements:
        with_holder_cents[movement.candidature_id] += from_envelope_cents(movement)
    for grant in evidence.grants:
        cents = with_holder_cents[grant.candidature_id]
        due = grant.state != "cancelled" or cents > 0
        if due != (grant.candidature_id in holding) or due != _says_it_holds(grant):
            yield f"{grant.receipt_number}: {cents} cents of it are with the holder, its place says otherwise"


def _says_it_holds(grant: Grant) -> bool:
    return grant.state != "cancelled" or grant.holds_place


def _places_of_fund(evidence: Evidence, taken: Counter[str]) -> Iterator[str]:
    """Zones without a place are left out on both sides."""
    noted = Counter(evidence.fund.places) if evidence.fund else Counter[str]()
    if +noted != +taken:
        yield f"fund: {dict(+noted)} places are noted as taken, the log says {dict(+taken)}"
