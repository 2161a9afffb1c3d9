"""Re-examination: an appeal reopens one decision by a fact that makes up for it. What was published stays readable."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.selection.allocation import promote
from services.funding.domain.selection.values import Free, Policy, Promotion, Waiting
from services.funding.domain.states import Appeal, Entry, Fund, Grant, Ranking
from services.funding.domain.waves.places import candidate_of
from services.funding.domain.waves.reserve import turn_of
from services.funding.domain.waves.waves import award_fact, free_places, grant_of
from shared.contract.backoffice import AppealDecided
from shared.contract.decision import Decision, nothing
from shared.contract.funding import CandidatureReexamined, CandidatureWaitlisted
from shared.contract.values import Outcome, Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

UPHELD = Reason(code="appeal-upheld", message="Le recours est accueilli : la candidature remplit les conditions.")
REJECTED = Reason(code="appeal-rejected", message="Le recours a été examiné : la décision est maintenue.")
NO_ROOM = Reason(
    code="nothing-left",
    message="Le recours est accueilli, mais ni les places ni l'enveloppe ne permettent plus d'attribuer une aide.",
)


@dataclass(frozen=True, slots=True)
class Reopened:
    """A decision looked at again. `ranking` is its published place; `unranked` gives a file without one its own.

    `reserve_alive`: the wave is the latest published, so that a place may still be freed for it.
    """

    programme: Programme
    entry: Entry
    ranking: Ranking
    appeal: Appeal
    fund: Fund
    reserve_alive: bool


def decide(reopened: Reopened, event: AppealDecided, at: Arrival) -> tuple[Decision, Fund]:
    """Returns the fund as the decision leaves it. An appeal is decided once: another one may be filed."""
    if reopened.appeal.state != "filed":
        return nothing(f"already-{reopened.appeal.state}"), reopened.fund
    before = Outcome(reopened.ranking.current)
    if not event.upheld:
        turn = turn_of(reopened.ranking, at, "reexamined", REJECTED, before)
        return _answer(reopened, event, before, REJECTED, (replace(turn, by=event.actor.id),)), reopened.fund
    if before is Outcome.LAUREATE:
        return nothing("already-laureate"), reopened.fund
    found = _from_what_is_left(reopened)
    if found is None:
        return _waits_or_not(reopened, event, before, at), reopened.fund
    return _granted(reopened, event, found, at)


def _from_what_is_left(reopened: Reopened) -> Promotion | None:
    """The officers' word stands for the marks; quotas, envelope, caps and floor bind as they do everybody."""
    fund = reopened.fund
    policy = replace(Policy.from_programme(reopened.programme), pass_mark=0, criterion_pass_marks={})
    free = Free(free_places(reopened.programme, fund), fund.envelope_cents - fund.committed_cents, 1)
    return promote([Waiting(reopened.ranking.rank, candidate_of(reopened.entry))], free, policy)


def _granted(reopened: Reopened, event: AppealDecided, found: Promotion, at: Arrival) -> tuple[Decision, Fund]:
    seated = replace(reopened.ranking, zone=found.zone, awarded_cents=found.awarded_cents)
    grant: Grant = grant_of(reopened.entry, seated, at, promoted=False)
    lines = MovementBook(at.event_id, at.now)
    lines.commit_award(grant)
    turn = replace(
        turn_of(reopened.ranking, at, "reexamined", UPHELD, Outcome.LAUREATE),
        zone=found.zone,
        awarded_cents=found.awarded_cents,
        reasons=(UPHELD.model_dump(), *(asdict(reason) for reason in found.reasons)),
        by=event.actor.id,
    )
    changes = (_standing(reopened, "granted"), turn, grant, *schedule(reopened.programme, grant), *lines.lines)
    decision = _answer(reopened, event, Outcome.LAUREATE, UPHELD, changes)
    return replace(decision, facts=(*decision.facts, award_fact(grant))), committed(reopened.fund, [grant])


def _waits_or_not(reopened: Reopened, event: AppealDecided, before: Outcome, at: Arrival) -> Decision:
    """Nothing is left for it now: it waits at its rank while its reserve lives, else the answer stays."""
    ranking = reopened.ranking
    if not reopened.reserve_alive:
        turn = replace(turn_of(ranking, at, "reexamined", NO_ROOM, before), by=event.actor.id)
        return _answer(reopened, event, before, NO_ROOM, (turn,))
    turn = replace(turn_of(ranking, at, "reexamined", UPHELD, Outcome.WAITLISTED), by=event.actor.id)
    changes = (_standing(reopened, "waitlisted"), turn)
    decision = _answer(reopened, event, Outcome.WAITLISTED, UPHELD, changes)
    told = CandidatureWaitlisted(
        candidature_id=ranking.candidature_id, wave=ranking.wave, rank=ranking.rank, reasons=(UPHELD,)
    )
    return replace(decision, facts=(*decision.facts, told))


def _standing(reopened: Reopened, standing: str) -> Ranking:
    return replace(reopened.ranking, standing=standing)


def _answer(
    reopened: Reopened, event: AppealDecided, outcome: Outcome, reason: Reason, changes: tuple[Any, ...]
) -> Decision:
    state = "upheld" if event.upheld else "rejected"
    fact = CandidatureReexamined(
        candidature_id=event.candidature_id,
        wave=reopened.entry.wave,
        upheld=event.upheld,
        outcome_before=Outcome(reopened.ranking.current),
        outcome=outcome,
        reasons=(reason,),
    )
    return Decision(f"appeal-{state}", (reason,), (fact,), (replace(reopened.appeal, state=state), *changes))


def unranked(entry: Entry, place: int) -> Ranking:
    """A place after everybody's, for a file that was declined without being ranked."""
    return Ranking(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        proposal=0,
        rank=place,
        score=entry.score or 0,
        tie_break=(),
        outcome=Outcome.DECLINED.value,
        zone=None,
        awarded_cents=(),
        reasons=entry.ineligible_because,
        receipt_sequence=entry.receipt_sequence,
        criteria=dict(entry.criteria or {}),
        zones=entry.zones,
        requested_cents=entry.requested_cents,
        reviews=entry.reviews,
    )
