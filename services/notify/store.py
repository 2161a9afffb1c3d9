"""Every query of notify."""

from collections.abc import Sequence
from datetime import datetime
from itertools import starmap
from operator import attrgetter

from sqlalchemy import func, or_, select

from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.commons import Common
from services.notify.domain.contact import Contact, nobody
from services.notify.domain.digests import Correspondent, contact_of_person
from services.notify.domain.documents import Document
from services.notify.domain.notice import ERASING, QUEUED, Notice
from services.notify.domain.pairs import Member, Pair
from services.notify.domain.peers import Community, Laureate, WaveSupport
from services.notify.domain.relay import RELAYED
from services.notify.domain.steps import Step
from services.notify.domain.support import Plan
from services.notify.tables import STATE_TABLES
from shared.contract.support import LIVE
from shared.kit.people.register import Standing
from shared.kit.storage.states import States

NOTICES = STATE_TABLES[Notice].table
STEPS = STATE_TABLES[Step].table


def short_of(states: States, candidature_id: str) -> list[Notice]:
    """The letters that left without their words."""
    return [notice for notice in notices_of(states, candidature_id) if notice.short]


def notices_by_id(states: States, notice_ids: Sequence[str]) -> dict[str, Notice]:
    found = states.many(Notice, [(notice_id,) for notice_id in notice_ids])
    return {notice.notice_id: notice for notice in found.values()}


def notices_of(states: States, candidature_id: str) -> list[Notice]:
    return states.of(Notice, candidature_id)


def relayed(states: States) -> list[Notice]:
    """The letters that pass on what a laureate wrote to another."""
    return states.where(Notice, states.column(Notice, "template") == RELAYED)


def documents_of(states: States, candidature_id: str) -> list[Document]:
    return states.where(Document, states.column(Document, "candidature_id") == candidature_id)


def wave_support(states: States, wave: str) -> WaveSupport:
    return states.one(WaveSupport, wave) or WaveSupport(wave)


def unmatched_waves(states: States) -> list[WaveSupport]:
    return states.where(WaveSupport, states.column(WaveSupport, "matched").is_(False))


def community(states: States) -> Community:
    """Every laureate whose plan is open, and every pair that there is or was."""
    matched = frozenset(one.wave for one in states.all(WaveSupport) if one.matched)
    return Community(laureates(states), all_pairs(states), matched)


def couple(states: States, one: str, other: str) -> Community:
    """Of the community only these two, and what they are to each other."""
    plans = states.many(Plan, sorted([(one,), (other,)])).values()
    pairs = states.many(Pair, sorted([(one, other), (other, one)])).values()
    is_open = [plan for plan in plans if plan.is_open]
    return Community(_with_plans(states, is_open), tuple(pairs))


def laureates(states: States) -> dict[str, Laureate]:
    """Those whose plan is open, in the order of their ids."""
    return _with_plans(states, open_plans(states))


def _with_plans(states: States, plans: Sequence[Plan]) -> dict[str, Laureate]:
    keys = [(plan.candidature_id,) for plan in plans]
    contacts = states.many(Contact, keys)
    members = states.many(Member, keys)
    found = {}
    for plan, key in zip(plans, keys, strict=True):
        if key in contacts:
            found[plan.candidature_id] = Laureate(plan, contacts[key], members.get(key))
    return found


def invitable(states: States) -> dict[str, Contact]:
    """Whom to invite: the contacts of open plans, in the order of their ids."""
    found = states.many(Contact, [(plan.candidature_id,) for plan in open_plans(states)])
    return {contact.candidature_id: contact for contact in found.values() if not contact.erased}


def open_plans(states: States) -> list[Plan]:
    return [plan for plan in states.all(Plan) if plan.is_open]


def commons(states: States) -> list[Common]:
    """By whom they are shared, then by name."""
    return states.where(Common)


