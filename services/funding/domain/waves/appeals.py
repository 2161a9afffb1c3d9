"""Re-examination: an appeal reopens one decision by a fact that makes up for it. The past stays readable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.selection.allocation import promote
from services.funding.domain.selection.values import Free, Promotion, Waiting
from services.funding.domain.states import (
    Amendment,
    Appeal,
    Entry,
    Fund,
    Grant,
    Ranking,
    Recovery,
    Turn,
    WaveState,
)
from services.funding.domain.waves.awards import Seat, award_fact, grant_of
from services.funding.domain.waves.places import candidate_of, kept_grounds, kept_reason
from services.funding.domain.waves.proposal import free_places, left_cents
from services.funding.domain.waves.reserve import waitlisted_fact, without_pass_marks
from services.funding.domain.waves.sentences import (
    APPEAL_NO_ROOM,
    APPEAL_UPHELD,
    appeal_late,
    appeal_of_a_laureate,
    appeal_rejected,
)
from services.funding.domain.waves.turns import turn_of
from services.funding.domain.waves.words import AppealState, KeptGround, KeptReason, OutcomeWord
from shared.contract.backoffice import AppealDecided
from shared.contract.decision import Decision, nothing
from shared.contract.funding import AppealReceived, AppealRefused, CandidatureReexamined
from shared.contract.values import Outcome, Reason
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected
from shared.programme import Programme
from shared.programme.promises import appeal_answer_due_on, appeal_until

GROUNDS_MAX = 5


@dataclass(frozen=True, slots=True)
class Reopened:
    """A decision looked at again. `ranking` is its published place, or that of `unranked`.

    `reserve_alive`: the wave is the latest published, so that a place may still be freed for it.
    """

    programme: Programme
    entry: Entry
    ranking: Ranking
    appeal: Appeal
    fund: Fund
    reserve_alive: bool


def file(
    programme: Programme,
    entry: Entry,
    decided_at: datetime | None,
    before: Sequence[Appeal],
    grounds: str,
    at: Arrival,
) -> Decision:
    """`decided_at` is when its holder heard the decision; None where the wave is not published yet.

    While one waits, another is no appeal of its own: its grounds are read with the first one's.
    """
    if before and before[-1].state == "filed":
        return _filed_again(before[-1], grounds)
    today = programme.local_day(at.now)
    until = appeal_until(programme, programme.local_day(decided_at)) if decided_at else today
    if today > until:
        late = appeal_late(today, until)
        refused = AppealRefused(
            candidature_id=entry.candidature_id,
            wave=entry.wave,
            reasons=(late,),
        )
        return Decision("appeal-late", (late,), (refused,))
    answer_by = appeal_answer_due_on(programme, today)
    appeal = Appeal(
        entry.candidature_id,
        at.order,
        filed_at=at.now,
        state="filed",
        answer_by=answer_by,
        grounds=(grounds,),
    )
    fact = AppealReceived(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        answer_by=answer_by,
    )
    return Decision("appeal-filed", facts=(fact,), changes=(appeal,))


def _filed_again(waiting: Appeal, grounds: str) -> Decision:
    if grounds in waiting.grounds or len(waiting.grounds) == GROUNDS_MAX:
        return nothing("appeal-waits")
    return Decision(
        "appeal-waits", changes=(replace(waiting, grounds=(*waiting.grounds, grounds)),)
    )


def decided_at(
    wave: WaveState,
    turns: Sequence[Turn],
    grant: Grant | None = None,
    amendments: Sequence[Amendment] = (),
    recoveries: Sequence[Recovery] = (),
) -> datetime | None:
    """When the last decision was told: the publication, what became of the place since, or of the grant.

    Each of their letters gives its reader the same time to contest it.
    """
    told = [wave.published_at, *(turn.at for turn in turns)]
    # Counted from the list alone, the time to contest a suspension was over before it could be contested.
    told += [amendment.at for amendment in amendments]
    if grant:
        told += [grant.awarded_at, grant.suspended_since]
    told += [recovery.decided_at for recovery in recoveries]
    return max((instant for instant in told if instant), default=None)


def assign(appeal: Appeal, officer_id: str) -> Decision:
    if appeal.state != "filed":
        return nothing(f"already-{appeal.state}")
    if appeal.officer_id == officer_id:
        return nothing("duplicate")
    return Decision("appeal-assigned", changes=(replace(appeal, officer_id=officer_id),))


def require_decision(wave: WaveState, entry: Entry, upheld: bool) -> None:
    """Before its list is published a wave has decided on places alone: silence must not answer for officers.

    Raises Rejected where there is no decision to reopen yet, or another act upholds the appeal.
    """
    if wave.state == "published":
        return
    if entry.eligible is not False:
        raise Rejected(f"wave {wave.wave} is not published yet: there is no decision to reopen")
    if upheld:
        way = "decide that its place is in a zone (territory.decided): that answers the appeal"
        raise Rejected(f"the dossier is ineligible and wave {wave.wave} is not ranked yet: {way}")


def found_eligible(appeal: Appeal, wave: WaveState) -> Decision:
    """Before any list, what was contested is taken back: its holder reads that the place is in a zone.

    Once the list is out a place in a zone gives nothing by itself: the officer's answer does.
    """
    if appeal.state != "filed" or wave.state == "published":
        return nothing("no-appeal")
    return Decision("appeal-upheld", changes=(replace(appeal, state="upheld"),))


def require_read(filed: Sequence[Appeal], grounds_read: int | None) -> None:
    """Nobody answers what they have not read. Raises Rejected where grounds came since."""
    found = sum(len(appeal.grounds) for appeal in filed)
    if grounds_read in (None, found):
        return
    raise Rejected(
        f"{grounds_read} grounds were read, and there are {found}: read the appeal again, then decide"
    )


def require_complete(entry: Entry) -> None:
    """An appeal is no way around the conditions, and gives nothing to whom nobody can write to.

    Raises Rejected for an entry that is erased or does not compete.
    """
    if entry.erased:
        raise Rejected(
            "its holder's data is erased, and nobody could be paid: reject it, and say why"
        )
    if not entry.competes:
        lacks = "the dossier has no zone, or no score, or is withdrawn"
        raise Rejected(f"{lacks}: territory and reviews come first")


def require_living(grant: Grant | None) -> None:
    """Raises Rejected for a grant that has ended: an appeal makes no second one."""
    if grant and grant.state == "cancelled":
        raise Rejected("its grant has ended, and an appeal gives none back: reject it, and say why")


def is_of(wave: WaveState, ranking: Ranking) -> bool:
    """Whether a place is of the published list, or was given to a file that was in none."""
    return wave.state == "published" and ranking.proposal in (0, wave.proposal)


def decide(reopened: Reopened, event: AppealDecided, at: Arrival) -> tuple[Decision, Fund]:
    """Answers an appeal that waits. Returns the fund as the decision leaves it."""
    if not event.upheld:
        return _rejected(reopened, event, at), reopened.fund
    # Promoted meanwhile, or a decision on its grant is contested: it is answered all the same.
    if reopened.ranking.current == "laureate":
        return _keeps_its_grant(reopened, event, at), reopened.fund
    found = _from_what_is_left(reopened)
    if found is not None:
        return _granted(reopened, event, found, at)
    if reopened.reserve_alive:
        return _waits(reopened, event, at), reopened.fund
    return _nothing_left(reopened, event, at), reopened.fund


def _from_what_is_left(reopened: Reopened) -> Promotion | None:
    """The officers' word stands for the marks; quotas, envelope, caps and floor bind as they do everybody."""
    fund = reopened.fund
    # The number of laureates of a wave binds no appeal: quotas and envelope do.
    free = Free(free_places(reopened.programme, fund), left_cents(fund), laureates=1)
    waiting = Waiting(reopened.ranking.rank, candidate_of(reopened.entry))
    return promote([waiting], free, without_pass_marks(reopened.programme))


