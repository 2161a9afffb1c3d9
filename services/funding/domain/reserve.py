"""The reserve list: when a place or money is freed, the next in rank that fits is promoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.funding.domain.ledger import MovementBook, committed
from services.funding.domain.schedule import schedule
from services.funding.domain.states import Entry, Fund, Ranking
from services.funding.domain.waves import award_fact, grant_of
from services.funding.selection.allocation import promote
from services.funding.selection.values import Candidate, Free, Policy, Promotion, Waiting
from shared.contract.values import Outcome
from shared.kit.delivery import Arrival
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Reserve:
    """The waitlist of the latest published wave: it ends when the next one is published.

    `places` is how many may be promoted: a promotion replaces a laureate, it does not enlarge a wave.
    """

    programme: Programme
    rankings: Sequence[Ranking]
    entries: Mapping[str, Entry]
    places: int


@dataclass(frozen=True, slots=True)
class Promoted:
    facts: tuple[Any, ...]
    changes: tuple[Any, ...]


def fill(reserve: Reserve, fund: Fund, book: MovementBook, at: Arrival) -> Promoted:
    """Promotes until nobody fits. `changes` ends with the fund as it then is."""
    facts: list[Any] = []
    changes: list[Any] = []
    waiting = {r.candidature_id: r for r in reserve.rankings if _waits(r, reserve.entries[r.candidature_id])}
    places = reserve.places
    while (promotion := _next(reserve, list(waiting.values()), fund, places)) is not None:
        places -= 1
        ranking = _laureate(waiting.pop(promotion.id), promotion)
        grant = grant_of(reserve.entries[promotion.id], ranking, at, promoted=True)
        fund = committed(fund, [grant])
        book.commit_award(grant)
        facts.append(award_fact(grant))
        changes += [ranking, grant, *schedule(reserve.programme, grant)]
    return Promoted(tuple(facts), (*changes, fund))


def _waits(ranking: Ranking, entry: Entry) -> bool:
    return ranking.outcome == Outcome.WAITLISTED and not ranking.reserve_ended and entry.competes


def _next(reserve: Reserve, waiting: list[Ranking], fund: Fund, places: int) -> Promotion | None:
    programme = reserve.programme
    quotas = {zone.value: size - fund.places.get(zone.value, 0) for zone, size in programme.quotas.items()}
    free = Free(quotas, fund.envelope_cents - fund.committed_cents, places)
    candidates = [Waiting(r.rank, _candidate(reserve.entries[r.candidature_id])) for r in waiting]
    return promote(candidates, free, Policy.from_programme(programme))


def _candidate(entry: Entry) -> Candidate:
    return Candidate(
        entry.candidature_id,
        entry.receipt_sequence,
        entry.score or 0,
        dict(entry.criteria or {}),
        entry.zones,
        entry.requested_cents,
    )


def _laureate(ranking: Ranking, promotion: Promotion) -> Ranking:
    reasons = tuple(
        {
            "code": reason.code,
            "rule": reason.rule,
            "threshold": reason.threshold,
            "value": reason.value,
            "message": reason.message,
        }
        for reason in promotion.reasons
    )
    return replace(
        ranking,
        outcome=Outcome.LAUREATE.value,
        zone=promotion.zone,
        awarded_cents=promotion.awarded_cents,
        reasons=(*ranking.reasons, *reasons),
    )