def proposed_commons(states: States) -> list[Common]:
    """Those of open plans: what others share is listed nowhere."""
    found = states.where(Common, states.column(Common, "state") == "proposed")
    plans = states.many(Plan, [(one.candidature_id,) for one in found]).values()
    standing = {plan.candidature_id for plan in plans if plan.is_open}
    return [one for one in found if one.candidature_id in standing]


def gatherings(states: States) -> list[Gathering]:
    return states.all(Gathering)


def guests_of(states: States, gathering: str) -> list[Invitation]:
    return states.where(Invitation, states.column(Invitation, "gathering") == gathering)


def all_invitations(states: States) -> list[Invitation]:
    return states.where(Invitation)


def all_pairs(states: States) -> list[Pair]:
    return states.all(Pair)


def standing_pairs(states: States) -> list[Pair]:
    return states.where(Pair, states.column(Pair, "ended_by") == "")


def pairs_of(states: States, candidature_id: str) -> list[Pair]:
    column = states.column
    named = or_(column(Pair, "helped") == candidature_id, column(Pair, "helper") == candidature_id)
    return states.where(Pair, named)


def all_plans(states: States) -> list[Plan]:
    return states.all(Plan)


def counted_steps(states: States) -> list[Step]:
    """All there ever were, in key order. Their moves are left out: they take half of the time."""
    names = [name for name in STATE_TABLES[Step].fields if name != "moves"]
    query = select(*(STEPS.c[name] for name in names)).order_by(STEPS.c.step_id)
    return list(starmap(Step, states.connection.execute(query)))


def live_steps(states: States) -> list[Step]:
    """Those of all plans that somebody still has to do, by the index that holds them alone."""
    return states.where(Step, states.column(Step, "state").in_(LIVE))


def addressees_of(states: States, notices: Sequence[Notice]) -> dict[str, Contact]:
    """Whom each letter goes to, by what it is about: a dossier's contact, or who works for the programme.

    The team's address is the programme's: the writer knows it. Who was revoked works for it no more.
    """
    found = states.many(Contact, [(one.candidature_id,) for one in notices if not one.person_id])
    people = states.many(Correspondent, [(one.person_id,) for one in notices if one.person_id])
    states.prefetch(Standing, [one.person_id for one in people.values()])
    known = {one.person_id: nobody("") for one in notices if one.recipient == "team"}
    known |= {contact.candidature_id: contact for contact in found.values()}
    written_to = [
        one for one in people.values() if one.address and not _is_revoked(states, one.person_id)
    ]
    return known | {one.person_id: contact_of_person(one) for one in written_to}


def _is_revoked(states: States, person_id: str) -> bool:
    standing = max(states.of(Standing, person_id), key=attrgetter("since_ns"), default=None)
    return standing is not None and standing.revoked


def due_notices(states: States, now: datetime, limit: int) -> list[Notice]:
    """The oldest queued notices that may be tried now, by the index that holds the queued ones alone."""
    retry_at = states.column(Notice, "retry_at")
    due = or_(retry_at.is_(None), retry_at <= now)
    return states.where(Notice, states.column(Notice, "state") == QUEUED, due, limit=limit)


def notice_counts(states: States) -> dict[str, int]:
    """How many notices are in each state."""
    query = select(NOTICES.c.state, func.count()).group_by(NOTICES.c.state)
    return {str(state): int(count) for state, count in states.connection.execute(query)}


def delayed_count(states: States) -> int:
    """Letters that wait for another day, because their address has had enough of them."""
    waits = (NOTICES.c.state == QUEUED, NOTICES.c.attempts == 0, NOTICES.c.retry_at.is_not(None))
    return int(states.connection.scalar(select(func.count()).where(*waits)) or 0)


def erasing_notices(states: States, now: datetime, limit: int) -> list[Notice]:
    """Letters that were sent to who is erased by now."""
    retry_at = states.column(Notice, "retry_at")
    due = or_(retry_at.is_(None), retry_at <= now)
    return states.where(Notice, states.column(Notice, "state") == ERASING, due, limit=limit)