def _rejected(reopened: Reopened, event: AppealDecided, at: Arrival) -> Decision:
    """The decision stays, and its holder hears why, in the officer's own words."""
    before = reopened.ranking.current
    why = appeal_rejected(event.reason)
    turn = _turn(reopened, event, at, why, before)
    return _answer(reopened, "rejected", before, why, (turn,))


def _keeps_its_grant(reopened: Reopened, event: AppealDecided, at: Arrival) -> Decision:
    """What changes of the grant itself is an act of its own; the appeal waits no more."""
    why = appeal_of_a_laureate(event.reason)
    turn = _turn(reopened, event, at, why, "laureate")
    return _answer(reopened, "upheld", "laureate", why, (turn,))


def _granted(
    reopened: Reopened,
    event: AppealDecided,
    found: Promotion,
    at: Arrival,
) -> tuple[Decision, Fund]:
    """A grant as the others have, from what is left."""
    seat = Seat(reopened.ranking.rank, found.zone, found.awarded_cents)
    grant = grant_of(reopened.entry, seat, at, promoted=False)
    ledger = MovementBook(at.event_id, at.now)
    ledger.commit_award(grant)
    turn = replace(
        _turn(reopened, event, at, APPEAL_UPHELD, "laureate"),
        zone=found.zone,
        awarded_cents=found.awarded_cents,
        reasons=(kept_reason(APPEAL_UPHELD), *kept_grounds(found.reasons)),
    )
    # The published place keeps no zone and no amount: what it got since is told by its turn.
    standing = replace(reopened.ranking, standing="granted")
    changes = (standing, turn, grant, *schedule(reopened.programme, grant), *ledger.lines)
    answer = _answer(reopened, "upheld", "laureate", APPEAL_UPHELD, changes)
    decision = replace(answer, facts=(*answer.facts, award_fact(grant)))
    return decision, committed(reopened.fund, [grant])


