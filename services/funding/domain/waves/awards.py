"""The grant that a place in the list gives, and the fact that says so."""

from services.funding.domain.states import Entry, Grant
from shared.contract.funding import GrantAwarded
from shared.kit.delivery import Arrival
from shared.value import value


@value
class Seat:
    """What a laureate gets: a place of this zone's quota, and these yearly amounts, for its rank."""

    rank: int
    zone: str
    awarded_cents: tuple[int, ...]


def grant_of(entry: Entry, seat: Seat, at: Arrival, promoted: bool) -> Grant:
    """`promoted`: called from the reserve, not published with its wave."""
    return Grant(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        receipt_number=entry.receipt_number,
        legal_name=entry.legal_name,
        siret=entry.siret,
        zone=seat.zone,
        rank=seat.rank,
        awarded_cents=seat.awarded_cents,
        promoted=promoted,
        state="awarded",
        awarded_at=at.now,
        public_key=entry.public_key,
        front_end=entry.front_end,
    )


def award_fact(grant: Grant) -> GrantAwarded:
    return GrantAwarded(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        rank=grant.rank,
        zone=grant.zone,
        awarded_cents=grant.awarded_cents,
        promoted=grant.promoted,
        awarded_at=grant.awarded_at,
    )
