"""The reserve list: when a place or money is freed, the next in rank that fits is promoted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.selection.allocation import promote
from services.funding.domain.selection.values import Free, Policy, Promotion, Waiting
from services.funding.domain.states import Entry, Fund, Grant, Ranking, Turn
from services.funding.domain.waves.places import candidate_of
from services.funding.domain.waves.waves import award_fact, free_places, grant_of
from shared.contract.decision import Decision
from shared.contract.funding import CandidatureDeclined, CandidatureWaitlisted
from shared.contract.values import Outcome, Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

ENDED = Reason(code="reserve-ended", message="La liste complémentaire prend fin avec la vague suivante.")

REOPENED = Reason(
    code="reserve-reopened", message="La vague suivante est rouverte : la liste complémentaire vit encore."
)


@dataclass(frozen=True, slots=True)
class Reserve:
    """The waitlist of the latest published wave: it ends when the next one is ranked.

    `places` is how many may be promoted: a promotion replaces a laureate, it does not enlarge a wave.
    """

    programme: Programme
    rankings: Sequence[Ranking]
    entries: Mapping[str, Entry]
    places: int


def fill(reserve: Reserve, fund: Fund, book: MovementBook, at: Arrival) -> tuple[Decision, Fund]:
    """Promotes until nobody fits; the ledger lines go to `book`. Returns the fund as it then is."""
    facts: list[Any] = []
    changes: list[Any] = []
    waiting = {r.candidature_id: r for r in reserve.rankings if waits(r, reserve.entries[r.candidature_id])}
    places = reserve.places
    while (promotion := _next(reserve, list(waiting.values()), fund, places)) is not None:
        places -= 1
        ranking = waiting.pop(promotion.id)
        turn = _turn(ranking, promotion, at)
        promoted = replace(ranking, standing="promoted")
        grant = grant_of(reserve.entries[promotion.id], _seated(promoted, promotion), at, promoted=True)
        fund = committed(fund, [grant])
        book.commit_award(grant)
        facts.append(award_fact(grant))
        changes += [promoted, turn, grant, *schedule(reserve.programme, grant)]
    return Decision("refilled", facts=tuple(facts), changes=tuple(changes)), fund


def over(programme: Programme, wave: str, now: datetime) -> bool:
    """The last wave has no next one to end its reserve: a day of the programme does."""
    return wave == programme.waves[-1].id and now >= programme.reserve_end


def end(rankings: Sequence[Ranking], entries: Mapping[str, Entry], at: Arrival, reason: Reason = ENDED) -> Decision:
    """The next wave is ranked, or the last reserve is over: who still waits gets the final answer."""
    facts, changes = [], []
    for ranking in rankings:
        entry = entries[ranking.candidature_id]
        if ranking.current != Outcome.WAITLISTED:
            continue
        changes += [replace(ranking, standing="reserve-ended"), turn_of(ranking, at, "reserve-ended", reason)]
        if not entry.withdrawn:
            facts.append(
                CandidatureDeclined(
                    candidature_id=ranking.candidature_id, wave=ranking.wave, rank=ranking.rank, reasons=(reason,)
                )
            )
    return Decision("reserve-ended", facts=tuple(facts), changes=tuple(changes))


def reopen(rankings: Sequence[Ranking], entries: Mapping[str, Entry], at: Arrival) -> Decision:
    """The next wave is open again: its ranking ended this reserve too early, and who waited waits again."""
    facts, changes = [], []
    for ranking in rankings:
        if ranking.standing != "reserve-ended":
            continue
        turn = turn_of(ranking, at, "reserve-reopened", REOPENED, Outcome.WAITLISTED)
        changes += [replace(ranking, standing="waitlisted"), turn]
        if not entries[ranking.candidature_id].withdrawn:
            facts.append(
                CandidatureWaitlisted(
                    candidature_id=ranking.candidature_id, wave=ranking.wave, rank=ranking.rank, reasons=(REOPENED,)
                )
            )
    return Decision("reserve-reopened", facts=tuple(facts), changes=tuple(changes))


def turn_of(ranking: Ranking, at: Arrival, kind: str, reason: Reason, outcome: Outcome = Outcome.DECLINED) -> Turn:
    """What becomes of a published place."""
    return Turn(
        candidature_id=ranking.candidature_id,
        cause_id=at.event_id,
        at=at.now,
        kind=kind,
        before=ranking.current,
        outcome=outcome.value,
        reasons=(reason.model_dump(),),
    )


def cancelled(grant: Grant, reason: Reason, at: Arrival) -> Turn:
    """A laureate that is one no more."""
    before, after = Outcome.LAUREATE.value, Outcome.DECLINED.value
    return Turn(grant.candidature_id, at.event_id, at.now, "cancelled", before, after, reasons=(reason.model_dump(),))


def waits(ranking: Ranking, entry: Entry) -> bool:
    return ranking.current == Outcome.WAITLISTED and entry.competes


def _next(reserve: Reserve, waiting: list[Ranking], fund: Fund, places: int) -> Promotion | None:
    free = Free(free_places(reserve.programme, fund), fund.envelope_cents - fund.committed_cents, places)
    candidates = [Waiting(r.rank, candidate_of(reserve.entries[r.candidature_id])) for r in waiting]
    return promote(candidates, free, _without_pass_marks(Policy.from_programme(reserve.programme)))


def _without_pass_marks(policy: Policy) -> Policy:
    """Who waits has passed them, or an appeal was upheld in spite of them."""
    return replace(policy, pass_mark=0, criterion_pass_marks={})


def _seated(ranking: Ranking, promotion: Promotion) -> Ranking:
    """Only to make the grant from: the published place keeps no zone and no amount."""
    return replace(ranking, zone=promotion.zone, awarded_cents=promotion.awarded_cents)


def _turn(ranking: Ranking, promotion: Promotion, at: Arrival) -> Turn:
    return Turn(
        candidature_id=ranking.candidature_id,
        cause_id=at.event_id,
        at=at.now,
        kind="promoted",
        before=ranking.current,
        outcome=Outcome.LAUREATE.value,
        zone=promotion.zone,
        awarded_cents=promotion.awarded_cents,
        reasons=tuple(asdict(reason) for reason in promotion.reasons),
    )