def _waits(reopened: Reopened, event: AppealDecided, at: Arrival) -> Decision:
    """Nothing is left for it now: it waits at its rank while its reserve lives."""
    ranking = reopened.ranking
    turn = _turn(reopened, event, at, APPEAL_UPHELD, "waitlisted")
    standing = replace(ranking, standing="waitlisted")
    answer = _answer(reopened, "upheld", "waitlisted", APPEAL_UPHELD, (standing, turn))
    return replace(answer, facts=(*answer.facts, waitlisted_fact(ranking, APPEAL_UPHELD)))


def _nothing_left(reopened: Reopened, event: AppealDecided, at: Arrival) -> Decision:
    """Its reserve has ended too: the answer stays."""
    before = reopened.ranking.current
    turn = _turn(reopened, event, at, APPEAL_NO_ROOM, before)
    return _answer(reopened, "upheld", before, APPEAL_NO_ROOM, (turn,))


def _turn(
    reopened: Reopened,
    event: AppealDecided,
    at: Arrival,
    reason: Reason,
    outcome: OutcomeWord,
) -> Turn:
    """Signed by the officer who decides."""
    turn = turn_of(reopened.ranking, at, "reexamined", reason, outcome)
    return replace(turn, by=event.actor.id, stamped_ns=at.stamped_ns)


def _answer(
    reopened: Reopened,
    state: AppealState,
    outcome: OutcomeWord,
    reason: Reason,
    changes: tuple[Any, ...],
) -> Decision:
    """The fact that makes up for the decision, and the appeal as it now is."""
    fact = CandidatureReexamined(
        candidature_id=reopened.entry.candidature_id,
        wave=reopened.entry.wave,
        upheld=state == "upheld",
        outcome_before=Outcome(reopened.ranking.current),
        outcome=Outcome(outcome),
        reasons=(reason,),
    )
    decided = replace(reopened.appeal, state=state)
    return Decision(f"appeal-{state}", (reason,), (fact,), (decided, *changes))


def unranked(entry: Entry, places: int) -> Ranking:
    """A place after everybody's, for a file that was declined without being ranked. It is of no proposal."""
    return Ranking(
        candidature_id=entry.candidature_id,
        wave=entry.wave,
        proposal=0,
        rank=places + 1,
        score=entry.score or 0,
        tie_break=(),
        outcome="declined",
        zone=None,
        awarded_cents=(),
        reasons=tuple(_without_figures(reason) for reason in entry.ineligible_because),
        receipt_sequence=entry.receipt_sequence,
        criteria=dict(entry.criteria or {}),
        zones=entry.zones,
        requested_cents=entry.requested_cents,
        reviews=entry.reviews,
    )


def place_of_a_label(entry: Entry, grant: Grant) -> Ranking:
    """A label of before was ranked elsewhere: what is contested here is what became of its grant."""
    outcome: OutcomeWord = "declined" if grant.state == "cancelled" else "laureate"
    return replace(unranked(entry, 0), rank=grant.rank, outcome=outcome, reasons=())


def _without_figures(reason: KeptReason) -> KeptGround:
    """What ruled a file out before any ranking applies no threshold of the selection."""
    return {
        "code": reason["code"],
        "rule": reason["field"] or "",
        "threshold": None,
        "value": None,
        "message": reason["message"],
    }
