"""The reserve list: when a place or money is freed, the next in rank that fits is promoted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.selection.allocation import promote
from services.funding.domain.selection.values import Free, Policy, Promotion, Waiting
from services.funding.domain.states import Entry, Fund, Grant, Ranking, Remarks, WaveState
from services.funding.domain.waves.argument import arguments
from services.funding.domain.waves.awards import Seat, award_fact, grant_of
from services.funding.domain.waves.places import candidate_of, reasons_of
from services.funding.domain.waves.proposal import free_places, left_cents
from services.funding.domain.waves.sentences import (
    RESERVE_ENDED,
    RESERVE_REOPENED,
    reserve_ended_on,
)
from services.funding.domain.waves.turns import promoted_turn, turn_of
from services.funding.domain.waves.waves import with_living_reserve
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.funding import CandidatureDeclined, CandidatureWaitlisted
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Reserve:
    """The waitlist of the latest published wave: it ends when the next one is ranked.

    `entries` has those who wait, by dossier. `places` is how many may be promoted.
    """

    programme: Programme
    rankings: Sequence[Ranking]
    entries: Mapping[str, Entry]
    places: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A wave, the places of its latest list, and what their holders may be told of the comments."""

    wave: WaveState
    rankings: Sequence[Ranking]
    remarks: Mapping[str, Remarks] = field(default_factory=dict)


def places_to_fill(programme: Programme, wave: str, taken: int, gone: Collection[Grant]) -> int:
    """How many may be promoted in this wave, of whose laureates `taken` hold a place.

    A promotion replaces a laureate, it does not enlarge a wave: so many as the wave lacks, and one more for
    each grant of an earlier wave whose place is free.
    """
    # Appeals may have brought a wave above its number: it lacks nobody then.
    lacking = max(0, programme.selection.laureates_max - taken)
    of_earlier_waves = [grant for grant in gone if grant.wave != wave]
    return lacking + len(of_earlier_waves)


def fill(reserve: Reserve, fund: Fund, ledger: MovementBook, at: Arrival) -> tuple[Decision, Fund]:
    """Promotes until nobody fits; the movements go to `ledger`. Returns the fund as it then is."""
    facts: list[Event] = []
    changes: list[Any] = []
    waiting = {
        place.candidature_id: place for place in reserve.rankings if _waits(place, reserve.entries)
    }
    places = reserve.places
    promotion = _next(reserve, waiting.values(), fund, places)
    # One at a time: each promotion changes what is left for the next.
    while promotion is not None:
        ranking = waiting.pop(promotion.id)
        seat = Seat(ranking.rank, promotion.zone, promotion.awarded_cents)
        grant = grant_of(reserve.entries[promotion.id], seat, at, promoted=True)
        ledger.commit_award(grant)
        facts.append(award_fact(grant))
        # The published place keeps no zone and no amount: what it got since is told by its turn.
        changes += [
            replace(ranking, standing="promoted"),
            promoted_turn(ranking, promotion, at),
            grant,
        ]
        changes += schedule(reserve.programme, grant)
        fund = committed(fund, [grant])
        places -= 1
        promotion = _next(reserve, waiting.values(), fund, places)
    return Decision("refilled", facts=tuple(facts), changes=tuple(changes)), fund


def _waits(ranking: Ranking, entries: Mapping[str, Entry]) -> bool:
    return ranking.current == "waitlisted" and entries[ranking.candidature_id].competes


def _next(
    reserve: Reserve, waiting: Iterable[Ranking], fund: Fund, places: int
) -> Promotion | None:
    free = Free(free_places(reserve.programme, fund), left_cents(fund), places)
    called = [
        Waiting(place.rank, candidate_of(reserve.entries[place.candidature_id]))
        for place in waiting
    ]
    return promote(called, free, without_pass_marks(reserve.programme))


def without_pass_marks(programme: Programme) -> Policy:
    """For who waits: the marks were passed, or an appeal was upheld in spite of them."""
    return replace(Policy.from_programme(programme), pass_mark=0, criterion_pass_marks={})


def over(programme: Programme, wave: str, now: datetime) -> bool:
    """The last wave has no next one to end its reserve: a day of the programme does."""
    return wave == programme.waves[-1].id and now >= programme.reserve_end


def may_call(
    programme: Programme,
    waves: Mapping[str, WaveState],
    ranking: Ranking,
    now: datetime,
) -> bool:
    """Whether something may still be freed for this place: its reserve lives."""
    latest = with_living_reserve(waves)
    if latest is None or over(programme, latest.wave, now):
        return False
    # A wave that was ranked again has places of earlier proposals: nobody is called from those.
    return ranking.wave == latest.wave and ranking.proposal == latest.proposal


def end(
    listed: Listed,
    entries: Mapping[str, Entry],
    at: Arrival,
    reason: Reason = RESERVE_ENDED,
) -> Decision:
    """The next wave is ranked, or the last reserve is over: who still waits gets the final answer.

    It says again why the dossier waited: a list that ends is no reason by itself.
    """
    facts: list[Event] = []
    changes: list[Any] = []
    waiting = [ranking for ranking in listed.rankings if ranking.current == "waitlisted"]
    if not waiting:
        return Decision("reserve-ended")
    rests_on = arguments(listed.wave, listed.rankings, listed.remarks)
    for ranking in waiting:
        turn = turn_of(ranking, at, "reserve-ended", reason, "declined")
        changes += [replace(ranking, standing="reserve-ended"), turn]
        if not entries[ranking.candidature_id].withdrawn:
            facts.append(
                CandidatureDeclined(
                    candidature_id=ranking.candidature_id,
                    wave=ranking.wave,
                    rank=ranking.rank,
                    reasons=(reason, *reasons_of(ranking)),
                    argument=rests_on[ranking.candidature_id],
                )
            )
    return Decision("reserve-ended", facts=tuple(facts), changes=tuple(changes))


def end_of_the_last(
    programme: Programme,
    listed: Listed,
    entries: Mapping[str, Entry],
    at: Arrival,
) -> Decision:
    """The day of the programme has passed: who still waits is told that day."""
    return end(
        listed,
        entries,
        at,
        reserve_ended_on(programme.selection.reserve_ends_on),
    )


def reopen(rankings: Iterable[Ranking], entries: Mapping[str, Entry], at: Arrival) -> Decision:
    """The next wave is open again: its ranking ended this reserve too early, and who waited waits again."""
    facts: list[Event] = []
    changes: list[Any] = []
    for ranking in rankings:
        if ranking.standing != "reserve-ended":
            continue
        turn = turn_of(ranking, at, "reserve-reopened", RESERVE_REOPENED, "waitlisted")
        changes += [replace(ranking, standing="waitlisted"), turn]
        if not entries[ranking.candidature_id].withdrawn:
            facts.append(waitlisted_fact(ranking, RESERVE_REOPENED))
    return Decision("reserve-reopened", facts=tuple(facts), changes=tuple(changes))


def waitlisted_fact(ranking: Ranking, reason: Reason) -> CandidatureWaitlisted:
    return CandidatureWaitlisted(
        candidature_id=ranking.candidature_id,
        wave=ranking.wave,
        rank=ranking.rank,
        reasons=(reason,),
    )
