"""A laureate whose support has begun, with its steps, and the acts that move them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.notify.domain.notice import Cause
from services.notify.domain.steps import Step
from services.notify.domain.support import Moment, Plan, Supported, hand_over, open_plan
from services.notify.domain.support_acts import move_step
from shared.contract.decision import Decision
from shared.contract.funding import GrantAwarded
from shared.contract.notify import SupportAdvanced
from shared.contract.support import StepAct, StepState
from shared.contract.values import Actor, Role
from tests.rules.notify.given import SUPPORT
from tests.rules.notify.notify_samples import DOSSIER, a_contact

DAY = date(2021, 2, 15)
TEAM = Actor(id="durand", role=Role.INSTRUCTOR)
PARTNER = Actor(id="leroy", role=Role.ASSOCIATION)


def on(day: date = DAY) -> Moment:
    now = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return Moment(Cause(f"SUPPORT-{day}", now), day, SUPPORT)


def after(known: Supported, decision: Decision) -> Supported:
    """The laureate as the decision leaves them."""
    steps = {step.name: step for step in known.steps}
    plan = known.plan
    for change in decision.changes:
        if isinstance(change, Step):
            steps[change.name] = change
        if isinstance(change, Plan):
            plan = change
    return Supported(plan, tuple(steps.values()), known.contact)


def opened(*needs: str) -> Supported:
    contact = a_contact(needs=needs)
    award = GrantAwarded(
        candidature_id=DOSSIER,
        wave="2020-4",
        zone="qpv",
        rank=1,
        awarded_cents=(1,),
        promoted=False,
        awarded_at=on().now,
    )
    decision = open_plan(award, contact, None, on())
    plan = next(change for change in decision.changes if isinstance(change, Plan))
    return after(Supported(plan, (), contact), decision)


def handed(*needs: str) -> Supported:
    known = opened(*needs)
    return after(known, hand_over(known, on()))


def step(known: Supported, name: str) -> Step:
    return next(one for one in known.steps if one.name == name)


def in_state(state: StepState, owner: str = "association") -> Supported:
    """A laureate who is handed over, with one step of this state."""
    known = handed("governance")
    held = replace(step(known, "need-governance"), state=state, owner=owner, moves=())
    return Supported(known.plan, (held,), known.contact)


def act(kind: type[Any], actor: Actor = TEAM, **said: Any) -> Any:
    named = {"step": "need-governance"} if issubclass(kind, StepAct) else {}
    return kind(
        candidature_id=DOSSIER, actor=actor, reason="Dit au téléphone.", **{**named, **said}
    )


def said(decision: Decision) -> list[tuple[str, str, str]]:
    facts = [fact for fact in decision.facts if isinstance(fact, SupportAdvanced)]
    return [(fact.step, fact.state, fact.owner) for fact in facts]


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def walk(known: Supported, *acts: tuple[date, Any]) -> Supported:
    for day, one in acts:
        decision = move_step(known, one, on(day))
        assert decision.result != "refused", decision.reasons
        known = after(known, decision)
    return known
